"""The standing rule: all resources of the organization, those of today and those added later."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from django.utils import timezone

from linking import services as linking
from linking.errors import NotAReceiver, NotLinkedHere
from linking.models import Account, Link
from organizations import impact
from organizations.models import AuditEvent, Organization, Review
from resources import receivers, services
from resources.kinds import Kind, usable_kinds
from resources.models import Resource
from resources.standing import Standing, given_by_rule
from tests import factories
from users.models import User

pytestmark = [pytest.mark.db, pytest.mark.django_db]


@pytest.fixture
def open_to_all(official_link: Link, bob: User) -> Link:
    linking.share_everything(official_link, by=bob)
    return official_link


def seen_by(link: Link) -> set[str]:
    return {resource.name for resource in Resource.objects.shared_to(link.account)}


def test_the_rule_gives_what_others_own_and_what_is_added_later(
    acme: Organization, open_to_all: Link, ads_link: Link
) -> None:
    factories.ResourceFactory.create(owner_account=ads_link.account, name="Of the ad account")
    assert seen_by(open_to_all) == {"Of the ad account"}

    factories.ResourceFactory.create(owner_account=None, owner_organization=acme, name="Of the organization")

    assert seen_by(open_to_all) == {"Of the ad account", "Of the organization"}


def test_the_rule_leaves_out_own_foreign_unusable_and_unknown_ones(
    acme: Organization, open_to_all: Link, ads_link: Link
) -> None:
    owned = {"owner_account": ads_link.account}
    factories.ResourceFactory.create(owner_account=open_to_all.account, name="Own")
    factories.ResourceFactory.create(name="Of another organization")
    factories.ResourceFactory.create(**owned, kind=Kind.LOOKALIKE, name="Not for official accounts")
    factories.ResourceFactory.create(**owned, status=Resource.Status.NEW, line_id=None, name="New")
    factories.ResourceFactory.create(**owned, status=Resource.Status.DELETED, name="Deleted")

    assert seen_by(open_to_all) == set()


@pytest.mark.parametrize("side", ["receiver", "sender"])
@pytest.mark.parametrize("review", [Review.UNVERIFIED, Review.IN_REVIEW, Review.REJECTED])
def test_the_rule_works_between_links_whose_reviews_passed(
    open_to_all: Link, ads_link: Link, side: str, review: Review
) -> None:
    factories.ResourceFactory.create(owner_account=ads_link.account)
    link = open_to_all if side == "receiver" else ads_link

    Link.objects.filter(pk=link.pk).update(review=review)

    assert seen_by(open_to_all) == set()


def test_the_rule_ends_with_the_link(open_to_all: Link, ads_link: Link) -> None:
    factories.ResourceFactory.create(owner_account=ads_link.account)

    Link.objects.filter(pk=open_to_all.pk).update(ended_at=timezone.now())

    assert seen_by(open_to_all) == set()


def test_line_sees_what_the_rule_gives(open_to_all: Link, ads_link: Link) -> None:
    audience = factories.ResourceFactory.create(owner_account=ads_link.account)

    assert list(Resource.objects.seen_at_line_by(open_to_all.account.basic_id)) == [audience]


def test_stopping_the_rule_keeps_what_is_shared_singly(open_to_all: Link, ads_link: Link, bob: User) -> None:
    singly = factories.ResourceFactory.create(owner_account=ads_link.account, name="Singly")
    factories.ResourceFactory.create(owner_account=ads_link.account, name="By rule only")
    factories.ShareFactory.create(resource=singly, to_link=open_to_all)

    services.stop_sharing([], by=bob, rule_of=open_to_all)

    assert seen_by(open_to_all) == {"Singly"}


def test_starting_and_stopping_twice_is_told_once(official_link: Link, bob: User) -> None:
    answers = [linking.share_everything(official_link, by=bob) for _twice in range(2)]
    answers += [linking.stop_sharing_everything(official_link, by=bob) for _twice in range(2)]

    assert answers == [True, False, True, False]
    told = AuditEvent.objects.filter(account_id=official_link.account_id).values_list("action", flat=True)
    assert sorted(told) == ["share.everything_started", "share.everything_stopped"]


def test_a_link_that_has_ended_takes_no_rule(official_link: Link, bob: User) -> None:
    Link.objects.filter(pk=official_link.pk).update(ended_at=timezone.now())

    with pytest.raises(NotLinkedHere):
        linking.share_everything(official_link, by=bob)


def test_talk_head_view_accounts_take_nothing(acme: Organization, bob: User) -> None:
    link = factories.LinkFactory.create(account=factories.TalkHeadViewFactory.create(), organization=acme)

    with pytest.raises(NotAReceiver):
        linking.share_everything(link, by=bob)


def test_what_the_rule_gives_is_not_shared_singly_on_top(
    open_to_all: Link, ads_link: Link, bob: User
) -> None:
    audience = factories.ResourceFactory.create(owner_account=ads_link.account)

    with pytest.raises(services.NotShareable, match="Received already"):
        services.share_resources(open_to_all, [audience], by=bob)


def test_the_end_of_a_link_counts_what_rules_give_and_take(
    open_to_all: Link, ads_link: Link, acme: Organization
) -> None:
    factories.ResourceFactory.create_batch(2, owner_account=ads_link.account)

    assert [line.count for line in impact.of(open_to_all)] == [2]
    assert [line.count for line in impact.of(ads_link)] == [2]


def test_deleting_a_resource_counts_receivers_once(open_to_all: Link, ads_link: Link) -> None:
    audience = factories.ResourceFactory.create(owner_account=ads_link.account)
    factories.ShareFactory.create(resource=audience, to_link=open_to_all)

    assert [link.pk for link in receivers.links_receiving(audience)] == [open_to_all.pk]
    assert receivers.counts(ads_link.organization, [audience]) == {audience.pk: 1}


def test_the_database_and_the_memory_agree_on_every_case(acme: Organization) -> None:
    """Every kind of account, with and without the rule and the review, against every kind of resource."""
    links = []
    for maker, review, is_open in itertools.product(
        (factories.OfficialAccountFactory, factories.AdsAccountFactory, factories.TalkHeadViewFactory),
        (Review.VERIFIED, Review.REJECTED),
        (True, False),
    ):
        account = maker.create()
        links.append(
            factories.LinkFactory.create(
                account=account, organization=acme, review=review, shares_everything=is_open
            )
        )
    owners: list[dict[str, Any]] = [{"owner_account": link.account} for link in links[::2]]
    owners += [{"owner_account": None, "owner_organization": acme}, {}]
    for owner, kind in itertools.product(owners, Kind.values):
        factories.ResourceFactory.create(kind=kind, **owner)
    resources, standing = list(Resource.objects.all()), Standing.of(acme)

    for link in links:
        by_query = set(Resource.objects.filter(given_by_rule(link)).values_list("pk", flat=True))
        in_memory = {each.pk for each in resources if link.pk in standing.receivers_of(each)}
        assert by_query == in_memory
        for_real = by_query and link.shares_everything and link.review == Review.VERIFIED
        assert bool(for_real) == bool(by_query)


@pytest.mark.parametrize("service", Account.Kind.values)
def test_usable_kinds_are_those_that_the_table_does_not_refuse(service: str) -> None:
    usable = usable_kinds(service)

    assert (Kind.CROSS_TARGETING in usable, Kind.PHONE_UPLOAD in usable) == (
        False,
        service != Account.Kind.TALK_HEAD_VIEW,
    )
