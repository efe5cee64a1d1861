"""Passkeys as second factors: whose they are, when one may go, what a program may say of one."""

from __future__ import annotations

import time

import pytest
from allauth.mfa.models import Authenticator

from organizations.models import Organization
from organizations.permissions import Role
from tests import factories
from tests.conftest import member
from tests.users.test_second_factor import SignIn, again, clock, code_of, half_way, passkey, with_app
from users.models import User

__all__ = ["clock"]

pytestmark = [pytest.mark.db, pytest.mark.django_db]


@pytest.mark.parametrize("asks", [True, False])
def test_the_last_passkey_stays_while_an_organization_asks_for_one(
    alice: User, signed_in: SignIn, asks: bool
) -> None:
    client = again(signed_in(alice))
    own = passkey(alice)
    session = client.session
    session["account_authentication_methods"] += [
        {"method": "mfa", "at": time.time(), "reauthenticated": True}
    ]
    session.save()
    Organization.objects.update(requires_second_factor=asks)

    answer = client.post(f"/account/2fa/webauthn/keys/{own.pk}/remove/")

    assert answer.status_code == (409 if asks else 302)
    assert Authenticator.objects.exists() == asks


def test_nobody_removes_the_passkey_of_another(alice: User, bob: User, signed_in: SignIn) -> None:
    client, own = again(signed_in(bob)), passkey(alice)

    assert client.post(f"/account/2fa/webauthn/keys/{own.pk}/remove/").status_code == 404
    assert client.get(f"/account/2fa/webauthn/keys/{own.pk}/edit/").status_code == 404


def test_the_pages_stand_for_who_has_everything(alice: User) -> None:
    with_app(alice)
    client = half_way(alice)
    client.post("/account/2fa/authenticate/", {"code": code_of(factories.TOTP_SECRET)})
    passkey(alice)

    assert b"See your passkeys" in client.get("/account/2fa/").content
    assert b"Rename Key" in client.get("/account/2fa/webauthn/").content


def test_who_belongs_to_no_such_organization_may_remove_the_last(other: Organization) -> None:
    person = factories.UserFactory.create()
    member(other, Role.VIEWER, "dora")
    Organization.objects.update(requires_second_factor=True)
    with_app(person)
    client = half_way(person)
    client.post("/account/2fa/authenticate/", {"code": code_of(factories.TOTP_SECRET)})

    again(client).post("/account/2fa/totp/deactivate/")

    assert not Authenticator.objects.exists()


KEY = '{"id": "YQ", "rawId": "YQ", "type": "public-key", "response": %s}'
JUNK = [
    "[]",
    "null",
    '{"id": 1, "rawId": [], "type": "x", "response": []}',
    KEY % "{}",
    KEY % '{"clientDataJSON": "!", "attestationObject": "!"}',
    KEY % '{"clientDataJSON": "e30", "authenticatorData": "AA", "signature": "AA"}',
]


@pytest.mark.parametrize("junk", JUNK)
@pytest.mark.parametrize("page", ["add/", "reauthenticate/"])
def test_whatever_a_program_says_of_a_passkey_adds_none(
    page: str, junk: str, alice: User, signed_in: SignIn
) -> None:
    client = again(signed_in(alice))
    client.get(f"/account/2fa/webauthn/{page}")

    answer = client.post(f"/account/2fa/webauthn/{page}", {"credential": junk, "name": "x"})

    assert answer.status_code < 400
    assert not Authenticator.objects.exists()


def test_a_wrong_passkey_signs_nobody_in(alice: User) -> None:
    with_app(alice)
    client = half_way(alice)
    client.get("/account/2fa/authenticate/")

    client.post("/account/2fa/authenticate/", {"credential": JUNK[5]})

    assert client.get("/preferences/sessions/")["Location"].startswith("/account/login/")
