"""Several people and one invitation at once, on a database that lets them: PostgreSQL."""

from __future__ import annotations

import os
from datetime import timedelta
from functools import partial

import pytest
from django.db import connection
from django.utils import timezone

from organizations import invitations
from organizations.invitations import (
    AlreadyMember,
    InvitationClosed,
    TooManySeats,
)
from organizations.models import AuditEvent, Invitation, Organization
from organizations.permissions import Role
from tests import factories
from tests.conftest import member
from tests.linking.test_races import together
from tests.organizations.inviting import State, demote, remove, seats_of
from users.models import User

pytestmark = [pytest.mark.db, pytest.mark.django_db]
ROUNDS = int(os.environ.get("RACE_ROUNDS", "20"))


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
class TestRaces:
    @pytest.fixture(autouse=True)
    def _threads_share_the_database(self) -> None:
        if connection.vendor == "sqlite":
            pytest.skip("threads cannot share SQLite's database in memory")

    @pytest.fixture
    def boss(self, acme: Organization) -> User:
        return member(acme, Role.ADMINISTRATOR, "boss")

    def offered(self, acme: Organization, boss: User) -> Invitation:
        return factories.InvitationFactory.create(organization=acme, issued_by=boss)

    def test_two_people_accept_one_invitation(self, acme: Organization, boss: User) -> None:
        for _ in range(ROUNDS):
            before, one = acme.memberships.count(), self.offered(acme, boss)
            pair = factories.UserFactory.create_batch(2)

            outcomes = together(*(partial(invitations.accept, one.token_digest, by=by) for by in pair))

            assert acme.memberships.count() == before + 1
            assert sum(isinstance(outcome, InvitationClosed) for outcome in outcomes) == 1

    def test_one_person_accepts_two_invitations(self, acme: Organization, boss: User) -> None:
        for _ in range(ROUNDS):
            both = [self.offered(acme, boss), self.offered(acme, boss)]
            person = factories.UserFactory.create()

            outcomes = together(*(partial(invitations.accept, one.token_digest, by=person) for one in both))

            assert len(seats_of(person, acme)) == 1
            assert sum(isinstance(outcome, AlreadyMember) for outcome in outcomes) == 1
            assert Invitation.objects.filter(pk__in=[one.pk for one in both]).open().count() == 1

    def test_accepted_while_it_is_revoked(self, acme: Organization, boss: User) -> None:
        for _ in range(ROUNDS):
            one, person = self.offered(acme, boss), factories.UserFactory.create()

            together(
                partial(invitations.accept, one.token_digest, by=person),
                partial(invitations.revoke, one, by=boss),
            )

            one.refresh_from_db()
            assert len(seats_of(person, acme)) == (one.state == State.ACCEPTED)
            closings = AuditEvent.objects.filter(
                subject_id=str(one.pk), action__in=["invitation.accepted", "invitation.revoked"]
            )
            assert closings.count() == 1

    def test_accepted_while_its_issuer_is_removed(self, acme: Organization, boss: User) -> None:
        for number in range(ROUNDS):
            second = member(acme, Role.ADMINISTRATOR, f"second{number}")
            one, person = self.offered(acme, second), factories.UserFactory.create()

            together(
                partial(invitations.accept, one.token_digest, by=person),
                partial(remove, second, acme, boss),
            )

            one.refresh_from_db()
            assert not acme.memberships.filter(user=second).exists()
            assert one.state in {State.ACCEPTED, State.REVOKED}
            assert len(seats_of(person, acme)) == (one.state == State.ACCEPTED)

    def test_accepted_while_the_last_administrator_demotes_its_issuer(
        self, acme: Organization, boss: User
    ) -> None:
        for number in range(ROUNDS):
            second = member(acme, Role.ADMINISTRATOR, f"demoted{number}")
            one, person = self.offered(acme, second), factories.UserFactory.create()

            together(
                partial(invitations.accept, one.token_digest, by=person),
                partial(demote, second, acme, boss),
            )

            one.refresh_from_db()
            assert seats_of(second, acme) == [Role.OPERATOR]
            assert one.state in {State.ACCEPTED, State.REVOKED}
            assert len(seats_of(person, acme)) == (one.state == State.ACCEPTED)

    def test_one_address_is_invited_twice_at_once(self, acme: Organization, boss: User) -> None:
        second = member(acme, Role.ADMINISTRATOR, "second")
        for number in range(8):
            address = f"dora{number}@people.example"
            both = (
                partial(invitations.invite, acme, Role.VIEWER, by=by, email=address) for by in (boss, second)
            )

            together(*both)

            left = [each for each in acme.invitations.open() if each.email == address]
            assert len(left) == 1

    def test_the_last_place_is_given_once(self, acme: Organization, boss: User) -> None:
        second = member(acme, Role.ADMINISTRATOR, "second")
        factories.InvitationFactory.create_batch(97, organization=acme, issued_by=boss)
        Invitation.objects.update(issued_at=timezone.now() - timedelta(hours=2))

        outcomes = together(*(partial(invitations.invite, acme, Role.VIEWER, by=by) for by in (boss, second)))

        assert sum(isinstance(outcome, TooManySeats) for outcome in outcomes) == 1
