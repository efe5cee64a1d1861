"""Several accounts moved at once under contention, on PostgreSQL: all or none, and nobody waits for ever."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from linking import joint_moves, services
from linking.models import JointMove, Link, LinkRequest
from organizations.errors import DomainError
from organizations.models import Organization
from tests import factories
from tests.linking.joint import links_of, offer, one_of
from tests.linking.test_move_races import approving
from tests.linking.test_races import ROUNDS, Act, administrator, together
from users.models import User

pytestmark = [pytest.mark.race, pytest.mark.db, pytest.mark.django_db(transaction=True)]
State = LinkRequest.State


@pytest.fixture(autouse=True)
def _threads_share_the_database(db: None) -> None:
    if connection.vendor == "sqlite":
        pytest.skip("threads cannot share SQLite's database in memory")


@pytest.fixture
def receiver(acme: Organization) -> Organization:
    organization: Organization = factories.OrganizationFactory.create(legal_entity=acme.legal_entity)
    return organization


def taking_all(offered: JointMove, by: User) -> Act:
    moves = joint_moves.moves_of(offered)
    code, digest = moves[0].organization_code, joint_moves.digest_of(moves)
    return lambda: services.approve_moves(offered, by=by, typed_code=code, facts_digest=digest)


def agreed(offered: JointMove, receiver: Organization) -> int:
    """Each account is where its request says, once; how many have moved."""
    moves = list(offered.moves.select_related("account"))
    for move in moves:
        stay = Link.objects.open().get(account=move.account)
        assert (stay.organization_id == receiver.pk) == (move.state == State.APPROVED)
    return sum(move.state == State.APPROVED for move in moves)


def test_all_are_taken_over_while_one_is_cancelled_and_one_is_taken_over(
    acme: Organization, receiver: Organization
) -> None:
    taker, second = administrator(receiver), administrator(receiver)
    for _ in range(ROUNDS):
        alice = administrator(acme)
        offered = offer(links_of(acme), receiver, alice)
        first, *_others, last = joint_moves.moves_of(offered)

        whole, cancelled, _one = together(
            taking_all(offered, taker),
            partial(services.cancel_move, first, by=alice),
            approving(last, second),
        )

        moved = agreed(offered, receiver)
        if isinstance(whole, DomainError):
            assert moved == 1  # that one alone
        else:
            assert isinstance(cancelled, DomainError)
            assert moved == 3


@pytest.mark.parametrize("act", ["cancel", "reject"])
def test_all_are_taken_over_while_all_are_closed(
    acme: Organization, receiver: Organization, act: str
) -> None:
    taker, second = administrator(receiver), administrator(receiver)
    for _ in range(ROUNDS):
        alice = administrator(acme)
        offered = offer(links_of(acme), receiver, alice)
        closing: partial[Any] = partial(services.cancel_moves, offered, by=alice)
        if act == "reject":
            closing = partial(services.reject_moves, offered, by=second, reason="Not ours.")

        together(taking_all(offered, taker), closing)

        assert agreed(offered, receiver) in {0, 3}
        assert not offered.moves.pending().exists()


def test_two_administrators_take_all_over(acme: Organization, receiver: Organization) -> None:
    pair = [administrator(receiver), administrator(receiver)]
    for _ in range(ROUNDS):
        offered = offer(links_of(acme), receiver, administrator(acme))

        outcomes = together(*(taking_all(offered, by) for by in pair))

        assert sorted(approval.is_new for done in outcomes for approval in done) == [False] * 3 + [True] * 3
        assert agreed(offered, receiver) == 3


def test_two_offers_that_share_accounts_start_at_once(acme: Organization, receiver: Organization) -> None:
    for _ in range(ROUNDS):
        links = links_of(acme, 4)
        pair = [administrator(acme), administrator(acme)]

        together(
            partial(services.start_moves, acme, links[:3], receiver.code, by=pair[0]),
            partial(services.start_moves, acme, links[:0:-1], receiver.code, by=pair[1]),
        )

        pending = LinkRequest.objects.pending().filter(moves_from__in=links)
        assert pending.count() == 4
        assert pending.values("account").distinct().count() == 4


def test_all_are_taken_over_while_one_lapses(acme: Organization, receiver: Organization) -> None:
    taker = administrator(receiver)
    for _ in range(ROUNDS):
        offered = offer(links_of(acme), receiver, administrator(acme))
        take, move = taking_all(offered, taker), one_of(offered)

        together(take, partial(lapse, move), services.remind)

        assert agreed(offered, receiver) in {0, 3}


def lapse(move: LinkRequest) -> None:
    LinkRequest.objects.filter(pk=move.pk).pending().update(expires_at=timezone.now())
    services.expire_requests()


def test_accounts_that_move_both_ways_do_not_wait_for_each_other(
    acme: Organization, receiver: Organization
) -> None:
    taker, ours = administrator(receiver), administrator(acme)
    for _ in range(ROUNDS):
        there = offer(links_of(acme), receiver, administrator(acme))
        back = offer(links_of(receiver), acme, administrator(receiver))

        together(taking_all(there, taker), taking_all(back, ours))

        assert agreed(there, receiver) == agreed(back, acme) == 3
