from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from linking import services
from linking.models import Account, Link, LinkRequest
from organizations.models import Organization
from organizations.permissions import Role
from tests import factories
from tests.linking.conftest import PASSWORD, Asked, state_of
from users.models import User

pytestmark = [pytest.mark.db, pytest.mark.django_db]
SignIn = Callable[[User], Client]
State = LinkRequest.State


def page(asked: Asked, act: str = "request") -> str:
    return reverse(f"linking:{act}", args=[asked.link_request.organization_code, asked.link_request.pk])


def answer(asked: Asked, **changed: str) -> dict[str, str]:
    return {
        "organization_id": asked.link_request.organization_code,
        "facts_digest": asked.facts_digest,
        **changed,
    }


def test_the_page_shows_what_is_asked_and_by_whom(asked: Asked, signed_in: SignIn, alice: User) -> None:
    shown = signed_in(alice).get(page(asked)).content.decode()

    account = asked.link_request.account
    for fact in (
        account.name,
        account.search_id,
        account.legal_entity.name,
        account.legal_entity.registration_number,
        "mia@acme.example",
        "cannot be undone",
        "Nobody from support",
    ):
        assert fact in shown


def test_the_tick_shares_all_resources_and_is_off_at_first(
    asked: Asked, fresh_in: SignIn, alice: User
) -> None:
    client = fresh_in(alice)
    shown = client.get(page(asked)).content.decode()
    tick = next(line for line in shown.splitlines() if 'name="shares_everything"' in line)

    response = client.post(page(asked, "approve-request"), answer(asked, shares_everything="on"), follow=True)

    assert "checked" not in tick
    assert Link.objects.get().shares_everything
    assert "may use all resources of the organization" in response.content.decode()


def test_an_administrator_approves_with_the_password_and_the_typed_id(
    asked: Asked, fresh_in: SignIn, alice: User
) -> None:
    response = fresh_in(alice).post(page(asked, "approve-request"), answer(asked))

    link = Link.objects.get()
    assert response.status_code == 302
    assert response["Location"] == reverse(
        "resources:account", args=[link.organization.code, link.account_id]
    )


def test_without_a_fresh_password_approval_waits_for_it(asked: Asked, signed_in: SignIn, alice: User) -> None:
    client = signed_in(alice)
    path = page(asked, "approve-request")

    first = client.post(path, answer(asked))

    assert first["Location"].startswith("/account/reauthenticate/")
    assert not Link.objects.exists()

    client.post("/account/reauthenticate/", {"password": PASSWORD, "next": path})
    assert Link.objects.exists()


