"""How invitations end: accepted, revoked, expired, or with what their inviter may do."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.utils import timezone

from audiences import tick
from organizations import invitations
from organizations.invitations import (
    AddressNotProved,
    AlreadyMember,
    ClosedAlready,
    InvitationClosed,
    OtherAddress,
)
from organizations.models import AuditEvent, Invitation, Organization
from organizations.permissions import Role
from tests import factories
from tests.conftest import member
from tests.organizations.inviting import (
    State,
    acts,
    delivered,
    demote,
    digest_of,
    leave,
    remove,
    seats_of,
    token_of,
)
from users.models import User

pytestmark = [pytest.mark.db, pytest.mark.django_db]


def test_who_accepts_has_the_seat_that_was_offered(acme: Organization, alice: User, charlie: User) -> None:
    issued = invitations.invite(acme, Role.OPERATOR, by=alice, email=charlie.email)

    invitations.accept(issued.invitation.token_digest, by=charlie)

    assert seats_of(charlie, acme) == [Role.OPERATOR]
    closed = Invitation.objects.get()
    assert (closed.state, closed.closed_by, closed.sealed_email) == (State.ACCEPTED, charlie, "")
    assert closed.closed_at
    event = AuditEvent.objects.get(action="invitation.accepted")
    assert (str(event.person), event.details) == ("Charlie", {"role": "OPERATOR"})


def test_administrators_hear_who_joined_and_nobody_else(
    acme: Organization, alice: User, bob: User, charlie: User
) -> None:
    issued = invitations.invite(acme, Role.ADMINISTRATOR, by=alice)
    invitations.accept(digest_of(issued), by=charlie)

    text = delivered("member_joined")

    assert [sent.to for sent in mail.outbox] == [[alice.email]]
    assert charlie.email in text
    assert token_of(issued.url) not in text
    assert "/invite/" not in text


def test_one_that_was_mailed_is_for_that_address_only(
    acme: Organization, alice: User, charlie: User, mia: User
) -> None:
    issued = invitations.invite(acme, Role.VIEWER, by=alice, email=charlie.email)

    with pytest.raises(OtherAddress) as refused:
        invitations.accept(issued.invitation.token_digest, by=mia)

    assert charlie.email not in str(refused.value)
    assert seats_of(mia, acme) == []
    assert Invitation.objects.open().exists()


def test_who_has_not_proved_the_address_gets_no_seat(acme: Organization, alice: User) -> None:
    issued = invitations.invite(acme, Role.VIEWER, by=alice)
    person = factories.UserFactory.create(proved=False)

    with pytest.raises(AddressNotProved):
        invitations.accept(digest_of(issued), by=person)

    assert seats_of(person, acme) == []


def test_it_works_once(acme: Organization, alice: User, charlie: User, mia: User) -> None:
    issued = invitations.invite(acme, Role.VIEWER, by=alice)
    invitations.accept(digest_of(issued), by=charlie)

    with pytest.raises(InvitationClosed):
        invitations.accept(digest_of(issued), by=mia)

    assert seats_of(mia, acme) == []


@pytest.mark.parametrize("state", [State.ACCEPTED, State.REVOKED, State.EXPIRED])
def test_a_closed_invitation_opens_nothing(charlie: User, state: State) -> None:
    closed = factories.InvitationFactory.create(state=state, closed_at=timezone.now(), closed_by=charlie)

    with pytest.raises(InvitationClosed):
        invitations.accept(closed.token_digest, by=charlie)


def test_an_overdue_one_opens_nothing_even_before_the_tick(charlie: User) -> None:
    overdue = factories.InvitationFactory.create(overdue=True)

    with pytest.raises(InvitationClosed):
        invitations.accept(overdue.token_digest, by=charlie)


@pytest.mark.parametrize("digest", ["", "0" * 64])
def test_an_unknown_token_gets_the_same_answer(charlie: User, digest: str) -> None:
    with pytest.raises(InvitationClosed):
        invitations.accept(digest, by=charlie)


def test_a_member_leaves_the_invitation_to_somebody_else(
    acme: Organization, alice: User, bob: User, charlie: User
) -> None:
    issued = invitations.invite(acme, Role.ADMINISTRATOR, by=alice)

    with pytest.raises(AlreadyMember):
        invitations.accept(digest_of(issued), by=bob)

    assert seats_of(bob, acme) == [Role.OPERATOR]
    invitations.accept(digest_of(issued), by=charlie)


def test_a_revoked_invitation_is_over(acme: Organization, alice: User, charlie: User) -> None:
    issued = invitations.invite(acme, Role.VIEWER, by=alice)

    invitations.revoke(issued.invitation, by=alice)

    with pytest.raises(InvitationClosed):
        invitations.accept(digest_of(issued), by=charlie)
    with pytest.raises(ClosedAlready):
        invitations.revoke(issued.invitation, by=alice)
    assert acts() == ["invitation.issued", "invitation.revoked"]


def test_the_tick_closes_what_is_overdue_once(acme: Organization) -> None:
    factories.InvitationFactory.create(organization=acme, overdue=True)
    factories.InvitationFactory.create(organization=acme)

    assert [invitations.expire_invitations() for _ in range(2)] == [1, 0]

    assert acts() == ["invitation.expired"]
    assert invitations.expire_invitations in tick.DUTIES


@pytest.mark.parametrize("goes", [demote, remove, leave])
def test_who_may_no_longer_invite_has_no_way_back_in(
    acme: Organization, alice: User, goes: Callable[[User, Organization, User], None]
) -> None:
    second = member(acme, Role.ADMINISTRATOR, "second")
    kept = invitations.invite(acme, Role.ADMINISTRATOR, by=second)
    others = invitations.invite(acme, Role.VIEWER, by=alice)

    goes(second, acme, alice)

    kept.invitation.refresh_from_db()
    others.invitation.refresh_from_db()
    assert (kept.invitation.state, others.invitation.state) == (State.REVOKED, State.PENDING)
    assert acts().count("invitation.revoked") == 1
    with pytest.raises(InvitationClosed):
        invitations.accept(digest_of(kept), by=factories.UserFactory.create())


def test_an_invitation_is_worth_what_its_inviter_may_do_now(
    acme: Organization, alice: User, charlie: User
) -> None:
    """Even where a role changed by another way than ours."""
    issued = invitations.invite(acme, Role.VIEWER, by=alice)
    acme.memberships.filter(user=alice).update(role=Role.OPERATOR)

    with pytest.raises(InvitationClosed):
        invitations.accept(digest_of(issued), by=charlie)


def test_what_a_deactivated_person_issued_opens_nothing(
    acme: Organization, alice: User, charlie: User
) -> None:
    issued = invitations.invite(acme, Role.VIEWER, by=alice)
    User.objects.filter(pk=alice.pk).update(is_active=False)

    with pytest.raises(InvitationClosed):
        invitations.accept(digest_of(issued), by=charlie)


@pytest.mark.parametrize(
    "odd",
    [
        {"role": "OWNER"},
        {"state": "OPEN"},
        {"state": State.ACCEPTED, "closed_at": None},
        {"state": State.ACCEPTED, "closed_at": timezone.now(), "closed_by": None},
        {"state": State.REVOKED, "closed_at": timezone.now(), "sealed_email": "v1.x"},
    ],
)
def test_the_database_refuses_what_must_not_be(odd: dict[str, object]) -> None:
    invitation = factories.InvitationFactory.create()

    with pytest.raises(IntegrityError), transaction.atomic():
        Invitation.objects.filter(pk=invitation.pk).update(**odd)
