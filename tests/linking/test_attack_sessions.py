"""Sessions and forged posts: nothing but a person's own answer links an account."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from linking import services
from linking.models import Account
from organizations.models import Organization
from organizations.permissions import Role
from tests import factories
from tests.conftest import member
from tests.linking.conftest import PASSWORD, Asked, state_of
from users.models import User

pytestmark = [pytest.mark.db, pytest.mark.django_db]
SignIn = Callable[[User], Client]


def page(asked: Asked, act: str = "approve-request") -> str:
    return reverse(f"linking:{act}", args=[asked.link_request.organization_code, asked.link_request.pk])


def answer(asked: Asked) -> dict[str, str]:
    return {"organization_id": asked.link_request.organization_code, "facts_digest": asked.facts_digest}


def give_password(client: Client, back_to: str) -> Any:
    return client.post("/account/reauthenticate/", {"password": PASSWORD, "next": back_to})


def sign_in_here(client: Client, user: User) -> None:
    user.set_password(PASSWORD)
    user.save()
    client.post("/account/login/", {"login": user.email, "password": PASSWORD})


@pytest.fixture
def second(ads: Account, acme: Organization, mia: User) -> Asked:
    return Asked(*services.issue_request(ads, acme.code, by=mia))


# --- sessions


def test_a_planted_session_is_not_the_one_that_is_signed_in(asked: Asked, alice: User) -> None:
    attacker, victim = Client(), Client()
    attacker.get(f"/approve/{asked.token}/")
    victim.cookies.load({"sessionid": attacker.cookies["sessionid"].value})

    sign_in_here(victim, alice)

    assert victim.cookies["sessionid"].value != attacker.cookies["sessionid"].value
    assert attacker.get("/approve/")["Location"].startswith("/account/login/")
    assert state_of(asked) == "PENDING"


def test_the_form_of_who_signed_out_is_not_sent_by_who_signs_in_next(
    asked: Asked, signed_in: SignIn, alice: User, acme: Organization
) -> None:
    """A post that waits for the password belongs to the person who made it."""
    client = signed_in(alice)
    client.post(page(asked), answer(asked))
    client.post("/account/logout/")
    sign_in_here(client, member(acme, Role.ADMINISTRATOR, "second"))

    give_password(client, page(asked))

    assert state_of(asked) == "PENDING"


def test_of_two_forms_that_wait_for_the_password_only_the_named_one_is_sent(
    asked: Asked, second: Asked, signed_in: SignIn, alice: User
) -> None:
    client = signed_in(alice)
    client.post(page(asked), answer(asked))
    client.post(page(second), answer(second))

    give_password(client, page(asked))

    assert (state_of(asked), state_of(second)) == ("PENDING", "PENDING")


def test_a_password_given_in_one_browser_does_not_count_in_another(
    asked: Asked, fresh_in: SignIn, signed_in: SignIn, alice: User
) -> None:
    fresh_in(alice)

    elsewhere = signed_in(alice).post(page(asked), answer(asked))

    assert elsewhere["Location"].startswith("/account/reauthenticate/")
    assert state_of(asked) == "PENDING"


@pytest.mark.parametrize(("seconds", "state"), [(298, "APPROVED"), (301, "PENDING")])
def test_a_password_counts_for_five_minutes_however_busy_one_is(
    asked: Asked, fresh_in: SignIn, alice: User, seconds: int, state: str
) -> None:
    client, started = fresh_in(alice), time.time()
    for passed in range(0, seconds, 60):
        with time_machine.travel(datetime.fromtimestamp(started + passed, UTC), tick=False):
            client.get(page(asked, "request"))

    with time_machine.travel(datetime.fromtimestamp(started + seconds, UTC), tick=False):
        client.post(page(asked), answer(asked))

    assert state_of(asked) == state


def test_who_was_disabled_with_the_page_open_is_signed_out(
    asked: Asked, fresh_in: SignIn, alice: User
) -> None:
    client, given = fresh_in(alice), answer(asked)
    User.objects.filter(pk=alice.pk).update(is_active=False)

    assert client.post(page(asked), given)["Location"].startswith("/account/login/")
    assert state_of(asked) == "PENDING"


def test_an_operator_of_the_installation_is_a_stranger_here(asked: Asked, fresh_in: SignIn) -> None:
    root = factories.UserFactory.create(is_superuser=True)
    client = fresh_in(root)
    client.get(f"/approve/{asked.token}/")

    assert client.get("/approve/").status_code == 404
    assert client.post(page(asked), answer(asked)).status_code == 404


def test_who_becomes_an_administrator_with_the_page_open_answers_then(
    asked: Asked, fresh_in: SignIn, bob: User
) -> None:
    client, given = fresh_in(bob), answer(asked)
    assert client.post(page(asked), given).status_code == 403

    bob.memberships.update(role=Role.ADMINISTRATOR)

    assert client.post(page(asked), given).status_code == 302


# --- forged posts


@pytest.fixture
def guarded(alice: User) -> Client:
    """Alice's browser with a fresh password, on a server that checks forms."""
    client = Client(enforce_csrf_checks=True)
    alice.set_password(PASSWORD)
    alice.save()
    for path, form in (
        ("/account/login/", {"login": alice.email, "password": PASSWORD}),
        ("/account/reauthenticate/", {"password": PASSWORD, "next": "/"}),
    ):
        client.get(path)
        client.post(path, {**form, "csrfmiddlewaretoken": client.cookies["csrftoken"].value})
    return client


