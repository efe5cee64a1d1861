"""Several people at once, in threads, on a database that lets them: PostgreSQL."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from linking import keys, services
from linking.models import Account, ApiKey, Link, LinkRequest
from organizations.errors import DomainError
from organizations.models import AuditEvent, Organization
from organizations.permissions import Role
from tests import factories
from users.models import User

pytestmark = [pytest.mark.race, pytest.mark.db, pytest.mark.django_db(transaction=True)]
ROUNDS = int(os.environ.get("RACE_ROUNDS", "20"))
Act = Callable[[], Any]
State = LinkRequest.State


@pytest.fixture(autouse=True)
def _threads_share_the_database(db: None) -> None:
    if connection.vendor == "sqlite":
        pytest.skip("threads cannot share SQLite's database in memory")


def together(*acts: Act) -> list[Any]:
    """Start all at the same moment; each one's result, or the rule that said no. Other errors fail."""
    barrier, outcomes = threading.Barrier(len(acts)), [None] * len(acts)

    def run(place: int, act: Act) -> None:
        try:
            barrier.wait(timeout=10)
            outcomes[place] = act()
        except Exception as error:
            outcomes[place] = error  # type: ignore[call-overload]  # list of anything
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    strange = [
        outcome
        for outcome in outcomes
        if isinstance(outcome, Exception) and not isinstance(outcome, DomainError)
    ]
    assert strange == []
    return outcomes


def administrator(organization: Organization) -> User:
    person = factories.UserFactory.create()
    organization.memberships.create(user=person, role=Role.ADMINISTRATOR)
    return person


def account_of(organization: Organization) -> tuple[Account, User]:
    manager = factories.UserFactory.create()
    account = factories.OfficialAccountFactory.create(legal_entity=organization.legal_entity)
    account.managers.create(user=manager)
    return account, manager


def approving(link_request: LinkRequest, by: User) -> Act:
    digest = services.facts(LinkRequest.objects.get(pk=link_request.pk)).digest
    code = link_request.organization_code
    return lambda: services.approve_request(link_request, by=by, typed_code=code, facts_digest=digest)


def counted(action: str, account: Account) -> int:
    return AuditEvent.objects.filter(action=action, account_id=account.pk).count()


def agreed(account: Account) -> None:
    """Requests and links tell the same story, and the history tells it once."""
    approved = account.link_requests.filter(state=State.APPROVED).count()
    assert approved == account.links.open().count() == counted("link.opened", account)
    assert approved <= 1


def test_two_administrators_approve_the_same_request(acme: Organization) -> None:
    pair = [administrator(acme), administrator(acme)]
    for _ in range(ROUNDS):
        account, manager = account_of(acme)
        link_request, _url = services.issue_request(account, acme.code, by=manager)

        outcomes = together(*(approving(link_request, by) for by in pair))

        assert sorted(outcome.is_new for outcome in outcomes) == [False, True]
        agreed(account)
        assert counted("link_request.approved", account) == 1


def test_one_administrator_approves_while_the_other_rejects(acme: Organization) -> None:
    first, second = administrator(acme), administrator(acme)
    for _ in range(ROUNDS):
        account, manager = account_of(acme)
        link_request, _url = services.issue_request(account, acme.code, by=manager)

        together(
            approving(link_request, first),
            partial(services.reject_request, link_request, by=second, reason="no"),
        )

        agreed(account)
        assert counted("link_request.approved", account) + counted("link_request.rejected", account) == 1


def test_approval_meets_withdrawal(acme: Organization) -> None:
    alice = administrator(acme)
    for _ in range(ROUNDS):
        account, manager = account_of(acme)
        link_request, _url = services.issue_request(account, acme.code, by=manager)

        together(
            approving(link_request, alice),
            partial(services.cancel_request, link_request, by=manager),
        )

        agreed(account)
        assert counted("link_request.approved", account) + counted("link_request.cancelled", account) == 1