def test_a_password_of_five_minutes_ago_is_too_old(
    asked: Asked, fresh_in: SignIn, alice: User, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = fresh_in(alice)
    session = client.session
    for method in session["account_authentication_methods"]:
        method["at"] -= 301
    session.save()

    response = client.post(page(asked, "approve-request"), answer(asked))

    assert response["Location"].startswith("/account/reauthenticate/")
    assert not Link.objects.exists()


def test_a_wrong_id_shows_the_page_again(asked: Asked, fresh_in: SignIn, alice: User) -> None:
    response = fresh_in(alice).post(page(asked, "approve-request"), answer(asked, organization_id="BM1"))

    assert response.status_code == 400
    assert b"Nothing has been done" in response.content
    assert not Link.objects.exists()


def test_changed_facts_show_the_page_again_with_what_is_true_now(
    asked: Asked, fresh_in: SignIn, alice: User
) -> None:
    client, given = fresh_in(alice), answer(asked)
    Account.objects.update(name="Renamed meanwhile")

    response = client.post(page(asked, "approve-request"), given)

    assert response.status_code == 409
    assert b"Renamed meanwhile" in response.content
    assert asked.facts_digest in response.content.decode()
    assert not Link.objects.exists()


def test_the_second_of_two_clicks_is_no_error(asked: Asked, fresh_in: SignIn, alice: User) -> None:
    client, given = fresh_in(alice), answer(asked)
    client.post(page(asked, "approve-request"), given)

    response = client.post(page(asked, "approve-request"), given, follow=True)

    assert "was already linked, approved by Alice" in response.content.decode()
    assert Link.objects.count() == 1


def test_fields_of_another_request_are_ignored(
    asked: Asked, fresh_in: SignIn, alice: User, other: Organization
) -> None:
    smuggled = answer(asked, organization=str(other.pk), account="x", state="APPROVED", by="mia")

    fresh_in(alice).post(page(asked, "approve-request"), smuggled)

    assert Link.objects.get().organization == asked.link_request.organization


def test_the_digest_of_one_request_does_not_approve_another(
    asked: Asked, ads: Account, acme: Organization, mia: User, fresh_in: SignIn, alice: User
) -> None:
    second = Asked(*services.issue_request(ads, acme.code, by=mia))

    response = fresh_in(alice).post(page(second, "approve-request"), answer(asked))

    assert response.status_code == 409
    assert not Link.objects.exists()


def test_rejection_says_why_to_both_sides(asked: Asked, fresh_in: SignIn, alice: User, mia: User) -> None:
    client = fresh_in(alice)
    client.post(page(asked, "reject-request"), {"reason": "Not ours"})

    assert state_of(asked) == State.REJECTED
    assert b"Not ours" in client.get(page(asked)).content
    settings_page = reverse("linking:account-settings", args=[asked.link_request.account_id])
    assert b"Not ours" in fresh_in(mia).get(settings_page).content


def test_rejection_without_a_reason_shows_the_page_again(asked: Asked, fresh_in: SignIn, alice: User) -> None:
    response = fresh_in(alice).post(page(asked, "reject-request"), {"reason": ""})

    assert response.status_code == 400
    assert state_of(asked) == State.PENDING


@pytest.mark.parametrize("act", ["approve-request", "reject-request"])
@pytest.mark.parametrize(("name", "status"), [("bob", 403), ("carol", 403), ("charlie", 404), ("mia", 404)])
def test_only_administrators_of_the_named_organization_answer(
    request: pytest.FixtureRequest, asked: Asked, signed_in: SignIn, act: str, name: str, status: int
) -> None:
    person = request.getfixturevalue(name)

    response = signed_in(person).post(page(asked, act), {**answer(asked), "reason": "x"})

    assert response.status_code == status
    assert state_of(asked) == State.PENDING


@pytest.mark.parametrize("act", ["approve-request", "reject-request"])
def test_answers_are_posted(asked: Asked, signed_in: SignIn, alice: User, act: str) -> None:
    assert signed_in(alice).get(page(asked, act)).status_code == 405


def test_an_administrator_who_was_removed_with_the_page_open_is_a_stranger(
    asked: Asked, fresh_in: SignIn, alice: User
) -> None:
    client, given = fresh_in(alice), answer(asked)
    alice.memberships.all().delete()

    assert client.post(page(asked, "approve-request"), given).status_code == 404
    assert not Link.objects.exists()


def test_a_post_without_the_csrf_token_is_refused(asked: Asked, alice: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice, "allauth.account.auth_backends.AuthenticationBackend")

    response = client.post(page(asked, "approve-request"), answer(asked))

    assert response.status_code == 403
    assert not Link.objects.exists()


def test_a_request_tells_what_happened_to_it(
    asked: Asked, signed_in: SignIn, alice: User, acme: Organization, mia: User
) -> None:
    services.reject_request(asked.link_request, by=alice, reason="Not ours.")

    page = signed_in(alice).get(reverse("linking:request", args=[acme.code, asked.link_request.pk]))

    told = page.content.decode().partition("What happened")[2]
    assert told.index("Link request: rejected") < told.index("Link request: issued")
    assert str(mia) in told


@pytest.mark.parametrize("state", ["CANCELLED", "SUPERSEDED", "EXPIRED", "INVALID", "REJECTED"])
def test_a_closed_request_shows_its_outcome_and_takes_no_answer(
    asked: Asked, fresh_in: SignIn, alice: User, state: str
) -> None:
    given = answer(asked)
    LinkRequest.objects.update(state=state, closed_at=timezone.now())
    client = fresh_in(alice)

    shown = client.get(page(asked))

    assert str(State(state).label) in shown.content.decode()
    assert b"facts_digest" not in shown.content
    assert client.post(page(asked, "approve-request"), given).status_code == 409
    assert client.post(page(asked, "reject-request"), {"reason": "x"}).status_code == 409


@pytest.mark.parametrize("name", ["bob", "carol"])
def test_other_members_see_the_request_but_no_answer(
    request: pytest.FixtureRequest, asked: Asked, signed_in: SignIn, name: str
) -> None:
    shown = signed_in(request.getfixturevalue(name)).get(page(asked))

    assert shown.status_code == 200
    assert b"facts_digest" not in shown.content


def test_names_that_deceive_are_stripped_and_noticed(asked: Asked, signed_in: SignIn, alice: User) -> None:
    Account.objects.update(name="\u202eАcme<script>alert(1)</script>")

    shown = signed_in(alice).get(page(asked)).content.decode()

    assert "\u202e" not in shown.split("<main")[1]
    assert "<script>alert" not in shown
    assert "different alphabets" in shown


def test_two_requests_open_in_two_tabs_are_answered_each_for_itself(
    asked: Asked, ads: Account, acme: Organization, mia: User, fresh_in: SignIn, alice: User
) -> None:
    second = Asked(*services.issue_request(ads, acme.code, by=mia))
    client = fresh_in(alice)
    client.get(page(asked))
    client.get(page(second))

    client.post(page(asked, "approve-request"), answer(asked))

    assert (state_of(asked), state_of(second)) == (State.APPROVED, State.PENDING)


def test_two_administrators_see_who_was_first(
    asked: Asked, fresh_in: SignIn, alice: User, acme: Organization
) -> None:
    second = factories.UserFactory.create()
    acme.memberships.create(user=second, role=Role.ADMINISTRATOR)
    given = answer(asked)
    fresh_in(alice).post(page(asked, "approve-request"), given)

    response = fresh_in(second).post(page(asked, "approve-request"), given, follow=True)

    assert "approved by Alice" in response.content.decode()
