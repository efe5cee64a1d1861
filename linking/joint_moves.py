"""Several accounts moved at once: offered by one act, under one URL, and taken over together or one by one.

Each account keeps a request of its own, which is answered, cancelled and told of like any other move.
Together means all of them or none. Accounts, seats, organizations and requests are locked in one order.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone

from linking import notices
from linking.approving import (
    Approval,
    approved_before,
    begin_with_everything,
    check_administrator,
    check_typed,
    count_or_take_in,
    invalidate,
    why_ended,
)
from linking.errors import (
    FactsChanged,
    LinkEnded,
    NoAccounts,
    OneRefused,
    RequestClosed,
    RuleRefused,
    SameOrganization,
    TooManyAccounts,
)
from linking.facts import facts
from linking.issuing import approval_url, check_pace, close, create, named, record, supersede, well_formed
from linking.models import Account, JointMove, Link, LinkRequest, LinkRequestQuerySet
from linking.moves import check_mover, hold_both_sides
from linking.requests import words_of
from organizations.errors import DomainError
from organizations.models import Organization
from users.models import User, token_digest

State = LinkRequest.State
MOST_ACCOUNTS = 100
COUNTED = (State.PENDING, State.APPROVED)


class Offered(NamedTuple):
    joint_move: JointMove
    url: str


@transaction.atomic
def start_moves(
    organization: Organization, links: Sequence[Link], organization_code: str, *, by: User
) -> Offered:
    """Offer all of these accounts to `organization_code`, or none. The URL exists only here."""
    code = well_formed(organization_code)
    _check_number(links)
    check_pace(by)
    _hold([link.account_id for link in links])
    check_mover(organization, by)
    if code == organization.code:
        raise SameOrganization(fields={"organization_id": [str(SameOrganization.message)]})
    stays = _stays(organization, links)
    receiver, token = named(code), secrets.token_urlsafe(32)
    joint_move = JointMove.objects.create(token_digest=token_digest(token), issued_at=timezone.now())
    with notices.gathered(by):
        for link in stays:
            _offer(link, code, receiver, joint_move, by)
    return Offered(joint_move, approval_url(token))


def approve_moves(
    joint_move: JointMove,
    *,
    by: User,
    typed_code: str,
    facts_digest: str,
    shares_everything: bool = False,
) -> list[Approval]:
    """Take over what is still offered, all or none. What can never be taken over (INVALID) is kept so even
    though this raises.
    """
    with transaction.atomic():
        outcome = _decide(joint_move, by, typed_code, facts_digest)
        if shares_everything and not isinstance(outcome, DomainError):
            begin_with_everything(outcome, by)
    if isinstance(outcome, DomainError):
        raise outcome
    return outcome


@transaction.atomic
def reject_moves(joint_move: JointMove, *, by: User, reason: str) -> None:
    """Everything that is still offered, with one reason."""
    moves = _held(joint_move, by)
    check_administrator(moves[0].organization, by)
    _close_all(LinkRequest.objects.answerable(), moves, State.REJECTED, by, reason=words_of(reason))


@transaction.atomic
def cancel_moves(joint_move: JointMove, *, by: User) -> None:
    """The present organization takes back whatever nobody has answered."""
    moves = _held(joint_move, by)
    left = moves[0].moves_from
    check_mover(left.organization if left else None, by)
    _close_all(LinkRequest.objects.pending(), moves, State.CANCELLED, by)


def digest_of(moves: Iterable[LinkRequest]) -> str:
    """Over the facts of all that is offered or was taken over: a page without one of them is another page."""
    told = sorted(facts(move).digest for move in moves if move.state in COUNTED)
    return hashlib.sha256("".join(told).encode()).hexdigest()


def moves_of(joint_move: JointMove) -> LinkRequestQuerySet:
    return joint_move.moves.with_parties().order_by("account__name", "id")


def _check_number(links: Sequence[Link]) -> None:
    if not links:
        raise NoAccounts
    if len(links) > MOST_ACCOUNTS:
        raise TooManyAccounts


def _hold(accounts: Iterable[object]) -> None:
    held = Account.objects.select_for_update(no_key=True, of=("self",)).filter(pk__in=list(accounts))
    list(held.order_by("pk"))


def _stays(organization: Organization, links: Sequence[Link]) -> list[Link]:
    """The same links as they are now, in the order of the locks."""
    parties = ("account", "organization")
    own = Link.objects.open().filter(organization=organization, pk__in=[link.pk for link in links])
    stays = list(own.select_related(*parties).order_by("account_id"))
    for link in links:
        if link not in stays:
            raise OneRefused(link.account, LinkEnded())
    return stays


def _offer(link: Link, code: str, receiver: Organization | None, joint_move: JointMove, by: User) -> None:
    supersede(link.account, by)
    move, _unused = create(link.account, code, receiver, by=by, moves_from=link, joint_move=joint_move)
    record("issued", move, by, expires_at=move.expires_at.isoformat())
    notices.tell("issued", move, by)


def _held(joint_move: JointMove, by: User) -> list[LinkRequest]:
    """Its moves as they are now, with everybody's rows locked."""
    _hold(joint_move.moves.values_list("account_id", flat=True))
    moves = list(joint_move.moves.with_parties().order_by("account_id"))
    hold_both_sides(moves, by)
    return moves


def _decide(joint_move: JointMove, by: User, typed_code: str, digest: str) -> list[Approval] | DomainError:
    moves = _held(joint_move, by)
    check_administrator(moves[0].organization, by)
    pending = [move for move in moves if move.state == State.PENDING]
    if not pending:
        return _done_before(moves)
    check_typed(typed_code, moves[0])
    if digest != digest_of(moves):
        raise FactsChanged
    ended = [(move, why) for move in pending if (why := why_ended(move))]
    with notices.gathered(by):
        if ended:
            return _end(ended, by)
        return [_take_over(move, by) for move in pending]


def _done_before(moves: list[LinkRequest]) -> list[Approval]:
    done = [approval for move in moves if (approval := approved_before(move))]
    if not done:
        raise RequestClosed
    return done


def _end(ended: list[tuple[LinkRequest, DomainError]], by: User) -> DomainError:
    for move, why in ended:
        invalidate(move, by, why)
    move, why = ended[0]
    return OneRefused(move.account, why)


def _take_over(move: LinkRequest, by: User) -> Approval:
    try:
        return count_or_take_in(move, by)
    except RuleRefused as refused:
        raise OneRefused(move.account, refused) from refused


def _close_all(
    open_ones: LinkRequestQuerySet, moves: list[LinkRequest], state: State, by: User, reason: str = ""
) -> None:
    with notices.gathered(by):
        closed = [move for move in moves if open_ones.filter(pk=move.pk).close(state, by=by, reason=reason)]
        for move in closed:
            close(1, move, by)
    if not closed:
        raise RequestClosed
