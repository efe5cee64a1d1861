"""Sharing rules on pages and by REST: seen before they stand, changed, stopped, refused with a reason."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from linking.models import Link
from organizations.models import Organization
from resources.kinds import Kind
from resources.models import SharingRule
from tests import factories
from tests.resources.test_sharing_rules import make, seen_by
from users.models import Scope, User

pytestmark = [pytest.mark.db, pytest.mark.django_db]
SignIn = Callable[[User], Client]
From = SharingRule.From


def confirmed(client: Client, url: str, entered: dict[str, Any]) -> str:
    """Fill in, look at what it would give, and let it stand."""
    shown = client.post(url, entered).content.decode()
    digest = shown.partition('name="confirmed" value="')[2].partition('"')[0]
    return client.post(url, {**entered, "confirmed": digest}, follow=True).content.decode()


def test_a_page_shows_what_a_rule_gives_before_it_stands(
    acme: Organization, official_link: Link, ads_link: Link, bob: User, signed_in: SignIn
) -> None:
    factories.ResourceFactory.create(owner_account=ads_link.account, name="Buyers")
    client, url = signed_in(bob), reverse("resources:new-rule", args=[acme.code])
    entered = {"name": "All to OA", "owner": From.ANYBODY, "receivers": [str(official_link.pk)]}

    shown = client.post(url, entered).content.decode()
    assert "The rule fits 1 resource now" in shown
    assert not SharingRule.objects.exists()

    page = confirmed(client, url, entered)
    assert "The rule stands" in page
    assert seen_by(official_link) == {"Buyers"}


def test_what_was_changed_after_the_preview_is_shown_again_first(
    acme: Organization, bob: User, signed_in: SignIn
) -> None:
    client, url = signed_in(bob), reverse("resources:new-rule", args=[acme.code])
    entered = {"name": "All", "owner": From.ANYBODY, "to_every_ads": "on"}
    shown = client.post(url, entered).content.decode()
    digest = shown.partition('name="confirmed" value="')[2].partition('"')[0]

    again = client.post(url, {**entered, "to_every_official": "on", "confirmed": digest}).content.decode()

    assert "Nothing has been shared yet." in again
    assert not SharingRule.objects.exists()


def test_a_rule_that_fits_nothing_says_so_and_may_stand(
    acme: Organization, bob: User, signed_in: SignIn
) -> None:
    url = reverse("resources:new-rule", args=[acme.code])

    shown = signed_in(bob).post(url, {"name": "Later", "owner": From.ANYBODY, "to_every_ads": "on"})

    assert "Nothing fits it now." in shown.content.decode()


@pytest.mark.parametrize(
    ("entered", "sentence"),
    [
        ({}, "Choose who receives"),
        ({"to_every_official": "on", "kinds": Kind.LOOKALIKE}, "None of the receivers"),
    ],
)
def test_a_wrong_form_says_what_to_do_and_keeps_what_was_entered(
    acme: Organization, bob: User, signed_in: SignIn, entered: dict[str, str], sentence: str
) -> None:
    url = reverse("resources:new-rule", args=[acme.code])

    shown = signed_in(bob).post(url, {"name": "Mine", "owner": From.ANYBODY, **entered, "confirmed": "1"})

    assert shown.status_code == 400
    assert sentence in shown.content.decode()
    assert 'value="Mine"' in shown.content.decode()


def test_a_rule_is_changed_and_stopped_on_its_pages(
    acme: Organization, official_link: Link, ads_link: Link, bob: User, signed_in: SignIn
) -> None:
    factories.ResourceFactory.create(owner_account=ads_link.account, name="Buyers")
    rule, client = make(acme, bob, receivers=[official_link]), signed_in(bob)
    place = [acme.code, rule.pk]
    form = client.get(reverse("resources:change-rule", args=place)).content.decode()
    assert f'value="{official_link.pk}"' in form
    entered = {"name": "Renamed", "owner": str(ads_link.account_id), "to_every_official": "on"}

    confirmed(client, reverse("resources:change-rule", args=place), entered)
    shown = client.get(reverse("resources:rule", args=place)).content.decode()
    asked = client.post(reverse("resources:stop-rule", args=place)).content.decode()
    assert ("Renamed" in shown, "owned by Acme Ads" in shown, "Buyers" in shown) == (True, True, True)
    assert "1 account will no longer see" in asked
    assert seen_by(official_link) == {"Buyers"}

    client.post(reverse("resources:stop-rule", args=place), {"confirmed": "1"})
    assert seen_by(official_link) == set()


def test_accounts_and_resources_of_others_cannot_be_named(
    acme: Organization, bob: User, signed_in: SignIn
) -> None:
    foreign = factories.LinkFactory.create()
    url = reverse("resources:new-rule", args=[acme.code])

    owned = {"owner": str(foreign.account_id), "to_every_ads": "on"}
    for entered in ({"receivers": [str(foreign.pk)]}, owned):
        answer = signed_in(bob).post(url, {"name": "x", "confirmed": "1", **entered})
        assert answer.status_code == 400
    assert not SharingRule.objects.exists()


@pytest.mark.parametrize("count", [1, 20])
def test_the_list_takes_the_same_queries_for_any_number(
    acme: Organization,
    official_link: Link,
    bob: User,
    count: int,
    signed_in: SignIn,
    django_assert_max_num_queries: Any,
) -> None:
    for rule in factories.SharingRuleFactory.create_batch(count, organization=acme, created_by=bob):
        rule.receivers.add(official_link)
    client = signed_in(bob)
    headers = {"Authorization": f"Bearer {factories.token_for(bob, Scope.READ)}"}

    with django_assert_max_num_queries(15):
        client.get(reverse("resources:rules", args=[acme.code]))
    with django_assert_max_num_queries(15):
        client.get(reverse("resources:account", args=[acme.code, official_link.account_id]))
    with django_assert_max_num_queries(10):
        assert (
            Client().get(f"/api/v1/organizations/{acme.code}/sharing-rules/", headers=headers).json()["count"]
            == count
        )


def test_the_api_makes_changes_and_stops_a_rule(
    acme: Organization, official_link: Link, ads_link: Link, bob: User, client: Client
) -> None:
    headers = {"Authorization": f"Bearer {factories.token_for(bob, Scope.SHARE, Scope.READ)}"}
    factories.ResourceFactory.create(owner_account=ads_link.account)
    url = f"/api/v1/organizations/{acme.code}/sharing-rules/"
    body = {"name": "All", "receivers": [official_link.account.basic_id]}

    made = client.post(url, body, "application/json", headers=headers)
    one = f"{url}{made.json()['id']}/"
    changed = client.put(one, {**body, "kinds": ["LINE_TAG"]}, "application/json", headers=headers)
    stopped = client.delete(one, headers=headers)

    assert (made.status_code, made.json()["matches"]) == (201, 1)
    assert (changed.status_code, changed.json()["matches"]) == (200, 0)
    assert (stopped.status_code, client.delete(one, headers=headers).status_code) == (204, 409)
    assert client.get(one, headers=headers).json()["ended_at"]
    assert client.get(url, headers=headers).json()["count"] == 0


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"receivers": ["A999"]}, "receivers"),
        ({"owned_by": "ACCOUNT"}, "owner_account"),
        ({"kinds": ["NOBODY"]}, "kinds"),
        ({}, "receivers"),
    ],
)
def test_the_api_names_the_field_that_is_wrong(
    acme: Organization, bob: User, client: Client, wrong: dict[str, Any], field: str
) -> None:
    headers = {"Authorization": f"Bearer {factories.token_for(bob, Scope.SHARE)}"}
    url = f"/api/v1/organizations/{acme.code}/sharing-rules/"

    answer = client.post(url, {"name": "All", **wrong}, "application/json", headers=headers)

    assert (answer.status_code, list(answer.json()["fields"])) == (400, [field])
    assert not SharingRule.objects.exists()
