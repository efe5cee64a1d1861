"""Two-person approval on the pages and by REST: how far it is, and what to do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from linking.models import Link, LinkRequest
from organizations.models import Organization
from organizations.permissions import Role
from tests import factories
from tests.conftest import member
from tests.linking.conftest import Asked
from tests.linking.test_two_approvals import _two_approve, age, approve, second
from users.models import Scope, User

__all__ = ["_two_approve", "second"]

pytestmark = [pytest.mark.db, pytest.mark.django_db]
State = LinkRequest.State
SignIn = Callable[[User], Client]


def page(asked: Asked, act: str = "request") -> str:
    return reverse(f"linking:{act}", args=[asked.link_request.organization_code, asked.link_request.pk])


def form(asked: Asked) -> dict[str, str]:
    return {"organization_id": asked.link_request.organization_code, "facts_digest": asked.facts_digest}


def test_two_administrators_approve_by_hand(
    asked: Asked, fresh_in: SignIn, alice: User, second: User
) -> None:
    first = fresh_in(alice)
    assert b"Two administrators approve here" in first.get(page(asked)).content

    said = first.post(page(asked, "approve-request"), form(asked), follow=True).content.decode()

    assert "Your approval is counted: 1 of 2" in said
    assert 'name="facts_digest"' not in said
    assert "first of two approvals given" in said
    other = fresh_in(second)
    shown = other.get(page(asked)).content.decode()
    assert "Alice gave the first approval" in shown
    assert "The next one decides" in shown
    other.post(page(asked, "approve-request"), form(asked))
    assert Link.objects.exists()


def test_only_who_is_offered_the_tick_is_told_that_it_decides(
    asked: Asked, signed_in: SignIn, alice: User, second: User, bob: User
) -> None:
    approve(asked, alice)

    told = {
        person: "the tick below decides" in signed_in(person).get(page(asked)).content.decode()
        for person in (alice, second, bob)
    }

    assert told == {alice: False, second: True, bob: False}


def test_the_page_says_that_the_first_approval_has_lapsed(
    asked: Asked, signed_in: SignIn, alice: User, second: User
) -> None:
    approve(asked, alice)
    age(asked, timedelta(hours=25))

    shown = signed_in(second).get(page(asked)).content.decode()

    assert "does not count any more" in shown
    assert "0 of 2" in shown


def test_the_page_says_what_to_do_when_there_are_too_few(
    asked: Asked, signed_in: SignIn, alice: User, acme: Organization
) -> None:
    lacking = "Fewer than two administrators can approve"
    assert lacking in signed_in(alice).get(page(asked)).content.decode()

    member(acme, Role.ADMINISTRATOR, "second")

    assert lacking not in signed_in(alice).get(page(asked)).content.decode()


def test_the_page_tells_who_sent_it_that_others_approve(
    asked: Asked, fresh_in: SignIn, acme: Organization, alice: User
) -> None:
    mia = asked.link_request.issued_by
    acme.memberships.create(user=mia, role=Role.ADMINISTRATOR)

    assert b"You sent it yourself" in fresh_in(mia).get(page(asked)).content
    assert fresh_in(mia).post(page(asked, "approve-request"), form(asked)).status_code == 409


def test_the_inbox_shows_how_far_it_is(asked: Asked, signed_in: SignIn, alice: User, second: User) -> None:
    inbox = reverse("linking:request-list", args=[asked.link_request.organization_code])
    assert b"1 of 2 approvals" not in signed_in(second).get(inbox).content

    approve(asked, alice)

    assert b"1 of 2 approvals" in signed_in(second).get(inbox).content


def test_rest_answers_how_far_it_is(asked: Asked, client: Client, alice: User, second: User) -> None:
    path = (
        f"/api/v1/organizations/{asked.link_request.organization_code}/link-requests/{asked.link_request.pk}/"
    )

    def call(person: User) -> dict[str, object]:
        token = factories.token_for(person, Scope.READ, Scope.APPROVE)
        headers = {"Authorization": f"Bearer {token}"}
        answer = client.post(f"{path}approve/", form(asked), "application/json", headers=headers)
        return {name: answer.json()[name] for name in ("state", "approvals", "approvals_needed")}

    assert call(alice) == {"state": "PENDING", "approvals": 1, "approvals_needed": 2}
    assert call(alice) == {"state": "PENDING", "approvals": 1, "approvals_needed": 2}
    assert call(second) == {"state": "APPROVED", "approvals": None, "approvals_needed": None}
