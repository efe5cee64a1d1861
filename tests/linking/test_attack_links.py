"""A link is for good: no address ends one, and a move leaves the old organization nothing to see or to do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from audiences.models import Connector, Run
from linking import keys, services
from linking.models import Link, LinkRequest
from organizations.models import Organization
from organizations.permissions import Role
from tests import factories
from tests.access.matrix import MATRIX
from tests.access.test_access import address, ask
from tests.access.world import Corner, corner
from tests.audiences import feeding
from tests.conftest import member
from users.models import User

pytestmark = [pytest.mark.db, pytest.mark.django_db]
SignIn = Callable[[User], Client]


@pytest.fixture
def here(acme: Organization, alice: User, mia: User) -> Corner:
    return corner(acme, alice, mia)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_no_address_ends_a_link(here: Corner, alice: User, mia: User, method: str) -> None:
    before = list(Link.objects.order_by("pk").values("pk", "account", "organization", "ended_at"))

    for name in MATRIX:
        for person in (alice, mia):
            assert ask(method, address(name, here), person).status_code < 500, name

    assert before
    assert list(Link.objects.order_by("pk").values("pk", "account", "organization", "ended_at")) == before


def test_the_database_deletes_no_link(official_link: Link) -> None:
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        Link.objects.filter(pk=official_link.pk).delete()

    assert Link.objects.get().ended_at is None


@pytest.fixture
def moved(acme: Organization, other: Organization, alice: User, charlie: User) -> Link:
    """An ad account with a key, a list, a connector and a run, that has just moved from acme to other."""
    Organization.objects.filter(pk=other.pk).update(legal_entity=acme.legal_entity)
    account = factories.AdsAccountFactory.create(legal_entity=acme.legal_entity)
    link = factories.LinkFactory.create(account=account, organization=acme)
    feeding.a_key(link)
    feeding.a_run(feeding.a_connector(feeding.a_list(acme, alice), account, alice), alice)
    move = services.start_move(link, other.code, by=alice).link_request
    digest = services.facts(LinkRequest.objects.with_parties().get(pk=move.pk)).digest
    services.approve_request(move, by=charlie, typed_code=other.code, facts_digest=digest)
    link.refresh_from_db()
    return link


PAGES_OF_AN_ACCOUNT = [
    "resources:account", "resources:add-resource", "linking:move", "linking:review",
    "api-review", "api-move",
]  # fmt: skip


@pytest.mark.parametrize("name", PAGES_OF_AN_ACCOUNT)
def test_the_old_organization_finds_the_account_nowhere(moved: Link, alice: User, name: str) -> None:
    url = reverse(name, args=[moved.organization.code, moved.account_id])

    assert ask("POST" if name == "api-move" else "GET", url, alice).status_code == 404


def test_the_old_organization_lists_it_no_more_and_keeps_its_own_history(
    moved: Link, signed_in: SignIn, alice: User
) -> None:
    client, organization = signed_in(alice), f"/organizations/{moved.organization.code}"

    assert moved.account.name not in client.get(f"{organization}/accounts/ads/").content.decode()
    assert "Move: approved" in client.get(f"{organization}/history/").content.decode()


def test_the_old_organization_reaches_it_with_no_key_and_no_connector(moved: Link) -> None:
    assert keys.key_for(moved.organization, moved.account) is None
    assert set(Connector.objects.values_list("state", flat=True)) == {Connector.State.PAUSED}
    assert set(Run.objects.values_list("state", flat=True)) == {Run.State.CANCELLED}


def test_the_new_organization_sees_no_key_no_list_and_no_run_of_the_old_one(
    moved: Link, other: Organization, charlie: User
) -> None:
    run, connector = Run.objects.get(), Connector.objects.get()
    held: dict[str, Any] = {
        "linking:key": moved.organization.api_keys.get().pk,
        "audiences:run": run.pk,
        "audiences:connector": connector.pk,
        "audiences:dataset": connector.dataset_id,
    }

    answers = {name: ask("GET", reverse(name, args=[other.code, pk]), charlie) for name, pk in held.items()}

    assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(held, 404)
    assert keys.key_for(other, moved.account) is None


def test_the_history_of_the_old_organization_stays_there(moved: Link, other: Organization) -> None:
    ended = moved.organization.audit_events.get(action="link.ended")

    assert not other.audit_events.filter(
        action__in=["run.cancelled", "connector.paused", "link.ended"]
    ).exists()
    assert ended.account_id == moved.account_id


def test_who_left_with_the_move_offers_it_no_further(moved: Link, acme: Organization, alice: User) -> None:
    """An old page of the move: its link has ended."""
    second = member(acme, Role.ADMINISTRATOR, "second")

    for person in (alice, second):
        url = reverse("linking:start-move", args=[acme.code, moved.account_id])
        assert ask("POST", url, person).status_code == 404

    assert not LinkRequest.objects.pending().exists()