def post_from(guarded: Client, asked: Asked, **headers: str) -> Any:
    form = {**answer(asked), "csrfmiddlewaretoken": guarded.cookies["csrftoken"].value}
    return guarded.post(page(asked), form, headers=headers)


def test_the_page_itself_is_believed(asked: Asked, guarded: Client) -> None:
    honest = {"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"}

    assert post_from(guarded, asked, **honest).status_code == 302
    assert state_of(asked) == "APPROVED"


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "http://testserver", "Sec-Fetch-Site": "cross-site"},
    ],
)
def test_a_post_from_elsewhere_is_refused_even_with_the_token(
    asked: Asked, guarded: Client, headers: dict[str, str]
) -> None:
    assert post_from(guarded, asked, **headers).status_code == 403
    assert state_of(asked) == "PENDING"


def test_another_site_signs_nobody_in(alice: User) -> None:
    """Else the victim would approve in the attacker's session."""
    alice.set_password(PASSWORD)
    alice.save()

    response = Client(headers={"Sec-Fetch-Site": "cross-site"}).post(
        "/account/login/", {"login": alice.email, "password": PASSWORD}
    )

    assert response.status_code == 403


def test_a_program_with_a_bearer_token_may_say_what_it_likes(client: Client, alice: User) -> None:
    headers = {"Sec-Fetch-Site": "cross-site", "Authorization": "Bearer bmc_unknown"}

    assert client.post("/api/v1/accounts/x/link-requests/", headers=headers).status_code == 401


@pytest.mark.parametrize("kind", ["application/json", "text/plain"])
def test_an_answer_in_another_form_than_the_pages_is_none(
    asked: Asked, fresh_in: SignIn, alice: User, kind: str
) -> None:
    response = fresh_in(alice).post(page(asked), answer(asked) if "json" in kind else "x", content_type=kind)

    assert response.status_code == 400
    assert state_of(asked) == "PENDING"


def test_the_page_that_decides_may_not_be_framed(asked: Asked, signed_in: SignIn, alice: User) -> None:
    for path in ("/approve/", page(asked, "request")):
        response = signed_in(alice).get(path)
        assert response["X-Frame-Options"] == "DENY"
        assert "frame-ancestors 'none'" in response["Content-Security-Policy"]
        assert response["Cross-Origin-Opener-Policy"] == "same-origin"
