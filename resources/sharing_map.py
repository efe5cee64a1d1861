"""Who shares what with whom, as a matrix: owners down, receiving accounts across, in a window of both.

What rules give is counted per owner and group of receivers that get the same, never per pair;
single shares are counted by the database, leaving out those that a rule gives as well. So the work grows with
accounts and shares, not with owners times receivers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, reduce
from operator import or_
from uuid import UUID

from django.db.models import Count, Q

from linking.models import Account, Link
from organizations.models import Organization
from organizations.names import folded
from resources.models import Resource, Share, ShareQuerySet
from resources.standing import Alike, Standing

SIDE = 20  # owners and accounts in one picture
OWNER, RECEIVER = "resource__owner_account", "to_link__account"  # of shares
ORGANIZATION = "organization"  # its key as an owner, in addresses
Pair = tuple[UUID | None, UUID | None]  # owner and receiver, by account


@dataclass(frozen=True)
class Wanted:
    """What of the map is asked for: parts of names, a service, a kind of resource, and the window."""

    owner: str = ""
    account: str = ""
    service: str = ""
    kind: str = ""
    name: str = ""
    is_all: bool = False  # also owners and accounts without shares
    rows: int = 1
    columns: int = 1

    def asked(self) -> dict[str, str]:
        """As a query string says it, but for the window."""
        show = "all" if self.is_all else ""
        fields = {"owner": self.owner, "account": self.account, "service": self.service}
        found = {**fields, "kind": self.kind, "q": self.name, "show": show}
        return {name: value for name, value in found.items() if value}

    def of_resources(self, prefix: str = "") -> dict[str, str]:
        """Look-ups for a queryset."""
        found = {f"{prefix}kind": self.kind, f"{prefix}name__icontains": self.name}
        return {lookup: value for lookup, value in found.items() if value}


@dataclass(frozen=True)
class Party:
    """The organization itself (without ids), or one of its accounts."""

    account_id: UUID | None
    link_id: UUID | None
    name: str
    kind: str
    public_id: str

    @property
    def key(self) -> str:
        return str(self.account_id or ORGANIZATION)


@dataclass(frozen=True)
class Head:
    """A row's or a column's party, and how many resources it gives or receives; given to two counts two."""

    party: Party
    total: int


@dataclass(frozen=True)
class Cell:
    singly: int  # by shares of their own alone
    by_rule: int

    @property
    def total(self) -> int:
        return self.singly + self.by_rule


@dataclass(frozen=True)
class Part:
    """One side of the map: what the window shows of it, and what lies outside."""

    heads: list[Head]
    count: int  # on all pages
    quiet: int  # without shares
    total: int
    page: int
    pages: int

    @property
    def first(self) -> int:
        """Its place among all."""
        return (self.page - 1) * SIDE + 1

    @property
    def last(self) -> int:
        return self.first + len(self.heads) - 1

    @property
    def previous(self) -> int:
        return self.page - 1

    @property
    def following(self) -> int:
        return self.page + 1


@dataclass(frozen=True)
class SharingMap:
    owners: Part
    receivers: Part
    cells: dict[tuple[str, str], Cell]  # by the keys of owner and receiver; without those where nothing is


def sharing_map(organization: Organization, wanted: Wanted) -> SharingMap:
    """Six queries, eight where there are sharing rules."""
    counts = _Counts(organization, wanted)
    owners = _part(counts.owners, counts.given, wanted.rows, is_all=wanted.is_all)
    receivers = _part(counts.receivers, counts.received, wanted.columns, is_all=wanted.is_all)
    return SharingMap(owners, receivers, counts.cells(owners.heads, receivers.heads))


def _part(parties: Iterable[Party], totals: Counter[UUID | None], page: int, *, is_all: bool) -> Part:
    """Those with most shares first; the last page for one that does not exist."""
    heads = [Head(party, totals[party.account_id]) for party in parties]
    shown = [head for head in heads if head.total or is_all]
    shown.sort(key=lambda head: (-head.total, head.party.name.casefold(), head.party.key))
    pages = max(1, -(-len(shown) // SIDE))
    page = min(page, pages)
    window = shown[(page - 1) * SIDE : page * SIDE]
    quiet = sum(not head.total for head in heads)
    return Part(window, len(shown), quiet, sum(head.total for head in heads), page, pages)


@dataclass(frozen=True)
class _Counts:
    """What is counted for one map; totals go by account, None is the organization."""

    organization: Organization
    wanted: Wanted

    @cached_property
    def standing(self) -> Standing:
        return Standing.of(self.organization)

    @cached_property
    def parties(self) -> list[Party]:
        """The organization and its accounts, also those whose review has not passed."""
        linked = Link.objects.open().filter(organization=self.organization).order_by()
        return [
            Party(None, None, self.organization.name, "", self.organization.code),
            *(_party(link.account, link) for link in linked.select_related("account")),
        ]

    @cached_property
    def owners(self) -> list[Party]:
        named = _named(self.parties, self.wanted.owner)
        return [party for party in named if party.account_id in self.owned]

    @cached_property
    def receivers(self) -> list[Party]:
        services = {self.wanted.service} if self.wanted.service else {Account.Kind.OFFICIAL, Account.Kind.ADS}
        return [party for party in _named(self.parties, self.wanted.account) if party.kind in services]

    @cached_property
    def groups(self) -> dict[UUID | None, int]:
        """By account: its place among the groups of receivers that get the same by rules."""
        alike = enumerate(self.standing.alike)
        return {link.account_id: place for place, group in alike for link in group.links}

    @cached_property
    def owned(self) -> dict[UUID | None, list[int]]:
        """By owner that has something: how much of it the rules give to each group."""
        own = Resource.objects.of_organization(self.organization).exclude(status=Resource.Status.DELETED)
        rows = own.filter(**self.wanted.of_resources()).order_by().values_list("owner_account")
        alike = enumerate(self.standing.alike)
        given = {f"given_{place}": Count("pk", filter=group.given) for place, group in alike}
        senders = {None, *(link.account_id for link in self.standing.links.values())}
        counted = rows.annotate(**given, all=Count("pk"))
        return {owner: counts if owner in senders else [0] * len(given) for owner, *counts, _all in counted}

    def by_rule(self, owner: UUID | None, receiver: UUID | None) -> int:
        place = self.groups.get(receiver)
        return 0 if place is None or owner == receiver else self.owned[owner][place]

    @cached_property
    def given(self) -> Counter[UUID | None]:
        """By owner."""
        totals = self._singly_by(OWNER)
        receiving = [party.account_id for party in self.receivers if party.account_id in self.groups]
        sizes = Counter(self.groups[account] for account in receiving)
        for owner in (party.account_id for party in self.owners):
            totals[owner] += sum(self.owned[owner][place] * size for place, size in sizes.items())
        for account in receiving:  # nobody receives what is its own
            totals[account] -= self._own(account)
        return totals

    @cached_property
    def received(self) -> Counter[UUID | None]:
        """By receiver."""
        totals = self._singly_by(RECEIVER)
        rows = [self.owned[party.account_id] for party in self.owners]
        sums = [sum(column) for column in zip(*rows, strict=True)]
        for account, place in self.groups.items() if sums else []:
            totals[account] += sums[place] - self._own(account)
        return totals

    @cached_property
    def _owning(self) -> set[UUID | None]:
        return {party.account_id for party in self.owners}

    def _own(self, account: UUID | None) -> int:
        """How much the rules would give it of its own, if they gave that."""
        return self.owned[account][self.groups[account]] if account in self._owning else 0

    def _singly_by(self, side: str) -> Counter[UUID | None]:
        return Counter(dict(self.singly().values_list(side).annotate(n=Count("pk"))))

    def cells(self, owners: Collection[Head], receivers: Collection[Head]) -> dict[tuple[str, str], Cell]:
        shares = self.singly().filter(_owned_by([head.party for head in owners]))
        shown = shares.filter(to_link__in=[head.party.link_id for head in receivers])
        counted = shown.values_list(OWNER, RECEIVER).annotate(n=Count("pk"))
        singly: dict[Pair, int] = {(owner, receiver): n for owner, receiver, n in counted}
        return {
            (giver.party.key, taker.party.key): cell
            for giver in owners
            for taker in receivers
            if (cell := self._cell(giver.party.account_id, taker.party.account_id, singly)).total
        }

    def _cell(self, owner: UUID | None, receiver: UUID | None, singly: Mapping[Pair, int]) -> Cell:
        return Cell(singly.get((owner, receiver), 0), self.by_rule(owner, receiver))

    def singly(self) -> ShareQuerySet:
        """Shares whose resource the receiver has by no rule, of what and whom the filter leaves."""
        looked_up = self.wanted.of_resources("resource__")
        shares = Share.objects.in_force().filter(to_link__organization=self.organization, **looked_up)
        if self.wanted.owner:
            shares = shares.filter(_owned_by(self.owners))
        if self.wanted.account or self.wanted.service:
            shares = shares.filter(to_link__in=[party.link_id for party in self.receivers])
        alike = self.standing.alike
        if alike:
            receiving = [link.pk for group in alike for link in group.links]
            by_rule = reduce(
                or_,
                (
                    Q(to_link__in=[link.pk for link in group.links]) & _of_shares(group.given)
                    for group in alike
                ),
            )
            shares = shares.filter(~(Q(to_link__in=receiving) & by_rule))
        return shares.order_by()


def _received_by(group: Alike) -> Q:
    """Of shares: those to one of these links of what rules give it, too."""
    return Q(to_link__in=[link.pk for link in group.links]) & _of_shares(group.given)


def _party(account: Account, link: Link) -> Party:
    return Party(account.pk, link.pk, account.name, account.kind, account.public_id)


def _named(parties: list[Party], part: str) -> list[Party]:
    """Those with this in their name or id."""
    wanted = folded(part)
    if not wanted:
        return parties
    return [party for party in parties if wanted in folded(f"{party.name} {party.public_id}")]


def _owned_by(parties: Iterable[Party]) -> Q:
    """Of shares: the resource is owned by one of them."""
    accounts = {party.account_id for party in parties}
    found = Q(**{f"{OWNER}__in": accounts - {None}})
    return found | Q(**{OWNER: None}) if None in accounts else found


def _of_shares(condition: Q) -> Q:
    """A condition on resources, asked of shares."""
    leaves = [child for child in condition.children if isinstance(child, tuple)]
    branches = [_of_shares(child) for child in condition.children if isinstance(child, Q)]
    asked = [(f"resource__{field}", value) for field, value in leaves]
    return Q(*branches, *asked, _connector=condition.connector, _negated=condition.negated)
