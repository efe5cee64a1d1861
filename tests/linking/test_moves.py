"""Moves: released by one organization, taken over by another, all at once or not at all."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from audiences.models import Connector
from linking import services
from linking.errors import (
    LinkEnded,
    MoverLeft,
    RequestClosed,
    RuleRefused,
    SameOrganization,
    SamePerson,
)
from linking.models import Account, Link, LinkRequest
from organizations.errors import NotAllowed
from organizations.models import AuditEvent, LegalEntity, Organization, OutgoingMail
from organizations.permissions import Role
from resources.models import Share
from tests import factories
from tests.audiences import feeding
from tests.conftest import member
from users.models import User

pytestmark = [pytest.mark.db, pytest.mark.django_db]
State = LinkRequest.State


@pytest.fixture
def receiver(other: Organization, acme: Organization) -> Organization:
    """Another organization of the same legal entity."""
    Organization.objects.filter(pk=other.pk).update(legal_entity=acme.legal_entity)
    other.refresh_from_db()
    return other


@pytest.fixture
def taker(receiver: Organization) -> User:
    return member(receiver, Role.ADMINISTRATOR, "taker")


def start(link: Link, receiver: Organization, by: User) -> services.Issued:
    return services.start_move(link, receiver.code, by=by)


def approve(link_request: LinkRequest, by: User) -> services.Approval:
    fresh = LinkRequest.objects.with_parties().get(pk=link_request.pk)
    return services.approve_request(
        fresh, by=by, typed_code=fresh.organization_code, facts_digest=services.facts(fresh).digest
    )


def where(account: Account) -> Organization:
    return Link.objects.open().get(account=account).organization


def acts(organization: Organization) -> list[str]:
    return list(organization.audit_events.order_by("id").values_list("action", flat=True))


def test_until_it_is_approved_nothing_changes(
    official_link: Link, acme: Organization, receiver: Organization, alice: User
) -> None:
    issued = start(official_link, receiver, alice)

    assert (issued.link_request.state, issued.link_request.moves_from) == (State.PENDING, official_link)
    assert issued.url
    assert where(official_link.account) == acme


def test_the_account_moves_when_the_other_side_approves(
    official_link: Link, acme: Organization, receiver: Organization, alice: User, taker: User
) -> None:
    approval = approve(start(official_link, receiver, alice).link_request, taker)

    official_link.refresh_from_db()
    assert where(official_link.account) == receiver
    assert official_link.ended_at is not None
    assert approval.link.linked_at >= official_link.linked_at
    assert {"move.issued", "move.approved", "link.ended"} <= set(acts(acme))
    assert {"link_request.issued", "link_request.approved", "link.opened"} <= set(acts(receiver))


def test_shares_and_connectors_of_the_old_organization_end(
    acme: Organization, receiver: Organization, alice: User, taker: User
) -> None:
    account = factories.AdsAccountFactory.create(legal_entity=acme.legal_entity)
    link = factories.LinkFactory.create(account=account, organization=acme)
    given = factories.ShareFactory.create(
        resource=factories.ResourceFactory.create(owner_account=account),
        from_link=link,
        to_link=factories.LinkFactory.create(organization=acme),
    )
    taken = factories.ShareFactory.create(to_link=link)
    feeding.a_key(link)
    connector = feeding.a_connector(feeding.a_list(acme, alice), account, alice)

    approve(start(link, receiver, alice).link_request, taker)

    assert not Share.objects.open().filter(pk__in=[given.pk, taken.pk]).exists()
    connector.refresh_from_db()
    assert connector.state == Connector.State.PAUSED


def test_only_administrators_of_the_present_organization_start_it(
    official_link: Link, acme: Organization, receiver: Organization, taker: User, mia: User
) -> None:
    for person in (member(acme, Role.OPERATOR, "operator"), taker, mia):
        with pytest.raises(NotAllowed):
            start(official_link, receiver, person)

    assert not LinkRequest.objects.exists()


def test_who_started_it_cannot_take_it_over(official_link: Link, receiver: Organization, alice: User) -> None:
    receiver.memberships.create(user=alice, role=Role.ADMINISTRATOR)
    issued = start(official_link, receiver, alice)

    with pytest.raises(SamePerson):
        approve(issued.link_request, alice)

    assert LinkRequest.objects.get().state == State.PENDING


def test_another_legal_entity_cannot_take_it_over(
    official_link: Link, acme: Organization, receiver: Organization, alice: User, taker: User
) -> None:
    foreign = LegalEntity.objects.create(country="JP", registration_number="7000012050002", name="Foreign")
    Organization.objects.filter(pk=receiver.pk).update(legal_entity=foreign)

    with pytest.raises(RuleRefused, match="legal entity"):
        approve(start(official_link, receiver, alice).link_request, taker)

    assert where(official_link.account) == acme


def test_an_account_cannot_move_to_where_it_is(official_link: Link, acme: Organization, alice: User) -> None:
    with pytest.raises(SameOrganization) as refused:
        start(official_link, acme, alice)

    assert "organization_id" in refused.value.fields


def test_an_unknown_organization_gets_a_url_all_the_same(official_link: Link, alice: User) -> None:
    issued = services.start_move(official_link, "BM99999999999", by=alice)

    assert issued.url
    assert issued.link_request.organization is None


def test_a_newer_offer_replaces_the_older_one(
    official_link: Link, receiver: Organization, alice: User, taker: User
) -> None:
    first = start(official_link, receiver, alice).link_request
    second = start(official_link, receiver, alice).link_request

    with pytest.raises(RequestClosed):
        approve(first, taker)
    assert approve(second, taker).is_new


def test_it_can_be_taken_back_until_it_is_approved(
    official_link: Link, acme: Organization, receiver: Organization, alice: User, taker: User
) -> None:
    issued = start(official_link, receiver, alice)
    services.cancel_move(issued.link_request, by=member(acme, Role.ADMINISTRATOR, "second"))

    with pytest.raises(RequestClosed):
        approve(issued.link_request, taker)
    with pytest.raises(RequestClosed):
        services.cancel_move(issued.link_request, by=alice)


def test_neither_the_other_side_nor_the_accounts_manager_takes_it_back(
    official_link: Link, receiver: Organization, alice: User, taker: User, mia: User
) -> None:
    issued = start(official_link, receiver, alice)

    with pytest.raises(NotAllowed):
        services.cancel_move(issued.link_request, by=taker)
    with pytest.raises(NotAllowed):
        services.cancel_request(issued.link_request, by=mia)


def test_a_release_ends_with_the_role_of_who_gave_it(
    official_link: Link, acme: Organization, receiver: Organization, alice: User, taker: User
) -> None:
    issued = start(official_link, receiver, alice)
    acme.memberships.filter(user=alice).update(role=Role.OPERATOR)

    with pytest.raises(MoverLeft):
        approve(issued.link_request, taker)

    assert LinkRequest.objects.get().state == State.INVALID
    assert where(official_link.account) == acme


def test_a_move_of_a_link_that_has_ended_is_no_longer_valid(
    official_link: Link, receiver: Organization, alice: User, taker: User
) -> None:
    issued = start(official_link, receiver, alice)
    elsewhere = factories.OrganizationFactory.create(legal_entity=receiver.legal_entity)
    Link.objects.filter(pk=official_link.pk).update(ended_at=official_link.linked_at)
    factories.LinkFactory.create(account=official_link.account, organization=elsewhere)

    with pytest.raises(LinkEnded):
        approve(issued.link_request, taker)

    assert where(official_link.account) == elsewhere


def test_it_may_be_rejected_with_a_reason(
    official_link: Link, acme: Organization, receiver: Organization, alice: User, taker: User
) -> None:
    issued = start(official_link, receiver, alice)

    services.reject_request(issued.link_request, by=taker, reason="Not ours.")

    assert where(official_link.account) == acme
    told = {waiting.to_user for waiting in OutgoingMail.objects.filter(kind="request_rejected")}
    assert alice in told


def test_the_organization_that_is_left_reads_the_move_in_its_history(
    official_link: Link, acme: Organization, receiver: Organization, alice: User
) -> None:
    start(official_link, receiver, alice)

    event = AuditEvent.objects.get(action="move.issued")
    assert (event.organization, event.details["organization_code"]) == (acme, receiver.code)


def test_the_other_administrators_hear_that_an_account_is_offered_away(
    official_link: Link, acme: Organization, receiver: Organization, alice: User, taker: User
) -> None:
    second = member(acme, Role.ADMINISTRATOR, "second")

    start(official_link, receiver, alice)

    told = {(waiting.kind, waiting.to_user) for waiting in OutgoingMail.objects.all()}
    assert {("move_started", second), ("request_issued", taker)} == told - {("request_issued", None)}


# --- pages


def test_an_administrator_moves_an_account_by_hand(
    fresh_in: Callable[[User], Client],
    official_link: Link,
    acme: Organization,
    receiver: Organization,
    alice: User,
    taker: User,
) -> None:
    page = f"/organizations/{acme.code}/accounts/{official_link.account_id}/move/"
    client = fresh_in(alice)
    assert b"Nothing is shared with the account" in client.get(page).content

    shown = client.post(f"{page}start/", {"organization_id": receiver.code}, follow=True)

    url = shown.content.decode().partition('id="move-url" value="')[2].partition('"')[0]
    assert "/approve/" in url
    assert url not in client.get(page).content.decode()
    opened = fresh_in(taker).get(url.partition("8000")[2] or url, follow=True)
    assert b"Moves from" in opened.content
    assert acme.code.encode() in opened.content


def test_a_wrong_receiver_is_said_at_its_field(
    fresh_in: Callable[[User], Client], official_link: Link, acme: Organization, alice: User
) -> None:
    page = f"/organizations/{acme.code}/accounts/{official_link.account_id}/move/start/"

    answer = fresh_in(alice).post(page, {"organization_id": acme.code})

    assert answer.status_code == 400
    assert b"in this organization already" in answer.content


def test_a_started_move_is_listed_and_cancelled(
    fresh_in: Callable[[User], Client],
    official_link: Link,
    acme: Organization,
    receiver: Organization,
    alice: User,
) -> None:
    issued = start(official_link, receiver, alice)
    client = fresh_in(alice)
    assert b"Moves to other organizations" in client.get(f"/organizations/{acme.code}/requests/").content

    client.post(f"/organizations/{acme.code}/moves/{issued.link_request.pk}/cancel/")

    assert LinkRequest.objects.get().state == State.CANCELLED
