"""Audiences made by a rule: each kind, what it needs, and LINE's word for what is missing."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from tests.emulator.client import ACCOUNT, AdsClient, hashed, reasons
from tests.emulator.process import EmulatorProcess

LIST = f"/adaccounts/{ACCOUNT}/custom-audiences"
URLS = [{"conditionType": "CONTAIN", "keywords": ["/cart"]}]
PRICES = [{"parameterKey": "ITEM_PRICE", "conditionType": "GREATER_THAN", "values": ["100"]}]
KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    "ACCOUNT_FRIENDS": ("accountFriends", {"friendStatus": "ACTIVE"}),
    "VIDEO_VIEW": ("videoView", {"eventType": "VIDEO_PLAY_50P", "mediaVideoId": 7, "recency": 30}),
    "IMAGE_CLICK": ("imageClick", {"eventType": "CLICK", "campaignId": 7, "recency": 180}),
    "APP_EVENT": (
        "appEvent",
        {"mobileAppId": 7, "actionType": "PURCHASE", "retentionDays": 30, "matchMethod": "NORMAL"}
        | {"conditionGroup": PRICES},
    ),
    "WEBTRAFFIC": (
        "webtraffic",
        {"visitType": "URL_MATCHING", "retentionDays": 90, "matchingType": "NORMAL", "conditionGroup": URLS},
    ),
}


def make(ads: AdsClient, kind: str, name: str = "", **changes: Any) -> httpx2.Response:
    field, rule = KINDS[kind]
    rule = {key: value for key, value in (rule | changes).items() if value is not None}
    return ads.post(LIST, {"name": name or kind, "functionType": kind, field: rule})


@pytest.mark.parametrize("kind", KINDS)
def test_an_audience_of_each_kind_is_accepted_and_becomes_ready(ads: AdsClient, kind: str) -> None:
    field, rule = KINDS[kind]

    made = make(ads, kind)

    assert (made.status_code, made.json()["status"]) == (202, "IN_PROGRESS")
    [shown] = ads.audiences()["audienceGroups"]
    assert (shown["id"], shown["functionType"], shown["status"]) == (made.json()["id"], kind, "READY")
    assert rule.items() <= shown[field].items()
    assert 5_000 <= int(shown["estimatedAudienceSize"]) <= 15_000


def test_an_audience_that_is_built_has_no_upload_jobs_and_takes_its_time(
    line: EmulatorProcess, ads: AdsClient
) -> None:
    line.control("POST", "/clock", {"job_seconds": 3600})
    made = make(ads, "ACCOUNT_FRIENDS").json()

    assert ads.jobs(made["id"]) == []
    assert ads.audiences()["audienceGroups"][0]["status"] == "IN_PROGRESS"
    line.control("POST", "/clock", {"job_seconds": 0})
    assert ads.audiences()["audienceGroups"][0]["status"] == "READY"


def test_a_name_can_order_a_failure(ads: AdsClient) -> None:
    make(ads, "ACCOUNT_FRIENDS", "Friends [fail]")
    ads.create("VIP [fail]", hashed("a"))

    shown = ads.audiences()["audienceGroups"]

    assert {(each["status"], each["failedType"]) for each in shown} == {("FAILED", "INTERNAL_ERROR")}


WEB = "WEBTRAFFIC_AUDIENCE_GROUP"
APP = "APP_EVENT_AUDIENCE_GROUP"
TOO_LONG = [{"conditionType": "CONTAIN", "keywords": ["x" * 1001]}]
MANY = [{"conditionType": "CONTAIN", "keywords": [str(number) for number in range(51)]}]


@pytest.mark.parametrize(
    ("kind", "changes", "reason", "field"),
    [
        ("ACCOUNT_FRIENDS", {"friendStatus": None}, "REQUIRED", "accountFriends.friendStatus"),
        ("ACCOUNT_FRIENDS", {"friendStatus": "GONE"}, "INVALID_ENUM", "accountFriends.friendStatus"),
        ("VIDEO_VIEW", {"eventType": "PLAY"}, "INVALID_ENUM", "videoView.eventType"),
        ("VIDEO_VIEW", {"mediaVideoId": "x"}, "INVALID_NUMBER_FORMAT", "videoView.mediaVideoId"),
        ("VIDEO_VIEW", {"recency": 31}, "TOO_HIGH", "videoView.recency"),
        ("IMAGE_CLICK", {"recency": 0}, "TOO_LOW", "imageClick.recency"),
        ("IMAGE_CLICK", {"recency": 181}, "TOO_HIGH", "imageClick.recency"),
        ("IMAGE_CLICK", {"campaignId": None}, "REQUIRED", "imageClick.campaignId"),
        ("APP_EVENT", {"retentionDays": 1.5}, "INVALID_NUMBER_FORMAT", "appEvent.retentionDays"),
        ("APP_EVENT", {"actionType": "EAT"}, "INVALID_ENUM", "appEvent.actionType"),
        ("APP_EVENT", {"conditionGroup": None}, f"{APP}_MISSING_CONDITION_GROUP", "appEvent.conditionGroup"),
        ("APP_EVENT", {"conditionGroup": "x"}, "INVALID_FORMAT", "appEvent.conditionGroup"),
        ("APP_EVENT", {"conditionGroup": [7]}, "INVALID_FORMAT", "appEvent.conditionGroup[0]"),
        ("APP_EVENT", {"matchMethod": "NONE"}, "REQUEST_INPUT_INVALID", "appEvent.conditionGroup"),
        (
            "APP_EVENT",
            {"conditionGroup": [{**PRICES[0], "parameterKey": "ITEM_IDS"}]},
            f"{APP}_INVALID_COMBINATION_PARAMETER_AND_CONDITION",
            "appEvent.conditionGroup[0].conditionType",
        ),
        (
            "APP_EVENT",
            {"conditionGroup": [{**PRICES[0], "values": []}]},
            f"{APP}_MISSING_CONDITION_GROUP_VALUES",
            "appEvent.conditionGroup[0].values",
        ),
        (
            "APP_EVENT",
            {"conditionGroup": [{**PRICES[0], "values": ["dear"]}]},
            f"{APP}_INVALID_CONDITION",
            "appEvent.conditionGroup[0].values",
        ),
        ("WEBTRAFFIC", {"visitType": "ONCE"}, "INVALID_ENUM", "webtraffic.visitType"),
        ("WEBTRAFFIC", {"retentionDays": 181}, "TOO_HIGH", "webtraffic.retentionDays"),
        ("WEBTRAFFIC", {"tagId": "somebody-elses"}, "INVALID_VALUE", "webtraffic.tagId"),
        (
            "WEBTRAFFIC",
            {"conditionGroup": None},
            f"{WEB}_MISSING_WEBTRAFFIC_CONDTION_GROUP",
            "webtraffic.conditionGroup",
        ),
        (
            "WEBTRAFFIC",
            {"visitType": "VISIT_ALL", "matchingType": "X"},
            "INVALID_ENUM",
            "webtraffic.matchingType",
        ),
        (
            "WEBTRAFFIC",
            {"visitType": "VISIT_ALL"},
            f"{WEB}_UNNECESSARY_WEBTRAFFIC_CONDTION_GROUP",
            "webtraffic.conditionGroup",
        ),
        (
            "WEBTRAFFIC",
            {"conditionGroup": [{"conditionType": "CONTAIN"}]},
            f"{WEB}_MISSING_WEBTRAFFIC_CONDITION_GROUP_KEYWORDS",
            "webtraffic.conditionGroup[0].keywords",
        ),
        (
            "WEBTRAFFIC",
            {"conditionGroup": [*URLS, *URLS]},
            f"{WEB}_SAME_WEBTRAFFIC_CONDITION_GROUP_KEYWORDS",
            "webtraffic.conditionGroup[1].keywords",
        ),
        (
            "WEBTRAFFIC",
            {"conditionGroup": TOO_LONG},
            f"{WEB}_MAX_LENGTH_OVER_WEBTRAFFIC_CONDITION_GROUP_KEYWORDS",
            "webtraffic.conditionGroup[0].keywords",
        ),
        (
            "WEBTRAFFIC",
            {"conditionGroup": MANY},
            f"{WEB}_TOO_MANY_WEBTRAFFIC_CONDITION_GROUP_KEYWORDS",
            "webtraffic.conditionGroup",
        ),
        (
            "WEBTRAFFIC",
            {"conditionGroup": [{"conditionType": "CONTAIN", "keywords": ["a b"]}]},
            f"{WEB}_WRONG_WEBTRAFFIC_CONDITION_GROUP_KEYWORDS",
            "webtraffic.conditionGroup[0].keywords",
        ),
        (
            "WEBTRAFFIC",
            {"tagEventType": "CUSTOM_EVENT"},
            f"{WEB}_UNNECESSARY_WEBTRAFFIC_TAG_EVENT_TYPE",
            "webtraffic.tagEventType",
        ),
        (
            "WEBTRAFFIC",
            {"customEventName": "signup"},
            f"{WEB}_UNNECESSARY_WEBTRAFFIC_CUSTOM_EVENT_NAME",
            "webtraffic.customEventName",
        ),
        (
            "WEBTRAFFIC",
            {"visitType": "EVENT_MATCHING"},
            f"{WEB}_MISSING_WEBTRAFFIC_TAG_EVENT_TYPE",
            "webtraffic.tagEventType",
        ),
        (
            "WEBTRAFFIC",
            {"visitType": "EVENT_MATCHING", "tagEventType": "CUSTOM_EVENT"},
            f"{WEB}_MISSING_WEBTRAFFIC_CUSTOM_EVENT_NAME",
            "webtraffic.customEventName",
        ),
        (
            "WEBTRAFFIC",
            {"visitType": "EVENT_MATCHING", "tagEventType": "CUSTOM_EVENT", "customEventName": "unseen"},
            f"{WEB}_NOT_EXISTS_WEBTRAFFIC_CUSTOM_EVENT_NAME",
            "webtraffic.customEventName",
        ),
    ],
)
def test_a_rule_that_is_not_one_is_refused(
    ads: AdsClient, kind: str, changes: dict[str, Any], reason: str, field: str
) -> None:
    response = make(ads, kind, **changes)

    assert (response.status_code, reasons(response)) == (400, [(reason, field)])
    assert ads.audiences()["totalElements"] == 0


def test_a_custom_event_is_matched_once_the_tag_has_reported_it(
    line: EmulatorProcess, ads: AdsClient
) -> None:
    line.control("POST", "/tag-events", {"ad_account": ACCOUNT, "event": "signup"})

    event = {"visitType": "EVENT_MATCHING", "tagEventType": "CUSTOM_EVENT", "customEventName": "signup"}
    made = make(ads, "WEBTRAFFIC", **event, matchingType=None, conditionGroup=None)

    assert made.json()["webtraffic"]["customEventName"] == "signup"
    assert made.json()["webtraffic"]["tagOwnerName"] == f"Shop {ACCOUNT}"


@pytest.mark.parametrize(
    ("body", "reason", "field"),
    [
        ({}, "REQUIRED", "functionType"),
        ({"functionType": "UPLOAD", "name": "x"}, "INVALID_ENUM", "functionType"),
        ({"functionType": ["LOOKALIKE"], "name": "x"}, "INVALID_ENUM", "functionType"),
        ({"functionType": "LOOKALIKE"}, "AUDIENCE_GROUP_NAME_EMPTY", "name"),
        ({"functionType": "LOOKALIKE", "name": " "}, "AUDIENCE_GROUP_NAME_EMPTY", "name"),
        ({"functionType": "LOOKALIKE", "name": 7}, "INVALID_FORMAT", "name"),
        ({"functionType": "LOOKALIKE", "name": "x" * 121}, "AUDIENCE_GROUP_NAME_SIZE_OVER", "name"),
        ({"functionType": "LOOKALIKE", "name": "x"}, "REQUIRED", "lookalike"),
        ({"functionType": "LOOKALIKE", "name": "x", "lookalike": []}, "INVALID_FORMAT", "lookalike"),
        ({"functionType": "LOOKALIKE", "name": "x", "imageClick": {}}, "REQUEST_INPUT_INVALID", "imageClick"),
    ],
)
def test_a_body_needs_a_name_a_kind_and_what_belongs_to_it(
    ads: AdsClient, body: dict[str, Any], reason: str, field: str
) -> None:
    response = ads.post(LIST, body)

    assert (response.status_code, reasons(response)) == (400, [(reason, field)])


def test_names_are_shared_with_uploads(ads: AdsClient) -> None:
    ads.create("VIP", hashed("a"))

    assert reasons(make(ads, "ACCOUNT_FRIENDS", "VIP")) == [("AUDIENCE_GROUP_NAME_DUPLICATE", "name")]


def test_friends_are_gathered_once_for_each_state(ads: AdsClient) -> None:
    make(ads, "ACCOUNT_FRIENDS")

    again = make(ads, "ACCOUNT_FRIENDS", "Again")

    assert reasons(again) == [
        ("ACCOUNT_FRIENDS_AUDIENCE_GROUP_ALREADY_EXISTS", "accountFriends.friendStatus")
    ]
    assert make(ads, "ACCOUNT_FRIENDS", "Blocked", friendStatus="BLOCKED").status_code == 202
