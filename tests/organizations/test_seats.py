"""Seats: another role, removal, leaving; never without an administrator, and at once."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.urls import reverse

from organizations import members, outbox
from organizations.errors import NotAllowed
from organizations.members import LastAdministrator, OwnSeat, SeatGone
from organizations.models import AuditEvent, Membership, Organization, OutgoingMail
from organizations.permissions import Role
from tests import factories
from tests.conftest import member
from tests.linking.test_races import together
from users.models import Scope, User

pytestmark = [pytest.mark.db, pytest.mark.django_db]
SignIn = Callable[[User], Client]
ROUNDS = int(os.environ.get("RACE_ROUNDS", "20"))


def seat_of(user: User, organization: Organization) -> Membership:
    return organization.memberships.get(user=user)


def role_of(user: User, organization: Organization) -> str:
    return seat_of(user, organization).role


def test_a_role_is_changed_and_told(acme: Organization, alice: User, bob: User) -> None:
    members.change_role(seat_of(bob, acme), Role.VIEWER, by=alice)

    assert role_of(bob, acme) == Role.VIEWER
    event = AuditEvent.objects.get(action="membership.role_changed")
    assert event.details == {"before": "OPERATOR", "after": "VIEWER"}
    assert bob.email not in event.subject_name
    outbox.deliver(OutgoingMail.objects.get(kind="member_role").pk)
    assert mail.outbox[0].to == [bob.email]


def test_the_same_role_again_changes_nothing(acme: Organization, alice: User, bob: User) -> None:
    members.change_role(seat_of(bob, acme), Role.OPERATOR, by=alice)

    assert not AuditEvent.objects.filter(action__startswith="membership.").exists()


def test_who_is_removed_is_outside_at_the_next_click(
    acme: Organization, alice: User, bob: User, signed_in: SignIn
) -> None:
    page = reverse("organizations:members", args=[acme.code])
    client = signed_in(bob)
    assert client.get(page).status_code == 200

    members.remove(seat_of(bob, acme), by=alice)

    assert client.get(page).status_code == 404
    headers = {"Authorization": f"Bearer {factories.token_for(bob, Scope.READ)}"}
    assert Client().get(f"/api/v1/organizations/{acme.code}/history/", headers=headers).status_code == 404
    outbox.deliver(OutgoingMail.objects.get(kind="member_removed").pk)
    assert acme.name in str(mail.outbox[0].subject)


def test_only_administrators_change_and_remove(
    acme: Organization, alice: User, bob: User, carol: User
) -> None:
    for act in (members.remove, partial(members.change_role, role=Role.VIEWER)):
        with pytest.raises(NotAllowed):
            act(seat_of(carol, acme), by=bob)

    assert acme.memberships.filter(user=carol).exists()


def test_nobody_changes_the_own_role(acme: Organization, alice: User) -> None:
    member(acme, Role.ADMINISTRATOR, "second")

    with pytest.raises(OwnSeat):
        members.change_role(seat_of(alice, acme), Role.VIEWER, by=alice)
    with pytest.raises(OwnSeat):
        members.remove(seat_of(alice, acme), by=alice)


def test_the_last_administrator_stays(acme: Organization, alice: User) -> None:
    with pytest.raises(LastAdministrator):
        members.leave(acme, by=alice)

    assert role_of(alice, acme) == Role.ADMINISTRATOR


def test_an_administrator_who_cannot_sign_in_does_not_count(acme: Organization, alice: User) -> None:
    second = member(acme, Role.ADMINISTRATOR, "second")
    User.objects.filter(pk=second.pk).update(is_active=False)

    with pytest.raises(LastAdministrator):
        members.leave(acme, by=alice)


def test_anybody_else_may_leave(acme: Organization, alice: User, bob: User) -> None:
    members.leave(acme, by=bob)

    assert not acme.memberships.filter(user=bob).exists()
    with pytest.raises(SeatGone):
        members.leave(acme, by=bob)


def test_a_seat_that_is_gone_is_said(acme: Organization, alice: User, bob: User) -> None:
    seat = seat_of(bob, acme)
    members.remove(seat, by=alice)

    with pytest.raises(SeatGone):
        members.change_role(seat, Role.VIEWER, by=alice)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_administrators_cannot_demote_each_other() -> None:
    if connection.vendor == "sqlite":
        pytest.skip("threads cannot share SQLite's database in memory")
    for _ in range(ROUNDS):
        acme = factories.OrganizationFactory.create()
        first, second = (member(acme, Role.ADMINISTRATOR, f"{name}{acme.code}".lower()) for name in "ab")
        seats = {person: seat_of(person, acme) for person in (first, second)}

        together(
            partial(members.change_role, seats[second], Role.VIEWER, by=first),
            partial(members.change_role, seats[first], Role.VIEWER, by=second),
        )

        assert acme.memberships.filter(role=Role.ADMINISTRATOR).count() == 1


# --- pages


@pytest.fixture
def confirmed(signed_in: SignIn, alice: User) -> Client:
    """Alice, who has just given her password once more."""
    client = signed_in(alice)
    client.post("/account/reauthenticate/", {"password": "correct horse battery", "next": "/preferences/"})
    return client


def test_an_administrator_changes_a_role_on_the_page(
    acme: Organization, bob: User, confirmed: Client
) -> None:
    page = reverse("organizations:member", args=[acme.code, seat_of(bob, acme).pk])
    assert "Change the role" in confirmed.get(page).content.decode()

    shown = confirmed.post(f"{page}role/", {"role": "VIEWER"}, follow=True)

    assert role_of(bob, acme) == Role.VIEWER
    assert "has another role now" in shown.content.decode()


def test_an_administrator_removes_somebody_on_the_page(
    acme: Organization, bob: User, confirmed: Client
) -> None:
    page = reverse("organizations:member", args=[acme.code, seat_of(bob, acme).pk])

    confirmed.post(f"{page}remove/")

    assert not acme.memberships.filter(user=bob).exists()


def test_an_odd_role_is_refused_where_it_was_chosen(acme: Organization, bob: User, confirmed: Client) -> None:
    page = reverse("organizations:change-role", args=[acme.code, seat_of(bob, acme).pk])

    assert confirmed.post(page, {"role": "OWNER"}).status_code == 400


def test_the_own_page_offers_nothing(acme: Organization, alice: User, confirmed: Client) -> None:
    page = confirmed.get(reverse("organizations:member", args=[acme.code, seat_of(alice, acme).pk]))

    assert "This is you" in page.content.decode()
    assert "Remove from the organization" not in page.content.decode()


def test_the_last_administrator_is_told_why_leaving_is_not_possible(
    acme: Organization, confirmed: Client
) -> None:
    answer = confirmed.post(reverse("organizations:leave", args=[acme.code]))

    assert answer.status_code == 409
    assert "last administrator" in answer.content.decode()
