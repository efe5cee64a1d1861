"""The administrator's side: inviting on the page of members."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.urls import reverse
from pytest_django import Settings

from organizations import invitations
from organizations.invitations import (
    Issued,
)
from organizations.models import Invitation, Organization
from organizations.permissions import Role
from tests import factories
from tests.linking.test_approval_url import everything_stored
from tests.organizations.inviting import SignIn, invited, page_of_members, shown
from users.models import User

pytestmark = [pytest.mark.db, pytest.mark.django_db]


def test_an_administrator_gets_a_link_that_is_shown_once(
    acme: Organization, alice: User, fresh_in: SignIn
) -> None:
    client = fresh_in(alice)

    answer = invited(client, acme, role="OPERATOR")

    stored = everything_stored()
    found = re.search(r"/invite/([\w-]{43})/", shown(client.get(answer["Location"])))
    assert found
    assert found[1] not in stored + everything_stored()
    assert "/invite/" not in shown(client.get(page_of_members(acme)))


def test_the_link_is_shown_on_its_own_organizations_page_only(
    acme: Organization, other: Organization, alice: User, fresh_in: SignIn
) -> None:
    other.memberships.create(user=alice, role=Role.ADMINISTRATOR)
    client = fresh_in(alice)
    invited(client, acme, role="OPERATOR")

    assert "/invite/" not in shown(client.get(page_of_members(other)))
    assert "/invite/" in shown(client.get(page_of_members(acme)))


def test_a_mailed_invitation_says_where_it_went(acme: Organization, alice: User, fresh_in: SignIn) -> None:
    client = fresh_in(alice)

    page = shown(client.get(invited(client, acme, role="VIEWER", email="dora@people.example")["Location"]))

    assert "goes to dora@people.example" in page
    assert "/invite/" not in page
    assert "Revoke the invitation: dora@people.example" in page


def test_inviting_asks_for_the_password_again(
    acme: Organization, alice: User, signed_in: SignIn, settings: Settings
) -> None:
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = -1

    answer = invited(signed_in(alice), acme, role="VIEWER")

    assert answer["Location"].startswith("/account/reauthenticate/")
    assert not Invitation.objects.exists()


@pytest.mark.parametrize("fields", [{"role": "OWNER"}, {}, {"role": "VIEWER", "email": "nobody"}])
def test_odd_input_is_refused_where_it_was_typed(
    acme: Organization, alice: User, fresh_in: SignIn, fields: dict[str, str]
) -> None:
    assert invited(fresh_in(alice), acme, **fields).status_code == 400


def test_a_rule_that_says_no_is_said_on_the_page(acme: Organization, alice: User, fresh_in: SignIn) -> None:
    factories.InvitationFactory.create_batch(20, issued_by=alice)

    answer = invited(fresh_in(alice), acme, role="VIEWER")

    assert answer.status_code == 429
    assert "within an hour" in shown(answer)


def test_only_administrators_see_the_form_and_who_is_invited(
    acme: Organization, alice: User, bob: User, signed_in: SignIn
) -> None:
    invitations.invite(acme, Role.VIEWER, by=alice, email="dora@people.example")

    pages = [shown(signed_in(person).get(page_of_members(acme))) for person in (alice, bob)]

    assert ["dora@people.example" in page for page in pages] == [True, False]
    assert ["Invite somebody" in page for page in pages] == [True, False]


def test_revoking_takes_it_off_the_list(
    acme: Organization, alice: User, issued: Issued, signed_in: SignIn
) -> None:
    client = signed_in(alice)
    url = reverse("organizations:revoke-invitation", args=[acme.code, issued.invitation.pk])

    page = shown(client.post(url, follow=True))

    assert "no longer works" in page
    assert "Revoke the invitation" not in page
    assert "0 accepted, 1 revoked, 0 expired" in page
    assert client.post(url).status_code == 409


@pytest.mark.parametrize("count", [1, 30])
def test_many_invitations_take_no_more_queries(
    acme: Organization, alice: User, signed_in: SignIn, count: int, django_assert_max_num_queries: Any
) -> None:
    for _ in range(count):
        factories.InvitationFactory.create(organization=acme, issued_by=alice)
    client = signed_in(alice)

    with django_assert_max_num_queries(12):
        client.get(page_of_members(acme))
