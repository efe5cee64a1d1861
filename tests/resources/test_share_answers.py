"""Share requests: how they are answered, who hears of it, and how they end without an answer."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from linking.models import Account, Link
from organizations import outbox
from organizations.models import Organization, OutgoingMail
from resources import share_answers, share_requests
from resources.models import Resource, Share, ShareRequest
from resources.request_errors import (
    NoWhy,
    ShareRequestClosed,
)
from resources.services import NothingChosen, NotShareable, end_shares, share_resources
from tests import factories
from tests.linking.conftest import acts
from users.models import User

pytestmark = [pytest.mark.db, pytest.mark.django_db]
State = ShareRequest.State


def state_of(asked: ShareRequest) -> State:
    return ShareRequest.objects.get(pk=asked.pk).shown_state


def mails() -> list[tuple[str, str]]:
    rows = OutgoingMail.objects.order_by("kind", "to_user__email").select_related("to_user")
    return [(mail.kind.removeprefix("share_request_"), mail.to_user.email.partition("@")[0]) for mail in rows]


def test_granting_shares_what_was_asked(asked: ShareRequest, audience: Resource, bob: User) -> None:
    until = timezone.now() + timedelta(days=3)

    share_answers.grant(asked, by=bob, until=until)

    share = Share.objects.get()
    assert (share.resource, share.to_link, share.shared_by, share.until) == (
        audience,
        asked.to_link,
        bob,
        until,
    )
    assert (asked.state, asked.closed_by, list(asked.shares.all())) == (State.GRANTED, bob, [share])
    assert acts(account_id=asked.to_link.account_id) == [
        "share_request.asked",
        "share_request.granted",
        "share.started",
    ]


def test_a_rules_no_leaves_the_request_open(asked: ShareRequest, audience: Resource, bob: User) -> None:
    Resource.objects.filter(pk=audience.pk).update(status=Resource.Status.FAILED)

    with pytest.raises(NotShareable, match="could not build"):
        share_answers.grant(asked, by=bob)

    assert state_of(asked) == State.PENDING
    assert acts(account_id=asked.to_link.account_id) == ["share_request.asked"]


def test_what_was_shared_meanwhile_is_not_shared_twice(
    asked: ShareRequest, audience: Resource, bob: User
) -> None:
    share_resources(asked.to_link, [audience], by=bob)

    share_answers.grant(asked, by=bob)

    assert (asked.state, Share.objects.count(), asked.shares.count()) == (State.GRANTED, 1, 0)


def test_granting_everything_lets_the_rule_stand(
    audience: Resource, official: Account, official_link: Link, mia: User, bob: User
) -> None:
    asked = share_requests.ask_in_words(official, note="", everything=True, by=mia)

    share_answers.grant(asked, by=bob)

    assert list(Resource.objects.shared_to(official)) == [audience]
    assert acts(account_id=official.pk)[-1] == "share.everything_started"


def test_who_answers_picks_what_the_words_mean(
    in_words: ShareRequest, audience: Resource, official: Account, bob: User
) -> None:
    with pytest.raises(NothingChosen):
        share_answers.grant(in_words, by=bob)
    assert state_of(in_words) == State.PENDING

    share_answers.grant(in_words, resources=[audience], by=bob)

    assert list(Resource.objects.shared_to(official)) == [audience]


def test_nothing_of_another_organization_is_given_for_words(in_words: ShareRequest, bob: User) -> None:
    with pytest.raises(NothingChosen):
        share_answers.grant(in_words, resources=[factories.ResourceFactory.create()], by=bob)


def test_a_refusal_says_why_and_nothing_is_shared(asked: ShareRequest, bob: User) -> None:
    with pytest.raises(NoWhy):
        share_answers.refuse(asked, by=bob, reason=" \u200b")

    share_answers.refuse(asked, by=bob, reason="Not before autumn")

    assert (asked.state, asked.reason, Share.objects.exists()) == (State.REFUSED, "Not before autumn", False)


@pytest.mark.parametrize("state", ["GRANTED", "REFUSED", "WITHDRAWN", "EXPIRED", "INVALID"])
def test_a_closed_request_is_not_answered_again(
    asked: ShareRequest, bob: User, carol: User, state: str
) -> None:
    ShareRequest.objects.update(state=state, closed_at=timezone.now(), reason="why")

    for act in (
        lambda: share_answers.grant(asked, by=bob),
        lambda: share_answers.refuse(asked, by=bob, reason="no"),
        lambda: share_requests.withdraw(asked, by=carol),
    ):
        with pytest.raises(ShareRequestClosed):
            act()

    assert (ShareRequest.objects.get().state, Share.objects.exists()) == (state, False)


def test_who_may_answer_and_then_who_asked_get_a_mail(
    asked: ShareRequest, bob: User, carol: User, mailoutbox: list[Any]
) -> None:
    assert mails() == [("asked", "bob")]

    share_answers.grant(asked, by=bob)

    assert mails() == [("asked", "bob"), ("granted", "carol")]
    for mail in OutgoingMail.objects.order_by("kind"):
        outbox.deliver(mail.pk)
    told, answered = mailoutbox
    assert (told.subject, "For the autumn" in told.body) == ("Carol asks to share with Acme Coffee OA", True)
    assert "Buyers" in answered.body


def test_a_refusal_is_mailed_in_the_askers_language(
    asked: ShareRequest, bob: User, carol: User, mailoutbox: list[Any]
) -> None:
    OutgoingMail.objects.all().delete()
    User.objects.filter(pk=carol.pk).update(language="ja")

    share_answers.refuse(asked, by=bob, reason="Not before autumn")
    outbox.deliver(OutgoingMail.objects.get().pk)

    assert "Not before autumn" in mailoutbox[0].body
    assert "refused" not in mailoutbox[0].subject


def test_nobody_who_left_hears_the_answer(asked: ShareRequest, bob: User, carol: User) -> None:
    carol.memberships.all().delete()

    share_answers.grant(asked, by=bob)

    assert mails() == [("asked", "bob")]


def test_the_manager_is_mailed_what_the_words_came_to(
    in_words: ShareRequest, audience: Resource, bob: User, mailoutbox: list[Any]
) -> None:
    share_answers.grant(in_words, resources=[audience], by=bob)

    assert mails()[-1] == ("granted", "mia")
    outbox.deliver(OutgoingMail.objects.get(kind="share_request_granted").pk)
    assert f"Buyers\n\nAccount: {in_words.to_link.account}" in mailoutbox[0].body


def test_after_thirty_days_the_clock_closes_and_the_tick_writes_it_down(
    asked: ShareRequest, bob: User
) -> None:
    ShareRequest.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    assert state_of(asked) == State.EXPIRED
    with pytest.raises(ShareRequestClosed):
        share_answers.grant(asked, by=bob)
    assert [share_answers.close_overdue() for _twice in range(2)] == [1, 0]

    assert ShareRequest.objects.get().state == State.EXPIRED
    assert mails() == [("asked", "bob"), ("expired", "carol")]
    assert acts(account_id=asked.to_link.account_id)[-1] == "share_request.expired"


def test_what_is_overdue_does_not_keep_anybody_from_asking_again(
    asked: ShareRequest, audience: Resource, official_link: Link, carol: User
) -> None:
    ShareRequest.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    share_requests.ask([(official_link, audience)], note="", by=carol)

    assert sorted(ShareRequest.objects.values_list("state", flat=True)) == ["EXPIRED", "PENDING"]


def test_a_request_waits_thirty_days(asked: ShareRequest) -> None:
    with time_machine.travel(asked.asked_at + timedelta(days=30, seconds=-1), tick=False):
        assert state_of(asked) == State.PENDING
    with time_machine.travel(asked.asked_at + timedelta(days=30, seconds=1), tick=False):
        assert state_of(asked) == State.EXPIRED


@pytest.mark.parametrize("ends", ["official_link", "ads_link"])
def test_a_request_ends_with_the_receivers_and_with_the_owners_link(
    asked: ShareRequest, bob: User, ends: str, request: pytest.FixtureRequest
) -> None:
    link: Link = request.getfixturevalue(ends)
    Link.objects.filter(pk=link.pk).update(ended_at=timezone.now())
    end_shares(link, by=bob)

    share_answers.end_requests(link, by=bob)

    assert ShareRequest.objects.get().state == State.INVALID
    assert acts()[-1] == "share_request.invalid"


def test_a_request_ends_with_its_resource(
    acme: Organization, asked: ShareRequest, audience: Resource, bob: User
) -> None:
    Resource.objects.filter(pk=audience.pk).update(status=Resource.Status.DELETED)

    assert not share_requests.waiting_requests(acme).exists()
    with pytest.raises(ShareRequestClosed):
        share_answers.grant(ShareRequest.objects.with_parties().get(), by=bob)
    assert share_answers.close_overdue() == 1
    assert ShareRequest.objects.get().state == State.INVALID


def test_what_left_the_organization_is_not_granted(asked: ShareRequest, ads_link: Link, bob: User) -> None:
    Link.objects.filter(pk=ads_link.pk).update(ended_at=timezone.now())

    with pytest.raises(ShareRequestClosed):
        share_answers.grant(asked, by=bob)

    assert not Share.objects.exists()
