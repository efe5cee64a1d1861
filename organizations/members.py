"""Seats in an organization: another role, removal, leaving. The last administrator always stays.

Who may no longer invite leaves no open invitations behind: they would be a way back in.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from organizations import audit, outbox
from organizations.errors import DomainError, NotAllowed
from organizations.models import Invitation, Membership, Organization
from organizations.permissions import Action, Role, allowed, roles_with
from users.models import User


class OwnSeat(DomainError):
    code = "own_seat"
    message = _("Nobody changes their own role. Ask another administrator.")


class LastAdministrator(DomainError):
    code = "last_administrator"
    message = _("This is the organization's last administrator. Make somebody else an administrator first.")


class SeatGone(DomainError):
    code = "seat_gone"
    message = _("This person is no longer a member.")


@transaction.atomic
def change_role(seat: Membership, role: Role, *, by: User) -> None:
    """Takes effect with the person's next click or call: roles are looked up each time."""
    seats = seats_under(seat.organization, by, Action.MEMBERS)
    held = _other(seats, seat, by)
    if held.role == role:
        return
    _check_administrators(seats, without=held)
    before, held.role = held.role, role
    held.save(update_fields=["role"])
    _record("role_changed", held, by, before=before, after=role.value)
    _withdraw_invitations(held, by)
    _mail("member_role", held, by)


@transaction.atomic
def remove(seat: Membership, *, by: User) -> None:
    seats = seats_under(seat.organization, by, Action.MEMBERS)
    held = _other(seats, seat, by)
    _check_administrators(seats, without=held)
    _record("removed", held, by)
    _mail("member_removed", held, by)
    held.delete()
    _withdraw_invitations(held, by)


@transaction.atomic
def leave(organization: Organization, *, by: User) -> None:
    seats = locked_seats(organization)
    held = next((seat for seat in seats if seat.user_id == by.pk), None)
    if held is None:
        raise SeatGone
    _check_administrators(seats, without=held)
    _record("left", held, by)
    held.delete()
    _withdraw_invitations(held, by)


def locked_seats(organization: Organization) -> list[Membership]:
    """All of them under lock, in one order: two administrators cannot remove each other at once."""
    return list(
        organization.memberships.select_for_update(of=("self",)).select_related("user").order_by("pk")
    )


def holders(organization: Organization, action: Action) -> list[User]:
    """The people whose role includes it now."""
    seats = organization.memberships.filter(role__in=roles_with(action), user__is_active=True)
    return [seat.user for seat in seats.select_related("user")]


def seats_under(organization: Organization, by: User, action: Action) -> list[Membership]:
    """All seats under lock, if `by` holds one whose role includes `action` now."""
    seats = locked_seats(organization)
    own = next((seat for seat in seats if seat.user_id == by.pk), None)
    if own is None or action not in allowed(own.role):
        raise NotAllowed
    return seats


def _other(seats: list[Membership], seat: Membership, by: User) -> Membership:
    """The seat as it is now, if it is somebody else's."""
    held = next((each for each in seats if each.pk == seat.pk), None)
    if held is None:
        raise SeatGone
    if held.user_id == by.pk:
        raise OwnSeat
    return held


def _check_administrators(seats: list[Membership], *, without: Membership) -> None:
    rest = [seat for seat in seats if seat.pk != without.pk and seat.user.is_active]
    if without.role == Role.ADMINISTRATOR and not any(seat.role == Role.ADMINISTRATOR for seat in rest):
        raise LastAdministrator


def _withdraw_invitations(seat: Membership, by: User) -> None:
    """Under the lock of the seats, which accepting takes too. A deleted seat has no key any more."""
    if seat.pk and Action.MEMBERS in allowed(seat.role):
        return
    for invitation in seat.organization.invitations.pending().filter(issued_by=seat.user_id):
        if Invitation.objects.filter(pk=invitation.pk).close(Invitation.State.REVOKED, by=by):
            audit.record("invitation.revoked", invitation, by=by, organization=seat.organization)


def _record(act: str, seat: Membership, by: User, **details: Any) -> None:
    audit.record(f"membership.{act}", seat, by=by, organization=seat.organization, **details)


def _mail(kind: str, seat: Membership, by: User) -> None:
    page = reverse("overview", args=[seat.organization.code])
    context = {
        "organization": seat.organization.name,
        "organization_id": seat.organization.code,
        "person": str(by),
        "url": f"{settings.SITE_URL}{page}",
    }
    outbox.tell([seat.user], kind, context)
