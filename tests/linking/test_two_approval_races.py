"""Two approvals under contention, on PostgreSQL: never one person's word alone, and never a link twice."""

from __future__ import annotations

from functools import partial

import pytest
from django.db import connection
from django.db.models import Model

from linking import services
from linking.models import Account, LinkRequest
from organizations import members, safeguards
from organizations.errors import DomainError
from organizations.models import AuditEvent, Organization
from organizations.permissions import Role
from tests.linking.test_move_races import approving
from tests.linking.test_races import ROUNDS, account_of, administrator, counted, together
from users.models import User

pytestmark = [pytest.mark.race, pytest.mark.db, pytest.mark.django_db(transaction=True)]
State = LinkRequest.State


@pytest.fixture(autouse=True)
def _threads_share_the_database(db: None) -> None:
    if connection.vendor == "sqlite":
        pytest.skip("threads cannot share SQLite's database in memory")


@pytest.fixture(autouse=True)
def _two_approve(acme: Organization) -> None:
    Organization.objects.filter(pk=acme.pk).update(needs_two_approvals=True)


def asked_of(acme: Organization) -> tuple[Account, LinkRequest]:
    account, manager = account_of(acme)
    return account, services.issue_request(account, acme.code, by=manager).link_request


def agreed(account: Account) -> bool:
    """A link exactly if the request is approved, which took one first approval of somebody else."""
    asked = account.link_requests.get()
    is_linked = account.links.open().exists()
    assert is_linked == (asked.state == State.APPROVED)
    assert counted("link_request.approved", account) == int(is_linked)
    return is_linked


def entry(act: str, of: Model) -> int:
    """Where it stands in the history: who waited for the other's lock wrote later."""
    return AuditEvent.objects.get(action=act, subject_id=str(of.pk)).pk


def test_one_person_who_clicks_twice_gives_one_approval(acme: Organization) -> None:
    alice = administrator(acme)
    for _ in range(ROUNDS):
        account, asked = asked_of(acme)

        outcomes = together(approving(asked, alice), approving(asked, alice))

        assert sorted(outcome.is_new for outcome in outcomes) == [False, True]
        assert not agreed(account)
        assert counted("link_request.first_approved", account) == 1


def test_two_people_at_once_are_first_and_second(acme: Organization) -> None:
    pair = [administrator(acme), administrator(acme)]
    for _ in range(ROUNDS):
        account, asked = asked_of(acme)

        outcomes = together(*(approving(asked, by) for by in pair))

        assert sorted(outcome.stay is None for outcome in outcomes) == [False, True]
        assert agreed(account)
        assert counted("link_request.first_approved", account) == 1


def test_the_second_approves_while_the_first_loses_the_role(acme: Organization) -> None:
    second, third = administrator(acme), administrator(acme)
    for _ in range(ROUNDS):
        account, asked = asked_of(acme)
        first = administrator(acme)
        approving(asked, first)()
        seat = acme.memberships.get(user=first)

        outcome, _gone = together(
            approving(asked, second), partial(members.change_role, seat, Role.VIEWER, by=third)
        )

        assert not isinstance(outcome, DomainError)
        if agreed(account):
            assert entry("link_request.approved", asked) < entry("membership.role_changed", seat)


def test_the_first_approves_while_the_safeguard_goes_off(acme: Organization) -> None:
    alice, second = administrator(acme), administrator(acme)
    off = dict.fromkeys(safeguards.SAFEGUARDS, False)
    for _ in range(ROUNDS):
        Organization.objects.filter(pk=acme.pk).update(needs_two_approvals=True)
        account, asked = asked_of(acme)

        together(approving(asked, alice), partial(safeguards.change, acme, off, by=second))

        assert agreed(account) != (counted("link_request.first_approved", account) == 1)


def test_the_second_approves_while_it_is_rejected_and_withdrawn(acme: Organization) -> None:
    first, second, third = (administrator(acme) for _ in range(3))
    for _ in range(ROUNDS):
        account, asked = asked_of(acme)
        approving(asked, first)()
        manager: User = asked.issued_by

        together(
            approving(asked, second),
            partial(services.reject_request, asked, by=third, reason="Not ours."),
            partial(services.cancel_request, asked, by=manager),
        )

        agreed(account)
        assert account.link_requests.get().state in {State.APPROVED, State.REJECTED, State.CANCELLED}
