from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from linking.models import Account, Link
from organizations.models import AuditEvent, Organization, Review
from resources import kinds, services
from resources.models import Kind, Resource, Share
from tests import factories
from users.models import User

pytestmark = [pytest.mark.db, pytest.mark.django_db]


@pytest.fixture
def audience(ads_link: Link) -> Resource:
    return factories.ResourceFactory.create(owner_account=ads_link.account, name="Buyers")


def test_a_shared_audience_is_seen_by_the_other_account(
    audience: Resource, official_link: Link, bob: User
) -> None:
    services.share_resources(official_link, [audience], by=bob)

    assert list(Resource.objects.shared_to(official_link.account)) == [audience]


def test_a_share_remembers_the_links_of_both_accounts(
    audience: Resource, official_link: Link, ads_link: Link, bob: User
) -> None:
    (share,) = services.share_resources(official_link, [audience], by=bob)

    assert (share.to_link, share.from_link) == (official_link, ads_link)


def test_a_share_is_told_on_both_sides(audience: Resource, official_link: Link, bob: User) -> None:
    services.share_resources(official_link, [audience], by=bob)

    event = AuditEvent.objects.get(action="share.started")
    assert event.organization == official_link.organization
    assert event.account_id == official_link.account_id


def test_nothing_is_shared_when_one_of_several_is_refused(
    audience: Resource, official_link: Link, bob: User
) -> None:
    lookalike = factories.ResourceFactory.create(owner_account=audience.owner_account, kind=Kind.LOOKALIKE)

    with pytest.raises(services.NotShareable, match="cannot use this kind"):
        services.share_resources(official_link, [audience, lookalike], by=bob)

    assert not Share.objects.exists()


def test_sharing_nothing_asks_to_tick_something(official_link: Link, bob: User) -> None:
    with pytest.raises(services.NothingChosen):
        services.share_resources(official_link, [], by=bob)


def test_sharing_twice_is_refused_and_changes_nothing(
    audience: Resource, official_link: Link, bob: User
) -> None:
    services.share_resources(official_link, [audience], by=bob)

    with pytest.raises(services.NotShareable, match="Already shared"):
        services.share_resources(official_link, [audience], by=bob)

    assert Share.objects.count() == 1


def test_an_account_is_not_lent_its_own_audience(audience: Resource, ads_link: Link, bob: User) -> None:
    with pytest.raises(services.NotShareable, match="owns it"):
        services.share_resources(ads_link, [audience], by=bob)


@pytest.mark.parametrize("review", [Review.UNVERIFIED, Review.IN_REVIEW, Review.REJECTED])
def test_only_links_whose_review_passed_take_part(
    audience: Resource, official_link: Link, bob: User, review: Review
) -> None:
    Link.objects.filter(pk=official_link.pk).update(review=review)
    official_link.refresh_from_db()

    with pytest.raises(services.NotShareable, match="review"):
        services.share_resources(official_link, [audience], by=bob)


def test_a_new_audience_without_a_line_id_is_not_shareable(
    official_link: Link, ads_link: Link, bob: User
) -> None:
    new = factories.ResourceFactory.create(
        owner_account=ads_link.account, line_id=None, status=Resource.Status.NEW
    )

    with pytest.raises(services.NotShareable, match="does not know"):
        services.share_resources(official_link, [new], by=bob)


def test_a_closed_link_takes_nothing(audience: Resource, official_link: Link, bob: User) -> None:
    Link.objects.filter(pk=official_link.pk).update(ended_at=timezone.now())
    official_link.refresh_from_db()

    with pytest.raises(services.NotShareable, match="no longer belongs"):
        services.share_resources(official_link, [audience], by=bob)


def test_stopping_takes_the_audience_back_and_keeps_the_past(
    audience: Resource, official_link: Link, bob: User
) -> None:
    shares = services.share_resources(official_link, [audience], by=bob)

    assert services.stop_sharing(shares, by=bob) == 1
    assert services.stop_sharing(shares, by=bob) == 0

    assert not Resource.objects.shared_to(official_link.account).exists()
    assert Share.objects.get().ended_by == bob
    assert AuditEvent.objects.filter(action="share.stopped").count() == 1


def test_shares_end_with_either_link(
    audience: Resource, official_link: Link, ads_link: Link, bob: User
) -> None:
    services.share_resources(official_link, [audience], by=bob)

    services.end_shares(ads_link, by=bob)

    assert not Share.objects.open().exists()


def test_a_share_past_its_date_shows_nothing(audience: Resource, official_link: Link, bob: User) -> None:
    factories.ShareFactory.create(
        resource=audience, to_link=official_link, shared_by=bob, until=timezone.now() - timedelta(seconds=1)
    )

    assert not Resource.objects.shared_to(official_link.account).exists()


def test_the_database_keeps_one_open_share(audience: Resource, official_link: Link) -> None:
    factories.ShareFactory.create(resource=audience, to_link=official_link)

    with pytest.raises(IntegrityError), transaction.atomic():
        factories.ShareFactory.create(resource=audience, to_link=official_link)


def test_the_database_wants_exactly_one_owner(acme: Organization, ads: Account) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        factories.ResourceFactory.create(owner_account=ads, owner_organization=acme)


def test_line_sees_what_the_page_sees(audience: Resource, official_link: Link, bob: User) -> None:
    services.share_resources(official_link, [audience], by=bob)

    (seen,) = Resource.objects.seen_at_line_by(official_link.account.basic_id)

    assert (seen.owner_service, seen.owner_code) == ("lap", audience.owner_account.line_id)


def test_an_unknown_official_account_sees_nothing(db: None) -> None:
    assert list(Resource.objects.seen_at_line_by("@nobody")) == []


@pytest.mark.parametrize(
    ("kind", "service", "is_refused"),
    [
        (Kind.PHONE_UPLOAD, Account.Kind.OFFICIAL, False),
        (Kind.PHONE_UPLOAD, Account.Kind.ADS, False),
        (Kind.LOOKALIKE, Account.Kind.OFFICIAL, True),
        (Kind.LOOKALIKE, Account.Kind.ADS, False),
        (Kind.FRIENDS, Account.Kind.OFFICIAL, True),
        (Kind.RESERVATION, Account.Kind.ADS, True),
        (Kind.CROSS_TARGETING, Account.Kind.ADS, True),
        (Kind.PHONE_UPLOAD, Account.Kind.TALK_HEAD_VIEW, True),
    ],
)
def test_the_table_says_which_kinds_go_where(kind: Kind, service: str, is_refused: bool) -> None:
    assert bool(kinds.kind_refusal(kind, service)) is is_refused


@pytest.mark.parametrize("count", [1, 20])
def test_choices_take_the_same_queries_for_any_number(
    ads_link: Link, official_link: Link, count: int, django_assert_max_num_queries: Any
) -> None:
    candidates = factories.ResourceFactory.create_batch(count, owner_account=ads_link.account)

    with django_assert_max_num_queries(4):
        services.choices_for(official_link, candidates)
