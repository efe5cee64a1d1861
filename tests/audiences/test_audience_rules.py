"""What a rule may not say: said at the entry, before LINE is asked."""

from __future__ import annotations

import pytest
from django.utils import timezone

from audiences.audience_rules import AppEvent, Condition, Lookalike, Rule, WebTraffic
from linking.models import Account, Link
from organizations.errors import Invalid
from resources.models import Kind, Resource
from tests import factories

pytestmark = [pytest.mark.db, pytest.mark.django_db]
CART = Condition("CONTAIN", ["/cart", "/basket"])


def a_source(account: Account, **fields: object) -> Resource:
    return factories.ResourceFactory.create(owner_account=account, **{"size": "250", **fields})


@pytest.mark.parametrize(
    "fields",
    [
        {"size": "99"},
        {"size": "100 or fewer"},
        {"size": "-", "refreshed_at": timezone.now()},
        {"status": "IN_PROGRESS"},
        {"kind": Kind.LOOKALIKE},
        {"kind": Kind.LINE_TAG},
    ],
)
def test_what_cannot_be_a_source_is_refused(ads_link: Link, fields: dict[str, object]) -> None:
    with pytest.raises(Invalid) as refused:
        Lookalike(a_source(ads_link.account, **fields)).check(ads_link.account)

    assert "source" in refused.value.fields


@pytest.mark.parametrize("fields", [{"size": "100"}, {"size": "-"}, {"kind": Kind.MESSAGE_CLICK}])
def test_what_may_have_enough_people_can_be_a_source(ads_link: Link, fields: dict[str, object]) -> None:
    Lookalike(a_source(ads_link.account, **fields)).check(ads_link.account)


def test_an_audience_that_the_account_does_not_see_is_no_source(ads_link: Link) -> None:
    with pytest.raises(Invalid):
        Lookalike(a_source(factories.AdsAccountFactory.create())).check(ads_link.account)


def test_an_audience_that_is_shared_with_the_account_is_a_source(ads_link: Link) -> None:
    theirs = factories.AdsAccountFactory.create(legal_entity=ads_link.organization.legal_entity)
    from_link = factories.LinkFactory.create(account=theirs, organization=ads_link.organization)
    source = a_source(theirs)
    factories.ShareFactory.create(resource=source, to_link=ads_link, from_link=from_link)

    Lookalike(source).check(ads_link.account)


def test_a_shared_tag_tells_of_visits_only(ads_link: Link) -> None:
    theirs = factories.AdsAccountFactory.create(legal_entity=ads_link.organization.legal_entity)
    from_link = factories.LinkFactory.create(account=theirs, organization=ads_link.organization)
    tag = a_source(theirs, kind=Kind.LINE_TAG, line_id="0f3c")
    factories.ShareFactory.create(resource=tag, to_link=ads_link, from_link=from_link)

    WebTraffic("URL_MATCHING", 30, tag=tag, conditions=[CART]).check(ads_link.account)
    with pytest.raises(Invalid) as refused:
        WebTraffic("EVENT_MATCHING", 30, tag=tag, event="CONVERSION_EVENT").check(ads_link.account)

    assert "tag" in refused.value.fields


def test_a_tag_of_others_is_refused(ads_link: Link) -> None:
    tag = a_source(factories.AdsAccountFactory.create(), kind=Kind.LINE_TAG)

    with pytest.raises(Invalid) as refused:
        WebTraffic("VISIT_ALL", 30, tag=tag).check(ads_link.account)

    assert "tag" in refused.value.fields


EXACTLY = [
    Condition("EQUAL_TO", ["https://shop.example/a"]),
    Condition("EQUAL_TO", ["https://shop.example/b"]),
]


@pytest.mark.parametrize(
    ("rule", "field"),
    [
        (WebTraffic("VISIT_ALL", 30, conditions=[CART]), "conditions"),
        (WebTraffic("VISIT_ALL", 30, event="CONVERSION_EVENT"), "event"),
        (WebTraffic("URL_MATCHING", 30), "conditions"),
        (WebTraffic("URL_MATCHING", 30, conditions=EXACTLY), "conditions"),
        (WebTraffic("URL_MATCHING", 30, conditions=[CART, CART]), "conditions"),
        (WebTraffic("URL_MATCHING", 30, conditions=[Condition("CONTAIN", ["a b"])]), "conditions"),
        (WebTraffic("URL_MATCHING", 30, conditions=[Condition("CONTAIN", ["x" * 1001])]), "conditions"),
        (
            WebTraffic("URL_MATCHING", 30, conditions=[Condition("CONTAIN", list(map(str, range(51))))]),
            "conditions",
        ),
        (WebTraffic("EVENT_MATCHING", 30), "event"),
        (WebTraffic("EVENT_MATCHING", 30, event="CUSTOM_EVENT"), "custom_event"),
        (WebTraffic("EVENT_MATCHING", 30, event="CONVERSION_EVENT", custom_event="Signup"), "custom_event"),
        (AppEvent("PURCHASE", 30, conditions=[Condition("LESS_THAN", ["1"], "ITEM_IDS")]), "conditions"),
        (AppEvent("PURCHASE", 30, conditions=[Condition("LESS_THAN", ["x"], "ITEM_PRICE")]), "conditions"),
        (AppEvent("PURCHASE", 30, conditions=[Condition("CONTAIN", [""], "DATA")]), "conditions"),
    ],
)
def test_what_line_would_refuse_is_said_before_the_call(ads_link: Link, rule: Rule, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        rule.check(ads_link.account)

    assert list(refused.value.fields) == [field]
