"""An organization that asks its members for a second factor: every way in, and nobody locked out."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from linking import requests
from linking.models import Account, LinkRequest
from organizations import safeguards
from organizations.models import Organization
from tests import factories
from tests.linking.conftest import Asked, asked
from users.models import Scope, User

__all__ = ["asked"]

pytestmark = [pytest.mark.db, pytest.mark.django_db]
SignIn = Callable[[User], Client]


@pytest.fixture
def strict(acme: Organization) -> Organization:
    Organization.objects.filter(pk=acme.pk).update(requires_second_factor=True)
    acme.refresh_from_db()
    return acme


def door(organization: Organization) -> str:
    return reverse("organizations:second-factor", args=[organization.code])


def shows(client: Client) -> Client:
    """As after a second factor shown in this session."""
    session = client.session
    session["account_authentication_methods"] += [{"method": "mfa", "at": time.time()}]
    session.save()
    return client


def test_who_has_none_is_told_who_asks_and_where_to_set_one_up(
    strict: Organization, carol: User, signed_in: SignIn
) -> None:
    client = signed_in(carol)
    wanted = f"/organizations/{strict.code}/history/?who=x"

    answer = client.get(wanted, follow=True)

    assert answer.redirect_chain[0][0].startswith(door(strict))
    content = answer.content.decode()
    assert "Acme Coffee asks for a second factor" in content
    assert 'href="/account/2fa/totp/activate/"' in content
    assert 'href="/account/2fa/webauthn/add/"' in content


def test_then_the_way_leads_back_to_what_was_wanted(
    strict: Organization, carol: User, signed_in: SignIn
) -> None:
    client = signed_in(carol)
    wanted = f"/organizations/{strict.code}/members/"
    client.get(wanted, follow=True)
    factories.second_factor_of(carol)

    page = shows(client).get("/account/2fa/")

    way = page.context["go_on"]()["url"]
    assert way in page.content.decode().replace("&amp;", "&")
    assert client.get(way)["Location"] == wanted
    assert client.get(wanted).status_code == 200
    assert client.get("/account/2fa/").context["go_on"]() is None


def test_a_session_without_it_is_asked_to_show_the_factor_there_is(
    strict: Organization, carol: User, signed_in: SignIn
) -> None:
    client = signed_in(carol)
    factories.second_factor_of(carol)
    wanted = f"/organizations/{strict.code}/history/"

    answer = client.get(wanted, follow=True)

    assert answer.redirect_chain[-1][0].startswith("/account/2fa/reauthenticate/?next=%2Forganizations%2F")


def test_a_factor_shown_and_then_removed_is_none(
    strict: Organization, carol: User, signed_in: SignIn
) -> None:
    client = shows(signed_in(carol))

    assert client.get(f"/organizations/{strict.code}/")["Location"].startswith(door(strict))


def test_a_post_is_not_done_and_leads_to_the_overview_later(
    strict: Organization, carol: User, signed_in: SignIn
) -> None:
    answer = signed_in(carol).post(f"/organizations/{strict.code}/members/leave/")

    assert answer["Location"] == f"{door(strict)}?next=%2Forganizations%2F{strict.code}%2F"
    assert carol.memberships.exists()


def test_a_part_of_a_page_sends_the_whole_page_there(
    strict: Organization, carol: User, signed_in: SignIn
) -> None:
    answer = signed_in(carol).get(f"/organizations/{strict.code}/runs/", headers={"hx-request": "true"})

    assert answer.status_code == 204
    assert answer["HX-Redirect"].startswith(door(strict))


def test_strangers_learn_nothing_of_it(strict: Organization, charlie: User, signed_in: SignIn) -> None:
    client = signed_in(charlie)

    assert client.get(f"/organizations/{strict.code}/").status_code == 404
    assert client.get(door(strict)).status_code == 404


@pytest.mark.parametrize("wanted", ["https://elsewhere.example/", "//elsewhere.example/", ""])
def test_the_way_back_stays_on_this_site(
    wanted: str, acme: Organization, carol: User, signed_in: SignIn
) -> None:
    answer = signed_in(carol).get(door(acme), {"next": wanted})

    assert answer["Location"] == f"/organizations/{acme.code}/"


def test_the_approval_url_leads_there_too(
    strict: Organization, asked: Asked, alice: User, signed_in: SignIn
) -> None:
    client = signed_in(alice)
    session = client.session
    session["approval_token_digest"] = asked.link_request.token_digest
    session.save()

    answer = client.get(reverse("linking:approval"), follow=True)

    assert answer.redirect_chain[1][0].startswith(door(strict))
    assert asked.link_request.account.name not in answer.content.decode()


@pytest.mark.parametrize(("has_one", "status"), [(False, 403), (True, 200)])
def test_a_token_needs_a_person_who_has_one(
    has_one: bool, status: int, strict: Organization, carol: User, client: Client
) -> None:
    if has_one:
        factories.second_factor_of(carol)
    headers = {"Authorization": f"Bearer {factories.token_for(carol, Scope.READ)}"}

    answer = client.get(f"/api/v1/organizations/{strict.code}/history/", headers=headers)

    assert answer.status_code == status
    assert has_one or answer.json()["code"] == "second_factor_required"


@pytest.mark.parametrize("has_one", [False, True])
def test_an_ads_account_is_taken_in_at_once_only_with_one(
    has_one: bool, strict: Organization, ads: Account, alice: User
) -> None:
    ads.managers.create(user=alice)
    if has_one:
        factories.second_factor_of(alice)

    requests.issue_request(ads, strict.code, by=alice)

    state = LinkRequest.objects.get(account=ads).state
    assert state == ("APPROVED" if has_one else "PENDING")


def test_who_has_none_cannot_ask_it_of_others(acme: Organization, alice: User, fresh_in: SignIn) -> None:
    url = reverse("organizations:change-safeguards", args=[acme.code])

    answer = fresh_in(alice).post(url, {"requires_second_factor": "on"})

    assert answer.status_code == 409
    assert b"Set up your own second factor first" in answer.content
    assert b'href="/account/2fa/"' in answer.content
    acme.refresh_from_db()
    assert not acme.requires_second_factor


def test_who_has_lost_it_may_still_change_the_rest_by_rest(strict: Organization, alice: User) -> None:
    wanted = {**dict.fromkeys(safeguards.SAFEGUARDS, False), "requires_second_factor": True}
    safeguards.change(strict, {**wanted, "one_person_may_move": True}, by=alice)

    strict.refresh_from_db()
    assert (strict.requires_second_factor, strict.one_person_may_move) == (True, True)


def test_administrators_see_who_has_one(
    acme: Organization, alice: User, bob: User, signed_in: SignIn
) -> None:
    factories.second_factor_of(bob)
    page = reverse("organizations:members", args=[acme.code])

    seats = signed_in(alice).get(page)
    assert {seat.user: seat.has_second_factor for seat in seats.context["page"]} == {alice: False, bob: True}
    assert b'data-label="Second factor"' in seats.content
    assert b'data-label="Second factor"' not in signed_in(bob).get(page).content
