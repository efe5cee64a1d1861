"""Link requests: issued on the account's side, answered by the organization, closed once.

The account's row is locked first, then the request, then the organization's side, everywhere in this order.
"""

from __future__ import annotations

from typing import NamedTuple

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.db.models.functions import Greatest
from django.utils import timezone
from django.utils.module_loading import import_string

from linking import keys, notices, reviews
from linking.errors import (
    AccountTaken,
    FactsChanged,
    IssuerLeft,
    LinkEnded,
    MoverLeft,
    NotManager,
    ReasonMissing,
    RequestClosed,
    RuleRefused,
    SamePerson,
    WrongConfirmation,
)
from linking.facts import facts, plain
from linking.issuing import (
    Issued,
    approval_url,
    check_pace,
    close,
    create,
    locked,
    named,
    record,
    supersede,
    well_formed,
)
from linking.models import Account, AccountManager, Link, LinkRequest
from linking.moves import hold_both_sides, may_move
from linking.rules import account_checks, approval_checks, first_failed
from organizations import audit, second_factors
from organizations import reviews as organization_reviews
from organizations.errors import DomainError, NotAllowed
from organizations.models import Membership, Organization
from organizations.permissions import Action, roles_with
from users.models import User

State = LinkRequest.State
REASON_LENGTH = 500
APPROVERS = roles_with(Action.APPROVE)


class Approval(NamedTuple):
    link_request: LinkRequest
    link: Link
    is_new: bool  # False: it had been approved before, and nothing was done now


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
    if approves and _may_approve_itself(link_request, by):
        _take_in(link_request, by)
        return Issued(link_request, "")
    notices.tell("issued", link_request, by)
    return Issued(link_request, approval_url(token))


def approve_request(link_request: LinkRequest, *, by: User, typed_code: str, facts_digest: str) -> Approval:
    """Link the account. What ends the request for good (INVALID) is kept even though this raises."""
    with transaction.atomic():
        outcome = _decide(link_request, by, typed_code, facts_digest)
    if isinstance(outcome, DomainError):
        raise outcome
    return outcome


@transaction.atomic
def reject_request(link_request: LinkRequest, *, by: User, reason: str) -> None:
    locked(link_request.account)
    _check_administrator(link_request.organization, by)
    words = plain(reason)[:REASON_LENGTH]
    if not words:
        raise ReasonMissing(fields={"reason": [str(ReasonMissing.message)]})
    answerable = LinkRequest.objects.filter(pk=link_request.pk).answerable()
    close(answerable.close(State.REJECTED, by=by, reason=words), link_request, by)


@transaction.atomic
def cancel_request(link_request: LinkRequest, *, by: User) -> None:
    """The account's side withdraws what it asked; a move is the organization's to withdraw."""
    if link_request.moves_from_id:
        raise NotAllowed
    _check_manager(link_request.account, by)
    pending = LinkRequest.objects.filter(pk=link_request.pk)
    close(pending.close(State.CANCELLED, by=by), link_request, by)


def expire_requests(limit: int = 500) -> int:
    """Close what is overdue, an entry in the history each; says how many. Safe to run twice at once."""
    parties = ("account", "organization", "moves_from__organization")
    overdue = list(LinkRequest.objects.overdue().select_related(*parties)[:limit])
    return sum(_expire(link_request) for link_request in overdue)


@transaction.atomic
def _expire(link_request: LinkRequest) -> int:
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
    _check_manager(account, by)
    if refused := first_failed(account_checks(account)):
        raise RuleRefused(refused)


def _check_manager(account: Account, by: User) -> None:
    if not AccountManager.objects.select_for_update().filter(account=account, user=by).exists():
        raise NotManager


def _check_administrator(organization: Organization | None, by: User) -> None:
    seat = Q(user=by, organization=organization, role__in=APPROVERS)
    if organization is None or not Membership.objects.select_for_update().filter(seat).exists():
        raise NotAllowed


def _may_approve_itself(link_request: LinkRequest, by: User) -> bool:
    if link_request.account.kind != Account.Kind.ADS or link_request.organization is None:
        return False
    try:
        _check_administrator(link_request.organization, by)
    except NotAllowed:
        return False
    if not second_factors.is_met_by(by, link_request.organization):
        return False
    asked = LinkRequest.objects.with_parties().get(pk=link_request.pk)
    return first_failed(approval_checks(asked)) is None


