"""How every request begins and ends, whoever asks: one pending for each account, one way to close it."""

from __future__ import annotations

import re
import secrets
from datetime import timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone

from linking import notices
from linking.errors import MalformedOrganizationId, NotManager, RequestClosed, TooManyRequests
from linking.models import Account, AccountManager, JointMove, Link, LinkRequest
from organizations import audit
from organizations.models import ORGANIZATION_CODE, Organization
from users.models import User, token_digest

State = LinkRequest.State
LIFETIME = timedelta(hours=168)  # as LINE's own link request URLs
REQUESTS_PER_HOUR = 10


class Issued(NamedTuple):
    link_request: LinkRequest
    url: str  # empty when the request was approved at once


def approval_url(token: str) -> str:
    """From the configured site, never from a request's Host header."""
    return str(settings.SITE_URL) + reverse("linking:open-approval", args=[token])


def well_formed(organization_code: str) -> str:
    code = organization_code.strip().upper()
    if not re.fullmatch(ORGANIZATION_CODE.strip("^$"), code):
        raise MalformedOrganizationId(fields={"organization_id": [str(MalformedOrganizationId.message)]})
    return code


def check_pace(by: User) -> None:
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    recent = LinkRequest.objects.filter(issued_by=by, issued_at__gt=timezone.now() - timedelta(hours=1))
    # Accounts that were offered together count as one.
    asked = recent.order_by().values(act=Coalesce("joint_move", "pk")).distinct()
    if asked.count() >= REQUESTS_PER_HOUR:
        raise TooManyRequests


def locked(account: Account) -> Account:
    return Account.objects.select_for_update(no_key=True, of=("self",)).get(pk=account.pk)


def check_manager(account: Account, by: User) -> None:
    if not AccountManager.objects.select_for_update().filter(account=account, user=by).exists():
        raise NotManager


def named(organization_code: str) -> Organization | None:
    """Whom the code names, kept from being deleted until this transaction ends."""
    return Organization.objects.select_for_update(no_key=True).filter(code=organization_code).first()


def supersede(account: Account, by: User) -> None:
    for older in account.link_requests.pending().select_related("account", "organization"):
        if LinkRequest.objects.filter(pk=older.pk).close(State.SUPERSEDED, by=by):
            record("superseded", older, by)


def create(
    account: Account,
    code: str,
    organization: Organization | None,
    *,
    by: User,
    moves_from: Link | None = None,
    joint_move: JointMove | None = None,
) -> tuple[LinkRequest, str]:
    """A pending request and its token, which is kept nowhere."""
    token = secrets.token_urlsafe(32)
    link_request = LinkRequest.objects.create(
        account=account,
        organization_code=code,
        organization=organization,
        moves_from=moves_from,
        joint_move=joint_move,
        token_digest=token_digest(token),
        issued_by=by,
        expires_at=timezone.now() + LIFETIME,
    )
    return link_request, token


def close(moved: int, link_request: LinkRequest, by: User | None) -> None:
    if not moved:
        raise RequestClosed
    link_request.refresh_from_db(fields=["state", "closed_at", "closed_by", "reason"])
    record(link_request.state.lower(), link_request, by)
    notices.tell(link_request.state.lower(), link_request, by)


def record(act: str, link_request: LinkRequest, by: User | None, **details: str) -> None:
    """One entry that both sides read: the organization's history and the account's; for a move one more."""
    code = link_request.organization_code
    told: dict[str, Any] = {"by": by, "account": link_request.account, "organization_code": code, **details}
    if link_request.joint_move_id:
        told["joint_move"] = str(link_request.joint_move_id)
    audit.record(f"link_request.{act}", link_request, organization=link_request.organization, **told)
    if link_request.moves_from:
        audit.record(f"move.{act}", link_request, organization=link_request.moves_from.organization, **told)
