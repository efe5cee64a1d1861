"""Sharing rules: what they give, to whom, from when until when, and what refuses them."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from linking.models import Account, Link
from organizations.models import AuditEvent, Organization, Review
from resources import receivers, sharing_rules
from resources.kinds import Kind
from resources.models import Resource, SharingRule
from resources.sharing_rules import CannotReceive, NameTaken, NoReceivers, RuleEnded, Wanted
from resources.standing import Standing, given_by_rule
from tests import factories
from users.models import Scope, User

pytestmark = [pytest.mark.db, pytest.mark.django_db]
SignIn = Callable[[User], Client]
From = SharingRule.From


def make(acme: Organization, by: User, **wanted: Any) -> SharingRule:
    return sharing_rules.create_rule(acme, Wanted(**{"name": "Rule", **wanted}), by=by)


def seen_by(link: Link) -> set[str]:
    return {resource.name for resource in Resource.objects.shared_to(link.account)}


def confirmed(client: Client, url: str, entered: dict[str, Any]) -> str:
    """Fill in, look at what it would give, and let it stand."""
    shown = client.post(url, entered).content.decode()
    digest = shown.partition('name="confirmed" value="')[2].partition('"')[0]
    return client.post(url, {**entered, "confirmed": digest}, follow=True).content.decode()


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


def test_a_page_shows_what_a_rule_gives_before_it_stands(
    acme: Organization, official_link: Link, ads_link: Link, bob: User, signed_in: SignIn
) -> None:
    factories.ResourceFactory.create(owner_account=ads_link.account, name="Buyers")
    client, url = signed_in(bob), reverse("resources:new-rule", args=[acme.code])
    entered = {"name": "All to OA", "owner": From.ANYBODY, "receivers": [str(official_link.pk)]}

    shown = client.post(url, entered).content.decode()
    assert "The rule fits 1 resource now" in shown
    assert not SharingRule.objects.exists()

    page = confirmed(client, url, entered)
    assert "The rule stands" in page
    assert seen_by(official_link) == {"Buyers"}


def test_what_was_changed_after_the_preview_is_shown_again_first(
    acme: Organization, bob: User, signed_in: SignIn
) -> None:
    client, url = signed_in(bob), reverse("resources:new-rule", args=[acme.code])
    entered = {"name": "All", "owner": From.ANYBODY, "to_every_ads": "on"}
    shown = client.post(url, entered).content.decode()
    digest = shown.partition('name="confirmed" value="')[2].partition('"')[0]

    again = client.post(url, {**entered, "to_every_official": "on", "confirmed": digest}).content.decode()

    assert "Nothing has been shared yet." in again
    assert not SharingRule.objects.exists()


def test_a_rule_that_fits_nothing_says_so_and_may_stand(
    acme: Organization, bob: User, signed_in: SignIn
) -> None:
    url = reverse("resources:new-rule", args=[acme.code])

    shown = signed_in(bob).post(url, {"name": "Later", "owner": From.ANYBODY, "to_every_ads": "on"})

    assert "Nothing fits it now." in shown.content.decode()


@pytest.mark.parametrize(
    ("entered", "sentence"),
    [
        ({}, "Choose who receives"),
        ({"to_every_official": "on", "kinds": Kind.LOOKALIKE}, "None of the receivers"),
    ],
)
def test_a_wrong_form_says_what_to_do_and_keeps_what_was_entered(
    acme: Organization, bob: User, signed_in: SignIn, entered: dict[str, str], sentence: str
) -> None:
    url = reverse("resources:new-rule", args=[acme.code])

    shown = signed_in(bob).post(url, {"name": "Mine", "owner": From.ANYBODY, **entered, "confirmed": "1"})

    assert shown.status_code == 400
    assert sentence in shown.content.decode()
    assert 'value="Mine"' in shown.content.decode()


def test_a_rule_is_changed_and_stopped_on_its_pages(
    acme: Organization, official_link: Link, ads_link: Link, bob: User, signed_in: SignIn
) -> None:
    factories.ResourceFactory.create(owner_account=ads_link.account, name="Buyers")
    rule, client = make(acme, bob, receivers=[official_link]), signed_in(bob)
    place = [acme.code, rule.pk]
    form = client.get(reverse("resources:change-rule", args=place)).content.decode()
    assert f'value="{official_link.pk}"' in form
    entered = {"name": "Renamed", "owner": str(ads_link.account_id), "to_every_official": "on"}

    confirmed(client, reverse("resources:change-rule", args=place), entered)
    shown = client.get(reverse("resources:rule", args=place)).content.decode()
    asked = client.post(reverse("resources:stop-rule", args=place)).content.decode()
    assert ("Renamed" in shown, "owned by Acme Ads" in shown, "Buyers" in shown) == (True, True, True)
    assert "1 account will no longer see" in asked
    assert seen_by(official_link) == {"Buyers"}

    client.post(reverse("resources:stop-rule", args=place), {"confirmed": "1"})
    assert seen_by(official_link) == set()


def test_accounts_and_resources_of_others_cannot_be_named(
    acme: Organization, bob: User, signed_in: SignIn
) -> None:
    foreign = factories.LinkFactory.create()
    url = reverse("resources:new-rule", args=[acme.code])

    owned = {"owner": str(foreign.account_id), "to_every_ads": "on"}
    for entered in ({"receivers": [str(foreign.pk)]}, owned):
        answer = signed_in(bob).post(url, {"name": "x", "confirmed": "1", **entered})
        assert answer.status_code == 400
    assert not SharingRule.objects.exists()


@pytest.mark.parametrize("count", [1, 20])
def test_the_list_takes_the_same_queries_for_any_number(
    acme: Organization,
    official_link: Link,
    bob: User,
    count: int,
    signed_in: SignIn,
    django_assert_max_num_queries: Any,
) -> None:
    for rule in factories.SharingRuleFactory.create_batch(count, organization=acme, created_by=bob):
        rule.receivers.add(official_link)
    client = signed_in(bob)
    headers = {"Authorization": f"Bearer {factories.token_for(bob, Scope.READ)}"}

    with django_assert_max_num_queries(15):
        client.get(reverse("resources:rules", args=[acme.code]))
    with django_assert_max_num_queries(15):
        client.get(reverse("resources:account", args=[acme.code, official_link.account_id]))
    with django_assert_max_num_queries(10):
        assert (
            Client().get(f"/api/v1/organizations/{acme.code}/sharing-rules/", headers=headers).json()["count"]
            == count
        )


def test_the_api_makes_changes_and_stops_a_rule(
    acme: Organization, official_link: Link, ads_link: Link, bob: User, client: Client
) -> None:
    headers = {"Authorization": f"Bearer {factories.token_for(bob, Scope.SHARE, Scope.READ)}"}
    factories.ResourceFactory.create(owner_account=ads_link.account)
    url = f"/api/v1/organizations/{acme.code}/sharing-rules/"
    body = {"name": "All", "receivers": [official_link.account.basic_id]}

    made = client.post(url, body, "application/json", headers=headers)
    one = f"{url}{made.json()['id']}/"
    changed = client.put(one, {**body, "kinds": ["LINE_TAG"]}, "application/json", headers=headers)
    stopped = client.delete(one, headers=headers)

    assert (made.status_code, made.json()["matches"]) == (201, 1)
    assert (changed.status_code, changed.json()["matches"]) == (200, 0)
    assert (stopped.status_code, client.delete(one, headers=headers).status_code) == (204, 409)
    assert client.get(one, headers=headers).json()["ended_at"]
    assert client.get(url, headers=headers).json()["count"] == 0


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"receivers": ["A999"]}, "account"),
        ({"owned_by": "ACCOUNT"}, "owner_account"),
        ({"kinds": ["NOBODY"]}, "kinds"),
        ({}, "receivers"),
    ],
)
def test_the_api_names_the_field_that_is_wrong(
    acme: Organization, bob: User, client: Client, wrong: dict[str, Any], field: str
) -> None:
    headers = {"Authorization": f"Bearer {factories.token_for(bob, Scope.SHARE)}"}
    url = f"/api/v1/organizations/{acme.code}/sharing-rules/"

    answer = client.post(url, {"name": "All", **wrong}, "application/json", headers=headers)

    assert (answer.status_code, list(answer.json()["fields"])) == (400, [field])
    assert not SharingRule.objects.exists()


def test_kinds_of_accounts_are_known_to_the_rule(acme: Organization) -> None:
    """A service of LINE that comes later must not receive by a rule for all of another."""
    rule = factories.SharingRuleFactory.create(organization=acme, to_every_official=True, to_every_ads=True)
    named = {kind for kind in Account.Kind.values if rule.is_for(kind)}

    assert named == {Account.Kind.OFFICIAL, Account.Kind.ADS}
