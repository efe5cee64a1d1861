from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from organizations import tokens
from organizations.models import AuditEvent
from tests import factories
from users.models import ApiToken, Scope, User

pytestmark = [pytest.mark.db, pytest.mark.django_db]
SignIn = Callable[[User], Client]
PAGE = "/preferences/tokens/"
WANTED = {"name": "Nightly sync", "scopes": ["read", "feed"], "days": "30"}


def works(secret: str) -> bool:
    answer = Client().get("/api/v1/organizations/", headers={"Authorization": f"Bearer {secret}"})
    return answer.status_code == 200


def make(client: Client, **changed: object) -> str:
    """Makes a token on the page and reads its secret there."""
    shown = client.post(PAGE + "make/", {**WANTED, **changed}, follow=True).content.decode()
    found = re.search(r"bmc_[\w-]{43}", shown)
    assert found, shown[:500]
    return found[0]


def test_a_token_is_shown_once_and_works(fresh_in: SignIn, bob: User) -> None:
    client = fresh_in(bob)

    secret = make(client)

    assert works(secret)
    assert secret not in client.get(PAGE).content.decode()
    assert AuditEvent.objects.get().action == "token.issued"


def test_no_row_and_no_session_keeps_the_secret(fresh_in: SignIn, bob: User) -> None:
    client = fresh_in(bob)
    client.post(PAGE + "make/", WANTED)
    stored = str([session.get_decoded() for session in Session.objects.all()])

    found = re.search(r"bmc_[\w-]{43}", client.get(PAGE).content.decode())

    assert found
    assert found[0] not in stored + str([*ApiToken.objects.values(), *AuditEvent.objects.values()])


def test_making_a_token_waits_for_a_fresh_password(signed_in: SignIn, bob: User) -> None:
    answer = signed_in(bob).post(PAGE + "make/", {**WANTED, "scopes": ["approve"]})

    assert answer["Location"].startswith("/account/reauthenticate/")
    assert not ApiToken.objects.exists()


def test_a_token_that_answers_requests_lives_a_day_at_most(fresh_in: SignIn, alice: User) -> None:
    make(fresh_in(alice), scopes=["approve"], days="365")

    expires_at = ApiToken.objects.get().expires_at
    assert expires_at
    assert expires_at - timezone.now() <= timedelta(hours=24)


@pytest.mark.parametrize("wrong", [{"name": ""}, {"scopes": []}, {"scopes": ["root"]}, {"days": "9999"}])
def test_a_form_with_an_error_makes_no_token(fresh_in: SignIn, bob: User, wrong: dict[str, object]) -> None:
    assert fresh_in(bob).post(PAGE + "make/", {**WANTED, **wrong}).status_code == 400
    assert not ApiToken.objects.exists()


def test_a_revoked_token_stops_at_once(fresh_in: SignIn, bob: User) -> None:
    client = fresh_in(bob)
    secret, token = make(client), ApiToken.objects.get()

    for _ in range(2):
        assert client.post(f"{PAGE}{token.pk}/revoke/").status_code == 302

    assert not works(secret)
    assert list(AuditEvent.objects.order_by("id").values_list("action", flat=True)) == [
        "token.issued",
        "token.revoked",
    ]


def test_the_tokens_of_others_cannot_be_revoked(fresh_in: SignIn, bob: User, carol: User) -> None:
    secret = make(fresh_in(bob))

    assert fresh_in(carol).post(f"{PAGE}{ApiToken.objects.get().pk}/revoke/").status_code == 404
    assert works(secret)


def test_tokens_are_made_and_revoked_by_post_only(signed_in: SignIn, bob: User) -> None:
    factories.token_for(bob, Scope.READ)
    client = signed_in(bob)

    assert client.get(PAGE + "make/").status_code == 405
    assert client.get(f"{PAGE}{ApiToken.objects.get().pk}/revoke/").status_code == 405


def test_a_person_has_at_most_fifty_working_tokens(bob: User) -> None:
    for _ in range(tokens.TOKENS_PER_PERSON):
        tokens.make_token(bob, name="x", scopes=[Scope.READ], lifetime=timedelta(days=1))

    with pytest.raises(tokens.TooManyTokens):
        tokens.make_token(bob, name="x", scopes=[Scope.READ], lifetime=timedelta(days=1))
