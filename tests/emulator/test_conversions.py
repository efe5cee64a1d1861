"""Custom conversions: created, listed, renamed, paused; refused in LINE's words."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from tests.emulator.client import ACCOUNT, AdsClient, reasons
from tests.emulator.process import EmulatorProcess

LIST = f"/adaccounts/{ACCOUNT}/custom-conversions"
URL = {"customConversionMatchMethod": "URL"} | {
    "urlConditionGroups": [{"conditionType": "CONTAIN", "keywords": ["/thanks"]}]
}
EVENT = {"customConversionMatchMethod": "EVENT", "customConversionEventType": "CUSTOM_CONVERSION_EVENT"}


def make(ads: AdsClient, **changes: Any) -> httpx2.Response:
    body = {"name": "Thanks page", **URL, **changes}
    return ads.post(LIST, {key: value for key, value in body.items() if value is not None})


def test_a_conversion_is_created_running_and_listed(ads: AdsClient) -> None:
    made = make(ads, description="Paid", attributionPeriod=7, customConversionStatus="PAUSED")

    assert made.status_code == 200, made.text
    page = ads.get(LIST)
    assert (page["totalElements"], page["hasNextPage"]) == (1, False)
    assert page["customConversions"] == [made.json()]
    shown = made.json()
    assert (shown["customConversionStatus"], shown["attributionPeriod"]) == ("RUNNING", 7)
    assert (shown["adaccountId"], shown["tagOwnerName"]) == (ACCOUNT, f"Shop {ACCOUNT}")
    assert shown["urlConditionGroups"] == URL["urlConditionGroups"]


def test_a_conversion_is_renamed_and_paused(ads: AdsClient) -> None:
    made = make(ads, description="Paid").json()
    path = f"{LIST}/{made['customConversionId']}"

    paused = ads.post(path, {"customConversionStatus": "PAUSED"}).json()
    renamed = ads.post(path, {"name": "購買", "description": "x"}).json()

    assert paused == {**made, "customConversionStatus": "PAUSED"}
    assert renamed == {**paused, "name": "購買", "description": "x"}


def test_an_event_counts_once_the_tag_has_reported_it(line: EmulatorProcess, ads: AdsClient) -> None:
    event = {**EVENT, "customConversionEventName": "signup", "urlConditionGroups": None}
    unknown = make(ads, **event)
    line.control("POST", "/tag-events", {"ad_account": ACCOUNT, "event": "signup"})

    assert reasons(unknown) == [
        ("CUSTOM_CONVERSION_CUSTOM_EVENT_NAME_NOT_EXISTS", "customConversionEventName")
    ]
    assert make(ads, **event).json()["customConversionEventName"] == "signup"


def test_lists_are_sorted_filtered_and_paged(ads: AdsClient) -> None:
    for name in ("B", "A", "C"):
        make(ads, name=f"Conversion {name}")

    page = ads.get(f"{LIST}?sortKey=name&sortOrder=asc&size=2")

    assert [each["name"] for each in page["customConversions"]] == ["Conversion A", "Conversion B"]
    assert (page["totalElements"], page["hasNextPage"]) == (3, True)
    assert ads.get(f"{LIST}?name=c")["totalElements"] == 3
    assert ads.get(f"{LIST}?name=n%20c")["totalElements"] == 1


KIND = "CUSTOM_CONVERSION"


@pytest.mark.parametrize(
    ("changes", "reason", "field"),
    [
        ({"name": None}, "REQUIRED", "name"),
        ({"name": "x" * 121}, f"{KIND}_NAME_SIZE_OVER", "name"),
        ({"name": "a\nb"}, f"{KIND}_NAME_WRONG", "name"),
        ({"description": "x" * 301}, f"{KIND}_DESCRIPTION_SIZE_OVER", "description"),
        ({"customConversionMatchMethod": "LUCK"}, "INVALID_ENUM", "customConversionMatchMethod"),
        ({"urlConditionGroups": None}, f"{KIND}_MISSING_URL_CONDITION_GROUP", "urlConditionGroups"),
        ({"attributionPeriod": 91}, "TOO_HIGH", "attributionPeriod"),
        ({"tagId": "unknown"}, "INVALID_VALUE", "tagId"),
        (
            {"urlConditionGroups": [{"conditionType": "CONTAIN", "keywords": []}]},
            f"{KIND}_MISSING_URL_CONDITION_GROUP_KEYWORDS",
            "urlConditionGroups[0].keywords",
        ),
        (
            {"customConversionEventName": "signup"},
            f"{KIND}_UNNECESSARY_CONVERSION_EVENT_NAME",
            "customConversionEventName",
        ),
        (EVENT, f"{KIND}_MISSING_CONVERSION_EVENT_NAME", "customConversionEventName"),
    ],
)
def test_a_conversion_that_is_not_one_is_refused(
    ads: AdsClient, changes: dict[str, Any], reason: str, field: str
) -> None:
    response = make(ads, **changes)

    assert (response.status_code, reasons(response)) == (400, [(reason, field)])


def test_names_are_given_once(ads: AdsClient) -> None:
    make(ads)
    other = make(ads, name="Other").json()["customConversionId"]

    duplicate = [(f"{KIND}_NAME_DUPLICATE", "name")]
    assert reasons(make(ads)) == duplicate
    assert reasons(ads.post(f"{LIST}/{other}", {"name": "Thanks page"})) == duplicate


def test_an_unknown_conversion_is_not_changed(ads: AdsClient) -> None:
    assert reasons(ads.post(f"{LIST}/404", {"name": "x"})) == [(f"{KIND}_NOT_FOUND", "id")]
