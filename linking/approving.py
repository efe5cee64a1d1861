"""Approval: where a request becomes a link, at once or after a second administrator's word.

The account's row is locked first, then the request, then the organization's side, everywhere in this order.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.db.models.functions import Greatest
from django.utils import timezone
from django.utils.module_loading import import_string

from linking import approvals, keys, reviews
from linking.errors import (
    AccountTaken,
    FactsChanged,
    IssuerLeft,
    LinkEnded,
    MoverLeft,
    NotManager,
    RequestClosed,
    RuleRefused,
    SamePerson,
    WrongConfirmation,
)
from linking.everything import share_everything
from linking.facts import facts
from linking.issuing import check_manager, close, locked
from linking.models import Link, LinkRequest
from linking.moves import hold_both_sides, may_move, one_person_may
from linking.rules import approval_checks, first_failed
from organizations import audit, second_factors
from organizations import reviews as organization_reviews
from organizations.errors import DomainError, NotAllowed
from organizations.models import Membership, Organization
from organizations.permissions import Action, roles_with
from users.models import User

State = LinkRequest.State
APPROVERS = roles_with(Action.APPROVE)


class Approval(NamedTuple):
    link_request: LinkRequest
    stay: Link | None  # none: it was the first of two approvals, and the request waits for the second
    is_new: bool  # False: it had been approved before, and nothing was done now

    @property
    def link(self) -> Link:
        assert self.stay is not None  # noqa: S101  asked only of approvals that linked
        return self.stay


def approve_request(
    link_request: LinkRequest,
    *,
    by: User,
    typed_code: str,
    facts_digest: str,
    shares_everything: bool = False,
) -> Approval:
    """Link the account, or count the first of two approvals. What ends the request for good (INVALID) is kept
    even though this raises.

    `shares_everything` is up to the approval that links; a first of two approvals forgets it.
    """
    with transaction.atomic():
        outcome = _decide(link_request, by, typed_code, facts_digest)
        if shares_everything and isinstance(outcome, Approval):
            begin_with_everything([outcome], by)
    if isinstance(outcome, DomainError):
        raise outcome
    return outcome


def begin_with_everything(approvals: Iterable[Approval], by: User) -> None:
    """Let the accounts that were linked just now use every resource of the organization."""
    for approval in approvals:
        if approval.stay and approval.is_new:
            share_everything(approval.stay, by=by)


def check_administrator(organization: Organization | None, by: User) -> None:
    seat = Q(user=by, organization=organization, role__in=APPROVERS)
    if organization is None or not Membership.objects.select_for_update().filter(seat).exists():
        raise NotAllowed


def _decide(link_request: LinkRequest, by: User, typed_code: str, digest: str) -> Approval | DomainError:
    locked(link_request.account)
    fresh = LinkRequest.objects.with_parties().get(pk=link_request.pk)
    hold_both_sides([fresh], by)
    check_administrator(fresh.organization, by)
    if done := approved_before(fresh):
        return done
    if fresh.state != State.PENDING:
        raise RequestClosed
    check_typed(typed_code, fresh)
    if digest != facts(fresh).digest:
        raise FactsChanged
    return _end_or_take_in(fresh, by)


def check_typed(typed_code: str, fresh: LinkRequest) -> None:
    if typed_code.strip() != fresh.organization_code:
        raise WrongConfirmation(fields={"organization_id": [str(WrongConfirmation.message)]})


def approved_before(fresh: LinkRequest) -> Approval | None:
    if fresh.state != State.APPROVED:
        return None
    stays = Link.objects.open().filter(account=fresh.account, organization=fresh.organization)
    link = stays.first()  # none: it has moved on since, and nothing is linked by an old form
    return Approval(fresh, link, is_new=False) if link else None


def _end_or_take_in(fresh: LinkRequest, by: User) -> Approval | DomainError:
    if ended := why_ended(fresh):
        return invalidate(fresh, by, ended)
    return count_or_take_in(fresh, by)


def why_ended(fresh: LinkRequest) -> DomainError | None:
    """What makes a pending request one that nobody can approve any more."""
    if fresh.moves_from_id:
        return _why_move_ended(fresh)
    try:
        check_manager(fresh.account, fresh.issued_by)
    except NotManager:
        return IssuerLeft()
    return AccountTaken() if fresh.account_link_id else None


def _why_move_ended(fresh: LinkRequest) -> DomainError | None:
    if fresh.moves_from is None or fresh.account_link_id != fresh.moves_from_id:
        return LinkEnded()
    return None if may_move(fresh.moves_from.organization, fresh.issued_by) else MoverLeft()


def invalidate(fresh: LinkRequest, by: User, why: DomainError) -> DomainError:
    answerable = LinkRequest.objects.filter(pk=fresh.pk).answerable()
    close(answerable.close(State.INVALID, by=by, reason=why.code), fresh, by)
    return why


def count_or_take_in(fresh: LinkRequest, by: User) -> Approval:
    if fresh.moves_from_id and fresh.issued_by_id == by.pk and not one_person_may(fresh):
        raise SamePerson
    if refused := first_failed(approval_checks(fresh)):
        raise RuleRefused(refused)
    if approvals.is_last(fresh, by):
        return Approval(fresh, take_in(fresh, by), is_new=True)
    return Approval(fresh, None, is_new=approvals.give_first(fresh, by))


def may_approve_itself(link_request: LinkRequest, by: User) -> bool:
    """Of a LINE Ads account's request: whether who asks for it would approve it alone."""
    organization = link_request.organization
    if organization is None or organization.needs_two_approvals:
        return False
    try:
        check_administrator(organization, by)
    except NotAllowed:
        return False
    if not second_factors.is_met_by(by, organization):
        return False
    asked = LinkRequest.objects.with_parties().get(pk=link_request.pk)
    return first_failed(approval_checks(asked)) is None


def take_in(link_request: LinkRequest, by: User) -> Link:
    """The one place where a link begins: request closed, old link left, new one opened, history written."""
    answerable = LinkRequest.objects.filter(pk=link_request.pk).answerable()
    close(answerable.close(State.APPROVED, by=by), link_request, by)
    assert link_request.organization is not None  # noqa: S101  the database refuses an approved request without one
    # Held, so that its review cannot pass us by.
    organization = organization_reviews.locked(link_request.organization)
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
