"""The sharing map's figures: what stands in a cell is what the account receives."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from linking import services as linking
from linking.models import Account, Link
from organizations.models import Organization, Review
from resources import services, sharing_map
from resources.kinds import Kind
from resources.models import Resource, Share, SharingRule
from resources.sharing_map import SIDE, Wanted
from tests import factories
from users.models import User

pytestmark = [pytest.mark.db, pytest.mark.django_db]
Figures = dict[tuple[str, str], int]


def figures(organization: Organization, **wanted: object) -> Figures:
    shown = sharing_map.sharing_map(organization, Wanted(**wanted))  # type: ignore[arg-type]
    names = {head.party.key: head.party.name for head in [*shown.owners.heads, *shown.receivers.heads]}
    return {(names[owner], names[account]): cell.total for (owner, account), cell in shown.cells.items()}


def received(organization: Organization, **only: str) -> Figures:
    """The same, asked account by account."""
    found: Figures = {}
    for link in organization.links.open().select_related("account"):
        for resource in Resource.objects.shared_to(link.account).filter(**only).with_owner():
            pair = (vars(resource)["owner_name"], link.account.name)
            found[pair] = found.get(pair, 0) + 1
    return found


def an_account(acme: Organization, kind: str, name: str, **link: object) -> Link:
    factory = {
        Account.Kind.OFFICIAL: factories.OfficialAccountFactory,
        Account.Kind.ADS: factories.AdsAccountFactory,
    }
    made = factory.get(Account.Kind(kind), factories.TalkHeadViewFactory)
    return factories.LinkFactory.create(account=made.create(name=name), organization=acme, **link)


def a_resource(
    owner: Link | Organization, name: str, kind: str = Kind.PHONE_UPLOAD, **more: object
) -> Resource:
    is_own = isinstance(owner, Organization)
    owned = (
        {"owner_account": None, "owner_organization": owner} if is_own else {"owner_account": owner.account}
    )
    return factories.ResourceFactory.create(**owned, name=name, kind=kind, **more)


def shared(resource: Resource, to_link: Link, **more: object) -> Share:
    from_link = Link.objects.open().filter(account=resource.owner_account).first()
    return factories.ShareFactory.create(resource=resource, to_link=to_link, from_link=from_link, **more)


@pytest.fixture
def mixed(acme: Organization, bob: User) -> Organization:
    """Singly, by "all resources", by rules, by several at once; beside all that must not count."""
    cafe, shop = (an_account(acme, "OFFICIAL", name) for name in ("Cafe", "Shop"))
    north, south = (an_account(acme, "ADS", name) for name in ("North", "South"))
    view = an_account(acme, "TALK_HEAD_VIEW", "View")
    waiting = an_account(acme, "ADS", "Waiting", review=Review.IN_REVIEW)
    for owner in (acme, cafe, north, view):
        for kind in (Kind.PHONE_UPLOAD, Kind.LINE_TAG, Kind.LOOKALIKE, Kind.RESERVATION):
            resource = a_resource(owner, f"VIP {kind}", kind)
            for to_link in (cafe, south):
                if owner != to_link:
                    shared(resource, to_link)
        a_resource(owner, "vip later", Kind.WEBTRAFFIC)
        a_resource(owner, "VIP not yet", status=Resource.Status.NEW, line_id=None)
    gone = a_resource(acme, "VIP gone", status=Resource.Status.DELETED)
    for resource in (gone, a_resource(waiting, "VIP of one that waits")):
        shared(resource, cafe)
    shared(a_resource(acme, "Past"), shop, until=timezone.now() - timedelta(days=1))
    shared(a_resource(acme, "Ended"), shop, ended_at=timezone.now(), ended_by=bob)
    linking.share_everything(south, by=bob)
    rule = {"organization": acme, "created_by": bob, "name_contains": "vip"}
    factories.SharingRuleFactory.create(**rule, kinds=[Kind.PHONE_UPLOAD, Kind.WEBTRAFFIC])
    one = {"owned_by": SharingRule.From.ACCOUNT, "owner_account": cafe.account, "to_every_official": False}
    factories.SharingRuleFactory.create(**{**rule, "name_contains": ""}, **one).receivers.set([north, shop])
    return acme


def test_every_cell_says_what_the_account_receives_of_the_owner(mixed: Organization) -> None:
    expected = received(mixed)

    assert figures(mixed, is_all=True) == expected
    assert len(expected) > 9
    assert {("Cafe", "North"), ("North", "South"), ("Acme Coffee", "Shop")} <= set(expected)


def test_the_sums_are_those_of_the_cells(mixed: Organization) -> None:
    shown, expected = sharing_map.sharing_map(mixed, Wanted()), received(mixed)

    for part, place in ((shown.owners, 0), (shown.receivers, 1)):
        sums = {head.party.name: head.total for head in part.heads}
        names = {pair[place] for pair in expected}
        assert sums == {name: sum(n for pair, n in expected.items() if pair[place] == name) for name in names}
        assert part.total == sum(expected.values())


@pytest.mark.parametrize(
    ("wanted", "only"),
    [({"kind": Kind.LINE_TAG}, {"kind": Kind.LINE_TAG}), ({"name": "later"}, {"name__icontains": "later"})],
    ids=["kind", "name"],
)
def test_a_filter_on_resources_counts_only_those(
    mixed: Organization, wanted: dict[str, str], only: dict[str, str]
) -> None:
    assert figures(mixed, **wanted) == received(mixed, **only)


@pytest.mark.parametrize("wanted", [{"owner": "nor"}, {"account": "SOUTH"}, {"service": "OFFICIAL"}])
def test_a_filter_on_parties_leaves_the_other_figures_alone(
    mixed: Organization, wanted: dict[str, str]
) -> None:
    officials = {"Cafe", "Shop"}
    fits = {
        "owner": lambda owner, _account: owner == "North",
        "account": lambda _owner, account: account == "South",
        "service": lambda _owner, account: account in officials,
    }
    expected = {pair: n for pair, n in received(mixed).items() if fits[next(iter(wanted))](*pair)}
    shown = sharing_map.sharing_map(mixed, Wanted(**wanted))  # type: ignore[arg-type]

    assert figures(mixed, **wanted) == expected
    assert shown.owners.total == shown.receivers.total == sum(expected.values())


def test_what_comes_singly_and_by_a_rule_counts_once_and_as_by_rule(
    acme: Organization, ads_link: Link, official_link: Link, bob: User
) -> None:
    shared(a_resource(ads_link, "Both"), official_link)
    linking.share_everything(official_link, by=bob)

    (cell,) = sharing_map.sharing_map(acme, Wanted()).cells.values()

    assert (cell.singly, cell.by_rule) == (0, 1)


def test_those_without_shares_are_counted_and_shown_when_asked(
    acme: Organization, ads_link: Link, official_link: Link
) -> None:
    shared(a_resource(ads_link, "Buyers"), official_link)
    a_resource(acme, "Nobody's")

    few, every = (sharing_map.sharing_map(acme, Wanted(is_all=is_all)) for is_all in (False, True))

    assert [head.party.name for head in few.receivers.heads] == ["Acme Coffee OA"]
    assert (few.owners.quiet, few.receivers.quiet) == (1, 1)
    assert {head.party.name for head in every.receivers.heads} == {"Acme Coffee OA", "Acme Ads"}
    assert {head.party.name for head in every.owners.heads} == {"Acme Ads", "Acme Coffee"}


def test_a_large_map_pages_through_both_sides(acme: Organization, ads_link: Link, bob: User) -> None:
    links = [an_account(acme, "OFFICIAL", f"Shop {number:02}") for number in range(SIDE + 2)]
    services.share_resources(links[-1], [a_resource(ads_link, "First")], by=bob)
    resource = a_resource(ads_link, "Second")
    for link in links:
        shared(resource, link)

    first, second, beyond = (sharing_map.sharing_map(acme, Wanted(columns=n)).receivers for n in (1, 2, 99))

    assert (first.heads[0].party.name, first.heads[0].total) == (f"Shop {SIDE + 1:02}", 2)
    assert (len(first.heads), len(second.heads), beyond) == (SIDE, 2, second)
    assert first.total == second.total == SIDE + 3
    assert (second.first, second.last) == (SIDE + 1, SIDE + 2)


def test_nobody_of_another_organization_is_on_the_map(mixed: Organization, other: Organization) -> None:
    before = sharing_map.sharing_map(mixed, Wanted(is_all=True))
    foreign, receiver = an_account(other, "ADS", "Foreign"), an_account(other, "OFFICIAL", "Abroad")
    for owner in (foreign, other):
        shared(a_resource(owner, "VIP foreign"), receiver)

    assert sharing_map.sharing_map(mixed, Wanted(is_all=True)) == before
    assert figures(other) == {("Foreign", "Abroad"): 1, ("Other Tea", "Abroad"): 1}
