"""Coming in from outside: sign in or up by invitation, with an address that is proved."""

from __future__ import annotations

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from organizations.invitations import (
    Issued,
)
from organizations.models import Invitation, Organization
from organizations.permissions import Role
from tests import factories
from tests.linking.test_approval_url import same
from tests.organizations.inviting import (
    NEW_PERSON,
    PASSWORD,
    SignIn,
    accept,
    closed,
    delivered,
    mailed_code,
    mailed_path,
    open_url,
    path,
    shown,
)
from users.models import User, token_digest

pytestmark = [pytest.mark.db, pytest.mark.django_db]


def test_who_is_signed_out_is_invited_at_the_door_and_comes_back(issued: Issued, charlie: User) -> None:
    charlie.set_password(PASSWORD)
    charlie.save()
    client = Client()
    door = open_url(client, path(issued))["Location"]
    assert door == "/account/login/?next=/invite/"
    assert "You are invited to Acme Coffee" in shown(client.get(door))
    before = client.session.session_key

    answer = client.post(door, {"login": charlie.email, "password": PASSWORD, "next": "/invite/"})

    assert answer["Location"] == "/invite/"
    assert client.session.session_key != before
    assert "Accept the invitation" in shown(client.get("/invite/"))
    assert issued.invitation.organization.memberships.filter(user=charlie).count() == 0


def test_nobody_else_is_invited_at_the_door() -> None:
    client = Client()
    open_url(client, "/invite/never-issued/")

    assert "You are invited" not in shown(client.get("/account/login/"))


def test_an_invited_person_makes_an_account_and_accepts(acme: Organization, issued: Issued) -> None:
    client = Client()
    open_url(client, path(issued))
    assert "You are invited to Acme Coffee" in shown(client.get("/account/signup/?next=/invite/"))

    answer = client.post("/account/signup/", {**NEW_PERSON, "next": "/invite/"})

    assert answer["Location"] == "/account/confirm-email/"
    assert client.get("/invite/")["Location"] == "/account/login/?next=/invite/"
    answer = client.post("/account/confirm-email/", {"code": mailed_code()})
    assert answer["Location"] == "/invite/"
    dora = User.objects.get(email="dora@people.example")
    assert (dora.name, dora.language, dora.has_proved_address) == ("Dora", "en", True)
    assert not acme.memberships.filter(user=dora).exists()
    accept(client)
    assert acme.memberships.get(user=dora).role == Role.OPERATOR


def test_without_the_code_nobody_gets_in(acme: Organization, issued: Issued) -> None:
    client = Client()
    open_url(client, path(issued))
    client.post("/account/signup/", {**NEW_PERSON, "next": "/invite/"})

    wrong = client.post("/account/confirm-email/", {"code": "BCDF-GHJK"})
    login = client.post("/account/login/", {"login": NEW_PERSON["email"], "password": PASSWORD})

    assert wrong.status_code == 200
    assert login["Location"] == "/account/confirm-email/"
    assert client.get("/")["Location"] == "/account/login/?next=/"
    assert accept(client).status_code == 302
    assert acme.memberships.count() == 1


def test_who_was_invited_by_mail_has_proved_that_address(acme: Organization, alice: User) -> None:
    client = Client()
    open_url(client, mailed_path(acme, alice))
    assert 'value="dora@people.example"' in shown(client.get("/account/signup/?email=boss@people.example"))

    answer = client.post("/account/signup/", {**NEW_PERSON, "next": "/invite/"})

    assert answer["Location"] == "/invite/"
    assert accept(client)["Location"] == reverse("overview", args=[acme.code])
    assert User.objects.get(email="dora@people.example").has_proved_address


def test_who_was_invited_by_mail_signs_up_with_no_other_address(acme: Organization, alice: User) -> None:
    client = Client()
    open_url(client, mailed_path(acme, alice))

    page = shown(client.post("/account/signup/", {**NEW_PERSON, "email": "boss@people.example"}))

    assert "for another address" in page
    assert not User.objects.filter(email__in=["boss@people.example", "dora@people.example"]).exists()


def test_a_revoked_mail_proves_nothing(acme: Organization, alice: User, settings: Settings) -> None:
    settings.OPEN_SIGNUP = True
    client = Client()
    open_url(client, mailed_path(acme, alice))
    closed("REVOKED", sealed_email="")(Invitation.objects.get())

    answer = client.post("/account/signup/", NEW_PERSON)

    assert answer["Location"] == "/account/confirm-email/"
    assert not User.objects.get(email="dora@people.example").has_proved_address


