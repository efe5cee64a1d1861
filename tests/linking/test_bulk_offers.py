"""Offering several accounts at once: what is refused, how it counts, and who is mailed, once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError
from django.utils import timezone

from linking import issuing, services
from linking.errors import (
    NoAccounts,
    OneRefused,
    SameOrganization,
    TooManyAccounts,
    TooManyRequests,
)
from linking.models import JointMove, Link, LinkRequest
from organizations import outbox
from organizations.errors import NotAllowed
from organizations.models import Organization, OutgoingMail
from organizations.permissions import Role
from tests import factories
from tests.conftest import member
from tests.linking.joint import approve, links_of, offer, states
from users.models import User

pytestmark = [pytest.mark.db, pytest.mark.django_db]
State = LinkRequest.State


def test_one_that_has_left_stops_all_and_is_named(
    links: list[Link], receiver: Organization, alice: User
) -> None:
    Link.objects.filter(pk=links[1].pk).update(ended_at=timezone.now())

    with pytest.raises(OneRefused, match=links[1].account.name):
        offer(links, receiver, alice)

    assert not LinkRequest.objects.exists()
    assert not JointMove.objects.exists()


def test_an_account_of_another_organization_stops_all(
    links: list[Link], acme: Organization, receiver: Organization, alice: User
) -> None:
    foreign = factories.LinkFactory.create()

    with pytest.raises(OneRefused, match=foreign.account.name):
        services.start_moves(acme, [*links, foreign], receiver.code, by=alice)

    assert not LinkRequest.objects.exists()


def test_accounts_do_not_move_to_where_they_are(links: list[Link], acme: Organization, alice: User) -> None:
    with pytest.raises(SameOrganization):
        offer(links, acme, alice)


def test_only_administrators_start_it(
    links: list[Link], acme: Organization, receiver: Organization, charlie: User, bob: User
) -> None:
    for person in (charlie, bob):
        with pytest.raises(NotAllowed):
            offer(links, receiver, person)


def test_earlier_offers_of_the_accounts_end(
    links: list[Link], receiver: Organization, alice: User, charlie: User
) -> None:
    before = services.start_move(links[0], receiver.code, by=alice).link_request
    first = offer(links, receiver, alice)

    offer(links[:2], receiver, alice)

    assert states(first) == [State.PENDING, State.SUPERSEDED, State.SUPERSEDED]
    assert LinkRequest.objects.get(pk=before.pk).state == State.SUPERSEDED


def test_at_most_a_hundred_and_at_least_one(
    links: list[Link], acme: Organization, receiver: Organization, alice: User
) -> None:
    with pytest.raises(TooManyAccounts):
        services.start_moves(acme, [links[0]] * 101, receiver.code, by=alice)
    with pytest.raises(NoAccounts):
        services.start_moves(acme, [], receiver.code, by=alice)


def test_an_offer_of_many_counts_as_one_of_the_hour(
    acme: Organization, receiver: Organization, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(issuing, "REQUESTS_PER_HOUR", 3)
    many = links_of(acme, 12)

    offer(many, receiver, alice)
    offer(many, receiver, alice)
    services.start_move(many[0], receiver.code, by=alice)

    with pytest.raises(TooManyRequests):
        offer(many, receiver, alice)


def test_only_a_move_can_be_part_of_an_offer() -> None:
    with pytest.raises(IntegrityError, match="linking_only_moves_are_joint"):
        factories.LinkRequestFactory.create(joint_move=factories.JointMoveFactory.create())


# --- mails


def mails() -> list[tuple[str, str]]:
    return sorted((mail.kind, mail.to_user.name) for mail in OutgoingMail.objects.all() if mail.to_user)


def managed_by(person: User, *links: Link) -> None:
    for link in links:
        link.account.managers.create(user=person)


def test_everybody_hears_once_of_the_offer_and_once_of_its_end(
    links: list[Link], acme: Organization, receiver: Organization, alice: User, charlie: User, mia: User
) -> None:
    member(acme, Role.ADMINISTRATOR, "second")
    managed_by(mia, *links)
    offered = offer(links, receiver, alice)
    assert mails() == [("moves_issued", "Charlie"), ("moves_started", "Second")]
    OutgoingMail.objects.all().delete()

    approve(offered, charlie)

    assert mails() == [("moves_approved", "Alice"), ("moves_approved", "Mia"), ("moves_approved", "Second")]


def test_an_offer_that_lapses_is_told_of_once(offered: JointMove, alice: User, charlie: User) -> None:
    OutgoingMail.objects.all().delete()
    soon = timezone.now() + timedelta(hours=1)
    offered.moves.update(expires_at=soon)
    assert services.remind() == 3
    assert mails() == [("moves_expiring", "Alice"), ("moves_expiring", "Charlie")]
    OutgoingMail.objects.all().delete()

    offered.moves.update(expires_at=timezone.now())
    assert services.expire_requests() == 3

    assert mails() == [("moves_expired", "Alice"), ("moves_expired", "Charlie")]


def test_a_mail_names_the_accounts_and_no_url_of_approval(
    links: list[Link], receiver: Organization, alice: User, charlie: User, mailoutbox: list[Any]
) -> None:
    issued = services.start_moves(links[0].organization, links, receiver.code, by=alice)
    send_all()

    [text] = [mail.body for mail in mailoutbox]
    assert all(link.account.name in text for link in links)
    assert f"/requests/together/{issued.joint_move.pk}/" in text
    assert "/approve/" not in text


@pytest.mark.parametrize(
    ("act", "subject", "hear"),
    [
        ("rejected", "The move of 3 accounts is rejected", 2),
        ("cancelled", "The move of 3 accounts is cancelled", 2),
        ("invalid", "The move of 3 accounts has ended", 1),  # the other one no longer administers
    ],
)
def test_every_end_has_its_mail(
    offered: JointMove,
    acme: Organization,
    alice: User,
    charlie: User,
    act: str,
    subject: str,
    hear: int,
    mailoutbox: list[Any],
) -> None:
    member(acme, Role.ADMINISTRATOR, "second")
    OutgoingMail.objects.all().delete()
    if act == "rejected":
        services.reject_moves(offered, by=charlie, reason="Not ours.")
    elif act == "cancelled":
        services.cancel_moves(offered, by=alice)
    else:
        acme.memberships.filter(user=alice).update(role=Role.VIEWER)
        with pytest.raises(OneRefused):
            approve(offered, charlie)
    send_all()

    assert {mail.subject for mail in mailoutbox} == {subject}
    assert len(mailoutbox) == hear


def send_all() -> None:
    for waiting in OutgoingMail.objects.all():
        outbox.deliver(waiting.pk)
