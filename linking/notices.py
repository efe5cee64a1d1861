"""Who is told what by mail when a request is asked, answered or about to lapse: written with the act itself.

The mails lead to pages that need a sign-in, never to the approval URL itself: that one only its issuer has.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now
from django.urls import reverse

from linking import joint_notices
from linking.facts import plain
from linking.joint_notices import TO_ACCOUNT, TO_LEFT, TO_ORGANIZATION, mail
from linking.models import Account, LinkRequest
from organizations import members
from organizations.permissions import Action
from users.models import User

BEFORE_EXPIRY = timedelta(hours=24)
Told = tuple[str, LinkRequest]


_gathered: ContextVar[list[Told] | None] = ContextVar("gathered", default=None)


@contextmanager
def gathered(by: User | None) -> Iterator[None]:
    """What happens to several moves of one offer makes one mail for each person, not one for each account."""
    told: list[Told] = []
    mark = _gathered.set(told)
    try:
        yield
    finally:
        _gathered.reset(mark)
    for act in dict.fromkeys(act for act, _move in told):
        moves = [move for each, move in told if each == act]
        if len(moves) == 1:
            tell(act, moves[0], by)
        else:
            joint_notices.tell(act, moves, by)


def as_offered(requests: Iterable[LinkRequest]) -> list[list[LinkRequest]]:
    """Moves of one offer together, every other request alone."""
    groups: dict[UUID, list[LinkRequest]] = {}
    for each in requests:
        groups.setdefault(each.joint_move_id or each.pk, []).append(each)
    return list(groups.values())


def tell(act: str, link_request: LinkRequest, by: User | None) -> None:
    """Mail both sides, as far as the act concerns them; inside `gathered` later, and all at once."""
    if (waiting := _gathered.get()) is not None:
        waiting.append((act, link_request))
        return
    organization, kind = link_request.organization, f"request_{act}"
    # Who only typed an organization's id must not learn from a mail whether there is one, or its name.
    name = plain(organization.name) if organization else ""
    told = name if act == "approved" else ""
    if organization and act in TO_ORGANIZATION:
        page = reverse("linking:request", args=[organization.code, link_request.pk])
        mail(members.holders(organization, Action.APPROVE), kind, _context(link_request, by, name, page), by)
    if link_request.moves_from and act in TO_LEFT:
        left = link_request.moves_from.organization
        page = reverse("linking:request-list", args=[left.code])
        left_kind = "move_started" if act == "issued" else kind
        mail(members.holders(left, Action.APPROVE), left_kind, _context(link_request, by, told, page), by)
    if act in TO_ACCOUNT:
        page = reverse("linking:account-settings", args=[link_request.account_id])
        mail(_managers(link_request.account), kind, _context(link_request, by, told, page), by)


def remind(limit: int = 200) -> int:
    """Once for each request, a day before it lapses; says how many. Safe to run twice at once."""
    soon = LinkRequest.objects.answerable().filter(expires_at__lt=Now() + BEFORE_EXPIRY, reminded_at=None)
    parties = soon.select_related("account", "organization", "moves_from__organization")
    return sum(_remind(each) for each in as_offered(parties.order_by("account_id")[:limit]))


@transaction.atomic
def _remind(requests: list[LinkRequest]) -> int:
    with gathered(None):
        return sum(_remind_of(each) for each in requests)


def _remind_of(link_request: LinkRequest) -> int:
    ours = LinkRequest.objects.answerable().filter(pk=link_request.pk, reminded_at=None)
    if not ours.update(reminded_at=Now()):
        return 0
    tell("expiring", link_request, None)
    return 1


def _managers(account: Account) -> Iterable[User]:
    managers = account.managers.filter(user__is_active=True).select_related("user")
    return [manager.user for manager in managers]


def _context(link_request: LinkRequest, by: User | None, organization: str, page: str) -> dict[str, str]:
    account = link_request.account
    return {
        "account": plain(account.name),
        "account_id": plain(account.search_id or account.line_id),
        "organization": organization,
        "organization_id": link_request.organization_code,
        "person": plain(str(by)) if by else "",
        "reason": plain(link_request.reason),
        "expires_at": link_request.expires_at.isoformat(),
        "url": f"{settings.SITE_URL}{page}",
    }
