"""A process killed at any statement of an approval or a move: all of it has happened, or nothing.

On PostgreSQL: SQLite's database in memory is copied into a fork, and would not notice.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import connection, connections

from linking import services
from linking.models import Account, LinkRequest
from organizations.models import AuditEvent, Organization, OutgoingMail
from tests import factories
from tests.linking.test_move_races import approving, linked
from tests.linking.test_races import Act, account_of, administrator
from users.models import User

pytestmark = [pytest.mark.race, pytest.mark.db, pytest.mark.django_db(transaction=True)]
State = LinkRequest.State
Scene = Callable[[Organization], tuple[LinkRequest, User]]


@pytest.fixture(autouse=True)
def _a_fork_shares_the_database(db: None) -> None:
    if connection.vendor == "sqlite":
        pytest.skip("a fork cannot share SQLite's database in memory")


@dataclass
class Killer:
    """Counts statements, and ends its process before the given one is sent."""

    at: int = 0
    passed: int = 0

    def __call__(self, execute: Callable[..., Any], *arguments: Any) -> Any:
        self.passed += 1
        if self.passed == self.at:
            os.kill(os.getpid(), signal.SIGKILL)
        return execute(*arguments)


def killed(act: Act, *, at: int) -> None:
    """In a process of its own; one that comes to its end is killed there."""
    connections.close_all()  # a connection must not be shared with the fork
    pid = os.fork()
    if pid == 0:
        try:
            with connection.execute_wrapper(Killer(at)):
                act()
        finally:
            os.kill(os.getpid(), signal.SIGKILL)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGKILL


def a_request(acme: Organization) -> tuple[LinkRequest, User]:
    account, manager = account_of(acme)
    return services.issue_request(account, acme.code, by=manager).link_request, administrator(acme)


def a_move(acme: Organization) -> tuple[LinkRequest, User]:
    """Of an account that is shared to, so that there is something to end."""
    receiver = factories.OrganizationFactory.create(legal_entity=acme.legal_entity)
    account, link = linked(acme)
    account.managers.create(user=factories.UserFactory.create())
    factories.ShareFactory.create(to_link=link)
    move = services.start_move(link, receiver.code, by=administrator(acme)).link_request
    return move, administrator(receiver)


def told(account: Account) -> dict[str, Any]:
    """Everything that an approval writes."""
    links = account.links.order_by("pk")
    open_shares = links.filter(shares_received__ended_at=None)
    return {
        "requests": list(account.link_requests.values_list("state", flat=True)),
        "links": list(links.values("pk", "organization", "ended_at", "review")),
        "shares": list(open_shares.values_list("shares_received", flat=True)),
        "history": AuditEvent.objects.filter(account_id=account.pk).count(),
        "mails": OutgoingMail.objects.count(),
    }


@pytest.mark.parametrize("scene", [a_request, a_move])
def test_killed_before_any_statement_an_approval_has_not_begun(acme: Organization, scene: Scene) -> None:
    places = range(1, statements_of(acme, scene) + 1)
    link_request, by = scene(acme)
    approve, before = approving(link_request, by), told(link_request.account)

    for place in places:
        killed(approve, at=place)
        assert told(link_request.account) == before, f"killed before statement {place}"

    assert approve().is_new


@pytest.mark.parametrize("scene", [a_request, a_move])
def test_killed_after_its_end_an_approval_has_happened_and_is_told_of(
    acme: Organization, scene: Scene
) -> None:
    link_request, by = scene(acme)
    approve, mails = approving(link_request, by), OutgoingMail.objects.count()

    killed(approve, at=0)

    account = link_request.account
    assert account.link_requests.get().state == State.APPROVED
    assert account.links.open().get().organization_id == link_request.organization_id
    assert OutgoingMail.objects.count() > mails
    assert not approve().is_new


def statements_of(acme: Organization, scene: Scene) -> int:
    """How many an approval of this kind sends; a connection's first greetings are not among them."""
    approve, counter = approving(*scene(acme)), Killer()
    with connection.execute_wrapper(counter):
        approve()
    assert counter.passed > 15
    return counter.passed


def test_a_killed_process_keeps_nobody_waiting(acme: Organization) -> None:
    """Its locks end with it: the next answer is taken at once."""
    link_request, by = a_request(acme)
    killed(approving(link_request, by), at=12)

    services.reject_request(link_request, by=by, reason="Not ours.")

    assert LinkRequest.objects.get().state == State.REJECTED
