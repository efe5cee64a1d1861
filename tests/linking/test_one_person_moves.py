"""One person on both sides of a move: only where both organizations allow it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from linking import services
from linking.errors import IssuerApproves, SamePerson
from linking.models import Link, LinkRequest
from organizations.models import Organization
from organizations.permissions import Role
from tests import factories
from users.models import Scope, User

pytestmark = [pytest.mark.db, pytest.mark.django_db]


@pytest.fixture
def receiver(other: Organization, acme: Organization, alice: User) -> Organization:
    """Another organization of the same legal entity, which alice administers, too."""
    Organization.objects.filter(pk=other.pk).update(legal_entity=acme.legal_entity)
    other.memberships.create(user=alice, role=Role.ADMINISTRATOR)
    other.refresh_from_db()
    return other


@pytest.fixture
def move(official_link: Link, receiver: Organization, alice: User) -> LinkRequest:
    return services.start_move(official_link, receiver.code, by=alice).link_request


def allow(*organizations: Organization) -> None:
    for organization in organizations:
        Organization.objects.filter(pk=organization.pk).update(one_person_may_move=True)


def digest_of(move: LinkRequest) -> str:
    return services.facts(LinkRequest.objects.with_parties().get(pk=move.pk)).digest


def approve(move: LinkRequest, by: User) -> services.Approval:
    return services.approve_request(
        move, by=by, typed_code=move.organization_code, facts_digest=digest_of(move)
    )


def test_it_moves_where_both_allow_it(
    move: LinkRequest, acme: Organization, receiver: Organization, alice: User
) -> None:
    allow(acme, receiver)

    assert approve(move, alice).link.organization == receiver


@pytest.mark.parametrize("side", ["acme", "receiver"])
def test_one_side_alone_is_not_enough(
    move: LinkRequest, alice: User, side: str, request: pytest.FixtureRequest
) -> None:
    allow(request.getfixturevalue(side))

    with pytest.raises(SamePerson):
        approve(move, alice)

    assert LinkRequest.objects.get().state == LinkRequest.State.PENDING


def test_what_was_allowed_when_it_started_does_not_count(
    move: LinkRequest, acme: Organization, receiver: Organization, alice: User
) -> None:
    allow(acme, receiver)
    Organization.objects.filter(pk=acme.pk).update(one_person_may_move=False)

    with pytest.raises(SamePerson):
        approve(move, alice)


def test_two_approvals_are_still_two_other_people(
    move: LinkRequest, acme: Organization, receiver: Organization, alice: User
) -> None:
    allow(acme, receiver)
    Organization.objects.filter(pk=receiver.pk).update(needs_two_approvals=True)

    with pytest.raises(IssuerApproves):
        approve(move, alice)


def test_the_page_says_whether_it_is_allowed(
    move: LinkRequest,
    acme: Organization,
    receiver: Organization,
    alice: User,
    signed_in: Callable[[User], Client],
) -> None:
    page, client = reverse("linking:request", args=[receiver.code, move.pk]), signed_in(alice)
    assert b"both organizations allow in their settings" in client.get(page).content

    allow(acme, receiver)

    shown = client.get(page).content
    assert b"both organizations allow in their settings" not in shown
    assert b"Both organizations allow that one person does both" in shown


def test_rest_says_whether_it_is_allowed(
    move: LinkRequest, acme: Organization, receiver: Organization, alice: User, client: Client
) -> None:
    path = f"/api/v1/organizations/{receiver.code}/link-requests/{move.pk}/"
    headers = {"Authorization": f"Bearer {factories.token_for(alice, Scope.READ)}"}

    def is_ok() -> bool:
        checks = {check["code"]: check["ok"] for check in client.get(path, headers=headers).json()["checks"]}
        return bool(checks["same_person"])

    assert not is_ok()
    allow(acme, receiver)
    assert is_ok()
