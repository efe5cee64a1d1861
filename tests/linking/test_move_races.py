"""Moves under contention, in threads, on PostgreSQL: an account is in one organization, whatever meets."""

from __future__ import annotations

from functools import partial

import pytest
from django.db import connection

from linking import services
from linking.models import Account, Link, LinkRequest
from organizations.models import Organization
from organizations.permissions import Role
from tests import factories
from tests.linking.test_races import ROUNDS, Act, account_of, administrator, counted, together
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


def linked(acme: Organization) -> tuple[Account, Link]:
    account, _manager = account_of(acme)
    return account, factories.LinkFactory.create(account=account, organization=acme)


def approving(link_request: LinkRequest, by: User) -> Act:
    fresh = LinkRequest.objects.with_parties().get(pk=link_request.pk)
    digest, code = services.facts(fresh).digest, fresh.organization_code
    return lambda: services.approve_request(link_request, by=by, typed_code=code, facts_digest=digest)


def agreed(account: Account, receiver: Organization) -> bool:
    """One open link, in the receiving organization exactly if a move was approved; whether it was."""
    stay = account.links.open().get()
    moved = account.link_requests.filter(state=State.APPROVED).exists()
    assert (stay.organization_id == receiver.pk) == moved
    assert counted("link.ended", account) == counted("link_request.approved", account) == int(moved)
    return moved


def test_two_administrators_take_the_account_over(acme: Organization, receiver: Organization) -> None:
    pair = [administrator(receiver), administrator(receiver)]
    for _ in range(ROUNDS):
        account, link = linked(acme)
        move = services.start_move(link, receiver.code, by=administrator(acme)).link_request

        outcomes = together(*(approving(move, by) for by in pair))

        assert sorted(outcome.is_new for outcome in outcomes) == [False, True]
        assert agreed(account, receiver)


def test_a_move_is_approved_while_it_is_taken_back(acme: Organization, receiver: Organization) -> None:
    taker = administrator(receiver)
    for _ in range(ROUNDS):
        account, link = linked(acme)
        alice = administrator(acme)
        move = services.start_move(link, receiver.code, by=alice).link_request

        together(approving(move, taker), partial(services.cancel_move, move, by=alice))

        assert agreed(account, receiver) != account.link_requests.filter(state=State.CANCELLED).exists()


def test_a_move_is_approved_while_a_newer_one_starts(acme: Organization, receiver: Organization) -> None:
    taker, third = administrator(receiver), factories.OrganizationFactory.create()
    for _ in range(ROUNDS):
        account, link = linked(acme)
        alice = administrator(acme)
        move = services.start_move(link, receiver.code, by=alice).link_request

        together(approving(move, taker), partial(services.start_move, link, third.code, by=alice))

        assert agreed(account, receiver) != account.link_requests.pending().exists()


def test_a_move_is_approved_while_who_started_it_loses_the_role(
    acme: Organization, receiver: Organization
) -> None:
    taker = administrator(receiver)
    for _ in range(ROUNDS):
        account, link = linked(acme)
        alice = administrator(acme)
        move = services.start_move(link, receiver.code, by=alice).link_request
        seats = alice.memberships.filter(organization=acme)

        together(approving(move, taker), partial(seats.update, role=Role.VIEWER))

        agreed(account, receiver)
        assert set(account.link_requests.values_list("state", flat=True)) <= {State.APPROVED, State.INVALID}


def test_two_administrators_start_a_move_at_once(acme: Organization, receiver: Organization) -> None:
    for _ in range(ROUNDS):
        account, link = linked(acme)
        pair = [administrator(acme), administrator(acme)]

        together(*(partial(services.start_move, link, receiver.code, by=by) for by in pair))

        states = sorted(account.link_requests.values_list("state", flat=True))
        assert states == [State.PENDING, State.SUPERSEDED]