def _decide(link_request: LinkRequest, by: User, typed_code: str, digest: str) -> Approval | DomainError:
    locked(link_request.account)
    fresh = LinkRequest.objects.with_parties().get(pk=link_request.pk)
    hold_both_sides(fresh, by)
    _check_administrator(fresh.organization, by)
    if done := _approved_before(fresh):
        return done
    if fresh.state != State.PENDING:
        raise RequestClosed
    if typed_code.strip() != fresh.organization_code:
        raise WrongConfirmation(fields={"organization_id": [str(WrongConfirmation.message)]})
    if digest != facts(fresh).digest:
        raise FactsChanged
    return _end_or_take_in(fresh, by)


def _approved_before(fresh: LinkRequest) -> Approval | None:
    if fresh.state != State.APPROVED:
        return None
    stays = Link.objects.open().filter(account=fresh.account, organization=fresh.organization)
    link = stays.first()  # none: it has moved on since, and nothing is linked by an old form
    return Approval(fresh, link, is_new=False) if link else None


def _end_or_take_in(fresh: LinkRequest, by: User) -> Approval | DomainError:
    if fresh.moves_from_id:
        return _end_or_take_over(fresh, by)
    try:
        _check_manager(fresh.account, fresh.issued_by)
    except NotManager:
        return _invalidate(fresh, by, IssuerLeft())
    if fresh.account_link_id:
        return _invalidate(fresh, by, AccountTaken())
    if refused := first_failed(approval_checks(fresh)):
        raise RuleRefused(refused)
    return Approval(fresh, _take_in(fresh, by), is_new=True)


def _end_or_take_over(fresh: LinkRequest, by: User) -> Approval | DomainError:
    if fresh.moves_from is None or fresh.account_link_id != fresh.moves_from_id:
        return _invalidate(fresh, by, LinkEnded())
    if not may_move(fresh.moves_from.organization, fresh.issued_by):
        return _invalidate(fresh, by, MoverLeft())
    if fresh.issued_by_id == by.pk:
        raise SamePerson
    if refused := first_failed(approval_checks(fresh)):
        raise RuleRefused(refused)
    return Approval(fresh, _take_in(fresh, by), is_new=True)


def _invalidate(fresh: LinkRequest, by: User, why: DomainError) -> DomainError:
    answerable = LinkRequest.objects.filter(pk=fresh.pk).answerable()
    close(answerable.close(State.INVALID, by=by, reason=why.code), fresh, by)
    return why


def _take_in(link_request: LinkRequest, by: User) -> Link:
    """The one place where a link begins: request closed, old link left, new one opened, history written."""
    answerable = LinkRequest.objects.filter(pk=link_request.pk).answerable()
    close(answerable.close(State.APPROVED, by=by), link_request, by)
    assert link_request.organization is not None  # noqa: S101  the database refuses an approved request without one
    organization = organization_reviews.locked(
        link_request.organization
    )  # so that its review cannot pass us by
    if link_request.moves_from:
        _leave(link_request.moves_from, by)
    try:
        with transaction.atomic():  # "one open link per account" has the last word
            link = Link.objects.create(account=link_request.account, organization=organization)
    except IntegrityError as taken:
        raise AccountTaken from taken
    audit.record("link.opened", link, by=by, organization=organization, account=link.account)
    keys.refresh_reach(organization)
    reviews.consider(link, by=by)
    organization_reviews.start_if_ready(organization, by=by)
    link.refresh_from_db(fields=["review"])
    return link


def _leave(link: Link, by: User) -> None:
    """End the stay, and with it what other apps say ends with it: shares, connectors, runs."""
    # The clock of whoever opened it may be ahead of ours; it cannot have ended before it began.
    ended_at = Greatest(F("linked_at"), timezone.now())
    if not Link.objects.open().filter(pk=link.pk).update(ended_at=ended_at):
        raise AccountTaken
    link.refresh_from_db(fields=["ended_at"])
    audit.record("link.ended", link, by=by, organization=link.organization, account=link.account)
    for path in settings.LINK_ENDED:
        import_string(path)(link, by=by)
    keys.refresh_reach(link.organization)
