"""Members and invitations by REST: the same rules, the scope that lives a day."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from organizations import invitations
from organizations.models import AuditEvent, Invitation, Organization
from organizations.permissions import Role
from tests import factories
from tests.conftest import member
from tests.organizations.inviting import seats_of, token_of
from users.models import Scope, User, token_digest

pytestmark = [pytest.mark.db, pytest.mark.django_db]


def call(person: User, method: str, path: str, body: Any = None, *scopes: Scope) -> Any:
    token = factories.token_for(person, *(scopes or (Scope.READ, Scope.APPROVE)))
    headers = {"Authorization": f"Bearer {token}"}
    asked = getattr(Client(), method.lower())
    return asked(f"/api/v1/organizations/{path}", body, content_type="application/json", headers=headers)


def test_every_member_reads_who_belongs(acme: Organization, alice: User, carol: User) -> None:
    answer = call(carol, "GET", f"{acme.code}/members/", None, Scope.READ)

    rows = [(row["email"], row["role"]) for row in answer.json()["results"]]
    assert rows == [(alice.email, "ADMINISTRATOR"), (carol.email, "VIEWER")]


@pytest.mark.parametrize("count", [1, 30])
@pytest.mark.parametrize("path", ["members", "invitations"])
def test_lists_take_the_same_few_queries(
    acme: Organization, alice: User, path: str, count: int, django_assert_max_num_queries: Any
) -> None:
    for _ in range(count):
        acme.memberships.create(user=factories.UserFactory.create(), role=Role.VIEWER)
        factories.InvitationFactory.create(organization=acme, issued_by=alice)

    with django_assert_max_num_queries(12):
        assert call(alice, "GET", f"{acme.code}/{path}/").json()["count"] >= count


def test_a_role_is_changed(acme: Organization, alice: User, bob: User) -> None:
    seat = acme.memberships.get(user=bob)

    answer = call(alice, "POST", f"{acme.code}/members/{seat.pk}/role/", {"role": "VIEWER"})

    assert (answer.status_code, answer.json()["role"]) == (200, "VIEWER")
    assert AuditEvent.objects.get(action="membership.role_changed").source == "api"


@pytest.mark.parametrize("body", [{}, {"role": "OWNER"}])
def test_a_word_that_is_no_role_is_refused(acme: Organization, alice: User, bob: User, body: Any) -> None:
    seat = acme.memberships.get(user=bob)

    for path in (f"members/{seat.pk}/role", "invitations"):
        answer = call(alice, "POST", f"{acme.code}/{path}/", body)
        assert (answer.status_code, list(answer.json()["fields"])) == (400, ["role"])


def test_the_last_administrator_stays(acme: Organization, alice: User) -> None:
    seat = acme.memberships.get(user=alice)

    answer = call(alice, "POST", f"{acme.code}/members/{seat.pk}/remove/")

    assert (answer.status_code, answer.json()["code"]) == (409, "own_seat")


def test_who_is_removed_is_outside_at_the_next_call(acme: Organization, alice: User, bob: User) -> None:
    token = factories.token_for(bob, Scope.READ)
    headers = {"Authorization": f"Bearer {token}"}
    url = f"/api/v1/organizations/{acme.code}/members/"
    assert Client().get(url, headers=headers).status_code == 200

    answer = call(alice, "POST", f"{acme.code}/members/{acme.memberships.get(user=bob).pk}/remove/")

    assert answer.status_code == 204
    assert Client().get(url, headers=headers).status_code == 404


def test_an_invitation_is_issued_by_link(acme: Organization, alice: User, charlie: User) -> None:
    answer = call(alice, "POST", f"{acme.code}/invitations/", {"role": "OPERATOR"})

    assert answer.status_code == 201
    invitations.accept(token_digest(token_of(answer.json()["url"])), by=charlie)
    assert seats_of(charlie, acme) == [Role.OPERATOR]


def test_the_link_of_a_mailed_one_is_told_nobody(acme: Organization, alice: User) -> None:
    wanted = {"role": "VIEWER", "email": "dora@people.example"}

    answer = call(alice, "POST", f"{acme.code}/invitations/", wanted)

    assert (answer.status_code, answer.json()["url"]) == (201, "")
    [listed] = call(alice, "GET", f"{acme.code}/invitations/").json()["results"]
    assert (listed["email"], listed["issued_by"], "url" in listed) == (
        "dora@people.example",
        alice.email,
        False,
    )


def test_an_invitation_is_revoked_once(acme: Organization, alice: User) -> None:
    issued = invitations.invite(acme, Role.VIEWER, by=alice)
    path = f"{acme.code}/invitations/{issued.invitation.pk}/revoke/"

    assert [call(alice, "POST", path).status_code for _ in range(2)] == [204, 409]

    assert Invitation.objects.get().state == Invitation.State.REVOKED


def test_reading_is_not_managing(acme: Organization, alice: User, bob: User) -> None:
    second = member(acme, Role.ADMINISTRATOR, "second")
    seat = acme.memberships.get(user=bob)

    for scope in set(Scope) - {Scope.APPROVE}:
        for path in (f"members/{seat.pk}/remove", "invitations"):
            assert call(second, "POST", f"{acme.code}/{path}/", {"role": "VIEWER"}, scope).status_code == 403

    assert acme.memberships.filter(user=bob).exists()
