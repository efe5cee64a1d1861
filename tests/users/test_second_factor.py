"""Second factors: set up, shown at sign-in, shown again, removed; what is kept and what is mailed."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth
from django.core import mail
from django.test import Client

from organizations import outbox
from organizations.models import Organization, OutgoingMail
from tests import factories
from users.models import User

pytestmark = [pytest.mark.db, pytest.mark.django_db]
SignIn = Callable[[User], Client]
Commit = Callable[..., Any]
PASSWORD = "correct horse battery"
NOW = 1_800_000_000


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Codes hold for half a minute; here that minute does not end."""
    monkeypatch.setattr(time, "time", lambda: NOW)


def code_of(secret: str) -> str:
    return str(auth.format_hotp_value(auth.hotp_value(secret, int(time.time()) // 30)))


def again(client: Client) -> Client:
    """The password once more, so that fresh pages are entered."""
    client.post("/account/reauthenticate/", {"password": PASSWORD, "next": "/preferences/tokens/"})
    return client


def with_app(user: User) -> Authenticator:
    user.set_password(PASSWORD)
    user.save(update_fields=["password"])
    return factories.second_factor_of(user)


def passkey(user: User) -> Authenticator:
    return Authenticator.objects.create(user=user, type="webauthn", data={"name": "Key", "credential": {}})


def half_way(user: User) -> Client:
    """Past the password, before the second factor."""
    client = Client()
    answer = client.post("/account/login/", {"login": user.email, "password": PASSWORD})
    assert answer["Location"] == "/account/2fa/authenticate/"
    return client


def mails() -> list[str]:
    for row in OutgoingMail.objects.filter(state="WAITING").order_by("created_at"):
        outbox.deliver(row.pk)
    return [str(message.subject) for message in mail.outbox]


def test_an_app_is_set_up_with_its_code(
    alice: User, signed_in: SignIn, django_capture_on_commit_callbacks: Commit
) -> None:
    client = again(signed_in(alice))
    page = client.get("/account/2fa/totp/activate/").content.decode()
    secret = re.search(r'id="app-key" value="([A-Z2-7]+)"', page)
    assert secret
    assert 'src="data:image/svg+xml;base64,' in page

    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post("/account/2fa/totp/activate/", {"code": code_of(secret[1])})

    assert answer["Location"] == "/account/2fa/recovery-codes/"
    kept = Authenticator.objects.get(user=alice, type="totp").data["secret"]
    assert secret[1] not in kept
    assert auth.decrypt(kept) == secret[1]
    assert mails() == ["An authenticator app was set up for your account"]


def test_a_wrong_code_sets_up_nothing(alice: User, signed_in: SignIn) -> None:
    client = again(signed_in(alice))
    client.get("/account/2fa/totp/activate/")

    answer = client.post("/account/2fa/totp/activate/", {"code": "000000"})

    assert b"This is not right" in answer.content
    assert not Authenticator.objects.exists()


def test_the_code_of_the_app_completes_the_sign_in(alice: User) -> None:
    with_app(alice)
    client = half_way(alice)
    assert client.get("/preferences/sessions/").status_code == 302

    client.post("/account/2fa/authenticate/", {"code": code_of(factories.TOTP_SECRET)})

    assert client.get("/preferences/sessions/").status_code == 200


def test_a_code_is_good_for_one_sign_in(alice: User) -> None:
    with_app(alice)
    code = code_of(factories.TOTP_SECRET)
    half_way(alice).post("/account/2fa/authenticate/", {"code": code})

    second = half_way(alice)
    assert b"This is not right" in second.post("/account/2fa/authenticate/", {"code": code}).content


def test_a_recovery_code_stands_in_once_and_is_told_of(
    alice: User, signed_in: SignIn, django_capture_on_commit_callbacks: Commit
) -> None:
    with_app(alice)
    client = half_way(alice)
    client.post("/account/2fa/authenticate/", {"code": code_of(factories.TOTP_SECRET)})
    with django_capture_on_commit_callbacks(execute=True):
        again(client).post("/account/2fa/recovery-codes/generate/")
    page = client.get("/account/2fa/recovery-codes/").content.decode()
    code = re.findall(r"<li>(\d{8})</li>", page)[0]
    assert code in client.get("/account/2fa/recovery-codes/download/").content.decode()

    assert half_way(alice).post("/account/2fa/authenticate/", {"code": code}).status_code == 302
    assert half_way(alice).post("/account/2fa/authenticate/", {"code": code}).status_code == 200
    assert mails() == [
        "New recovery codes were made for your account",
        "A recovery code of your account was used",
    ]


def test_the_mail_names_device_and_address_and_its_row_does_not(alice: User) -> None:
    with_app(alice)
    client = half_way(alice)
    client.post("/account/2fa/authenticate/", {"code": code_of(factories.TOTP_SECRET)})
    again(client).post("/account/2fa/totp/deactivate/", headers={"user-agent": "Firefox/140 (Windows NT)"})
    row = OutgoingMail.objects.get()
    assert "127.0.0.1" not in row.sealed
    mails()

    assert "Firefox on Windows" in mail.outbox[0].body
    assert "127.0.0.1" in mail.outbox[0].body
    assert mail.outbox[0].to == [alice.email]


@pytest.mark.parametrize(
    "page", ["totp/deactivate/", "webauthn/add/", "recovery-codes/", "recovery-codes/generate/"]
)
def test_a_session_from_before_changes_no_factor_by_the_password_alone(
    page: str, alice: User, signed_in: SignIn
) -> None:
    client = again(signed_in(alice))
    factories.second_factor_of(alice)
    RecoveryCodes.activate(alice)

    answer = client.get(f"/account/2fa/{page}")

    assert answer.status_code == 302
    assert answer["Location"].startswith("/account/2fa/reauthenticate/")


def test_showing_it_once_more_lets_the_session_go_on(alice: User, signed_in: SignIn) -> None:
    client = again(signed_in(alice))
    factories.second_factor_of(alice)
    page = "/account/2fa/totp/deactivate/"

    answer = client.post(
        "/account/2fa/reauthenticate/", {"code": code_of(factories.TOTP_SECRET), "next": page}
    )

    assert answer["Location"] == page
    assert b"Remove the app" in client.get(page).content


def test_the_second_factor_counts_as_the_fresh_proof_of_who_it_is(alice: User, signed_in: SignIn) -> None:
    client = signed_in(alice)
    factories.second_factor_of(alice)
    client.post(
        "/account/2fa/reauthenticate/",
        {"code": code_of(factories.TOTP_SECRET), "next": "/preferences/tokens/"},
    )

    answer = client.post("/preferences/tokens/make/", {"name": "CI", "scopes": ["read"], "days": 1})

    assert answer["Location"] == "/preferences/tokens/"


def test_secrets_from_before_sealing_still_open(alice: User) -> None:
    with_app(alice)
    Authenticator.objects.update(data={"secret": factories.TOTP_SECRET})

    client = half_way(alice)

    code = code_of(factories.TOTP_SECRET)
    assert client.post("/account/2fa/authenticate/", {"code": code}).status_code == 302


def test_a_changed_password_is_told(alice: User, signed_in: SignIn) -> None:
    new = "another horse battery"
    form = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    again(signed_in(alice)).post("/account/password/change/", form)

    assert mails() == ["The password of your account was changed"]


@pytest.mark.parametrize("asks", [True, False])
def test_the_last_factor_stays_while_an_organization_asks_for_one(alice: User, asks: bool) -> None:
    with_app(alice)
    Organization.objects.update(requires_second_factor=asks)
    client = half_way(alice)
    client.post("/account/2fa/authenticate/", {"code": code_of(factories.TOTP_SECRET)})

    answer = again(client).post("/account/2fa/totp/deactivate/")

    assert Authenticator.objects.exists() == asks
    assert (b"Add another one first" in answer.content) == asks


def test_of_two_factors_one_may_go(alice: User) -> None:
    app = with_app(alice)
    passkey(alice)
    Organization.objects.update(requires_second_factor=True)
    client = half_way(alice)
    client.post("/account/2fa/authenticate/", {"code": code_of(factories.TOTP_SECRET)})

    again(client).post("/account/2fa/totp/deactivate/")

    assert not Authenticator.objects.filter(pk=app.pk).exists()
