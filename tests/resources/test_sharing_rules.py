"""Sharing rules: what they give, to whom, from when until when, and what refuses them."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from linking.models import Account, Link
from organizations.models import AuditEvent, Organization, Review
from resources import receivers, sharing_rules
from resources.kinds import Kind
from resources.models import Resource, SharingRule
from resources.sharing_rules import CannotReceive, NameTaken, NoReceivers, RuleEnded, Wanted
from resources.standing import Standing, given_by_rule
from tests import factories
from users.models import User

pytestmark = [pytest.mark.db, pytest.mark.django_db]
SignIn = Callable[[User], Client]
From = SharingRule.From


def make(acme: Organization, by: User, **wanted: Any) -> SharingRule:
    return sharing_rules.create_rule(acme, Wanted(**{"name": "Rule", **wanted}), by=by)


def seen_by(link: Link) -> set[str]:
    return {resource.name for resource in Resource.objects.shared_to(link.account)}


def test_a_rule_gives_what_fits_now_and_later(
    acme: Organization, official_link: Link, ads_link: Link, bob: User
) -> None:
    owned = {"owner_account": ads_link.account}
    factories.ResourceFactory.create(**owned, name="VIP May")
    factories.ResourceFactory.create(**owned, name="Everybody")
    make(acme, bob, name_contains="vip", receivers=[official_link])
    assert seen_by(official_link) == {"VIP May"}

    factories.ResourceFactory.create(**owned, name="New vips")

    assert seen_by(official_link) == {"VIP May", "New vips"}


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ({}, {"Ads phones", "Ads mails", "Own phones"}),
        ({"kinds": [Kind.EMAIL_UPLOAD]}, {"Ads mails"}),
        ({"owned_by": From.ORGANIZATION}, {"Own phones"}),
        ({"name_contains": "ÄDS"}, set()),
        ({"name_contains": "ads."}, set()),
        ({"name_contains": "PHONES", "kinds": [Kind.PHONE_UPLOAD]}, {"Ads phones", "Own phones"}),
    ],
)
def test_each_condition_narrows(
    acme: Organization, official_link: Link, ads_link: Link, bob: User, conditions: Any, expected: set[str]
) -> None:
    factories.ResourceFactory.create(owner_account=ads_link.account, name="Ads phones")
    factories.ResourceFactory.create(owner_account=ads_link.account, name="Ads mails", kind=Kind.EMAIL_UPLOAD)
    factories.ResourceFactory.create(owner_account=None, owner_organization=acme, name="Own phones")

    make(acme, bob, receivers=[official_link], **conditions)

    assert seen_by(official_link) == expected


def test_letters_of_every_alphabet_are_compared_without_case(
    acme: Organization, official_link: Link, ads_link: Link, bob: User
) -> None:
    factories.ResourceFactory.create(owner_account=ads_link.account, name="Émile Ö 常連")

    make(acme, bob, name_contains="émile ö 常", receivers=[official_link])

    assert seen_by(official_link) == {"Émile Ö 常連"}


def test_a_rule_for_a_service_reaches_accounts_linked_later(
    acme: Organization, ads_link: Link, bob: User
) -> None:
    factories.ResourceFactory.create(owner_account=ads_link.account, name="Buyers")
    make(acme, bob, to_every_ads=True)

    later = factories.LinkFactory.create(account=factories.AdsAccountFactory.create(), organization=acme)

    assert seen_by(later) == {"Buyers"}
    assert seen_by(ads_link) == set()


def test_a_stopped_rule_gives_nothing(
    acme: Organization, official_link: Link, ads_link: Link, bob: User
) -> None:
    factories.ResourceFactory.create(owner_account=ads_link.account)
    rule = make(acme, bob, to_every_official=True)

    sharing_rules.stop_rule(rule, by=bob)

    assert seen_by(official_link) == set()
    with pytest.raises(RuleEnded):
        sharing_rules.stop_rule(rule, by=bob)
    with pytest.raises(RuleEnded):
        sharing_rules.change_rule(rule, Wanted("Again", to_every_ads=True), by=bob)


def test_a_changed_rule_gives_what_fits_it_now(
    acme: Organization, official_link: Link, ads_link: Link, bob: User
) -> None:
    for name in ("Old", "New"):
        factories.ResourceFactory.create(owner_account=ads_link.account, name=name)
    rule = make(acme, bob, name_contains="old", receivers=[official_link])

    sharing_rules.change_rule(rule, Wanted("Rule", name_contains="new", to_every_official=True), by=bob)

    assert seen_by(official_link) == {"New"}
    event = AuditEvent.objects.get(action="sharing_rule.changed")
    assert (event.details["before"]["name_contains"], event.details["name_contains"]) == ("old", "new")


def test_saving_without_a_change_tells_nothing(acme: Organization, official_link: Link, bob: User) -> None:
    rule = make(acme, bob, receivers=[official_link])

    sharing_rules.change_rule(rule, Wanted("Rule", receivers=[official_link]), by=bob)

    assert not AuditEvent.objects.filter(action="sharing_rule.changed").exists()


def test_a_rule_needs_receivers_who_can_use_something(acme: Organization, bob: User) -> None:
    head = factories.LinkFactory.create(account=factories.TalkHeadViewFactory.create(), organization=acme)

    with pytest.raises(NoReceivers):
        make(acme, bob)
    with pytest.raises(CannotReceive, match="Talk Head View"):
        make(acme, bob, receivers=[head])
    with pytest.raises(CannotReceive, match="None of the receivers"):
        make(acme, bob, kinds=[Kind.LOOKALIKE], to_every_official=True)
    assert not SharingRule.objects.exists()


def test_two_rules_that_stand_have_two_names(acme: Organization, bob: User) -> None:
    first = make(acme, bob, to_every_ads=True)
    with pytest.raises(NameTaken):
        make(acme, bob, to_every_ads=True)

    sharing_rules.stop_rule(first, by=bob)

    assert make(acme, bob, to_every_ads=True).pk != first.pk


def test_the_database_wants_the_account_of_a_rule_for_one_account(acme: Organization) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        factories.SharingRuleFactory.create(organization=acme, owned_by=From.ACCOUNT)


def test_the_database_and_the_memory_agree_on_every_case(acme: Organization, bob: User) -> None:
    links = [
        factories.LinkFactory.create(account=maker.create(), organization=acme, review=review)
        for maker, review in itertools.product(
            (factories.OfficialAccountFactory, factories.AdsAccountFactory),
            (Review.VERIFIED, Review.IN_REVIEW),
        )
    ] + [factories.LinkFactory.create(organization=acme)]
    owner = links[-1].account
    for kinds, text, owned, to in itertools.product(
        ([], [Kind.PHONE_UPLOAD, Kind.LOOKALIKE]), ("", "sHop"), From.values, range(2)
    ):
        factories.SharingRuleFactory.create(
            organization=acme,
            kinds=kinds,
            name_contains=text,
            owned_by=owned,
            owner_account=owner if owned == From.ACCOUNT else None,
            to_every_official=to == 0,
            to_every_ads=False,
            created_by=bob,
        ).receivers.set(links[2:4] if to else [])
    owners: list[dict[str, Any]] = [{"owner_account": link.account} for link in links]
    owners += [{"owner_account": None, "owner_organization": acme}, {}]
    for given, kind, name in itertools.product(owners, Kind.values, ("Shop buyers", "Others")):
        factories.ResourceFactory.create(kind=kind, name=name, **given)
    resources, standing, seen = list(Resource.objects.all()), Standing.of(acme), 0

    for link in links:
        by_query = set(Resource.objects.filter(given_by_rule(link)).values_list("pk", flat=True))
        in_memory = {each.pk for each in resources if link.pk in standing.receivers_of(each)}
        by_way = {each.pk for each in resources if standing.ways(each, link)[1]}
        assert by_query == in_memory == by_way
        seen += len(by_query)
        given_on = set(receivers.used_by_others(link).values_list("pk", flat=True))
        received = {each.pk for each in resources if standing.receivers_of(each)}
        own = {each.pk for each in resources if each.owner_account_id == link.account_id}
        assert given_on == received & own
    assert seen


def test_kinds_of_accounts_are_known_to_the_rule(acme: Organization) -> None:
    """A service of LINE that comes later must not receive by a rule for all of another."""
    rule = factories.SharingRuleFactory.create(organization=acme, to_every_official=True, to_every_ads=True)
    named = {kind for kind in Account.Kind.values if rule.is_for(kind)}

    assert named == {Account.Kind.OFFICIAL, Account.Kind.ADS}
