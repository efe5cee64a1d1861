"""Who is told what by mail when a request is asked, answered or about to lapse: written with the act itself.

The mails lead to pages that need a sign-in, never to the approval URL itself: that one only its issuer has.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now
from django.urls import reverse

from linking.facts import plain
from linking.models import Account, LinkRequest
from organizations import members, outbox
from organizations.permissions import Action
from users.models import User

BEFORE_EXPIRY = timedelta(hours=24)
# Which side hears of which act; who acted hears nothing. A replaced request is told of by the one after it.
TO_ORGANIZATION = {"issued", "first_approved", "approved", "cancelled", "expired", "expiring"}
TO_ACCOUNT = {"approved", "rejected", "expired", "invalid", "expiring"}
TO_LEFT = {"issued", "approved", "rejected", "cancelled", "expired", "invalid", "expiring"}  # of a move


def tell(act: str, link_request: LinkRequest, by: User | None) -> None:
    """Mail both sides, as far as the act concerns them."""
    organization, kind = link_request.organization, f"request_{act}"
    # Who only typed an organization's id must not learn from a mail whether there is one, or its name.
    name = plain(organization.name) if organization else ""
    told = name if act == "approved" else ""
    if organization and act in TO_ORGANIZATION:
        page = reverse("linking:request", args=[organization.code, link_request.pk])
        _mail(members.holders(organization, Action.APPROVE), kind, _context(link_request, by, name, page), by)
    if link_request.moves_from and act in TO_LEFT:
        left = link_request.moves_from.organization
        page = reverse("linking:request-list", args=[left.code])
        left_kind = "move_started" if act == "issued" else kind
        _mail(members.holders(left, Action.APPROVE), left_kind, _context(link_request, by, told, page), by)
    if act in TO_ACCOUNT:
        page = reverse("linking:account-settings", args=[link_request.account_id])
        _mail(_managers(link_request.account), kind, _context(link_request, by, told, page), by)


def remind(limit: int = 200) -> int:
    """Once for each request, a day before it lapses; says how many. Safe to run twice at once."""
    soon = LinkRequest.objects.answerable().filter(expires_at__lt=Now() + BEFORE_EXPIRY, reminded_at=None)
    parties = soon.select_related("account", "organization", "moves_from__organization")
    return sum(_remind(each) for each in parties[:limit])


@transaction.atomic
def _remind(link_request: LinkRequest) -> int:
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


def _mail(people: Iterable[User], kind: str, context: dict[str, str], by: User | None) -> None:
    outbox.tell([person for person in people if person != by], kind, context)