def test_who_is_signed_in_with_another_address_is_told_so(
    acme: Organization, alice: User, signed_in: SignIn, charlie: User
) -> None:
    client = signed_in(charlie)

    answer = open_url(client, mailed_path(acme, alice))

    assert answer.status_code == 403
    assert "for another address" in shown(answer)
    assert [word in shown(answer) for word in ("dora@people.example", "Acme")] == [False, False]
    refused = client.post("/invite/accept/", {"invitation": Invitation.objects.get().pk})
    assert refused.status_code == 403
    assert not acme.memberships.filter(user=charlie).exists()


def test_only_what_was_shown_is_accepted(
    acme: Organization, other: Organization, issued: Issued, signed_in: SignIn, mia: User
) -> None:
    client = signed_in(mia)
    open_url(client, path(issued))
    elsewhere = factories.InvitationFactory.create(
        organization=other, token_digest=token_digest("opened-in-another-tab")
    )
    client.get("/invite/opened-in-another-tab/")

    answer = client.post("/invite/accept/", {"invitation": issued.invitation.pk})

    assert answer.status_code == 409
    assert "another invitation" in shown(answer)
    assert not mia.memberships.exists()
    assert client.post("/invite/accept/", {"invitation": elsewhere.pk}).status_code == 302


@pytest.mark.parametrize("state", ["", "REVOKED"])
def test_sign_up_is_closed_to_everybody_else(issued: Issued, state: str) -> None:
    client = Client()
    if state:
        open_url(client, path(issued))
        closed(state)(issued.invitation)

    page = shown(client.get("/account/signup/"))
    client.post("/account/signup/", NEW_PERSON)

    assert "Accounts are made by invitation" in page
    assert not User.objects.filter(email="dora@people.example").exists()


def test_an_installation_may_open_the_sign_up(settings: Settings) -> None:
    settings.OPEN_SIGNUP = True

    Client().post("/account/signup/", NEW_PERSON)

    dora = User.objects.get(email="dora@people.example")
    assert not dora.has_proved_address
    assert "Make an account" in shown(Client().get("/account/login/"))


def test_the_code_is_mailed_in_the_language_of_the_page(settings: Settings) -> None:
    settings.OPEN_SIGNUP = True

    Client().post("/account/signup/", NEW_PERSON, headers={"accept-language": "zh-TW"})

    assert "確認碼" in delivered("address_code")
    assert User.objects.get(email="dora@people.example").language == "zh-hant"


def test_sign_up_does_not_tell_whether_an_address_has_an_account(settings: Settings, alice: User) -> None:
    settings.OPEN_SIGNUP = True
    answers = []
    for address in ("dora@people.example", alice.email):
        client = Client()
        first = client.post("/account/signup/", {**NEW_PERSON, "email": address})
        page = same(client.get("/account/confirm-email/")).replace(address.encode(), b"")
        wrong = same(client.post("/account/confirm-email/", {"code": "BCDF-GHJK"}))
        answers.append((first.status_code, first["Location"], page, wrong.replace(address.encode(), b"")))

    assert answers[0] == answers[1]
    assert "confirm-email" in answers[0][1]
    assert "have an account already" in delivered("account_exists")
    assert alice.check_password(PASSWORD) is False


def test_another_code_is_sent_on_request(settings: Settings) -> None:
    settings.OPEN_SIGNUP = True
    settings.ACCOUNT_RATE_LIMITS = {"confirm_email": "9/s/key"}
    client = Client()
    client.post("/account/signup/", NEW_PERSON)
    mailed_code()

    client.post("/account/confirm-email/", {"action": "resend"})

    mail.outbox.clear()
    assert client.post("/account/confirm-email/", {"code": mailed_code()})["Location"] == "/"


def test_the_invitation_is_gone_when_another_signs_in_after_signing_out(
    issued: Issued, signed_in: SignIn, charlie: User, mia: User
) -> None:
    client = signed_in(charlie)
    open_url(client, path(issued))
    client.post("/account/logout/")
    mia.set_password(PASSWORD)
    mia.save()
    client.post("/account/login/", {"login": mia.email, "password": PASSWORD})

    assert client.get("/invite/").status_code == 404


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_looking_takes_no_other_method(method: str, issued: Issued, signed_in: SignIn, charlie: User) -> None:
    client = signed_in(charlie)

    assert [getattr(client, method)(url).status_code for url in ("/invite/", path(issued))] == [405, 405]
    assert client.get("/invite/accept/").status_code == 405
