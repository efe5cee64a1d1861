"""One mail about several accounts that were offered together, to each person whom it concerns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.conf import settings
from django.urls import reverse

from linking.facts import plain
from linking.models import AccountManager, LinkRequest
from organizations import members, outbox
from organizations.permissions import Action
from users.models import User

# Which side hears of which act; who acted hears nothing. A replaced request is told of by the one after it.
TO_ORGANIZATION = {"issued", "first_approved", "approved", "cancelled", "expired", "expiring"}
TO_ACCOUNT = {"approved", "rejected", "expired", "invalid", "expiring"}
TO_LEFT = {"issued", "approved", "rejected", "cancelled", "expired", "invalid", "expiring"}  # of a move


def tell(act: str, moves: Sequence[LinkRequest], by: User | None) -> None:
    """As `notices.tell` does for one; all of them are moves of one offer."""
    organization, kind = moves[0].organization, f"moves_{act}"
    # As with one account: who typed an organization's id learns its name only when it has approved.
    name = plain(organization.name) if organization else ""
    told = name if act == "approved" else ""
    if organization and act in TO_ORGANIZATION:
        page = reverse("linking:joint-move", args=[organization.code, moves[0].joint_move_id])
        mail(members.holders(organization, Action.APPROVE), kind, _context(moves, by, name, page), by)
    if moves[0].moves_from and act in TO_LEFT:
        left = moves[0].moves_from.organization
        page = reverse("linking:started-moves", args=[left.code, moves[0].joint_move_id])
        left_kind = "moves_started" if act == "issued" else kind
        mail(members.holders(left, Action.APPROVE), left_kind, _context(moves, by, told, page), by)
    if act in TO_ACCOUNT:
        for person, own in _managers(moves).items():
            mail([person], kind, _context(own, by, told, reverse("linking:own-accounts")), by)


def _managers(moves: Sequence[LinkRequest]) -> dict[User, list[LinkRequest]]:
    """Who manages which of the accounts."""
    of_account = {move.account_id: move for move in moves}
    rows = AccountManager.objects.filter(account__in=of_account, user__is_active=True)
    found: dict[User, list[LinkRequest]] = {}
    for row in rows.select_related("user").order_by("account_id"):
        found.setdefault(row.user, []).append(of_account[row.account_id])
    return found


def _context(moves: Sequence[LinkRequest], by: User | None, organization: str, page: str) -> dict[str, str]:
    first = moves[0]
    return {
        "count": str(len(moves)),
        "accounts": ", ".join(plain(move.account.name) for move in moves),
        "organization": organization,
        "organization_id": first.organization_code,
        "person": plain(str(by)) if by else "",
        "reason": plain(first.reason),
        "expires_at": first.expires_at.isoformat(),
        "url": f"{settings.SITE_URL}{page}",
    }


def mail(people: Iterable[User], kind: str, context: dict[str, str], by: User | None) -> None:
    """Who acted knows it already."""
    outbox.tell([person for person in people if person != by], kind, context)
