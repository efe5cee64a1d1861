"""Pages and REST of renaming and deleting: who may, and what they see."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from linking.models import Link
from organizations.models import Organization
from resources.models import Resource
from tests import factories
from tests.audiences.feeding import a_key
from tests.audiences.mirroring import audiences, made_elsewhere, refresh
from tests.audiences.stage import Stage
from users.models import Scope, User

pytestmark = [pytest.mark.db, pytest.mark.django_db]
SignIn = Callable[[User], Client]


@pytest.fixture
def audience(ads_link: Link) -> Resource:
    a_key(ads_link)
    return factories.ResourceFactory.create(owner_account=ads_link.account, name="Buyers", line_id="7")


def url(name: str, acme: Organization, *arguments: Any) -> str:
    return reverse(name, args=[acme.code, *arguments])


def test_the_audiences_page_offers_what_a_person_may_do(
    acme: Organization, audience: Resource, bob: User, carol: User, signed_in: SignIn
) -> None:
    here = url("resources:audience", acme, audience.pk)

    offered = [b"/rename/" in signed_in(who).get(here).content for who in (bob, carol)]

    assert offered == [True, False]


def test_an_audience_of_an_official_account_is_not_offered_for_change(
    acme: Organization, official_link: Link, bob: User, signed_in: SignIn
) -> None:
    theirs = factories.ResourceFactory.create(owner_account=official_link.account)
    client = signed_in(bob)

    assert b"/rename/" not in client.get(url("resources:audience", acme, theirs.pk)).content
    assert client.get(url("audiences:delete", acme, theirs.pk)).status_code == 409


def test_a_name_needs_a_letter(acme: Organization, audience: Resource, bob: User, signed_in: SignIn) -> None:
    answer = signed_in(bob).post(url("audiences:rename", acme, audience.pk), {"name": "  "})

    assert answer.status_code == 400


def test_a_page_without_a_key_says_what_to_do(
    acme: Organization, audience: Resource, bob: User, signed_in: SignIn
) -> None:
    acme.api_keys.all().delete()

    answer = signed_in(bob).post(url("audiences:rename", acme, audience.pk), {"name": "Loyal buyers"})

    assert answer.status_code == 409
    assert b"An administrator enters one under API keys." in answer.content


def test_the_page_before_deletion_says_what_ends(
    acme: Organization, audience: Resource, official_link: Link, bob: User, signed_in: SignIn
) -> None:
    factories.ShareFactory.create(resource=audience, to_link=official_link)
    client, here = signed_in(bob), url("audiences:delete", acme, audience.pk)

    asked = client.get(here).content.decode()
    wrong = client.post(here, {"confirm_name": "Sellers"})

    assert "Accounts that use it: 1 will no longer see it" in asked
    assert wrong.status_code == 400
    assert "Type the audience&#x27;s name exactly" in wrong.content.decode()


def headers(person: User, *scopes: Scope) -> dict[str, str]:
    return {"Authorization": f"Bearer {factories.token_for(person, *scopes)}"}


def test_rest_tells_of_an_audience_what_line_tells(
    acme: Organization, audience: Resource, bob: User, client: Client
) -> None:
    Resource.objects.update(failed_type="INTERNAL_ERROR", details={"webtraffic": {"visitType": "VISIT_ALL"}})
    here = f"/api/v1/organizations/{acme.code}/resources/"

    (row,) = client.get(here, headers=headers(bob, Scope.READ)).json()["results"]

    assert row["failed_type"] == "INTERNAL_ERROR"
    assert row["details"] == {"webtraffic": {"visitType": "VISIT_ALL"}}


def stood(stage: Stage) -> Resource:
    made_elsewhere(stage, "Buyers")
    refresh(stage)
    return audiences(stage)["Buyers"]


def test_a_press_renames_and_says_so(stage: Stage, signed_in: SignIn) -> None:
    here = url("audiences:rename", stage.organization, stood(stage).pk)

    page = signed_in(stage.operator).post(here, {"name": "Loyal buyers"}, follow=True).content.decode()

    assert "The audience is now called “Loyal buyers”." in page


def test_a_name_that_line_refuses_is_said_at_the_field(stage: Stage, signed_in: SignIn) -> None:
    here = url("audiences:rename", stage.organization, stood(stage).pk)
    made_elsewhere(stage, "Loyal buyers")

    answer = signed_in(stage.operator).post(here, {"name": "Loyal buyers"})

    assert answer.status_code == 409
    assert "The ad account has an audience with this name already." in answer.content.decode()


def test_a_typed_name_deletes_and_leads_to_the_list(stage: Stage, signed_in: SignIn) -> None:
    here = url("audiences:delete", stage.organization, stood(stage).pk)

    page = signed_in(stage.operator).post(here, {"confirm_name": "Buyers"}, follow=True).content.decode()

    assert "“Buyers” is deleted, at LINE and here." in page
    assert audiences(stage) == {}


def test_rest_renames_and_deletes(stage: Stage, client: Client) -> None:
    here = f"/api/v1/organizations/{stage.organization.code}/resources/{stood(stage).pk}"
    as_operator: Any = {"content_type": "application/json", "headers": headers(stage.operator, Scope.FEED)}

    renamed = client.post(f"{here}/rename/", {"name": "Loyal buyers"}, **as_operator)
    unsure = client.post(f"{here}/delete/", {"confirm_name": "Buyers"}, **as_operator)
    deleted = client.post(f"{here}/delete/", {"confirm_name": "Loyal buyers"}, **as_operator)
    again = client.post(f"{here}/delete/", {"confirm_name": "Loyal buyers"}, **as_operator)

    assert (renamed.status_code, renamed.json()["name"]) == (200, "Loyal buyers")
    assert (unsure.status_code, list(unsure.json()["fields"])) == (400, ["confirm_name"])
    assert (deleted.status_code, again.status_code) == (204, 404)


def test_rest_says_why_line_refused(stage: Stage, client: Client) -> None:
    audience = stood(stage)
    stage.line.control("POST", f"/audiences/{audience.line_id}", {"in_use": True})
    here = f"/api/v1/organizations/{stage.organization.code}/resources/{audience.pk}/delete/"
    token = headers(stage.operator, Scope.FEED)

    answer = client.post(here, {"confirm_name": "Buyers"}, "application/json", headers=token)

    assert (answer.status_code, answer.json()["code"]) == (409, "line_refused")
