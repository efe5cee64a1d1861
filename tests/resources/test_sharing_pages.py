"""Sharing everything, with an end, and taking it back, on pages and by REST."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from linking import services as linking
from linking.models import Link
from organizations.models import AuditEvent, Organization
from resources import services
from resources.kinds import Kind
from resources.models import Resource, Share
from tests import factories
from users.models import Scope, User

pytestmark = [pytest.mark.db, pytest.mark.django_db]
SignIn = Callable[[User], Client]


@pytest.fixture
def audience(ads_link: Link) -> Resource:
    return factories.ResourceFactory.create(owner_account=ads_link.account, name="Buyers")


def page(link: Link, name: str = "add-resource") -> str:
    return reverse(f"resources:{name}", args=[link.organization.code, link.account_id])


def test_the_page_says_what_everything_is_before_it_is_shared(
    audience: Resource, official_link: Link, bob: User, signed_in: SignIn
) -> None:
    client = signed_in(bob)

    shown = client.get(page(official_link), {"what": "everything"}).content.decode()
    assert "Today that is 1 resource." in shown
    assert not Resource.objects.shared_to(official_link.account).exists()

    after = client.post(page(official_link, "share-everything"), follow=True).content.decode()
    assert "1 resource now, and every one that is added later." in after
    assert "via organization (all resources)" in after


def test_what_came_by_the_rule_cannot_be_taken_back_singly(
    audience: Resource, official_link: Link, bob: User, signed_in: SignIn
) -> None:
    linking.share_everything(official_link, by=bob)

    shown = signed_in(bob).get(page(official_link, "account")).content.decode()

    assert 'name="share"' not in shown
    assert "Stop sharing all resources" in shown


def test_the_rule_stops_after_a_page_that_says_what_ends(
    audience: Resource, official_link: Link, bob: User, signed_in: SignIn
) -> None:
    linking.share_everything(official_link, by=bob)
    client, url = signed_in(bob), reverse("resources:stop-sharing", args=[official_link.organization.code])
    chosen = {"everything": str(official_link.account_id)}

    asked = client.post(url, chosen).content.decode()
    assert "receives 1 resource by this rule now" in asked
    assert Resource.objects.shared_to(official_link.account).exists()

    client.post(url, {**chosen, "confirmed": "1"})
    assert not Resource.objects.shared_to(official_link.account).exists()


def test_stopping_one_share_says_that_the_rule_still_gives_it(
    audience: Resource, official_link: Link, bob: User, signed_in: SignIn
) -> None:
    share = factories.ShareFactory.create(resource=audience, to_link=official_link)
    linking.share_everything(official_link, by=bob)
    url = reverse("resources:stop-sharing", args=[official_link.organization.code])

    asked = signed_in(bob).post(url, {"share": [str(share.pk)]}).content.decode()

    assert "1 of them stays visible" in asked


def test_tags_and_audiences_are_chosen_apart(
    audience: Resource, official_link: Link, ads_link: Link, bob: User, signed_in: SignIn
) -> None:
    factories.ResourceFactory.create(owner_account=ads_link.account, kind=Kind.LINE_TAG, name="Shop pages")
    client = signed_in(bob)

    audiences = client.get(page(official_link)).content.decode()
    tags = client.get(page(official_link), {"what": "tags"}).content.decode()

    assert ("Buyers" in audiences, "Shop pages" in audiences) == (True, False)
    assert ("Buyers" in tags, "Shop pages" in tags) == (False, True)


def test_a_share_with_a_last_day_ends_with_that_day_where_the_person_is(
    audience: Resource, official_link: Link, bob: User, signed_in: SignIn
) -> None:
    User.objects.filter(pk=bob.pk).update(time_zone="Asia/Taipei")
    last_day = timezone.localdate() + timedelta(days=3)

    signed_in(bob).post(page(official_link), {"resource": [str(audience.pk)], "until": str(last_day)})

    until = Share.objects.get().until
    assert until is not None
    midnight = datetime.combine(last_day + timedelta(days=1), datetime.min.time())
    assert until.isoformat() == f"{(midnight - timedelta(hours=8)).isoformat()}+00:00"


def test_a_last_day_that_has_passed_is_refused_and_keeps_the_choice(
    audience: Resource, official_link: Link, bob: User, signed_in: SignIn
) -> None:
    entered = {"resource": [str(audience.pk)], "until": "2020-01-01"}

    answer = signed_in(bob).post(page(official_link), entered)

    assert answer.status_code == 400
    assert "This day has passed." in answer.content.decode()
    assert f'value="{audience.pk}" checked' in answer.content.decode()
    assert not Share.objects.exists()


def test_overdue_shares_are_written_off_once(audience: Resource, official_link: Link, bob: User) -> None:
    until = timezone.now() + timedelta(minutes=5)
    services.share_resources(official_link, [audience], by=bob, until=until)
    assert services.end_overdue_shares() == 0

    Share.objects.update(until=timezone.now() - timedelta(seconds=1))

    assert [services.end_overdue_shares() for _twice in range(2)] == [1, 0]
    event = AuditEvent.objects.get(action="share.stopped")
    assert event.person is None


def test_a_share_shows_nothing_from_its_last_moment_on(
    audience: Resource, official_link: Link, bob: User
) -> None:
    until = timezone.now() + timedelta(minutes=5)
    services.share_resources(official_link, [audience], by=bob, until=until)
    assert Resource.objects.shared_to(official_link.account).exists()

    with time_machine.travel(until, tick=False):
        assert not Resource.objects.shared_to(official_link.account).exists()


def test_the_api_starts_tells_and_stops_the_rule(
    audience: Resource, acme: Organization, official_link: Link, bob: User, client: Client
) -> None:
    headers = {"Authorization": f"Bearer {factories.token_for(bob, Scope.SHARE, Scope.READ)}"}
    url = f"/api/v1/organizations/{acme.code}/accounts/{official_link.account_id}/share-everything/"

    answers = [
        client.get(url, headers=headers),
        client.post(url, headers=headers),
        client.delete(url, headers=headers),
    ]

    assert [answer.json() for answer in answers] == [
        {"shares_everything": False, "resources": 0},
        {"shares_everything": True, "resources": 1},
        {"shares_everything": False, "resources": 0},
    ]


@pytest.mark.parametrize(("until", "status"), [("2020-01-01T00:00:00Z", 400), ("2099-01-01T00:00:00Z", 201)])
def test_the_api_takes_an_end_that_lies_ahead(
    audience: Resource, official_link: Link, bob: User, client: Client, until: str, status: int
) -> None:
    headers = {"Authorization": f"Bearer {factories.token_for(bob, Scope.SHARE)}"}
    body: dict[str, Any] = {"resource": str(audience.pk), "account": official_link.account.basic_id}

    answer = client.post(
        f"/api/v1/organizations/{official_link.organization.code}/shares/",
        {**body, "until": until},
        "application/json",
        headers=headers,
    )

    assert answer.status_code == status
    assert Share.objects.filter(until__year=2099).exists() is (status == 201)
