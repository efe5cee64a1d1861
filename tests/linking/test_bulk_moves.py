"""Several accounts moved at once: offered together or not at all, taken over together or one by one."""

from __future__ import annotations

import pytest
from django.utils import timezone

from linking import joint_moves, services
from linking.errors import (
    FactsChanged,
    OneRefused,
    RequestClosed,
    SamePerson,
    WrongConfirmation,
)
from linking.models import Account, JointMove, Link, LinkRequest
from organizations.errors import NotAllowed
from organizations.models import AuditEvent, LegalEntity, Organization, OutgoingMail
from organizations.permissions import Role
from tests import factories
from tests.conftest import member
from tests.linking.joint import approve, one_of, states
from users.models import User

pytestmark = [pytest.mark.db, pytest.mark.django_db]
State = LinkRequest.State


def living_in(organization: Organization) -> int:
    return Link.objects.open().filter(organization=organization).count()


def approve_one(move: LinkRequest, by: User) -> services.Approval:
    digest = services.facts(move).digest
    return services.approve_request(move, by=by, typed_code=move.organization_code, facts_digest=digest)


def test_one_act_offers_each_account(offered: JointMove, acme: Organization) -> None:
    assert states(offered) == [State.PENDING] * 3
    assert living_in(acme) == 3
    assert AuditEvent.objects.filter(action="move.issued", organization=acme).count() == 3


def test_the_one_url_is_kept_nowhere(links: list[Link], receiver: Organization, alice: User) -> None:
    issued = services.start_moves(links[0].organization, links, receiver.code, by=alice)

    token = issued.url.rstrip("/").rpartition("/")[2]
    assert token not in str(JointMove.objects.values()) + str(LinkRequest.objects.values())
    assert issued.joint_move.moves.values("token_digest").distinct().count() == 3


def test_all_are_taken_over_together(
    offered: JointMove, acme: Organization, receiver: Organization, charlie: User
) -> None:
    done = approve(offered, charlie)

    assert [approval.is_new for approval in done] == [True] * 3
    assert (living_in(acme), living_in(receiver)) == (0, 3)
    assert Link.objects.exclude(ended_at=None).filter(organization=acme).count() == 3


def test_a_second_click_changes_nothing_and_says_the_same(offered: JointMove, charlie: User) -> None:
    digest = joint_moves.digest_of(joint_moves.moves_of(offered))
    approve(offered, charlie)

    again = approve(offered, charlie, facts_digest=digest)

    assert [approval.is_new for approval in again] == [False] * 3
    assert Link.objects.count() == 6


def test_one_may_be_taken_over_alone_and_the_rest_after_it(
    offered: JointMove, receiver: Organization, charlie: User
) -> None:
    approve_one(one_of(offered), charlie)
    assert living_in(receiver) == 1

    assert len(approve(offered, charlie)) == 2

    assert living_in(receiver) == 3


def test_one_that_is_refused_stops_all(
    offered: JointMove, acme: Organization, receiver: Organization, charlie: User
) -> None:
    foreign = LegalEntity.objects.create(country="JP", registration_number="7000012050002", name="Foreign")
    account = one_of(offered).account
    Account.objects.filter(pk=account.pk).update(legal_entity=foreign)

    with pytest.raises(OneRefused, match=account.name) as refused:
        approve(offered, charlie)

    assert refused.value.code == "other_legal_entity"
    assert (living_in(acme), living_in(receiver)) == (3, 0)
    assert states(offered) == [State.PENDING] * 3


def test_one_that_can_never_move_is_closed_and_the_others_wait(
    offered: JointMove, receiver: Organization, charlie: User
) -> None:
    move = one_of(offered)
    Link.objects.filter(account=move.account).update(ended_at=timezone.now())
    factories.LinkFactory.create(account=move.account)

    with pytest.raises(OneRefused, match=move.account.name):
        approve(offered, charlie)

    assert states(offered) == [State.INVALID, State.PENDING, State.PENDING]
    assert living_in(receiver) == 0
    assert len(approve(offered, charlie)) == 2


