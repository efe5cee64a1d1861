"""When accounts are refreshed: begun, offered, asked for, told."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models.functions import Now
from django.utils import timezone

from audiences import mirrors
from audiences.models import Mirror
from audiences.services import NoKey
from linking.models import ApiKey, Link
from organizations.models import AuditEvent, Organization
from tests import factories
from tests.audiences.feeding import a_key
from users.models import User

pytestmark = [pytest.mark.db, pytest.mark.django_db]


@pytest.fixture
def reached_link(ads_link: Link) -> Link:
    a_key(ads_link)
    return ads_link


@pytest.fixture
def mirror(reached_link: Link) -> Mirror:
    mirrors.begin()
    return Mirror.objects.get(link=reached_link)


def idle(mirror: Mirror, **fields: object) -> None:
    Mirror.objects.filter(pk=mirror.pk).update(due_at=timezone.now() + timedelta(minutes=9), **fields)


def test_an_account_that_a_key_reaches_is_due_at_once(reached_link: Link) -> None:
    mirrors.begin()
    mirrors.begin()

    assert Mirror.objects.due().get().link == reached_link


def test_an_account_without_a_key_waits_for_one(ads_link: Link) -> None:
    mirrors.begin()
    assert not Mirror.objects.exists()

    a_key(ads_link)
    mirrors.begin()

    assert Mirror.objects.due().exists()


def test_another_organizations_key_begins_nothing(ads_link: Link) -> None:
    key = a_key(factories.LinkFactory.create())
    key.accounts.add(ads_link.account)

    mirrors.begin()

    assert not Mirror.objects.filter(link=ads_link).exists()


def test_a_key_that_comes_back_is_used_at_once(mirror: Mirror) -> None:
    idle(mirror, error="no_key", failed_at=timezone.now(), failures=3)

    mirrors.begin()

    mirror.refresh_from_db()
    assert (mirror.error, mirror.failures, mirror.is_under_way) == ("", 0, True)


def test_a_key_that_works_again_is_used_at_once(mirror: Mirror) -> None:
    idle(mirror, error="key_refused", failed_at=timezone.now() - timedelta(minutes=1))
    mirrors.begin()
    mirror.refresh_from_db()
    assert mirror.error == "key_refused"

    ApiKey.objects.update(check_state=ApiKey.Check.WORKS, checked_at=timezone.now())
    mirrors.begin()

    mirror.refresh_from_db()
    assert (mirror.error, mirror.is_under_way) == ("", True)


def test_what_keys_cannot_mend_waits_its_time(mirror: Mirror) -> None:
    idle(mirror, error="unreachable", failed_at=timezone.now() - timedelta(minutes=1))
    ApiKey.objects.update(check_state=ApiKey.Check.WORKS, checked_at=timezone.now())

    mirrors.begin()

    mirror.refresh_from_db()
    assert mirror.error == "unreachable"


def test_a_due_account_is_offered_once_and_again_when_the_message_was_lost(mirror: Mirror) -> None:
    told: list[int] = []
    mirrors.offer(told.append)
    mirrors.offer(told.append)
    assert told == [mirror.pk]

    Mirror.objects.update(offered_at=Now() - timedelta(seconds=31))
    mirrors.offer(told.append)

    assert told == [mirror.pk, mirror.pk]


def test_only_a_few_accounts_are_out_at_a_time(acme: Organization) -> None:
    for link in factories.LinkFactory.create_batch(9, organization=acme):
        a_key(link)
    mirrors.begin()
    told: list[int] = []

    mirrors.offer(told.append)
    mirrors.offer(told.append)

    assert len(told) == mirrors.MOST_WAITING


def test_asking_makes_it_due_and_is_in_the_history(mirror: Mirror, bob: User) -> None:
    idle(mirror)

    mirrors.ask_refresh(mirror.link, by=bob)
    mirrors.ask_refresh(mirror.link, by=bob)

    assert Mirror.objects.due().exists()
    assert AuditEvent.objects.filter(action="account.refresh_asked").count() == 1


def test_asking_while_a_worker_is_at_it_has_it_look_once_more(mirror: Mirror, bob: User) -> None:
    held = Mirror.objects.claim(mirror.pk)
    assert held
    Mirror.objects.update(begun_at=Now() - timedelta(seconds=5))

    told = mirrors.ask_refresh(mirror.link, by=bob)
    mirrors.ask_refresh(mirror.link, by=bob)

    assert told.asked_at
    assert Mirror.objects.held(held).exists()
    assert AuditEvent.objects.filter(action="account.refresh_asked").count() == 1


def test_asking_without_a_key_says_what_to_do(ads_link: Link, bob: User) -> None:
    with pytest.raises(NoKey):
        mirrors.ask_refresh(ads_link, by=bob)


def test_a_state_is_one_word(mirror: Mirror) -> None:
    assert mirrors.of_link(mirror.link).state == "UNDER_WAY"

    idle(mirror)
    assert mirrors.of_link(mirror.link).state == "NEVER"

    idle(mirror, succeeded_at=timezone.now())
    assert mirrors.of_link(mirror.link).state == "REFRESHED"

    idle(mirror, error="key_refused", failed_at=timezone.now())
    told = mirrors.of_link(mirror.link)
    assert told.state == "FAILED"
    assert told.troubles[0].what_happened == "LINE refused the API key."


def test_an_organization_is_as_fresh_as_its_oldest_account(mirror: Mirror) -> None:
    older = timezone.now() - timedelta(hours=1)
    idle(mirror, succeeded_at=timezone.now())
    link = factories.LinkFactory.create(organization=mirror.link.organization)
    other = Mirror.objects.create(link=link, due_at=timezone.now() + timedelta(minutes=1))
    assert mirrors.of_organization(link.organization).refreshed_at is None

    Mirror.objects.filter(pk=other.pk).update(succeeded_at=older)

    assert mirrors.of_organization(link.organization).refreshed_at == older
