"""The invited person's side: open the link, look, accept."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from bizmanager.logs import mask_tokens
from organizations import invitations
from organizations.invitations import (
    Issued,
)
from organizations.models import AuditEvent, Invitation, Organization
from organizations.permissions import Role
from tests.linking.test_approval_url import same
from tests.organizations.inviting import SignIn, accept, closed, open_url, path, shown, token_of
from users.models import User

pytestmark = [pytest.mark.db, pytest.mark.django_db]


def test_the_invited_person_sees_what_is_offered(issued: Issued, signed_in: SignIn, charlie: User) -> None:
    page = shown(open_url(signed_in(charlie), path(issued)))

    wanted = ["Acme Coffee", issued.invitation.organization.code, "Operator", "Alice", "alice@acme.example"]
    assert [word for word in [*wanted, "charlie@acme.example", "Share resources"] if word not in page] == []
    assert "Answer link requests" not in page


def test_opening_changes_nothing(issued: Issued, signed_in: SignIn, charlie: User) -> None:
    before = (Invitation.objects.values().get(), AuditEvent.objects.count())

    for client in (Client(), signed_in(charlie)):
        for _ in range(3):
            client.get(path(issued), follow=True)
            client.head(path(issued))

    assert (Invitation.objects.values().get(), AuditEvent.objects.count()) == before


def test_every_token_that_opens_nothing_gets_one_page(
    issued: Issued, signed_in: SignIn, charlie: User
) -> None:
    token = token_of(issued.url)
    for client in (Client(), signed_in(charlie)):
        odd = ["never-issued", token.swapcase(), token[:-1], f"{token}=", "%00", "x" * 10_000]
        pages = [open_url(client, f"/invite/{one}/") for one in [*odd, issued.invitation.token_digest]]
        for state in ("ACCEPTED", "REVOKED", "EXPIRED"):
            closed(state)(issued.invitation)
            pages.append(open_url(client, path(issued)))
        Invitation.objects.update(state="PENDING", closed_at=None, closed_by=None, expires_at=timezone.now())
        pages.append(open_url(client, path(issued)))

        assert {page.status_code for page in pages} == {404}
        assert len({same(page) for page in pages}) == 1


def test_nothing_without_a_token_either(signed_in: SignIn, charlie: User) -> None:
    assert [client.get("/invite/").status_code for client in (Client(), signed_in(charlie))] == [404, 404]


def test_its_pages_leave_no_trace(issued: Issued, signed_in: SignIn, charlie: User) -> None:
    client = signed_in(charlie)
    first = client.get(path(issued))

    assert first["Referrer-Policy"] == "no-referrer"
    for response in (first, client.get("/invite/"), open_url(client, "/invite/x/")):
        assert "no-store" in response["Cache-Control"]
        assert "noindex" in response["X-Robots-Tag"]


def test_log_lines_keep_no_invitation(issued: Issued) -> None:
    line = mask_tokens(None, "info", {"request": f"GET {path(issued)}"})

    assert line == {"request": "GET /invite/…/"}


def test_accepting_leads_into_the_organization(
    acme: Organization, issued: Issued, signed_in: SignIn, charlie: User
) -> None:
    client = signed_in(charlie)
    open_url(client, path(issued))

    answer = accept(client)

    assert answer["Location"] == reverse("overview", args=[acme.code])
    assert acme.memberships.get(user=charlie).role == Role.OPERATOR
    assert client.get("/invite/").status_code == 404
    assert accept(client).status_code == 409


def test_accepting_needs_the_forms_token(
    acme: Organization, issued: Issued, settings: Settings, charlie: User
) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(charlie, "allauth.account.auth_backends.AuthenticationBackend")
    open_url(client, path(issued))

    assert accept(client).status_code == 403
    assert not acme.memberships.filter(user=charlie).exists()


def test_who_did_not_open_a_link_accepts_nothing(issued: Issued, signed_in: SignIn, charlie: User) -> None:
    assert accept(signed_in(charlie)).status_code == 409


def test_one_that_was_revoked_meanwhile_is_told(
    acme: Organization, issued: Issued, alice: User, signed_in: SignIn, charlie: User
) -> None:
    client = signed_in(charlie)
    open_url(client, path(issued))
    invitations.revoke(issued.invitation, by=alice)

    answer = accept(client)

    assert answer.status_code == 409
    assert "is not valid" in shown(answer)


def test_a_member_is_told_and_finds_no_button(issued: Issued, signed_in: SignIn, bob: User) -> None:
    client = signed_in(bob)

    page = shown(open_url(client, path(issued)))

    assert "member of this organization already" in page
    assert "Accept the invitation" not in page
    assert accept(client).status_code == 409