def test_one_organization_approves_while_the_account_turns_to_another(acme: Organization) -> None:
    other = factories.OrganizationFactory.create(legal_entity=acme.legal_entity)
    alice = administrator(acme)
    for _ in range(ROUNDS):
        account, manager = account_of(acme)
        link_request, _url = services.issue_request(account, acme.code, by=manager)

        together(
            approving(link_request, alice),
            partial(services.issue_request, account, other.code, by=manager),
        )

        agreed(account)
        pending = account.link_requests.pending().count()
        assert pending + account.links.open().count() == 1


def test_two_organizations_take_the_same_account(acme: Organization) -> None:
    """Their requests cannot both be pending, so the second is made as if it were, past the services."""
    other = factories.OrganizationFactory.create(legal_entity=acme.legal_entity)
    for _ in range(ROUNDS):
        account, _manager = account_of(acme)

        together(*(partial(_open_link, account, to) for to in (acme, other)))

        assert account.links.open().count() == 1


def _open_link(account: Account, organization: Organization) -> None:
    try:
        Link.objects.create(account=account, organization=organization)
    except IntegrityError as error:
        raise DomainError(str(error)) from error


def test_approval_meets_the_issuer_losing_the_account(acme: Organization) -> None:
    alice = administrator(acme)
    for _ in range(ROUNDS):
        account, manager = account_of(acme)
        link_request, _url = services.issue_request(account, acme.code, by=manager)

        together(approving(link_request, alice), account.managers.all().delete)

        agreed(account)
        states = set(account.link_requests.values_list("state", flat=True))
        assert states <= {State.APPROVED, State.INVALID}


def test_approval_meets_the_administrator_being_removed(acme: Organization) -> None:
    for _ in range(ROUNDS):
        alice = administrator(acme)
        account, manager = account_of(acme)
        link_request, _url = services.issue_request(account, acme.code, by=manager)

        together(approving(link_request, alice), alice.memberships.all().delete)

        agreed(account)


def test_two_managers_ask_at_the_same_moment(acme: Organization) -> None:
    for _ in range(ROUNDS):
        account, manager = account_of(acme)
        second = factories.UserFactory.create()
        account.managers.create(user=second)

        together(*(partial(services.issue_request, account, acme.code, by=by) for by in (manager, second)))

        assert account.link_requests.pending().count() == 1
        assert account.link_requests.filter(state=State.SUPERSEDED).count() == 1


def test_the_tick_closes_an_overdue_request_once(acme: Organization) -> None:
    for _ in range(ROUNDS):
        overdue = factories.LinkRequestFactory.create(organization=acme, overdue=True)

        closed = together(services.expire_requests, services.expire_requests)

        assert sum(closed) == 1
        assert counted("link_request.expired", overdue.account) == 1


def test_a_check_of_a_key_and_a_new_link_do_not_miss_each_other(acme: Organization) -> None:
    """Each would otherwise match its own news with the other's past."""
    alice = administrator(acme)
    for _ in range(ROUNDS):
        account = factories.AdsAccountFactory.create(legal_entity=acme.legal_entity)
        key = keys.add_key(
            acme, by=alice, name="Key", group_id="G1", access_key=str(account.pk), secret_key="made-up"
        )
        found = keys.Finding(ApiKey.Check.WORKS, line_ids=(account.line_id,))

        together(
            partial(keys._keep_finding, key, keys.active_version(key), found, alice),
            partial(_open_and_match, account, acme),
        )

        assert keys.key_for(acme, account) == key


@transaction.atomic
def _open_and_match(account: Account, organization: Organization) -> None:
    Link.objects.create(account=account, organization=organization)
    keys.refresh_reach(organization)


def test_somebody_rejects_while_asking_again(acme: Organization) -> None:
    """One person on both sides: the locks are taken in one order, so nobody waits for ever."""
    for _ in range(ROUNDS):
        person = administrator(acme)
        account = factories.AdsAccountFactory.create(legal_entity=acme.legal_entity)
        account.managers.create(user=person)
        link_request, _url = services.issue_request(account, acme.code, by=person, approves=False)

        together(
            partial(services.reject_request, link_request, by=person, reason="no"),
            partial(services.issue_request, account, acme.code, by=person),
        )

        assert account.links.open().count() == 1
