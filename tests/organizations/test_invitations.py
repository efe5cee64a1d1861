"""Issuing invitations: one link, one seat, one day; by administrators alone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from organizations import invitations
from organizations.errors import Invalid, NotAllowed
from organizations.invitations import (
    TooManyInvitations,
    TooManySeats,
)
from organizations.models import AuditEvent, Invitation, Organization, OutgoingMail
from organizations.permissions import Role
from tests import factories
from tests.conftest import member
from tests.linking.test_approval_url import everything_stored
from tests.organizations.inviting import State, acts, delivered, digest_of, mailed_url, token_of
from users.models import User, token_digest

pytestmark = [pytest.mark.db, pytest.mark.django_db]


def test_an_invitation_is_a_link_for_a_day(acme: Organization, alice: User, settings: Settings) -> None:
    settings.SITE_URL = "https://console.example"

    issued = invitations.invite(acme, Role.OPERATOR, by=alice)

    assert issued.url.startswith("https://console.example/invite/")
    assert issued.invitation.token_digest == digest_of(issued)
    left = issued.invitation.expires_at - timezone.now()
    assert timedelta(hours=23, minutes=59) < left <= timedelta(hours=24)
    event = AuditEvent.objects.get(action="invitation.issued")
    assert (event.organization, event.details) == (acme, {"role": "OPERATOR", "by_mail": False})


def test_it_lives_as_long_as_the_installation_says(
    acme: Organization, alice: User, settings: Settings
) -> None:
    settings.INVITATION_HOURS = 2

    issued = invitations.invite(acme, Role.OPERATOR, by=alice)

    assert issued.invitation.expires_at <= timezone.now() + timedelta(hours=2)


def test_the_raw_token_is_in_no_row(acme: Organization, alice: User) -> None:
    handed_over = invitations.invite(acme, Role.VIEWER, by=alice)
    invitations.invite(acme, Role.VIEWER, by=alice, email="dora@people.example")

    stored = everything_stored()
    token = token_of(mailed_url())

    assert [token_of(handed_over.url) in stored, token in stored] == [False, False]
    assert "dora@people.example" not in stored
    assert not OutgoingMail.objects.exclude(sealed="").exists()


def test_it_is_mailed_in_the_inviters_language(acme: Organization, alice: User) -> None:
    alice.language = "zh-hant"

    issued = invitations.invite(acme, Role.ADMINISTRATOR, by=alice, email=" Dora@people.example ")

    text = delivered("invitation")
    assert [one in text for one in ("dora@people.example", "/invite/", acme.name, acme.code, "Alice")] == [
        True
    ] * 5
    assert "管理員" in text
    assert "Administrator" not in text
    assert issued.invitation.email == "dora@people.example"


def test_the_link_of_a_mailed_one_is_in_the_mail_alone(acme: Organization, alice: User) -> None:
    """Or its inviter could make an account with that address, as if it were proved."""
    issued = invitations.invite(acme, Role.VIEWER, by=alice, email="dora@people.example")

    assert issued.url == ""
    assert token_digest(token_of(mailed_url())) == issued.invitation.token_digest


def test_without_an_address_no_mail_goes_out(acme: Organization, alice: User) -> None:
    invitations.invite(acme, Role.VIEWER, by=alice)

    assert not OutgoingMail.objects.exists()


def test_the_same_address_again_replaces_the_older_one(acme: Organization, alice: User) -> None:
    older = invitations.invite(acme, Role.ADMINISTRATOR, by=alice, email="dora@people.example")
    others = invitations.invite(acme, Role.VIEWER, by=alice, email="emil@people.example")

    newer = invitations.invite(acme, Role.VIEWER, by=alice, email="Dora@people.example")

    states = {one.pk: one.state for one in Invitation.objects.all()}
    assert states == {
        older.invitation.pk: State.REVOKED,
        others.invitation.pk: State.PENDING,
        newer.invitation.pk: State.PENDING,
    }
    assert acts().count("invitation.superseded") == 1


def test_another_organization_invites_the_same_address(
    acme: Organization, other: Organization, alice: User, charlie: User
) -> None:
    for organization, person in ((acme, alice), (other, charlie)):
        invitations.invite(organization, Role.VIEWER, by=person, email="dora@people.example")

    assert Invitation.objects.open().count() == 2


def test_a_member_is_not_invited(acme: Organization, alice: User, bob: User) -> None:
    with pytest.raises(Invalid) as refused:
        invitations.invite(acme, Role.VIEWER, by=alice, email=bob.email.upper())

    assert "member already" in refused.value.fields["email"][0]


@pytest.mark.parametrize("address", ["dora", "dora@", "a@b.example\nBcc: x@y.example", "<a@b.example>"])
def test_an_odd_address_is_refused(acme: Organization, alice: User, address: str) -> None:
    with pytest.raises(Invalid) as refused:
        invitations.invite(acme, Role.VIEWER, by=alice, email=address)

    assert "email" in refused.value.fields
    assert not Invitation.objects.exists()


def test_only_administrators_invite_and_revoke(
    acme: Organization, alice: User, bob: User, charlie: User
) -> None:
    issued = invitations.invite(acme, Role.VIEWER, by=alice)

    for stranger in (bob, charlie):
        with pytest.raises(NotAllowed):
            invitations.invite(acme, Role.VIEWER, by=stranger)
        with pytest.raises(NotAllowed):
            invitations.revoke(issued.invitation, by=stranger)

    assert Invitation.objects.get().state == State.PENDING


def test_nobody_invites_more_than_twenty_people_an_hour(acme: Organization, alice: User) -> None:
    for _ in range(20):
        factories.InvitationFactory.create(issued_by=alice)

    with pytest.raises(TooManyInvitations) as refused:
        invitations.invite(acme, Role.VIEWER, by=alice)

    assert refused.value.status == 429
    Invitation.objects.update(issued_at=timezone.now() - timedelta(hours=1, seconds=1))
    invitations.invite(acme, Role.VIEWER, by=alice)


def test_seats_and_open_invitations_are_a_hundred_at_most(acme: Organization, alice: User) -> None:
    second = member(acme, Role.ADMINISTRATOR, "second")
    factories.InvitationFactory.create_batch(97, organization=acme, issued_by=second)
    invitations.invite(acme, Role.VIEWER, by=alice)

    with pytest.raises(TooManySeats):
        invitations.invite(acme, Role.VIEWER, by=alice)

    Invitation.objects.all()[0:1].get().delete()
    invitations.invite(acme, Role.VIEWER, by=alice)
