"""Invitations: a seat offered by a link that one person may use once, within a day.

The token is kept nowhere; only its SHA-256 is. The link of an invitation that is mailed is in the mail alone,
not even its inviter sees it: whoever has it reads that mailbox. Accepting, issuing and removing members lock
the seats of the organization first, so that each sees what the other did.
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any, NamedTuple
from uuid import uuid4

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Count
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from organizations import audit, outbox
from organizations.errors import DomainError, Invalid
from organizations.invitation_models import Invitation, seal_address
from organizations.members import holders, locked_seats, seats_under
from organizations.models import Membership, Organization
from organizations.permissions import Action, Role
from users.models import User, token_digest

State = Invitation.State
MOST_SEATS = 100  # as LINE Official Account Manager's groups have it
MOST_AN_HOUR = 20  # enough for a whole department, too few to send mail to strangers for


class TooManySeats(DomainError):
    code = "too_many_seats"
    message = _(
        "Members and open invitations are 100 already. Revoke an invitation or remove a member first."
    )


class TooManyInvitations(DomainError):
    status = 429
    code = "too_many_requests"
    message = _("You have invited 20 people within an hour. Wait a while, then invite again.")


class InvitationClosed(DomainError):
    code = "invitation_closed"
    message = _("This invitation is not valid. Ask the person who sent it for a new one.")


class ClosedAlready(InvitationClosed):
    message = _("This invitation is closed already: it was accepted or revoked, or it has expired.")


class OtherAddress(DomainError):
    status = 403
    code = "other_address"
    message = _("This invitation is for another address. Sign in with the address it was sent to.")


class AddressNotProved(DomainError):
    status = 403
    code = "address_not_proved"
    message = _("Your e-mail address is not confirmed. Sign out and in again: a code is sent to it then.")


class AlreadyMember(DomainError):
    code = "already_member"
    message = _("You are a member of this organization already. The invitation stays open.")


class Issued(NamedTuple):
    invitation: Invitation
    url: str  # empty if it went out by mail


@transaction.atomic
def invite(organization: Organization, role: Role, *, by: User, email: str = "") -> Issued:
    """By mail if there is an address, which replaces an open one to it; else by the URL that is returned."""
    seats_under(organization, by, Action.MEMBERS)
    address = _checked(organization, email)
    _check_pace(by)
    if address:
        _replace(organization, address, by)
    _check_room(organization)
    token = secrets.token_urlsafe(32)
    invitation = _create(organization, role, token, by, address)
    told: dict[str, Any] = {"role": role.value, "by_mail": bool(address)}
    audit.record("invitation.issued", invitation, by=by, organization=organization, **told)
    url = str(settings.SITE_URL) + reverse("organizations:open-invitation", args=[token])
    if not address:
        return Issued(invitation, url)
    _mail_invitation(invitation, address, url)
    return Issued(invitation, "")


@transaction.atomic
def revoke(invitation: Invitation, *, by: User) -> None:
    seats_under(invitation.organization, by, Action.MEMBERS)
    if not Invitation.objects.filter(pk=invitation.pk).close(State.REVOKED, by=by):
        raise ClosedAlready
    audit.record("invitation.revoked", invitation, by=by, organization=invitation.organization)


@transaction.atomic
def accept(digest: str, *, by: User) -> Membership:
    """One seat for one person; a member who tries leaves the invitation to somebody else."""
    invitation = find(digest)
    if invitation is None:
        raise InvitationClosed
    if not by.has_proved_address:
        raise AddressNotProved
    if not invitation.is_for(by.email):
        raise OtherAddress
    organization = invitation.organization
    locked_seats(organization)
    # Asked anew: who came in while we waited for the lock is not among the rows that it gave us.
    if organization.memberships.filter(user=by).exists():
        raise AlreadyMember
    if not Invitation.objects.filter(pk=invitation.pk).open().close(State.ACCEPTED, by=by):
        raise InvitationClosed
    seat = organization.memberships.create(user=by, role=invitation.role)
    audit.record("invitation.accepted", invitation, by=by, organization=organization, role=seat.role)
    _mail_administrators(seat, invitation.issued_by)
    return seat


def find(digest: str) -> Invitation | None:
    """The invitation of that token, if it can still be accepted."""
    return Invitation.objects.open().with_parties().filter(token_digest=digest).first()


def closed_counts(organization: Organization) -> dict[str, int]:
    """How many were closed, by how."""
    closed = organization.invitations.exclude(state=State.PENDING).order_by()
    return dict(closed.values_list("state").annotate(Count("pk")))


def expire_invitations(limit: int = 500) -> int:
    """Close what is overdue, an entry in the history each; says how many. Safe to run twice at once."""
    overdue = list(Invitation.objects.overdue().select_related("organization")[:limit])
    return sum(_expire(invitation) for invitation in overdue)


@transaction.atomic
def _expire(invitation: Invitation) -> int:
    closed = Invitation.objects.filter(pk=invitation.pk).overdue().close(State.EXPIRED, by=None)
    if closed:
        audit.record("invitation.expired", invitation, by=None, organization=invitation.organization)
    return closed


def _checked(organization: Organization, email: str) -> str:
    address = email.strip().lower()
    try:
        if address:
            validate_email(address)
    except ValidationError as wrong:
        raise Invalid(fields={"email": [str(message) for message in wrong.messages]}) from wrong
    # Members see each other's addresses, so this tells nothing new.
    if address and organization.memberships.filter(user__email=address).exists():
        raise Invalid(fields={"email": [gettext("This person is a member already.")]})
    return address


def _check_pace(by: User) -> None:
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    recent = Invitation.objects.filter(issued_by=by, issued_at__gt=timezone.now() - timedelta(hours=1))
    if recent.count() >= MOST_AN_HOUR:
        raise TooManyInvitations


def _replace(organization: Organization, address: str, by: User) -> None:
    """Addresses lie sealed, so they are compared one by one; there are never more than 100."""
    for older in organization.invitations.pending().exclude(sealed_email=""):
        if older.email == address and Invitation.objects.filter(pk=older.pk).close(State.REVOKED, by=by):
            audit.record("invitation.superseded", older, by=by, organization=organization)


def _check_room(organization: Organization) -> None:
    if organization.memberships.count() + organization.invitations.open().count() >= MOST_SEATS:
        raise TooManySeats


def _create(organization: Organization, role: Role, token: str, by: User, address: str) -> Invitation:
    pk = uuid4()
    return Invitation.objects.create(
        id=pk,
        organization=organization,
        role=role,
        sealed_email=seal_address(address, pk) if address else "",
        token_digest=token_digest(token),
        issued_by=by,
        expires_at=timezone.now() + timedelta(hours=settings.INVITATION_HOURS),
    )


def _mail_invitation(invitation: Invitation, address: str, url: str) -> None:
    by, organization = invitation.issued_by, invitation.organization
    told = _told(organization, by, invitation.role)
    context = {**told, "expires_at": invitation.expires_at.isoformat(), "url": url}
    # What the receiver speaks is not known, and must not be looked up.
    language = by.language or translation.get_language() or settings.LANGUAGE_CODE
    outbox.tell_address(address, "invitation", context, language=language)


def _mail_administrators(seat: Membership, inviter: User) -> None:
    """The inviter is among them: whoever may not invite any more has no open invitations."""
    organization = seat.organization
    page = reverse("organizations:members", args=[organization.code])
    context = {
        **_told(organization, seat.user, seat.role),
        "address": seat.user.email,
        "inviter": str(inviter),
        "url": f"{settings.SITE_URL}{page}",
    }
    administrators = holders(organization, Action.MEMBERS)
    outbox.tell([each for each in administrators if each.pk != seat.user_id], "member_joined", context)


def _told(organization: Organization, person: User, role: str) -> dict[str, str]:
    return {
        "organization": organization.name,
        "organization_id": organization.code,
        "person": str(person),
        "role": role,
    }
