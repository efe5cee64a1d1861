"""Two-person approval: the first of two waits, counts for a day and for what it was given for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest
from django.db import IntegrityError
from django.test import Client
from django.utils import timezone

from linking import approvals, approving, services
from linking.errors import IssuerApproves, RequestClosed
from linking.models import Account, Link, LinkRequest
from organizations import safeguards
from organizations.models import AuditEvent, Organization, OutgoingMail
from organizations.permissions import Role
from tests import factories
from tests.conftest import member
from tests.linking.conftest import Asked, acts, state_of
from users.models import User

pytestmark = [pytest.mark.db, pytest.mark.django_db]
State = LinkRequest.State
SignIn = Callable[[User], Client]


@pytest.fixture(autouse=True)
def _two_approve(acme: Organization) -> None:
    Organization.objects.filter(pk=acme.pk).update(needs_two_approvals=True)
    acme.refresh_from_db()


@pytest.fixture
def second(acme: Organization) -> User:
    return member(acme, Role.ADMINISTRATOR, "second")


def approve(asked: Asked, by: User) -> services.Approval:
    code = asked.link_request.organization_code
    return services.approve_request(
        asked.link_request, by=by, typed_code=code, facts_digest=asked.facts_digest
    )


def given(asked: Asked) -> int | None:
    progress = approvals.progress(LinkRequest.objects.with_parties().get(pk=asked.link_request.pk))
    return progress.given if progress else None


def age(asked: Asked, by: timedelta) -> None:
    LinkRequest.objects.filter(pk=asked.link_request.pk).update(first_approved_at=timezone.now() - by)


def test_the_first_approval_changes_nothing_yet(asked: Asked, alice: User, second: User) -> None:
    approval = approve(asked, alice)

    assert (approval.stay, approval.is_new) == (None, True)
    assert (state_of(asked), given(asked)) == (State.PENDING, 1)
    assert not Link.objects.exists()


def test_the_second_persons_approval_links(asked: Asked, alice: User, second: User) -> None:
    approve(asked, alice)

    approval = approve(asked, second)

    assert (state_of(asked), approval.is_new) == (State.APPROVED, True)
    assert approval.link.organization == asked.link_request.organization
    assert approve(asked, alice).is_new is False


def test_one_person_is_not_two(asked: Asked, alice: User, second: User) -> None:
    approve(asked, alice)

    again = approve(asked, alice)

    assert (again.stay, again.is_new) == (None, False)
    assert not Link.objects.exists()
    assert acts(action="link_request.first_approved") == ["link_request.first_approved"]


def test_who_sent_the_request_is_neither_of_the_two(asked: Asked, acme: Organization, alice: User) -> None:
    mia = asked.link_request.issued_by
    acme.memberships.create(user=mia, role=Role.ADMINISTRATOR)

    with pytest.raises(IssuerApproves):
        approve(asked, mia)
    approve(asked, alice)
    with pytest.raises(IssuerApproves):
        approve(asked, mia)

    assert not Link.objects.exists()


@pytest.mark.parametrize(("hours", "state"), [(23, State.APPROVED), (24, State.PENDING)])
def test_a_first_approval_counts_for_a_day(
    asked: Asked, alice: User, second: User, hours: int, state: str
) -> None:
    approve(asked, alice)
    age(asked, timedelta(hours=hours))

    approve(asked, second)

    assert state_of(asked) == state
    assert LinkRequest.objects.get().first_approved_by == (alice if state == State.APPROVED else second)


def test_it_counts_only_for_the_facts_it_was_given_for(asked: Asked, alice: User, second: User) -> None:
    approve(asked, alice)
    Account.objects.update(name="Renamed meanwhile")
    assert given(asked) == 0

    approve(asked, second)

    assert (state_of(asked), given(asked)) == (State.PENDING, 1)
    assert approve(asked, alice).link.account.name == "Renamed meanwhile"


@pytest.mark.parametrize("loss", ["role", "seat", "sign-in"])
def test_it_counts_only_while_who_gave_it_administers(
    asked: Asked, acme: Organization, alice: User, second: User, loss: str
) -> None:
    approve(asked, alice)
    if loss == "role":
        acme.memberships.filter(user=alice).update(role=Role.OPERATOR)
    elif loss == "seat":
        acme.memberships.filter(user=alice).delete()
    else:
        User.objects.filter(pk=alice.pk).update(is_active=False)
    assert given(asked) == 0

    approve(asked, second)

    assert state_of(asked) == State.PENDING


def test_a_role_that_goes_while_the_second_waits_for_its_turn_does_not_count(
    asked: Asked, acme: Organization, alice: User, second: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    approve(asked, alice)
    hold = approving.hold_both_sides

    def hold_late(requests: Sequence[LinkRequest], by: User) -> None:
        acme.memberships.filter(user=alice).update(role=Role.VIEWER)
        hold(requests, by)

    monkeypatch.setattr(approving, "hold_both_sides", hold_late)
    approve(asked, second)

    assert state_of(asked) == State.PENDING


def test_without_the_safeguard_the_next_approval_decides(
    asked: Asked, acme: Organization, alice: User, second: User
) -> None:
    approve(asked, alice)
    off = dict.fromkeys(safeguards.SAFEGUARDS, False)
    safeguards.change(acme, off, by=second)

    assert approve(asked, alice).link

    assert state_of(asked) == State.APPROVED


def test_a_rejected_or_withdrawn_request_takes_no_approval(asked: Asked, alice: User, second: User) -> None:
    approve(asked, alice)
    services.reject_request(asked.link_request, by=second, reason="Not ours.")

    with pytest.raises(RequestClosed):
        approve(asked, second)
    assert given(asked) is None


def test_an_overdue_request_takes_no_first_approval(asked: Asked, alice: User, second: User) -> None:
    LinkRequest.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    with pytest.raises(RequestClosed):
        approve(asked, alice)

    assert LinkRequest.objects.get().first_approved_by is None


def test_a_line_ads_account_is_not_linked_by_its_own_manager(
    acme: Organization, alice: User, second: User
) -> None:
    account = factories.AdsAccountFactory.create(legal_entity=acme.legal_entity)
    account.managers.create(user=alice)

    issued = services.issue_request(account, acme.code, by=alice)

    assert issued.url
    assert not Link.objects.exists()


def test_a_move_waits_for_two_of_the_receiving_side(
    official_link: Link, other: Organization, acme: Organization, charlie: User
) -> None:
    Organization.objects.filter(pk=other.pk).update(legal_entity=acme.legal_entity, needs_two_approvals=True)
    fourth = member(other, Role.ADMINISTRATOR, "fourth")
    starter = member(acme, Role.ADMINISTRATOR, "starter")
    issued = services.start_move(official_link, other.code, by=starter)
    move = Asked(issued.link_request, issued.url)

    assert approve(move, charlie).stay is None
    official_link.refresh_from_db()
    assert official_link.ended_at is None
    assert "move.first_approved" in acts(organization=acme)

    assert approve(move, fourth).link.organization == other


def test_half_a_first_approval_is_refused_by_the_database(asked: Asked) -> None:
    with pytest.raises(IntegrityError, match="linking_first_approvals_are_whole"):
        LinkRequest.objects.update(first_approved_digest="0" * 64)


def test_the_other_administrators_are_mailed_after_the_first(asked: Asked, alice: User, second: User) -> None:
    approve(asked, alice)
    approve(asked, alice)

    told = [mail.to_user for mail in OutgoingMail.objects.filter(kind="request_first_approved")]
    assert told == [second]


def test_both_approvals_stand_in_the_history(asked: Asked, alice: User, second: User) -> None:
    approve(asked, alice)
    approve(asked, second)

    events = AuditEvent.objects.filter(subject_type="linking.linkrequest").order_by("id")
    found = [(event.action, event.person.name) for event in events if event.person]
    assert found[1:] == [("link_request.first_approved", "Alice"), ("link_request.approved", "Second")]


# --- pages and REST
