"""Lists, names and deletion of custom audiences, and who may reach them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.emulator.client import ACCOUNT, FOREIGN_ACCOUNT, GROUP, AdsClient, hashed, reasons
from tests.emulator.process import EmulatorProcess

LIST = f"/adaccounts/{ACCOUNT}/custom-audiences"


def names(page: dict[str, Any]) -> list[str]:
    return [audience["name"] for audience in page["audienceGroups"]]


@pytest.fixture
def three(ads: AdsClient) -> list[str]:
    return [
        ads.create("Gold", hashed(*range(400))),
        ads.create("Silver", hashed(1)),
        ads.create("Old gold", hashed(2)),
    ]


@pytest.mark.usefixtures("three")
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["Old gold", "Silver", "Gold"]),
        ("?sortOrder=asc", ["Gold", "Silver", "Old gold"]),
        ("?sortKey=name&sortOrder=asc", ["Gold", "Old gold", "Silver"]),
        ("?sortKey=id&sortOrder=asc", ["Gold", "Silver", "Old gold"]),
        ("?sortKey=estimatedAudienceSize&size=1", ["Gold"]),
        ("?name=GOLD", ["Old gold", "Gold"]),
        ("?name=bronze", []),
        ("?page=2&size=2", ["Gold"]),
        ("?page=9", []),
    ],
)
def test_a_list_is_sorted_filtered_and_paged(ads: AdsClient, query: str, expected: list[str]) -> None:
    assert names(ads.audiences(query)) == expected


@pytest.mark.usefixtures("three")
def test_a_page_says_whether_more_follow(ads: AdsClient) -> None:
    pages = [ads.audiences(f"?page={number}&size=2") for number in (1, 2)]

    assert [page["hasNextPage"] for page in pages] == [True, False]
    assert [page["totalElements"] for page in pages] == [3, 3]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?page=0", ("TOO_LOW", "page")),
        ("?page=x", ("INVALID_NUMBER_FORMAT", "page")),
        ("?page=" + "9" * 30, ("INVALID_NUMBER_FORMAT", "page")),
        ("?size=101", ("TOO_HIGH", "size")),
        ("?size=0", ("TOO_LOW", "size")),
        ("?sortKey=owner", ("INVALID_ENUM", "sortKey")),
        ("?sortOrder=up", ("INVALID_ENUM", "sortOrder")),
    ],
)
def test_a_query_out_of_range_is_refused(ads: AdsClient, query: str, expected: tuple[str, str]) -> None:
    response = ads.call("GET", f"{LIST}{query}")

    assert (response.status_code, reasons(response)) == (400, [expected])


@pytest.mark.usefixtures("three")
def test_small_sizes_are_not_told(ads: AdsClient) -> None:
    sizes = {each["name"]: each["estimatedAudienceSize"] for each in ads.audiences()["audienceGroups"]}

    assert 200 <= int(sizes.pop("Gold")) <= 320
    assert set(sizes.values()) <= {"-", "100 or fewer"}


def test_times_are_in_the_ad_accounts_zone(line: EmulatorProcess, ads: AdsClient) -> None:
    taipei = {"ad_accounts": [{"id": ACCOUNT, "timezone": "Asia/Taipei", "name": "Taipei shop"}]}
    line.control("PUT", "/keys/AKEXAMPLE0001", taipei)

    ads.create("VIP", hashed("a"))

    assert ads.audiences()["audienceGroups"][0]["created"].endswith("+08:00")


def test_an_audience_is_renamed(ads: AdsClient) -> None:
    audience = ads.create("VIP", hashed("a"))

    response = ads.call("POST", f"{LIST}/{audience}", json=json.dumps({"name": "貴賓"}).encode())

    assert (response.status_code, response.json()["name"]) == (200, "貴賓")
    assert names(ads.audiences()) == ["貴賓"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", ("REQUIRED_REQUEST_BODY", "body")),
        (b"{", ("DECODING_FAILED", "body")),
        (b"\xff", ("DECODING_FAILED", "body")),
        (b'{"name": "\\ud800"}', ("DECODING_FAILED", "body")),
        (b"[" * 100_000, ("DECODING_FAILED", "body")),
        (b"[]", ("REQUEST_INPUT_FORMAT_INVALID", "body")),
        (b"{}", ("REQUIRED", "name")),
        (b'{"name": 5}', ("INVALID_FORMAT", "name")),
        (b'{"name": ""}', ("AUDIENCE_GROUP_NAME_EMPTY", "name")),
        (b'{"name": "Taken"}', ("AUDIENCE_GROUP_NAME_DUPLICATE", "name")),
        (b" " * 3_000_000, ("REQUEST_INPUT_SIZE", "body")),
    ],
)
def test_a_name_that_cannot_be_is_refused(ads: AdsClient, body: bytes, expected: tuple[str, str]) -> None:
    audience = ads.create("VIP", hashed("a"))
    ads.create("Taken", hashed("a"))

    response = ads.call("POST", f"{LIST}/{audience}", json=body or None)

    assert (response.status_code, reasons(response)) == (400, [expected])


@pytest.mark.parametrize(
    "path", ["/{0}", "/{0},{1}", "?ids={0}&ids={1}", "?ids={0},{1}", "/{0}?ids={0}", "/{0}?ids={1}"]
)
def test_every_reading_of_the_delete_call_works(ads: AdsClient, three: list[str], path: str) -> None:
    gone = {number for number in (0, 1) if f"{{{number}}}" in path}

    response = ads.call("DELETE", LIST + path.format(*three))

    assert (response.status_code, response.content) == (202, b"")
    left = {audience["id"] for audience in ads.audiences()["audienceGroups"]}
    assert left == {each for number, each in enumerate(three) if number not in gone}


def test_delete_takes_all_or_none(ads: AdsClient, three: list[str]) -> None:
    response = ads.call("DELETE", f"{LIST}/{three[0]},1")

    assert (response.status_code, reasons(response)) == (400, [("AUDIENCE_GROUP_NOT_FOUND", "ids")])
    assert ads.audiences()["totalElements"] == 3


def test_a_deleted_audience_is_gone_and_its_name_free(line: EmulatorProcess, ads: AdsClient) -> None:
    audience = ads.create("VIP", hashed("a"))
    ads.call("DELETE", f"{LIST}/{audience}")

    assert reasons(ads.call("GET", f"{LIST}/{audience}/upload-job")) == [("AUDIENCE_GROUP_NOT_FOUND", "id")]
    assert list((line.folder / "sets").iterdir()) == []
    assert ads.create("VIP", hashed("b")) != audience


def test_there_is_no_call_for_one_audience(ads: AdsClient) -> None:
    audience = ads.create("VIP", hashed("a"))

    assert ads.call("GET", f"{LIST}/{audience}").status_code == 405
    assert ads.call("GET", f"{LIST}/{audience}/members").status_code == 404


def test_a_group_lists_its_ad_accounts(ads: AdsClient) -> None:
    page = ads.call("GET", f"/groups/{GROUP}/adaccounts?sort=id,asc&size=1").json()

    assert page["paging"] == {"page": 1, "size": 1, "totalElements": 2, "sorts": ["id,ASC"]}
    assert [account["id"] for account in page["datas"]] == [ACCOUNT]
    assert ads.get(f"/groups/{GROUP}/adaccounts?name=shop")["paging"]["totalElements"] == 2


def test_other_groups_and_accounts_are_not_reached(ads: AdsClient) -> None:
    answers = {
        path: ads.call("GET", path)
        for path in (
            f"/adaccounts/{FOREIGN_ACCOUNT}/custom-audiences",
            "/groups/G9/adaccounts",
            "/groups/G0/adaccounts",
        )
    }

    assert [answer.status_code for answer in answers.values()] == [403, 403, 400]
    assert [reasons(answer)[0][0] for answer in answers.values()] == ["ACCOUNT_NOT_ALLOWED"] * 2 + [
        "INVALID_GROUP_ID"
    ]


def test_a_role_that_does_not_reach_a_call_is_refused(line: EmulatorProcess, ads: AdsClient) -> None:
    line.control("PUT", "/keys/AKEXAMPLE0001", {"roles": ["AD_TECH"]})

    assert ads.call("GET", LIST).status_code == 200
    response = ads.call("DELETE", f"{LIST}/1")
    assert (response.status_code, reasons(response)) == (403, [("PARTNER_PERMISSION_DENIED", None)])


def test_a_revoked_key_is_no_key(line: EmulatorProcess, ads: AdsClient) -> None:
    line.control("PUT", "/keys/AKEXAMPLE0001", {"revoked": True})

    response = ads.call("GET", LIST)

    assert (response.status_code, reasons(response)) == (401, [("AUTHORIZATION_FAILED", "Authorization")])


def test_a_clock_that_is_off_is_told_by_the_date_of_the_answer(line: EmulatorProcess, ads: AdsClient) -> None:
    line.control("POST", "/clock", {"offset_seconds": 3600})

    response = ads.call("GET", LIST)

    assert response.status_code == 401
    assert response.headers["X-Emulator-Reason"] == "Date header is outside the clock window"
