"""Many shares at once: the check changes nothing, the work is exact whatever happens in between."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from linking import services as linking
from linking.models import Link
from organizations.models import AuditEvent, Organization, Review
from organizations.permissions import Role
from resources import bulk, services
from resources.bulk_models import BulkChange, BulkItem, Outcome
from resources.kinds import Kind
from resources.models import Resource, Share
from tests import factories
from users.models import User

pytestmark = [pytest.mark.db, pytest.mark.django_db]
S = BulkChange.State


@pytest.fixture
def links(acme: Organization) -> list[Link]:
    """Two official accounts and an ad account."""
    makers = (
        factories.OfficialAccountFactory,
        factories.OfficialAccountFactory,
        factories.AdsAccountFactory,
    )
    return [factories.LinkFactory.create(account=maker.create(), organization=acme) for maker in makers]


@pytest.fixture
def audiences(ads_link: Link) -> list[Resource]:
    """Two that every service can use and a lookalike, which official accounts cannot."""
    kinds = (Kind.PHONE_UPLOAD, Kind.EMAIL_UPLOAD, Kind.LOOKALIKE)
    return [factories.ResourceFactory.create(owner_account=ads_link.account, kind=kind) for kind in kinds]


def checked(
    acme: Organization, audiences: list[Resource], links: list[Link], by: User, **more: Any
) -> BulkChange:
    change = bulk.draft(acme, by=by)
    bulk.choose(change, resources=[each.pk for each in audiences], links=[link.pk for link in links])
    bulk.start_check(change, **{"until": None, **more})
    bulk.work(change.pk)
    change.refresh_from_db()
    return change


def done(change: BulkChange, by: User) -> BulkChange:
    bulk.start(change, by=by)
    bulk.work(change.pk)
    change.refresh_from_db()
    return change


def test_the_check_says_what_would_happen_and_changes_nothing(
    acme: Organization, audiences: list[Resource], links: list[Link], bob: User
) -> None:
    change = checked(acme, audiences, links, bob)

    assert change.state == S.CHECKED
    assert change.items.counted() == {"PENDING": 7, "DONE": 0, "SKIPPED": 0, "REFUSED": 2}
    assert change.items.reasons() == [("LINE Official Accounts cannot use this kind of audience.", 2)]
    assert not Share.objects.exists()


def test_the_work_shares_what_can_be_shared_and_reports_the_rest(
    acme: Organization, audiences: list[Resource], links: list[Link], bob: User
) -> None:
    until = timezone.now() + timedelta(days=3)

    change = done(checked(acme, audiences, links, bob, until=until), bob)

    assert change.state == S.DONE
    assert change.items.counted() == {"PENDING": 0, "DONE": 7, "SKIPPED": 0, "REFUSED": 2}
    assert Share.objects.open().filter(until=until, shared_by=bob).count() == 7
    assert AuditEvent.objects.filter(action="share.started").count() == 7
    event = AuditEvent.objects.get(action="bulk_change.done")
    assert event.details == {"done": 7, "skipped": 0, "refused": 2}


def test_it_is_done_in_the_name_of_who_starts_it(
    acme: Organization, audiences: list[Resource], links: list[Link], bob: User, alice: User
) -> None:
    change = checked(acme, audiences[:1], links[:1], bob)
    acme.memberships.filter(user=bob).delete()

    done(change, alice)

    assert Share.objects.get().shared_by == alice


def test_what_is_so_already_is_left_alone(
    acme: Organization, audiences: list[Resource], links: list[Link], ads_link: Link, bob: User
) -> None:
    services.share_resources(links[0], audiences[:1], by=bob)
    linking.share_everything(links[2], by=bob)

    change = checked(acme, audiences[:1], [*links, ads_link], bob)

    assert change.items.counted()[Outcome.SKIPPED] == 3
    assert change.items.counted()[Outcome.PENDING] == 1


def test_what_changes_between_check_and_work_is_decided_by_the_work(
    acme: Organization, audiences: list[Resource], links: list[Link], ads_link: Link, bob: User
) -> None:
    change = checked(acme, audiences[:2], links[:2], bob)
    services.share_resources(links[0], audiences[:1], by=bob)
    Link.objects.filter(pk=links[1].pk).update(review=Review.REJECTED)

    done(change, bob)

    assert change.items.counted() == {"PENDING": 0, "DONE": 1, "SKIPPED": 1, "REFUSED": 2}


def test_what_left_the_organization_is_not_shared(
    acme: Organization, audiences: list[Resource], links: list[Link], ads_link: Link, bob: User
) -> None:
    change = checked(acme, audiences[:1], links[:2], bob)
    Link.objects.filter(pk__in=[ads_link.pk, links[1].pk]).update(ended_at=timezone.now())

    done(change, bob)

    assert change.items.counted()[Outcome.REFUSED] == 2
    assert not Share.objects.exists()


def test_nothing_is_shared_for_somebody_who_may_not_any_more(
    acme: Organization, audiences: list[Resource], links: list[Link], bob: User
) -> None:
    change = checked(acme, audiences, links, bob)
    acme.memberships.filter(user=bob).update(role=Role.VIEWER)

    done(change, bob)

    assert change.state == S.DONE
    assert not Share.objects.exists()
    assert ("The person who started this may no longer share here.", 7) in change.items.reasons()


def test_a_worker_that_dies_leaves_an_exact_report_and_the_next_goes_on(
    acme: Organization,
    audiences: list[Resource],
    links: list[Link],
    bob: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bulk, "CHUNK", 1)
    change, real, calls = checked(acme, audiences, links, bob), services.start_share, []

    def die_at_the_third(*args: Any, **kwargs: Any) -> Share:
        calls.append(args)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return real(*args, **kwargs)

    bulk.start(change, by=bob)
    with monkeypatch.context() as broken:
        broken.setattr(services, "start_share", die_at_the_third)
        with pytest.raises(KeyboardInterrupt):
            bulk.work(change.pk)
    assert change.items.counted()[Outcome.DONE] == Share.objects.count() == 2

    bulk.work(change.pk)
    assert Share.objects.count() == 2, "its lease has not ended"
    BulkChange.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    bulk.work(change.pk)

    assert change.items.counted()[Outcome.DONE] == Share.objects.count() == 7


def test_a_worker_that_lost_its_claim_changes_nothing(
    acme: Organization,
    audiences: list[Resource],
    links: list[Link],
    bob: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bulk, "CHUNK", 1)
    change, real = checked(acme, audiences, links, bob), bulk._do_some

    def overtaken(held: BulkChange) -> bool:
        went_on = real(held)
        if Share.objects.count() == 1:
            BulkChange.objects.filter(pk=held.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
            assert BulkChange.objects.claim(held.pk)
        return went_on

    monkeypatch.setattr(bulk, "_do_some", overtaken)
    bulk.start(change, by=bob)
    bulk.work(change.pk)

    assert Share.objects.count() == 1


def test_cancelling_keeps_what_was_done(
    acme: Organization,
    audiences: list[Resource],
    links: list[Link],
    bob: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bulk, "CHUNK", 2)
    change, real = checked(acme, audiences, links, bob), bulk._do_some

    def cancelled(held: BulkChange) -> bool:
        went_on = real(held)
        if change.state == S.WORKING:
            bulk.cancel(change, by=bob)
        return went_on

    monkeypatch.setattr(bulk, "_do_some", cancelled)
    bulk.start(change, by=bob)
    bulk.work(change.pk)

    change.refresh_from_db()
    assert change.state == S.CANCELLED
    assert change.items.counted()[Outcome.DONE] == Share.objects.count() == 2
    assert change.items.counted()[Outcome.PENDING] == 5


@pytest.mark.parametrize("state", [S.DRAFT, S.CHECKING, S.WORKING, S.DONE, S.CANCELLED])
def test_only_what_was_checked_starts(acme: Organization, bob: User, state: str) -> None:
    change = factories.BulkChangeFactory.create(organization=acme, state=state, started_by=bob)

    with pytest.raises(bulk.NotNow):
        bulk.start(change, by=bob)


@pytest.mark.parametrize("state", [S.WORKING, S.DONE, S.CANCELLED, S.CHECKING])
def test_what_is_under_way_or_over_is_not_chosen_anew(
    acme: Organization, audiences: list[Resource], links: list[Link], bob: User, state: str
) -> None:
    change = checked(acme, audiences, links, bob)
    BulkChange.objects.update(state=state, started_by=bob)

    with pytest.raises(bulk.NotNow):
        bulk.choose(change, resources=[])
    with pytest.raises(bulk.NotNow):
        bulk.start_check(change, until=None)
    assert change.items.count() == 9


def test_what_is_over_is_not_cancelled(acme: Organization, bob: User) -> None:
    for state in (S.DONE, S.CANCELLED):
        with pytest.raises(bulk.NotNow):
            bulk.cancel(
                factories.BulkChangeFactory.create(organization=acme, state=state, started_by=bob), by=bob
            )


def test_ids_of_others_are_never_chosen(acme: Organization, bob: User) -> None:
    change = bulk.draft(acme, by=bob)
    foreign, link = factories.ResourceFactory.create(), factories.LinkFactory.create()

    bulk.choose(change, resources=[foreign.pk, uuid.uuid4()], links=[link.pk])

    assert (change.resources, change.links) == ([], [])
    with pytest.raises(bulk.NothingChosen):
        bulk.start_check(change, until=None)


def test_too_many_pairs_are_refused_before_anything_is_checked(
    acme: Organization,
    audiences: list[Resource],
    links: list[Link],
    bob: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bulk, "MOST_PAIRS", 8)

    with pytest.raises(bulk.TooMany):
        checked(acme, audiences, links, bob)

    assert BulkChange.objects.get().state == S.DRAFT


def test_the_tick_offers_what_nobody_holds_once(
    acme: Organization, audiences: list[Resource], links: list[Link], bob: User
) -> None:
    change = bulk.draft(acme, by=bob)
    bulk.choose(change, resources=[audiences[0].pk], links=[links[0].pk])
    bulk.start_check(change, until=None)
    told: list[uuid.UUID] = []

    for _twice in range(2):
        bulk.offer(told.append)
    assert told == [change.pk]

    bulk.work(change.pk)
    BulkChange.objects.update(offered_at=None)
    bulk.offer(told.append)
    assert told == [change.pk]


def test_the_database_keeps_a_pair_once_and_holds_only_what_is_under_way(
    acme: Organization, audiences: list[Resource], links: list[Link], bob: User
) -> None:
    change = checked(acme, audiences[:1], links[:1], bob)

    with pytest.raises(IntegrityError), transaction.atomic():
        BulkItem.objects.create(change=change, resource=audiences[0], to_link=links[0])
    with pytest.raises(IntegrityError), transaction.atomic():
        BulkChange.objects.update(lease_until=timezone.now())
