"""What an organization asks beyond the rules that hold for all: a second factor, a second approver."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from organizations import audit, members
from organizations.errors import DomainError
from organizations.models import Organization
from organizations.permissions import Action, Role
from users import second_factor
from users.models import User

SAFEGUARDS = ("requires_second_factor", "needs_two_approvals", "one_person_may_move")
APPROVERS_NEEDED = 2


class SecondAdministratorMissing(DomainError):
    code = "second_administrator_missing"
    message = _(
        "Two people can only approve when there are two administrators. Make a second one first, "
        "or leave this off."
    )


class OwnSecondFactorMissing(DomainError):
    code = "own_second_factor_missing"
    message = _("Set up your own second factor first: with this on, you would not come in any more yourself.")


@transaction.atomic
def change(organization: Organization, wanted: Mapping[str, bool], *, by: User) -> None:
    """`wanted` maps each of `SAFEGUARDS` to what it shall be from now on."""
    seats = members.seats_under(organization, by, Action.SETTINGS)
    held = Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
    before = {name: getattr(held, name) for name in SAFEGUARDS}
    after = {name: bool(wanted[name]) for name in SAFEGUARDS}
    changed = [name for name in SAFEGUARDS if before[name] != after[name]]
    if not changed:
        return
    _check_second_factor(changed, after, by)
    approvers = [seat for seat in seats if seat.role == Role.ADMINISTRATOR and seat.user.is_active]
    if (
        "needs_two_approvals" in changed
        and after["needs_two_approvals"]
        and len(approvers) < APPROVERS_NEEDED
    ):
        raise SecondAdministratorMissing
    Organization.objects.filter(pk=held.pk).update(**after)
    audit.record(
        "organization.safeguards_changed",
        held,
        by=by,
        organization=held,
        before={name: before[name] for name in changed},
        after={name: after[name] for name in changed},
    )


def _check_second_factor(changed: list[str], after: Mapping[str, bool], by: User) -> None:
    is_new = "requires_second_factor" in changed and after["requires_second_factor"]
    if is_new and not second_factor.has_one(by):
        raise OwnSecondFactorMissing
