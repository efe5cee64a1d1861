"""What an ad account sees of others: audiences in its list, as a source, in comparisons; and their tags."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from tests.emulator.client import ACCOUNT, OTHER_ACCOUNT, AdsClient, hashed, lines, reasons
from tests.emulator.conftest import introduce
from tests.emulator.process import EmulatorProcess

LIST = f"/adaccounts/{ACCOUNT}/custom-audiences"
TAG = "0f0e0d0c-1111-2222-3333-444455556666"


def share(line: EmulatorProcess, audience: int, *, to: str = OTHER_ACCOUNT, shared: bool = True) -> None:
    line.control("POST", "/shares", {"ad_account": to, "audience": audience, "shared": shared})


def source_of(ads: AdsClient, account: str = OTHER_ACCOUNT) -> dict[str, Any]:
    [alike] = ads.audiences("?name=Alike", account)["audienceGroups"]
    source: dict[str, Any] = alike["lookalike"]["source"]
    return source


@pytest.fixture
def shared(line: EmulatorProcess, ads: AdsClient) -> int:
    audience = int(ads.create("VIP", hashed(*range(500))))
    share(line, audience)
    return audience


@pytest.fixture
def alike(ads: AdsClient, shared: int) -> int:
    """A lookalike of the other account, after the audience that is shared with it."""
    rule = {"source": {"audienceGroupId": shared}, "volumeRate": {"auto": True}}
    body = {"name": "Alike", "functionType": "LOOKALIKE", "lookalike": rule}
    made = ads.post(f"/adaccounts/{OTHER_ACCOUNT}/custom-audiences", body)
    assert made.status_code == 202, made.text
    return int(made.json()["id"])


def test_a_shared_audience_is_in_the_list_as_long_as_it_is_shared(
    line: EmulatorProcess, ads: AdsClient, shared: int
) -> None:
    [seen] = ads.audiences(account=OTHER_ACCOUNT)["audienceGroups"]
    [own] = ads.audiences()["audienceGroups"]
    assert seen == own

    share(line, shared, shared=False)

    assert ads.audiences(account=OTHER_ACCOUNT)["audienceGroups"] == []


def test_kinds_without_a_word_in_the_ads_api_are_not_listed(line: EmulatorProcess, ads: AdsClient) -> None:
    owner = {"serviceType": "account", "id": "@example", "name": "Example"}
    for number, kind in enumerate(("RICHMENU_CLICK", "CHAT_TAG", "USER_ID_UPLOAD"), 1):
        data = {"ad_account": ACCOUNT, "audience": number, "name": kind, "type": kind, "owner": owner}
        line.control("POST", "/shares", data)

    listed = ads.audiences("?sortKey=id&sortOrder=asc")["audienceGroups"]

    assert [each["functionType"] for each in listed] == ["CHAT_TAG", "UPLOAD"]


def test_a_shared_audience_is_there_to_read_only(ads: AdsClient, shared: int) -> None:
    path = f"/adaccounts/{OTHER_ACCOUNT}/custom-audiences/{shared}"
    upload = ads.upload(
        lines(hashed("a")), account=OTHER_ACCOUNT, id=str(shared), action="ADD", idType="HASHED_EMAIL"
    )

    answers = [ads.post(path, {"name": "Mine"}), ads.call("DELETE", path), upload]

    assert {reasons(each)[0][0] for each in answers} == {"AUDIENCE_GROUP_NOT_FOUND"}
    assert {each.status_code for each in answers} == {400}


def test_a_shared_source_is_available(ads: AdsClient, alike: int, shared: int) -> None:
    assert source_of(ads) == {"audienceGroupId": shared, "available": True}


def test_a_source_that_is_no_longer_shared_says_so_until_it_is_shared_again(
    line: EmulatorProcess, ads: AdsClient, alike: int, shared: int
) -> None:
    share(line, shared, shared=False)
    assert source_of(ads) == {
        "audienceGroupId": shared,
        "available": False,
        "unavailableReason": "NOT_SHARED",
    }

    share(line, shared)

    assert source_of(ads)["available"] is True


def test_a_source_that_its_owner_deleted_says_so(ads: AdsClient, alike: int, shared: int) -> None:
    assert ads.call("DELETE", f"{LIST}/{shared}").status_code == 202

    assert source_of(ads)["unavailableReason"] == "DELETED"


def test_a_source_that_grew_too_old_is_deleted_with_its_ids(
    line: EmulatorProcess, ads: AdsClient, alike: int, shared: int
) -> None:
    days = 211 * 86_400
    line.control("POST", "/clock", {"offset_seconds": days})
    ads.call("GET", LIST, at=time.time() + days)

    line.control("POST", "/clock", {"offset_seconds": 0})

    assert ads.audiences()["audienceGroups"] == []
    with pytest.raises(AssertionError, match="404"):
        line.control("GET", f"/audiences/{shared}")


def test_a_source_that_line_never_had_is_not_found(tmp_path: Path) -> None:
    with EmulatorProcess(tmp_path, EMULATOR_LOOKALIKE_SOURCE_LOW="0") as line:
        introduce(line)
        ads = AdsClient(line.url)
        owner = {"serviceType": "lap", "id": "A900000009", "name": "Elsewhere"}
        elsewhere = {"ad_account": ACCOUNT, "audience": 42, "name": "Elsewhere", "owner": owner}
        line.control("POST", "/shares", elsewhere)
        rule = {"source": {"audienceGroupId": 42}, "volumeRate": {"auto": True}}
        ads.post(LIST, {"name": "Alike", "functionType": "LOOKALIKE", "lookalike": rule})

        line.control("POST", "/shares", {**elsewhere, "shared": False})

        assert source_of(ads, ACCOUNT)["unavailableReason"] == "NOT_FOUND"


def test_what_is_not_shared_cannot_be_a_source(line: EmulatorProcess, ads: AdsClient, shared: int) -> None:
    share(line, shared, shared=False)
    rule = {"source": {"audienceGroupId": shared}, "volumeRate": {"auto": True}}
    body = {"name": "Alike", "functionType": "LOOKALIKE", "lookalike": rule}

    response = ads.post(f"/adaccounts/{OTHER_ACCOUNT}/custom-audiences", body)

    assert reasons(response) == [
        ("LOOKALIKE_SOURCE_AUDIENCE_GROUP_NOT_FOUND", "lookalike.source.audienceGroupId")
    ]


def overlap(ads: AdsClient, base: object, *compared: object, account: str = ACCOUNT) -> Any:
    body = {"baseId": base, "comparedIds": list(compared)}
    return ads.post(f"/adaccounts/{account}/custom-audiences/overlapping-audiences", body)


def test_overlap_is_the_part_of_the_base_that_both_have(ads: AdsClient) -> None:
    base = ads.create("Base", hashed(*range(100)))
    half = ads.create("Half", hashed(*range(50, 200)))
    none = ads.create("None", hashed(*range(500, 510)))

    answer = overlap(ads, int(base), int(half), none).json()

    assert answer == {"estimations": {half: {"rate": 0.5}, none: {"rate": 0.0}}}


def test_what_cannot_be_compared_has_no_rate(ads: AdsClient) -> None:
    mails = ads.create("Mails", hashed("a"))
    phones = ads.create("Phones", hashed("a"), id_type="HASHED_PHONE_NUMBER")

    assert overlap(ads, mails, phones).json() == {"estimations": {phones: {}}}


def test_shared_audiences_can_be_compared(ads: AdsClient, shared: int) -> None:
    upload = {"account": OTHER_ACCOUNT, "action": "ADD", "idType": "HASHED_EMAIL"}
    own = ads.upload(lines(hashed(*range(250))), name="Own", **upload).json()["id"]

    answer = overlap(ads, shared, own, account=OTHER_ACCOUNT).json()

    assert answer == {"estimations": {own: {"rate": 0.5}}}


@pytest.mark.parametrize(
    ("compared", "reason"),
    [
        ([], "INVALID_SIZE"),
        ([1, 2, 3, 4, 5], "INVALID_SIZE"),
        ([7, 7], "INVALID_UNIQUE_ELEMENTS"),
        (["x"], "INVALID_NUMBER_FORMAT"),
        ([{}], "INVALID_NUMBER_FORMAT"),
        ([404], "AUDIENCE_GROUP_NOT_FOUND"),
    ],
)
def test_one_to_four_known_audiences_are_compared(ads: AdsClient, compared: list[Any], reason: str) -> None:
    base = ads.create("Base", hashed("a"))

    assert reasons(overlap(ads, base, *compared)) == [(reason, "comparedIds")]


def test_every_account_has_a_tag_of_its_own(ads: AdsClient) -> None:
    [tag] = ads.get(f"/adaccounts/{ACCOUNT}/line-tags")["data"]
    [other] = ads.get(f"/adaccounts/{OTHER_ACCOUNT}/line-tags")["data"]

    assert tag["tagId"] != other["tagId"]
    assert (tag["ownerName"], tag["ownerCustomerId"], tag["ownerCustomerType"], tag["myTag"]) == (
        f"Shop {ACCOUNT}",
        ACCOUNT,
        "LAP",
        True,
    )


@pytest.fixture
def shared_tag(line: EmulatorProcess) -> str:
    owner = {"serviceType": "bm", "id": "BM00000000001", "name": "Example Holdings"}
    line.control("POST", "/shares", {"ad_account": ACCOUNT, "tag": TAG, "owner": owner})
    return TAG


def test_a_shared_tag_is_listed_without_its_owners_id(ads: AdsClient, shared_tag: str) -> None:
    tags = ads.get(f"/adaccounts/{ACCOUNT}/line-tags")["data"]

    assert tags[1] == {
        "tagId": shared_tag,
        "ownerName": "Example Holdings",
        "ownerCustomerId": "",
        "ownerCustomerType": "BM",
        "myTag": False,
    }


@pytest.mark.parametrize(
    ("visit", "status"), [("VISIT_ALL", 202), ("URL_MATCHING", 202), ("EVENT_MATCHING", 400)]
)
def test_a_shared_tag_gives_visits_but_no_events(
    ads: AdsClient, shared_tag: str, visit: str, status: int
) -> None:
    rule: dict[str, Any] = {"tagId": shared_tag, "visitType": visit, "retentionDays": 30}
    if visit == "URL_MATCHING":
        rule["conditionGroup"] = [{"conditionType": "CONTAIN", "keywords": ["/cart"]}]

    made = ads.post(LIST, {"name": "Visitors", "functionType": "WEBTRAFFIC", "webtraffic": rule})

    assert made.status_code == status, made.text


def test_events_are_those_a_tag_has_reported(line: EmulatorProcess, ads: AdsClient) -> None:
    events = ads.get(f"/adaccounts/{ACCOUNT}/tag-events")
    assert (events["pageView"]["name"], events["pageView"]["status"]) == ("Base code", "INACTIVE")
    for event in ("pageView", "signup"):
        line.control("POST", "/tag-events", {"ad_account": ACCOUNT, "event": event})

    events = ads.get(f"/adaccounts/{ACCOUNT}/tag-events")

    assert (events["pageView"]["status"], events["conversion"]["status"]) == ("ACTIVE", "INACTIVE")
    assert [event["name"] for event in events["customEvents"]] == ["signup"]
    assert events["pageView"]["lastContactAt"].endswith("+09:00")


def test_events_of_an_unknown_tag_are_refused(ads: AdsClient) -> None:
    response = ads.call("GET", f"/adaccounts/{ACCOUNT}/tag-events?tagId={TAG}")

    assert reasons(response) == [("ENTITY_NOT_FOUND_INVALID_ID", "tagId")]


def test_events_of_a_shared_tag_are_told_by_its_id(line: EmulatorProcess, ads: AdsClient) -> None:
    owner = {"serviceType": "bm", "id": "ORG", "name": "Example"}
    line.control("POST", "/shares", {"ad_account": ACCOUNT, "tag": TAG, "owner": owner})
    line.control("POST", "/tag-events", {"tag": TAG, "event": "signup"})

    shared = ads.get(f"/adaccounts/{ACCOUNT}/tag-events?tagId={TAG}")
    own = ads.get(f"/adaccounts/{ACCOUNT}/tag-events")

    assert [event["name"] for event in shared["customEvents"]] == ["signup"]
    assert own["customEvents"] == []
