"""What the tests of invitations have in common: links, mails, clicks."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import Any

from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from organizations import invitations, members, outbox
from organizations.invitations import (
    Issued,
)
from organizations.models import AuditEvent, Invitation, Organization, OutgoingMail
from organizations.permissions import Role
from users.models import User, token_digest

State = Invitation.State
SignIn = Callable[[User], Client]
PASSWORD = "correct horse battery"
NEW_PERSON = {"name": "Dora", "email": "dora@people.example", "password1": PASSWORD, "password2": PASSWORD}


def token_of(url: str) -> str:
    return url.rstrip("/").rpartition("/")[2]


def digest_of(issued: invitations.Issued) -> str:
    return token_digest(token_of(issued.url))


def seats_of(person: User, organization: Organization) -> list[str]:
    return list(organization.memberships.filter(user=person).values_list("role", flat=True))


def acts() -> list[str]:
    return list(AuditEvent.objects.order_by("id").values_list("action", flat=True))


def mailed_url() -> str:
    return next(line for line in delivered("invitation").splitlines() if "/invite/" in line)


def delivered(kind: str) -> str:
    for waiting in OutgoingMail.objects.filter(kind=kind, state=OutgoingMail.State.WAITING):
        outbox.deliver(waiting.pk)
    return "\n".join(f"{sent.to} {sent.subject} {sent.body}" for sent in mail.outbox)


def demote(person: User, organization: Organization, by: User) -> None:
    members.change_role(organization.memberships.get(user=person), Role.OPERATOR, by=by)


def remove(person: User, organization: Organization, by: User) -> None:
    members.remove(organization.memberships.get(user=person), by=by)


def leave(person: User, organization: Organization, by: User) -> None:
    members.leave(organization, by=person)


def page_of_members(organization: Organization) -> str:
    return reverse("organizations:members", args=[organization.code])


def path(issued: Issued) -> str:
    return f"/invite/{token_of(issued.url)}/"


def shown(response: Any) -> str:
    return html.unescape(response.content.decode())


def open_url(client: Client, url: str) -> Any:
    first = client.get(url)
    assert (first.status_code, first["Location"]) == (302, "/invite/")
    return client.get("/invite/")


def accept(client: Client) -> Any:
    """Press the button of the page that shows the invitation, or of one that was there before."""
    found = re.search(r'name="invitation" value="([^"]+)"', shown(client.get("/invite/")))
    return client.post("/invite/accept/", {"invitation": found[1] if found else ""})


def invited(client: Client, organization: Organization, **fields: str) -> Any:
    return client.post(reverse("organizations:invite", args=[organization.code]), fields)


def mailed_path(organization: Organization, inviter: User) -> str:
    invitations.invite(organization, Role.VIEWER, by=inviter, email="dora@people.example")
    return "/invite/" + token_of(mailed_url()) + "/"


def mailed_code() -> str:
    found = re.search(r"\b[A-Z]{4}-[A-Z]{4}\b", delivered("address_code"))
    assert found
    return found[0]


def closed(state: str, **fields: Any) -> Callable[[Invitation], None]:
    def close(invitation: Invitation) -> None:
        person = invitation.issued_by
        Invitation.objects.update(state=state, closed_at=timezone.now(), closed_by=person, **fields)

    return close
