"""Lookalikes, and the sources they take after."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from tests.emulator.client import ACCOUNT, AdsClient, hashed, reasons
from tests.emulator.process import EmulatorProcess

LIST = f"/adaccounts/{ACCOUNT}/custom-audiences"


def look_alike(ads: AdsClient, source: object, name: str = "Alike", **volume: Any) -> httpx2.Response:
    rule = {"source": {"audienceGroupId": source}, "volumeRate": volume or {"auto": False, "rate": 0.03}}
    return ads.post(LIST, {"name": name, "functionType": "LOOKALIKE", "lookalike": rule})


@pytest.fixture
def source(ads: AdsClient) -> int:
    return int(ads.create("Source", hashed(*range(500))))


def test_a_lookalike_takes_its_share_of_all_users(ads: AdsClient, source: int) -> None:
    made = look_alike(ads, source).json()

    [shown] = ads.audiences("?name=Alike")["audienceGroups"]
    assert shown["lookalike"]["source"] == {"audienceGroupId": source, "available": True}
    assert shown["lookalike"]["volumeRate"] == {"auto": False, "rate": 0.03}
    assert (made["id"], shown["estimatedAudienceSize"]) == (shown["id"], "600000")


def test_an_automatic_lookalike_needs_no_rate_and_an_id_may_be_text(ads: AdsClient, source: int) -> None:
    made = look_alike(ads, str(source), auto=True)

    assert made.status_code == 202
    assert made.json()["lookalike"]["volumeRate"]["auto"] is True


@pytest.mark.parametrize(
    ("volume", "reason"),
    [
        ({"rate": 0}, "OUT_OF_RANGE"),
        ({"rate": 0.16}, "TOO_HIGH"),
        ({"rate": -0.1}, "TOO_LOW"),
        ({"rate": "3%"}, "INVALID_NUMBER_FORMAT"),
        ({"auto": False}, "REQUIRED"),
    ],
)
def test_a_lookalike_has_a_rate(ads: AdsClient, source: int, volume: dict[str, Any], reason: str) -> None:
    assert reasons(look_alike(ads, source, **volume)) == [(reason, "lookalike.volumeRate.rate")]


def test_a_lookalike_needs_a_source_of_people(ads: AdsClient, source: int) -> None:
    small = ads.create("Small", hashed("a"))
    alike = look_alike(ads, source).json()["id"]
    prefix = "LOOKALIKE_SOURCE_AUDIENCE_GROUP"

    found = {each: reasons(look_alike(ads, each, "Another"))[0][0] for each in (int(small), int(alike), 404)}

    assert found == {
        int(small): f"{prefix}_INSUFFICIENT",
        int(alike): f"{prefix}_NOT_FOUND",
        404: f"{prefix}_NOT_FOUND",
    }


def test_the_same_lookalike_is_made_once_and_ten_are_enough(ads: AdsClient, source: int) -> None:
    look_alike(ads, source)
    assert reasons(look_alike(ads, source, "Again")) == [("LOOKALIKE_DUPLICATE_AUDIENCE_GROUP", "lookalike")]
    for number in range(4, 13):
        assert look_alike(ads, source, f"Alike {number}", rate=number / 100).status_code == 202

    eleventh = look_alike(ads, source, "Eleventh", rate=0.14)

    assert reasons(eleventh) == [("LOOKALIKE_AUDIENCE_GROUP_COUNT_MAX_OVER", "lookalike")]


def test_a_source_stays_as_long_as_its_lookalike(ads: AdsClient, source: int) -> None:
    alike = look_alike(ads, source).json()["id"]

    refused = ads.call("DELETE", f"{LIST}/{source}")

    reason = "AUDIENCE_GROUPS_CAN_NOT_DELETE_REFFERED_LOOKALIKE_AUDIENCE_GROUP_STILL_EXISTS"
    assert (refused.status_code, reasons(refused)) == (400, [(reason, "ids")])
    assert ads.call("DELETE", f"{LIST}/{source},{alike}").status_code == 202
    assert ads.audiences()["totalElements"] == 0


def test_an_audience_that_an_ad_delivers_to_stays(line: EmulatorProcess, ads: AdsClient, source: int) -> None:
    line.control("POST", f"/audiences/{source}", {"in_use": True})

    refused = ads.call("DELETE", f"{LIST}/{source}")

    assert reasons(refused) == [("CANNOT_REMOVE_AUDIENCE_STILL_IN_USE", "ids")]
    line.control("POST", f"/audiences/{source}", {"in_use": False})
    assert ads.call("DELETE", f"{LIST}/{source}").status_code == 202
