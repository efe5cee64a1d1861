"""Pages and REST of creating audiences by a rule: the choice, the form of each kind, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from audiences.offers import OFFERS
from linking.models import Link
from organizations.models import Organization
from resources.models import Kind, Resource
from tests import factories
from tests.audiences.feeding import a_key
from tests.audiences.mirroring import audiences, made_elsewhere, refresh
from tests.audiences.stage import Stage
from users.models import Scope, User

pytestmark = [pytest.mark.db, pytest.mark.django_db]
SignIn = Callable[[User], Client]


def url(acme: Organization, slug: str) -> str:
    return reverse("audiences:create", args=[acme.code, slug])


def test_the_list_offers_a_new_audience_to_who_may_make_one(
    acme: Organization, bob: User, carol: User, signed_in: SignIn
) -> None:
    here = reverse("resources:audience-list", args=[acme.code])

    offered = [b"/audiences/new/" in signed_in(who).get(here).content for who in (bob, carol)]

    assert offered == [True, False]


def test_the_choice_names_every_kind_and_the_upload(acme: Organization, bob: User, signed_in: SignIn) -> None:
    page = signed_in(bob).get(reverse("audiences:choose-kind", args=[acme.code])).content.decode()

    wanted = [url(acme, slug) for slug in OFFERS] + [reverse("audiences:upload", args=[acme.code])]
    assert [address for address in wanted if f'href="{address}"' not in page] == []


@pytest.mark.parametrize("slug", OFFERS)
def test_each_kind_has_a_form_that_shows_the_only_account(
    acme: Organization, ads_link: Link, bob: User, signed_in: SignIn, slug: str
) -> None:
    a_key(ads_link)

    page = signed_in(bob).get(url(acme, slug)).content.decode()

    assert f'name="account" value="{ads_link.account_id}"' in page
    assert 'name="name"' in page


def test_of_several_accounts_one_is_chosen_first(
    acme: Organization, ads_link: Link, bob: User, signed_in: SignIn
) -> None:
    second = factories.LinkFactory.create(account=factories.AdsAccountFactory.create(), organization=acme)
    for link in (ads_link, second):
        a_key(link)
    client = signed_in(bob)

    asked = client.get(url(acme, "friends")).content.decode()
    chosen = client.get(url(acme, "friends"), {"account": str(second.account_id)}).content.decode()

    assert 'name="name"' not in asked
    assert f'name="account" value="{second.account_id}"' in chosen


@pytest.mark.parametrize("method", ["get", "post"])
def test_an_account_of_others_is_not_there(
    acme: Organization, ads_link: Link, bob: User, signed_in: SignIn, method: str
) -> None:
    a_key(ads_link)
    foreign = factories.LinkFactory.create(account=factories.AdsAccountFactory.create())
    a_key(foreign)

    answer = getattr(signed_in(bob), method)(url(acme, "friends"), {"account": str(foreign.account_id)})

    assert answer.status_code == 404


def test_without_a_key_the_page_says_what_to_do(
    acme: Organization, ads_link: Link, bob: User, signed_in: SignIn
) -> None:
    page = signed_in(bob).get(url(acme, "friends")).content.decode()

    assert "An administrator enters the API key of its group." in page


def test_a_kind_that_is_not_offered_is_not_there(acme: Organization, bob: User, signed_in: SignIn) -> None:
    assert signed_in(bob).get(url(acme, "chat-tag")).status_code == 404


def test_the_lookalike_form_asks_the_database_as_often_for_many_sources(
    acme: Organization, ads_link: Link, bob: User, signed_in: SignIn, django_assert_max_num_queries: Any
) -> None:
    a_key(ads_link)
    for _number in range(30):
        factories.ResourceFactory.create(owner_account=ads_link.account, size="250")
    client = signed_in(bob)
    client.get(url(acme, "lookalike"))

    with django_assert_max_num_queries(15):
        page = client.get(url(acme, "lookalike")).content.decode()

    assert page.count(" · 250</option>") == 30


WEB = {"name": "Cart", "visits": "URL_MATCHING", "days": "30", "test_1": "CONTAIN", "words_1": "/cart"}


@pytest.mark.parametrize(
    ("slug", "entries", "field"),
    [
        ("web-traffic", {**WEB, "words_1": ""}, "words_1"),
        ("web-traffic", {**WEB, "test_1": ""}, "test_1"),
        ("web-traffic", {**WEB, "words_1": "/my cart"}, "words_1"),
        ("web-traffic", {**WEB, "visits": "VISIT_ALL"}, "words_1"),
        ("web-traffic", {**WEB, "days": "181"}, "days"),
        ("web-traffic", {**WEB, "visits": "EVENT_MATCHING"}, "event"),
        ("lookalike", {"name": "Like", "source": "7"}, "source"),
        ("app-event", {"name": "App", "action": "OPEN", "days": "0"}, "days"),
        ("friends", {"name": "Friends"}, "friends"),
        ("video-view", {"name": "Video", "video": "7", "event": "CLICK", "days": "31"}, "days"),
        ("image-click", {"name": "Image", "campaign": "x", "days": "30"}, "campaign"),
        ("friends", {"name": " ", "friends": "ACTIVE"}, "name"),
    ],
)
def test_what_does_not_fit_is_said_at_its_field(
    acme: Organization,
    ads_link: Link,
    bob: User,
    signed_in: SignIn,
    slug: str,
    entries: dict[str, str],
    field: str,
) -> None:
    a_key(ads_link)

    answer = signed_in(bob).post(url(acme, slug), entries)

    assert answer.status_code == 400
    assert list(answer.context["form"].errors) == [field]


def test_a_press_creates_and_leads_to_the_audience(stage: Stage, signed_in: SignIn) -> None:
    more = {"test_2": "NOT_CONTAIN", "words_2": "/help\r\n/faq"}

    answer = signed_in(stage.operator).post(url(stage.organization, "web-traffic"), WEB | more, follow=True)

    made = audiences(stage)["Cart"]
    assert answer.redirect_chain == [
        (reverse("resources:audience", args=[stage.organization.code, made.pk]), 302)
    ]
    assert "“Cart” is created at LINE" in answer.content.decode()
    assert made.details["webtraffic"]["conditionGroup"] == [
        {"conditionType": "CONTAIN", "keywords": ["/cart"]},
        {"conditionType": "NOT_CONTAIN", "keywords": ["/help", "/faq"]},
    ]


SAMPLES = {
    "app-event": {
        "action": "PURCHASE",
        "days": "30",
        "parameter_1": "DATA",
        "test_1": "PREFIX",
        "words_1": "x",
    },
    "friends": {"friends": "BLOCKED"},
    "video-view": {"video": "7", "event": "PLAY_START", "days": "30"},
    "image-click": {"campaign": "7", "days": "180"},
}


@pytest.mark.parametrize("slug", SAMPLES)
def test_a_press_on_each_form_creates_its_kind(stage: Stage, signed_in: SignIn, slug: str) -> None:
    signed_in(stage.operator).post(url(stage.organization, slug), {"name": "Ours", **SAMPLES[slug]})

    assert audiences(stage)["Ours"].kind == OFFERS[slug].kind


def test_a_second_press_is_told_at_the_name(stage: Stage, signed_in: SignIn) -> None:
    client, entries = signed_in(stage.operator), {"name": "Ours", "friends": "ACTIVE"}
    client.post(url(stage.organization, "friends"), entries)

    answer = client.post(url(stage.organization, "friends"), entries)

    assert (answer.status_code, list(answer.context["form"].errors)) == (409, ["name"])


def test_a_lookalike_is_made_of_a_chosen_source_and_size(stage: Stage, signed_in: SignIn) -> None:
    made_elsewhere(stage, "Buyers", people=400)
    refresh(stage)
    entries = {"name": "Like buyers", "source": str(audiences(stage)["Buyers"].pk), "percent": "5"}

    signed_in(stage.operator).post(url(stage.organization, "lookalike"), entries)

    assert audiences(stage)["Like buyers"].details["lookalike"]["volumeRate"]["rate"] == 0.05


def post(client: Client, stage: Stage, **said: Any) -> Any:
    here = f"/api/v1/organizations/{stage.organization.code}/audiences/"
    token = factories.token_for(stage.operator, Scope.FEED)
    body = {"account": stage.account.line_id, "name": "By REST", **said}
    return client.post(here, body, "application/json", headers={"Authorization": f"Bearer {token}"})


REST: list[tuple[str, dict[str, Any]]] = [
    (
        "WEBTRAFFIC",
        {"visits": "URL_MATCHING", "days": 30, "conditions": [{"test": "CONTAIN", "words": ["/cart"]}]},
    ),
    (
        "APP_EVENT",
        {
            "action": "PURCHASE",
            "days": 30,
            "conditions": [{"parameter": "ITEM_PRICE", "test": "LESS_THAN", "words": ["9"]}],
        },
    ),
    ("ACCOUNT_FRIENDS", {"friends": "ACTIVE"}),
    ("VIDEO_VIEW", {"event": "CLICK", "video": 7, "days": 30}),
    ("IMAGE_CLICK", {"campaign": 7, "days": 30}),
]


@pytest.mark.parametrize(("kind", "rule"), REST)
def test_rest_creates_each_kind(stage: Stage, client: Client, kind: str, rule: dict[str, Any]) -> None:
    answer = post(client, stage, kind=kind, rule=rule)

    assert (answer.status_code, answer.json()["kind"]) == (201, kind), answer.content
    assert answer.json()["id"] == str(audiences(stage)["By REST"].pk)


def test_rest_builds_on_a_source_and_a_shared_tag(stage: Stage, client: Client) -> None:
    made_elsewhere(stage, "Buyers", people=400)
    refresh(stage)
    source = audiences(stage)["Buyers"].pk

    alike = post(client, stage, kind="LOOKALIKE", rule={"source": str(source), "percent": 1})
    foreign = factories.ResourceFactory.create(kind=Kind.LINE_TAG)
    rule = {"visits": "VISIT_ALL", "days": 30, "tag": str(foreign.pk)}
    refused = post(client, stage, kind="WEBTRAFFIC", name="Visitors", rule=rule)

    assert (alike.status_code, refused.status_code) == (201, 400)
    assert list(refused.json()["fields"]) == ["tag"]


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"account": "A999999999"}, "account"),
        ({"kind": "CHAT_TAG"}, "kind"),
        ({"rule": {"friends": "ALL"}}, "friends"),
        ({"rule": "ACTIVE"}, "rule"),
        ({"name": ""}, "name"),
    ],
)
def test_rest_says_what_does_not_fit(stage: Stage, client: Client, said: dict[str, Any], field: str) -> None:
    answer = post(client, stage, **({"kind": "ACCOUNT_FRIENDS", "rule": {"friends": "ACTIVE"}} | said))

    assert (answer.status_code, list(answer.json()["fields"])) == (400, [field])


def test_rest_answers_409_for_a_name_that_is_taken_and_a_missing_key(stage: Stage, client: Client) -> None:
    rule: dict[str, Any] = {"kind": "ACCOUNT_FRIENDS", "rule": {"friends": "ACTIVE"}}
    post(client, stage, **rule)

    taken = post(client, stage, **rule)
    stage.organization.api_keys.all().delete()
    keyless = post(client, stage, name="Other", **rule)

    assert [(each.status_code, each.json()["code"]) for each in (taken, keyless)] == [
        (409, "name_taken"),
        (409, "no_key"),
    ]
    assert Resource.objects.count() == 1