def test_who_started_it_must_still_administer(offered: JointMove, acme: Organization, charlie: User) -> None:
    acme.memberships.update(role=Role.OPERATOR)

    with pytest.raises(OneRefused):
        approve(offered, charlie)

    assert states(offered) == [State.INVALID] * 3


def test_a_cancelled_one_makes_it_another_page(offered: JointMove, alice: User, charlie: User) -> None:
    digest = joint_moves.digest_of(joint_moves.moves_of(offered))
    services.cancel_move(one_of(offered), by=alice)

    with pytest.raises(FactsChanged):
        approve(offered, charlie, facts_digest=digest)

    assert states(offered) == [State.CANCELLED, State.PENDING, State.PENDING]


def test_a_renamed_account_makes_it_another_page(offered: JointMove, charlie: User) -> None:
    digest = joint_moves.digest_of(joint_moves.moves_of(offered))
    Account.objects.filter(pk=one_of(offered).account_id).update(name="Renamed meanwhile")

    with pytest.raises(FactsChanged):
        approve(offered, charlie, facts_digest=digest)


def test_the_id_is_typed_once_and_must_be_right(offered: JointMove, charlie: User) -> None:
    with pytest.raises(WrongConfirmation):
        approve(offered, charlie, typed_code="BM00000000000")


def test_only_administrators_of_the_receiving_side_answer(
    offered: JointMove, receiver: Organization, alice: User
) -> None:
    for person in (alice, member(receiver, Role.OPERATOR, "operator")):
        with pytest.raises(NotAllowed):
            approve(offered, person)
        with pytest.raises(NotAllowed):
            services.reject_moves(offered, by=person, reason="No.")


def test_one_person_takes_over_only_what_both_sides_allow(
    offered: JointMove, acme: Organization, receiver: Organization, alice: User
) -> None:
    receiver.memberships.create(user=alice, role=Role.ADMINISTRATOR)
    with pytest.raises(SamePerson):
        approve(offered, alice)

    Organization.objects.filter(pk__in=[acme.pk, receiver.pk]).update(one_person_may_move=True)

    assert len(approve(offered, alice)) == 3


def test_two_people_take_over_where_the_receiver_asks_for_two(
    offered: JointMove, receiver: Organization, charlie: User
) -> None:
    Organization.objects.filter(pk=receiver.pk).update(needs_two_approvals=True)
    second = member(receiver, Role.ADMINISTRATOR, "second")

    assert [approval.stay for approval in approve(offered, charlie)] == [None] * 3
    assert living_in(receiver) == 0
    assert [approval.is_new for approval in approve(offered, charlie)] == [False] * 3

    assert all(approval.stay for approval in approve(offered, second))
    assert living_in(receiver) == 3
    told = OutgoingMail.objects.filter(kind="moves_first_approved")
    assert [mail.to_user for mail in told] == [second]


def test_all_are_rejected_with_one_reason(offered: JointMove, acme: Organization, charlie: User) -> None:
    services.reject_moves(offered, by=charlie, reason="Not ours.")

    assert states(offered) == [State.REJECTED] * 3
    assert set(offered.moves.values_list("reason", flat=True)) == {"Not ours."}
    with pytest.raises(RequestClosed):
        services.reject_moves(offered, by=charlie, reason="Not ours.")
    with pytest.raises(RequestClosed):
        approve(offered, charlie)


def test_the_present_organization_takes_all_back(
    offered: JointMove, acme: Organization, charlie: User
) -> None:
    with pytest.raises(NotAllowed):
        services.cancel_moves(offered, by=charlie)

    services.cancel_moves(offered, by=member(acme, Role.ADMINISTRATOR, "second"))

    assert states(offered) == [State.CANCELLED] * 3


def test_what_was_answered_stays_answered(offered: JointMove, alice: User, charlie: User) -> None:
    approve_one(one_of(offered), charlie)

    services.cancel_moves(offered, by=alice)

    assert states(offered) == [State.APPROVED, State.CANCELLED, State.CANCELLED]
    with pytest.raises(RequestClosed):
        services.cancel_moves(offered, by=alice)
