"""How audiences expire, end a month later, and who is told of it before."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core import mail
from django.db.models import F
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from linking.models import Link
from organizations import outbox
from organizations.models import AuditEvent, Organization, OutgoingMail
from resources import endings, lifecycle
from resources.models import EndDigest, Kind, Resource, Share
from tests import factories
from users.models import User

pytestmark = [pytest.mark.db, pytest.mark.django_db]
S = Resource.Status


@pytest.fixture(autouse=True)
def _any_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lifecycle, "MORNING", 0)


def ending(link: Link, days: float, **fields: object) -> Resource:
    expires_at = timezone.now() + timedelta(days=days)
    return factories.ResourceFactory.create(owner_account=link.account, expires_at=expires_at, **fields)


def status_of(resource: Resource) -> str:
    resource.refresh_from_db()
    return str(resource.status)


def sent() -> list[str]:
    """The texts of all mails, by receiver."""
    mail.outbox.clear()
    for row in OutgoingMail.objects.due():
        outbox.deliver(row.pk)
    return [f"{each.to[0]}: {each.subject}\n{each.body}" for each in mail.outbox]


def test_a_list_gives_an_upload_180_days(ads_link: Link) -> None:
    audience = ending(ads_link, 1, end_told=3)
    now = timezone.now()

    lifecycle.renew(audience.pk, now)

    audience.refresh_from_db()
    assert (audience.expires_at, audience.end_told) == (now + timedelta(days=180), None)


def test_an_older_list_takes_no_days_away(ads_link: Link) -> None:
    audience = ending(ads_link, 100)

    lifecycle.renew(audience.pk, timezone.now() - timedelta(days=150))

    before = audience.expires_at
    audience.refresh_from_db()
    assert audience.expires_at == before


def test_what_line_builds_by_a_rule_has_no_such_end(ads_link: Link) -> None:
    audience = factories.ResourceFactory.create(owner_account=ads_link.account, kind=Kind.WEBTRAFFIC)

    lifecycle.renew(audience.pk, timezone.now())

    audience.refresh_from_db()
    assert audience.expires_at is None


def test_an_audience_of_which_line_says_nothing_expires(ads_link: Link) -> None:
    over, not_yet = ending(ads_link, -1), ending(ads_link, 1)

    assert (lifecycle.expire_overdue(), lifecycle.expire_overdue()) == (1, 0)

    assert (status_of(over), status_of(not_yet)) == (S.EXPIRED, S.READY)
    event = AuditEvent.objects.get(action="resource.expired")
    assert (event.subject_id, event.organization) == (str(over.pk), ads_link.organization)


def test_an_audience_that_line_still_calls_ready_does_not_expire(ads_link: Link) -> None:
    audience = ending(ads_link, -1, refreshed_at=timezone.now())

    lifecycle.expire_overdue()

    assert status_of(audience) == S.READY


def test_an_expired_audience_ends_a_month_later_with_its_shares(ads_link: Link, official_link: Link) -> None:
    over, not_yet = ending(ads_link, -31, status=S.EXPIRED), ending(ads_link, -29, status=S.EXPIRED)
    factories.ShareFactory.create(resource=over, to_link=official_link)

    assert (lifecycle.end_expired(), lifecycle.end_expired()) == (1, 0)

    assert (status_of(over), status_of(not_yet)) == (S.DELETED, S.EXPIRED)
    assert not Share.objects.open().exists()
    assert AuditEvent.objects.get(action="resource.deleted").details == {"reason": "expired"}


def test_an_expired_audience_that_line_still_lists_stays(ads_link: Link) -> None:
    audience = ending(ads_link, -40, status=S.EXPIRED, refreshed_at=timezone.now())

    lifecycle.end_expired()

    assert status_of(audience) == S.EXPIRED


def test_an_end_is_recorded_once(ads_link: Link, bob: User) -> None:
    audience = ending(ads_link, 1)

    assert endings.end_resource(audience, by=bob)
    assert not endings.end_resource(audience, by=bob)

    assert audience.deleted_at
    assert AuditEvent.objects.filter(action="resource.deleted").count() == 1


def test_those_who_send_lists_get_one_mail_that_names_all(
    ads_link: Link, alice: User, bob: User, carol: User
) -> None:
    ending(ads_link, 13, name="Buyers")
    ending(ads_link, 2, name="Readers")
    ending(ads_link, 15, name="Not yet")

    assert (lifecycle.tell_of_ends(), lifecycle.tell_of_ends()) == (1, 0)

    texts = sent()
    assert sorted(text.partition(":")[0] for text in texts) == ["alice@acme.example", "bob@acme.example"]
    assert "Audiences of Acme Coffee end soon" in texts[0]
    assert texts[0].index("Readers") < texts[0].index("Buyers")
    assert "Not yet" not in texts[0]
    assert "?only=ends_soon" in texts[0]


def test_an_audience_is_told_of_twice_14_and_3_days_before(ads_link: Link, bob: User) -> None:
    audience = ending(ads_link, 13)
    told = []
    for days_later in (0, 1, 7, 3, 1):
        Resource.objects.filter(pk=audience.pk).update(
            expires_at=F("expires_at") - timedelta(days=days_later)
        )
        EndDigest.objects.all().delete()
        told.append(lifecycle.tell_of_ends())

    assert told == [1, 0, 0, 1, 0]


def test_there_is_one_mail_a_day_however_many_begin_to_end(ads_link: Link, bob: User) -> None:
    ending(ads_link, 13)
    lifecycle.tell_of_ends()
    late = ending(ads_link, 12, name="Late")
    assert lifecycle.tell_of_ends() == 0

    EndDigest.objects.update(day=timezone.localdate() - timedelta(days=1))

    assert lifecycle.tell_of_ends() == 1
    late.refresh_from_db()
    assert late.end_told == lifecycle.EARLY


def test_nobody_is_mailed_at_night(ads_link: Link, bob: User, monkeypatch: pytest.MonkeyPatch) -> None:
    ending(ads_link, 13)
    monkeypatch.setattr(lifecycle, "MORNING", 24)

    assert lifecycle.tell_of_ends() == 0


@pytest.mark.parametrize("status", [S.EXPIRED, S.DELETED])
def test_nobody_is_told_of_what_has_ended(ads_link: Link, bob: User, status: S) -> None:
    ending(ads_link, 2, status=status)

    assert lifecycle.tell_of_ends() == 0


def test_an_account_that_is_linked_nowhere_concerns_nobody(other: Organization, charlie: User) -> None:
    factories.ResourceFactory.create(expires_at=timezone.now() + timedelta(days=2))

    assert lifecycle.tell_of_ends() == 0


def test_a_long_digest_is_cut(ads_link: Link, bob: User) -> None:
    for number in range(lifecycle.MOST_NAMED + 3):
        ending(ads_link, 2 + number / 1000)

    lifecycle.tell_of_ends()

    (text,) = sent()
    assert text.count("  Audience ") == lifecycle.MOST_NAMED
    assert "…" in text


def test_the_list_filters_by_what_ends_soon(
    acme: Organization, ads_link: Link, carol: User, signed_in: Callable[[User], Client]
) -> None:
    for days, name in [(13, "Soon over"), (15, "Lasts"), (-1, "Is over")]:
        ending(ads_link, days, name=name)
    url = reverse("resources:audience-list", args=[acme.code])

    page = signed_in(carol).get(url, {"only": "ends_soon"}).content.decode()

    assert [name for name in ("Soon over", "Lasts", "Is over") if name in page] == ["Soon over"]


def test_the_overview_leads_to_that_list(
    acme: Organization, ads_link: Link, carol: User, signed_in: Callable[[User], Client]
) -> None:
    ending(ads_link, 13)

    page = signed_in(carol).get(reverse("overview", args=[acme.code])).content.decode()

    assert "/audiences/?only=ends_soon" in page
