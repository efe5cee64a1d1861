"""Link requests: issued on the account's side, rejected or withdrawn, closed once; approval is next door.

The account's row is locked first, then the request, then the organization's side, everywhere in this order.
"""

from __future__ import annotations

from django.db import transaction

from linking import notices
from linking.approving import check_administrator, may_approve_itself, take_in
from linking.errors import ReasonMissing, RuleRefused
from linking.facts import plain
from linking.issuing import (
    Issued,
    approval_url,
    check_manager,
    check_pace,
    close,
    create,
    locked,
    named,
    record,
    supersede,
    well_formed,
)
from linking.models import Account, LinkRequest
from linking.rules import account_checks, first_failed
from organizations.errors import NotAllowed
from organizations.models import Membership, Organization
from users.models import User

State = LinkRequest.State
REASON_LENGTH = 500


@transaction.atomic
def issue_request(account: Account, organization_code: str, *, by: User, approves: bool = True) -> Issued:
    """Ask that `organization_code` takes the account in; an older request ends. The URL exists only here.

    A LINE Ads account whose manager also administers the organization is linked at once, unless `approves`
    says that the door does not allow that.
    """
    code = well_formed(organization_code)
    check_pace(by)
    account = locked(account)
    _check_may_ask(account, by)
    organization = _named(code, by)
    supersede(account, by)
    link_request, token = create(account, code, organization, by=by)
    record("issued", link_request, by, expires_at=link_request.expires_at.isoformat())
    if approves and account.kind == Account.Kind.ADS and may_approve_itself(link_request, by):
        take_in(link_request, by)
        return Issued(link_request, "")
    notices.tell("issued", link_request, by)
    return Issued(link_request, approval_url(token))


@transaction.atomic
def reject_request(link_request: LinkRequest, *, by: User, reason: str) -> None:
    locked(link_request.account)
    check_administrator(link_request.organization, by)
    words = words_of(reason)
    answerable = LinkRequest.objects.filter(pk=link_request.pk).answerable()
    close(answerable.close(State.REJECTED, by=by, reason=words), link_request, by)


def words_of(reason: str) -> str:
    words = plain(reason)[:REASON_LENGTH]
    if not words:
        raise ReasonMissing(fields={"reason": [str(ReasonMissing.message)]})
    return words


@transaction.atomic
def cancel_request(link_request: LinkRequest, *, by: User) -> None:
    """The account's side withdraws what it asked; a move is the organization's to withdraw."""
    if link_request.moves_from_id:
        raise NotAllowed
    check_manager(link_request.account, by)
    pending = LinkRequest.objects.filter(pk=link_request.pk)
    close(pending.close(State.CANCELLED, by=by), link_request, by)


def expire_requests(limit: int = 500) -> int:
    """Close what is overdue, an entry in the history each; says how many. Safe to run twice at once."""
    parties = ("account", "organization", "moves_from__organization")
    overdue = LinkRequest.objects.overdue().select_related(*parties).order_by("account_id")[:limit]
    return sum(_expire(moves) for moves in notices.as_offered(overdue))


@transaction.atomic
def _expire(requests: list[LinkRequest]) -> int:
    with notices.gathered(None):
        return sum(_expire_one(each) for each in requests)


def _expire_one(link_request: LinkRequest) -> int:
    closed = LinkRequest.objects.filter(pk=link_request.pk).overdue().close(State.EXPIRED, by=None)
    if closed:
        link_request.refresh_from_db()
        record("expired", link_request, None)
        notices.tell("expired", link_request, None)
    return closed


def _named(code: str, by: User) -> Organization | None:
    """Seat first, then the organization, as whoever deletes it; linking at once asks for the seat."""
    Membership.objects.select_for_update(of=("self",)).filter(organization__code=code, user=by).first()
    return named(code)


def _check_may_ask(account: Account, by: User) -> None:
    check_manager(account, by)
    if refused := first_failed(account_checks(account)):
        raise RuleRefused(refused)
