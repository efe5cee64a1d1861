"""Share requests: who asks for what, and what refuses it."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from linking import services as linking
from linking.errors import NotAReceiver, NotManager
from linking.models import Account, Link
from organizations.models import Organization
from resources import share_answers, share_requests
from resources.models import Kind, Resource, ShareRequest
from resources.request_errors import (
    AskedAlready,
    MayShare,
    NotAskable,
    NothingDescribed,
    NotLinked,
    NotYours,
    TooManyOpen,
)
from resources.services import NothingChosen
from tests import factories
from users.models import User

pytestmark = [pytest.mark.db, pytest.mark.django_db]
State = ShareRequest.State


def test_only_who_asked_withdraws(asked: ShareRequest, carol: User, bob: User) -> None:
    with pytest.raises(NotYours):
        share_requests.withdraw(asked, by=bob)

    share_requests.withdraw(asked, by=carol)

    assert asked.state == State.WITHDRAWN


def test_who_may_share_need_not_ask(audience: Resource, official_link: Link, bob: User, alice: User) -> None:
    for person in (bob, alice):
        with pytest.raises(MayShare):
            share_requests.ask([(official_link, audience)], note="", by=person)
        with pytest.raises(MayShare):
            share_requests.ask_for_everything(official_link, note="", by=person)


def test_what_no_rule_would_let_through_is_not_asked(
    audience: Resource, official_link: Link, carol: User
) -> None:
    lookalike = factories.ResourceFactory.create(owner_account=audience.owner_account, kind=Kind.LOOKALIKE)

    with pytest.raises(NotAskable, match="cannot use this kind"):
        share_requests.ask([(official_link, audience), (official_link, lookalike)], note="", by=carol)

    assert not ShareRequest.objects.exists()


def test_asking_for_nothing_asks_to_tick_something(carol: User) -> None:
    with pytest.raises(NothingChosen):
        share_requests.ask([], note="", by=carol)


def test_one_request_waits_for_each_resource_and_account(
    asked: ShareRequest, audience: Resource, official_link: Link, carol: User, bob: User
) -> None:
    with pytest.raises(NotAskable, match="asked already"):
        share_requests.ask([(official_link, audience)], note="", by=carol)
    share_answers.refuse(asked, by=bob, reason="no")

    assert share_requests.ask([(official_link, audience)], note="", by=carol)[0].state == State.PENDING


def test_everything_and_the_same_words_wait_once(
    in_words: ShareRequest, official: Account, official_link: Link, mia: User, carol: User
) -> None:
    share_requests.ask_for_everything(official_link, note="", by=carol)

    with pytest.raises(AskedAlready):
        share_requests.ask_in_words(official, note="", everything=True, by=mia)
    with pytest.raises(AskedAlready):
        share_requests.ask_in_words(official, note=in_words.note, by=mia)
    assert share_requests.ask_in_words(official, note="Something else", by=mia).state == State.PENDING


def test_a_rule_that_stands_is_not_asked_for(official_link: Link, carol: User, bob: User) -> None:
    linking.share_everything(official_link, by=bob)

    with pytest.raises(NotAskable, match="stands already"):
        share_requests.ask_for_everything(official_link, note="", by=carol)


def test_the_account_side_says_what_it_needs(official: Account, official_link: Link, mia: User) -> None:
    with pytest.raises(NothingDescribed):
        share_requests.ask_in_words(official, note=" \u200b", by=mia)

    assert (
        share_requests.ask_in_words(official, note="", line_id="1234567890", by=mia).line_id == "1234567890"
    )


def test_only_managers_of_linked_receivers_ask_on_the_account_side(
    acme: Organization, official: Account, ads_link: Link, mia: User, carol: User
) -> None:
    with pytest.raises(NotLinked):
        share_requests.ask_in_words(official, note="Buyers", by=mia)
    with pytest.raises(NotManager):
        share_requests.ask_in_words(ads_link.account, note="Buyers", by=carol)
    talk = factories.TalkHeadViewFactory.create(legal_entity=acme.legal_entity)
    talk.managers.create(user=mia)
    factories.LinkFactory.create(account=talk, organization=acme)
    with pytest.raises(NotAReceiver):
        share_requests.ask_in_words(talk, note="Buyers", by=mia)


def test_twenty_open_requests_are_enough_for_one_person_and_account(
    ads_link: Link, official_link: Link, carol: User, mia: User
) -> None:
    many = factories.ResourceFactory.create_batch(21, owner_account=ads_link.account)
    share_requests.ask([(official_link, each) for each in many[:20]], note="", by=carol)

    with pytest.raises(TooManyOpen):
        share_requests.ask([(official_link, many[20])], note="", by=carol)
    assert share_requests.ask_in_words(official_link.account, note="Buyers", by=mia)

    share_requests.withdraw(ShareRequest.objects.filter(asked_by=carol)[0], by=carol)
    assert share_requests.ask([(official_link, many[20])], note="", by=carol)


@pytest.mark.parametrize(
    "fields",
    [
        {"state": "GRANTED"},
        {"closed_at": timezone.now()},
        {"state": "REFUSED", "closed_at": timezone.now()},
        {"what": "EVERYTHING"},
        {"what": "WORDS", "resource": None},
        {"what": "RESOURCE", "resource": None},
        {"is_from_account": True},
    ],
    ids=[
        "no-date",
        "pending-with-date",
        "no-reason",
        "all-of-one",
        "no-words",
        "no-resource",
        "named-by-account",
    ],
)
def test_the_database_refuses_what_must_never_be(official_link: Link, fields: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        factories.ShareRequestFactory.create(to_link=official_link, **fields)


@pytest.mark.parametrize("kind", ["resource", "everything", "words"])
def test_the_database_keeps_one_pending_request(official_link: Link, audience: Resource, kind: str) -> None:
    person = factories.UserFactory.create()
    kinds: dict[str, dict[str, Any]] = {
        "resource": {"resource": audience},
        "everything": {"for_everything": True},
        "words": {"in_words": True},
    }
    fields = kinds[kind]
    factories.ShareRequestFactory.create(to_link=official_link, asked_by=person, **fields)

    with pytest.raises(IntegrityError), transaction.atomic():
        factories.ShareRequestFactory.create(to_link=official_link, asked_by=person, **fields)
