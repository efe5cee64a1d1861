"""Skipped steps, old forms and wrong clocks: only an answer to what is asked now links an account."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from linking import services
from linking.errors import RequestClosed
from linking.models import Link, LinkRequest
from organizations.models import Organization
from organizations.permissions import Role
from tests import factories
from tests.conftest import member
from tests.linking.conftest import Asked, state_of
from tests.linking.test_attack_sessions import answer, page
from users.models import User

pytestmark = [pytest.mark.db, pytest.mark.django_db]
SignIn = Callable[[User], Client]
A_DAY = timedelta(days=1)


# --- skipped steps and old forms


def test_an_answer_without_having_read_is_refused(asked: Asked, fresh_in: SignIn, alice: User) -> None:
    only_id = {"organization_id": asked.link_request.organization_code}

    assert fresh_in(alice).post(page(asked), only_id).status_code == 400
    assert fresh_in(alice).post(page(asked), {**only_id, "facts_digest": "0" * 64}).status_code == 409
    assert state_of(asked) == "PENDING"


def test_a_form_cannot_make_a_move_of_a_request(
    asked: Asked, fresh_in: SignIn, alice: User, other: Organization
) -> None:
    """The account is elsewhere and nobody released it: fields that say otherwise are not read."""
    stay = factories.LinkFactory.create(account=asked.link_request.account, organization=other)
    smuggled = {**answer(asked), "moves_from": str(stay.pk), "action": "MOVE", "state": "APPROVED"}

    assert fresh_in(alice).post(page(asked), smuggled).status_code == 409
    assert Link.objects.open().get() == stay


def test_an_old_form_links_nothing_after_the_account_has_moved_on(
    asked: Asked, alice: User, acme: Organization, other: Organization
) -> None:
    given: dict[str, Any] = {"typed_code": acme.code, "facts_digest": asked.facts_digest}
    link = services.approve_request(asked.link_request, by=alice, **given).link
    leave_for(other, link, alice)

    with pytest.raises(RequestClosed):
        services.approve_request(asked.link_request, by=alice, **given)

    assert Link.objects.open().get().organization == other


def leave_for(receiver: Organization, link: Link, by: User) -> None:
    Organization.objects.filter(pk=receiver.pk).update(legal_entity=link.account.legal_entity)
    taker = member(receiver, Role.ADMINISTRATOR, "taker")
    move = services.start_move(link, receiver.code, by=by).link_request
    digest = services.facts(LinkRequest.objects.with_parties().get(pk=move.pk)).digest
    services.approve_request(move, by=taker, typed_code=receiver.code, facts_digest=digest)


# --- clocks


@pytest.mark.parametrize("off", [-A_DAY, A_DAY])
def test_a_wrong_clock_of_ours_neither_ends_a_request_nor_revives_it(
    asked: Asked, alice: User, acme: Organization, off: timedelta
) -> None:
    """The database's clock decides."""
    given: dict[str, Any] = {"typed_code": acme.code}
    real = datetime.now(UTC)
    LinkRequest.objects.update(expires_at=real - timedelta(milliseconds=1))
    with time_machine.travel(real + off), pytest.raises(RequestClosed):
        services.approve_request(asked.link_request, by=alice, **given, facts_digest=asked.facts_digest)

    LinkRequest.objects.update(expires_at=real + timedelta(minutes=1))
    with time_machine.travel(real + off):
        approval = services.approve_request(
            asked.link_request, by=alice, **given, facts_digest=asked.facts_digest
        )

    assert approval.is_new


def test_an_account_that_was_linked_by_a_fast_clock_can_move(
    asked: Asked, alice: User, acme: Organization, other: Organization
) -> None:
    given: dict[str, Any] = {"typed_code": acme.code, "facts_digest": asked.facts_digest}
    with time_machine.travel(datetime.now(UTC) + A_DAY):
        link = services.approve_request(asked.link_request, by=alice, **given).link

    leave_for(other, link, alice)

    link.refresh_from_db()
    assert link.ended_at == link.linked_at
