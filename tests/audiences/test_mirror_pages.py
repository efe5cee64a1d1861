"""Pages and REST of refreshing: who may press, and what everybody sees."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audiences.models import Mirror
from linking.models import Link
from organizations.models import Organization
from resources.models import Resource
from tests import factories
from tests.audiences.feeding import a_key
from users.models import Scope, User

pytestmark = [pytest.mark.db, pytest.mark.django_db]
SignIn = Callable[[User], Client]


@pytest.fixture
def audience(ads_link: Link) -> Resource:
    a_key(ads_link)
    return factories.ResourceFactory.create(owner_account=ads_link.account, name="Buyers", line_id="7")


@pytest.fixture
def mirror(audience: Resource, ads_link: Link) -> Mirror:
    return Mirror.objects.create(
        link=ads_link, due_at=timezone.now() + timedelta(minutes=5), succeeded_at=timezone.now()
    )


def url(name: str, acme: Organization, *arguments: Any) -> str:
    return reverse(name, args=[acme.code, *arguments])


def headers(person: User, *scopes: Scope) -> dict[str, str]:
    return {"Authorization": f"Bearer {factories.token_for(person, *scopes)}"}


def test_a_press_has_line_asked(acme: Organization, mirror: Mirror, bob: User, signed_in: SignIn) -> None:
    account = mirror.link.account_id

    page = signed_in(bob).post(url("audiences:refresh", acme, account), follow=True).content.decode()

    assert "LINE is being asked now" in page
    assert "Refresh from LINE" not in page
    assert Mirror.objects.due().exists()


def test_the_list_refreshes_every_account(
    acme: Organization, mirror: Mirror, bob: User, signed_in: SignIn
) -> None:
    keyless = factories.LinkFactory.create(organization=acme)
    Mirror.objects.create(link=keyless, due_at=timezone.now() + timedelta(minutes=5))

    signed_in(bob).post(url("audiences:refresh-all", acme))

    assert [each.link_id for each in Mirror.objects.due()] == [mirror.link_id]


def test_a_viewer_sees_when_and_cannot_press(
    acme: Organization, mirror: Mirror, carol: User, signed_in: SignIn
) -> None:
    client = signed_in(carol)

    page = client.get(url("resources:audience-list", acme)).content.decode()

    assert "Refreshed from LINE" in page
    assert "Refresh from LINE" not in page
    assert client.post(url("audiences:refresh-all", acme)).status_code == 403


def test_a_failure_says_what_to_do(
    acme: Organization, mirror: Mirror, carol: User, signed_in: SignIn
) -> None:
    Mirror.objects.update(error="key_refused", failed_at=timezone.now(), left_out=2)

    page = signed_in(carol).get(url("resources:account", acme, mirror.link.account_id)).content.decode()

    assert "Acme Ads: LINE refused the API key." in page
    assert "An administrator checks the API key or enters its new secret." in page
    assert "2 audiences are not shown" in page


def test_an_organization_without_keys_sees_nothing_of_it(
    acme: Organization, ads_link: Link, carol: User, signed_in: SignIn
) -> None:
    assert b"from LINE" not in signed_in(carol).get(url("resources:audience-list", acme)).content


@pytest.mark.parametrize("count", [1, 6])
def test_the_list_asks_the_same_number_of_queries(
    acme: Organization, bob: User, count: int, signed_in: SignIn, django_assert_max_num_queries: Any
) -> None:
    for link in factories.LinkFactory.create_batch(count, organization=acme):
        failed = {"error": "no_key", "failed_at": timezone.now()}
        Mirror.objects.create(link=link, due_at=timezone.now() + timedelta(minutes=5), **failed)
    client = signed_in(bob)

    with django_assert_max_num_queries(15):
        client.get(url("resources:audience-list", acme))


def test_rest_has_line_asked_and_tells_how_far_it_is(
    acme: Organization, mirror: Mirror, bob: User, client: Client
) -> None:
    here = f"/api/v1/organizations/{acme.code}/accounts/{mirror.link.account_id}/refresh/"

    before = client.get(here, headers=headers(bob, Scope.READ)).json()
    asked = client.post(here, headers=headers(bob, Scope.FEED))

    assert before["state"] == "REFRESHED"
    assert (asked.status_code, asked.json()["state"]) == (202, "UNDER_WAY")


def test_rest_refuses_to_ask_without_a_key(
    acme: Organization, ads_link: Link, bob: User, client: Client
) -> None:
    here = f"/api/v1/organizations/{acme.code}/accounts/{ads_link.account_id}/refresh/"

    answer = client.post(here, headers=headers(bob, Scope.FEED))

    assert (answer.status_code, answer.json()["code"]) == (409, "no_key")
    assert client.get(here, headers=headers(bob, Scope.READ)).json()["state"] == "NEVER"
