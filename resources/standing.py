"""Standing rules: what a link receives without a share of its own, now and whenever something is added.

Two kinds: "all resources of the organization", a mark on the link, and sharing rules with conditions.
`given_by_rule` asks of the database for one receiver, `Standing` of memory for many resources at once. A rule
works like a share: between open links of one organization whose reviews have passed.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from django.db.models import Exists, F, Q

from linking.models import Link
from organizations.models import Organization
from resources.kinds import kind_refusal, usable_kinds
from resources.rule_models import SharingRule

if TYPE_CHECKING:
    from resources.models import Resource

NOTHING = Q(pk__in=[])
NOT_GIVEN = ["NEW", "DELETED"]  # unknown to LINE yet, and no longer


def given_by_rule(to_link: Link, standing: Standing | None = None) -> Q:
    """Of resources: what standing rules give this link now. Who has read the rules already spares asking."""
    if not to_link.takes_part_in_sharing:
        return NOTHING
    if to_link.shares_everything:
        return everything_for(to_link)
    fitting = NOTHING
    for rule in standing.rules_for(to_link.pk) if standing else SharingRule.objects.giving_to(to_link):
        fitting |= rule.matching()
    return everything_for(to_link) & fitting


def everything_for(to_link: Link) -> Q:
    """Of resources: what "all resources of the organization" means to this link, all that others own and its
    account can use.
    """
    senders = Link.objects.sharing().filter(organization=to_link.organization_id).exclude(pk=to_link.pk)
    owned = Q(owner_organization=to_link.organization_id) | Q(owner_account__in=senders.values("account"))
    return owned & Q(kind__in=usable_kinds(to_link.account.kind)) & ~Q(status__in=NOT_GIVEN)


def given_on_by_rule(from_link: Link) -> Q:
    """Of resources: what this link's account owns and others receive by a rule."""
    if not from_link.takes_part_in_sharing:
        return NOTHING
    standing = Standing.of(from_link.organization)
    fitting = Q(kind__in=_usable_by(standing.receivers_of_all, besides=from_link))
    for rule in standing.rules:
        fitting |= rule.matching() & Q(kind__in=_usable_by(standing.receivers_by(rule), besides=from_link))
    return Q(owner_account=from_link.account_id) & fitting & ~Q(status__in=NOT_GIVEN)


def _usable_by(receivers: Iterable[Taker], *, besides: Link) -> list[str]:
    services = {link.kind for link in receivers if link.pk != besides.pk}
    return sorted({kind for service in services for kind in usable_kinds(service)})


class Taker(NamedTuple):
    """An open link whose review has passed: no more of it than is asked thousands of times."""

    pk: uuid.UUID
    account_id: uuid.UUID
    kind: str
    shares_everything: bool


@dataclass(frozen=True)
class Alike:
    """Links to which the rules give the same, but that each leaves out what its own account owns."""

    links: list[Taker]
    given: Q  # of resources whose owners take part in sharing


@dataclass(frozen=True)
class Standing:
    """The rules of one organization, as they stand at one moment."""

    organization: Organization
    links: dict[object, Taker]
    rules: tuple[SharingRule, ...]
    named: dict[object, set[object]]  # by rule: the links that it names singly

    @classmethod
    def of(cls, organization: Organization) -> Standing:
        """One query, two where there are rules."""
        open_rules = SharingRule.objects.open().filter(organization=organization)
        links = Link.objects.sharing().filter(organization=organization).order_by()
        asked = links.annotate(has_rules=Exists(open_rules))
        rows = list(asked.values_list("pk", "account_id", "account__kind", "shares_everything", "has_rules"))
        rules: dict[object, SharingRule] = {}
        named: dict[object, set[object]] = defaultdict(set)
        pairs = open_rules.annotate(receiver=F("receivers")) if any(row[-1] for row in rows[:1]) else []
        for rule in pairs:  # once for each link that it names, once if it names none
            rules.setdefault(rule.pk, rule)
            named[rule.pk].add(vars(rule)["receiver"])
        takers = (Taker(*row[:-1]) for row in rows)
        return cls(organization, {taker.pk: taker for taker in takers}, tuple(rules.values()), named)

    @cached_property
    def receivers_of_all(self) -> list[Taker]:
        return [link for link in self.links.values() if link.shares_everything]

    def receivers_by(self, rule: SharingRule) -> list[Taker]:
        """The links that this rule gives to, whatever it gives."""
        named = [self.links[pk] for pk in self.named[rule.pk] if pk in self.links]
        if not (rule.to_every_official or rule.to_every_ads):
            return named
        return named + [link for link in self.links.values() if rule.is_for(link.kind)]

    def rules_for(self, link: object) -> list[SharingRule]:
        """The rules that give to this link, whatever they give."""
        taker = self.links.get(link)
        if taker is None:
            return []
        return [rule for rule in self.rules if link in self.named[rule.pk] or rule.is_for(taker.kind)]

    @cached_property
    def alike(self) -> list[Alike]:
        """The links that receive by rules, those of the same service and rules together."""
        fitting: dict[object, list[int]] = defaultdict(list)
        for place, rule in enumerate(self.rules):
            for link in self.receivers_by(rule):
                fitting[link.pk].append(place)
        groups: dict[tuple[str, bool, tuple[int, ...]], list[Taker]] = defaultdict(list)
        for link in self.links.values():
            places = () if link.shares_everything else tuple(fitting[link.pk])
            if places or link.shares_everything:
                groups[link.kind, link.shares_everything, places].append(link)
        return [
            Alike(links, _given(kind, [] if everything else [self.rules[place] for place in places]))
            for (kind, everything, places), links in groups.items()
        ]

    def receivers_of(self, resource: Resource) -> set[object]:
        """The ids of the links that receive it by a rule."""
        if not self._may_be_given(resource):
            return set()
        receivers = [*self.receivers_of_all]
        for rule in self.rules:
            if rule.matches(resource):
                receivers += self.receivers_by(rule)
        return {link.pk for link in receivers if _can_use(link, resource)}

    def ways(self, resource: Resource, to_link: Link) -> tuple[bool, list[SharingRule]]:
        """By what this link receives it: whether by "all resources", and the rules."""
        link = self.links.get(to_link.pk)
        if link is None or not self._may_be_given(resource) or not _can_use(link, resource):
            return False, []
        rules = [rule for rule in self.rules_for(link.pk) if rule.matches(resource)]
        return link.shares_everything, rules

    def gives(self, resource: Resource, to_link: Link) -> bool:
        """Whether this link receives it by any rule."""
        is_by_everything, rules = self.ways(resource, to_link)
        return is_by_everything or bool(rules)

    def _may_be_given(self, resource: Resource) -> bool:
        is_own = resource.owner_organization_id == self.organization.pk
        is_known = resource.status not in NOT_GIVEN
        return is_known and (is_own or resource.owner_account_id in self._senders)

    @cached_property
    def _senders(self) -> set[object]:
        return {link.account_id for link in self.links.values()}


def _given(service: str, rules: list[SharingRule]) -> Q:
    """What these rules give to accounts of a service; without a rule: everything."""
    fitting = Q()
    for rule in rules:
        fitting |= rule.matching()
    return Q(kind__in=usable_kinds(service)) & fitting & ~Q(status__in=NOT_GIVEN)


def _can_use(link: Taker, resource: Resource) -> bool:
    is_owner = link.account_id == resource.owner_account_id
    return not is_owner and not kind_refusal(resource.kind, link.kind)
