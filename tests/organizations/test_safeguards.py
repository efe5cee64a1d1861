"""Safeguards: who may change them, what they ask for themselves, what the history keeps."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from organizations import safeguards
from organizations.errors import NotAllowed
from organizations.models import AuditEvent, Organization
from organizations.permissions import Role
from organizations.safeguards import SecondAdministratorMissing
from tests import factories
from tests.conftest import member
from users.models import User

pytestmark = [pytest.mark.db, pytest.mark.django_db]
SignIn = Callable[[User], Client]
NONE = dict.fromkeys(safeguards.SAFEGUARDS, False)


def test_a_change_holds_and_only_the_change_is_told(acme: Organization, alice: User) -> None:
    factories.second_factor_of(alice)
    safeguards.change(acme, {**NONE, "requires_second_factor": True}, by=alice)

    acme.refresh_from_db()
    assert acme.requires_second_factor
    event = AuditEvent.objects.get(action="organization.safeguards_changed")
    assert event.details == {
        "before": {"requires_second_factor": False},
        "after": {"requires_second_factor": True},
    }


def test_what_is_saved_unchanged_is_no_change(acme: Organization, alice: User) -> None:
    safeguards.change(acme, NONE, by=alice)

    assert not AuditEvent.objects.exists()


def test_two_approvals_need_two_administrators(acme: Organization, alice: User, bob: User) -> None:
    wanted = {**NONE, "needs_two_approvals": True}
    with pytest.raises(SecondAdministratorMissing):
        safeguards.change(acme, wanted, by=alice)

    member(acme, Role.ADMINISTRATOR, "anna")
    safeguards.change(acme, wanted, by=alice)
    acme.refresh_from_db()
    assert acme.needs_two_approvals


def test_operators_change_nothing(acme: Organization, alice: User, bob: User) -> None:
    with pytest.raises(NotAllowed):
        safeguards.change(acme, {**NONE, "requires_second_factor": True}, by=bob)


def test_an_administrator_saves_them_on_the_page(acme: Organization, alice: User, fresh_in: SignIn) -> None:
    client = fresh_in(alice)
    page = reverse("organizations:settings", args=[acme.code])
    answer = client.post(
        reverse("organizations:change-safeguards", args=[acme.code]), {"one_person_may_move": "on"}
    )

    assert answer["Location"] == page
    acme.refresh_from_db()
    assert acme.one_person_may_move
    assert b"hold from now on" in client.get(page).content


def test_a_refused_change_says_why_and_keeps_what_was_ticked(
    acme: Organization, alice: User, fresh_in: SignIn
) -> None:
    url = reverse("organizations:change-safeguards", args=[acme.code])
    answer = fresh_in(alice).post(url, {"needs_two_approvals": "on"})

    assert answer.status_code == 409
    assert b"two administrators" in answer.content
    assert b"checked" in answer.content


def test_others_see_what_holds_and_no_form(acme: Organization, carol: User, signed_in: SignIn) -> None:
    content = signed_in(carol).get(reverse("organizations:settings", args=[acme.code])).content

    assert b"Administrators change these" in content
    assert b"Save the safeguards" not in content
