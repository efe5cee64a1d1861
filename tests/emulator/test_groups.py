"""Groups, what lies below them, and requests to act for an ad account."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.client import ACCOUNT, FOREIGN_ACCOUNT, GROUP, AdsClient, reasons
from tests.emulator.process import EmulatorProcess

REQUESTS = f"/groups/{GROUP}/link-request"
WANTED = "A100000003"


@pytest.fixture
def wanted(line: EmulatorProcess) -> str:
    """An ad account that nobody acts for yet."""
    line.control("PUT", f"/ad-accounts/{WANTED}", {"name": "Wanted", "removed": False})
    key = {"ad_accounts": [{"id": each, "name": f"Shop {each}"} for each in (ACCOUNT, "A100000002")]}
    line.control("PUT", "/keys/AKEXAMPLE0001", key)
    return WANTED


def ask(ads: AdsClient, account: str) -> dict[str, Any]:
    response = ads.post(f"{REQUESTS}/adaccount", {"targetAdaccountId": account})
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


def may_list(ads: AdsClient, account: str) -> bool:
    return ads.call("GET", f"/adaccounts/{account}/custom-audiences").status_code == 200


def test_a_request_waits_until_the_advertiser_approves_it(
    line: EmulatorProcess, ads: AdsClient, wanted: str
) -> None:
    asked = ask(ads, wanted)
    assert (asked["status"], asked["targetAdaccountName"]) == ("WAITING_APPROVAL", "Wanted")
    assert asked["createdDate"].endswith("Z")
    assert not may_list(ads, wanted)

    line.control("POST", f"/link-requests/{asked['id']}", {"approve": True})

    assert may_list(ads, wanted)
    assert wanted in [each["id"] for each in ads.get(f"/groups/{GROUP}/adaccounts")["datas"]]


def test_a_rejected_request_may_be_made_again(line: EmulatorProcess, ads: AdsClient, wanted: str) -> None:
    first = ask(ads, wanted)
    line.control("POST", f"/link-requests/{first['id']}", {"approve": False})

    second = ask(ads, wanted)

    shown = {each["id"]: each["status"] for each in ads.get(REQUESTS)["datas"]}
    assert (shown[first["id"]], shown[second["id"]]) == ("REJECTED", "WAITING_APPROVAL")


def test_what_was_cancelled_or_unlinked_is_hidden(line: EmulatorProcess, ads: AdsClient, wanted: str) -> None:
    asked = ask(ads, wanted)

    cancelled = ads.post(f"{REQUESTS}/{asked['id']}/cancel", {}).json()

    assert cancelled["status"] == "CANCELED"
    assert asked["id"] not in [each["id"] for each in ads.get(REQUESTS)["datas"]]
    assert asked["id"] in [each["id"] for each in ads.get(f"{REQUESTS}?includeRemoved=true")["datas"]]


def test_an_unlinked_account_is_no_longer_reached(ads: AdsClient, line: EmulatorProcess, wanted: str) -> None:
    asked = ask(ads, wanted)
    line.control("POST", f"/link-requests/{asked['id']}", {"approve": True})

    unlinked = ads.call("POST", f"{REQUESTS}/{asked['id']}/unlink").json()

    assert unlinked["status"] == "UNLINKED"
    assert not may_list(ads, wanted)


def test_an_account_that_a_key_was_given_shows_as_linked(ads: AdsClient) -> None:
    linked = {each["targetAdaccountId"]: each["status"] for each in ads.get(REQUESTS)["datas"]}

    assert linked[ACCOUNT] == "LINKED"


def test_a_request_that_makes_no_sense_is_refused(ads: AdsClient, wanted: str) -> None:
    ask(ads, wanted)
    expected = {
        wanted: "GROUP_ALREADY_REQUESTED_SAME_ADACCOUNT",
        ACCOUNT: "GROUP_ALREADY_HAS_SAME_ADACCOUNT_LINK",
        "A999999999": "GROUP_LINK_REQUEST_TARGET_ADACCOUNT_DOES_NOT_EXIST",
    }

    found = {
        account: reasons(ads.post(f"{REQUESTS}/adaccount", {"targetAdaccountId": account}))
        for account in expected
    }

    assert found == {account: [(reason, "targetAdaccountId")] for account, reason in expected.items()}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("{id}/approve", ("INVALID_ENUM", "actionType")),
        ("{id}/unlink", ("REQUEST_INPUT_INVALID", "actionType")),
        ("999999/cancel", ("ENTITY_NOT_FOUND_INVALID_ID", "id")),
        ("x/cancel", ("INVALID_NUMBER_FORMAT", "id")),
    ],
)
def test_only_what_fits_its_state_may_be_done_to_a_request(
    ads: AdsClient, wanted: str, path: str, expected: tuple[str, str]
) -> None:
    response = ads.call("POST", f"{REQUESTS}/{path.format(id=ask(ads, wanted)['id'])}")

    assert (response.status_code, reasons(response)) == (400, [expected])


def test_the_advertiser_answers_once(line: EmulatorProcess, ads: AdsClient, wanted: str) -> None:
    asked = ask(ads, wanted)
    line.control("POST", f"/link-requests/{asked['id']}", {"approve": False})

    with pytest.raises(AssertionError, match="409"):
        line.control("POST", f"/link-requests/{asked['id']}", {"approve": True})
    waiting = [each["status"] for each in line.control("GET", "/link-requests")["link_requests"]]
    assert "WAITING_APPROVAL" not in waiting


def test_a_child_group_is_created_listed_and_renamed(ads: AdsClient) -> None:
    child = ads.post(f"/groups/{GROUP}/children", {"name": "Agency"}).json()
    assert (child["parentGroupId"], child["depth"]) == (GROUP, 1)

    renamed = ads.post(f"/groups/{child['id']}", {"name": "廣告代理"}).json()

    assert [each["name"] for each in renamed["datas"]] == ["廣告代理"]
    assert [each["name"] for each in ads.get(f"/groups/{GROUP}/children")["datas"]] == ["廣告代理"]
    assert ads.get(f"/groups/{GROUP}/children?ids=G0")["datas"] == []


def test_accounts_of_groups_below_belong_to_those_above(
    line: EmulatorProcess, ads: AdsClient, wanted: str
) -> None:
    child = ads.post(f"/groups/{GROUP}/children", {"name": "Agency"}).json()["id"]
    asked = ads.post(f"/groups/{child}/link-request/adaccount", {"targetAdaccountId": wanted}).json()
    line.control("POST", f"/link-requests/{asked['id']}", {"approve": True})

    assert may_list(ads, wanted)
    everything = ads.get(f"/groups/{GROUP}/adaccounts")["datas"]
    direct = ads.get(f"/groups/{GROUP}/adaccounts?includeLinked=false")["datas"]
    assert {each["id"] for each in everything} - {each["id"] for each in direct} == {wanted}
    again = ads.post(f"{REQUESTS}/adaccount", {"targetAdaccountId": wanted})
    assert reasons(again) == [("ADACCOUNT_ALREADY_EXIST_IN_GROUP_TREE", "targetAdaccountId")]


def test_groups_go_only_so_deep(ads: AdsClient) -> None:
    group = GROUP
    for _ in range(5):
        group = ads.post(f"/groups/{group}/children", {"name": "Below"}).json()["id"]

    refused = ads.post(f"/groups/{group}/children", {"name": "Too deep"})

    assert reasons(refused) == [("GROUP_HAS_TOO_MANY_DEPTH", "groupId")]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", ("REQUIRED_REQUEST_BODY", "body")),
        (b"[]", ("REQUEST_INPUT_FORMAT_INVALID", "body")),
        (b"{}", ("REQUIRED", "name")),
        (b'{"name": 7}', ("INVALID_FORMAT", "name")),
        (b'{"name": " "}', ("REQUIRED", "name")),
        (b'{"name": "a\\u0000"}', ("REQUEST_INPUT_FORMAT_INVALID", "name")),
        (b'{"name": "%s"}' % (b"x" * 121), ("REQUEST_INPUT_SIZE", "name")),
    ],
)
def test_a_group_needs_a_name(ads: AdsClient, body: bytes, expected: tuple[str, str]) -> None:
    response = ads.call("POST", f"/groups/{GROUP}/children", json=body or None)

    assert (response.status_code, reasons(response)) == (400, [expected])


def test_a_foreign_group_is_not_touched(ads: AdsClient) -> None:
    assert ads.post("/groups/G9", {"name": "Mine now"}).status_code == 403
    assert ads.call("GET", "/groups/G9/children").status_code == 403
    assert reasons(ads.call("GET", "/groups/G0/children")) == [("INVALID_GROUP_ID", "groupId")]
    assert not may_list(ads, FOREIGN_ACCOUNT)


def test_a_removed_account_is_listed_only_on_demand_and_refuses_calls(
    line: EmulatorProcess, ads: AdsClient
) -> None:
    line.control("PUT", f"/ad-accounts/{ACCOUNT}", {"removed": True})

    listed = ads.get(f"/groups/{GROUP}/adaccounts?includeRemoved=true")["datas"]
    refused = ads.call("GET", f"/adaccounts/{ACCOUNT}/custom-audiences")
    line.control("PUT", f"/ad-accounts/{ACCOUNT}", {"removed": False})

    assert {each["id"]: each["configuredStatus"] for each in listed}[ACCOUNT] == "REMOVED"
    assert reasons(refused) == [("REMOVED_ENTITY", "adaccountId")]
    assert may_list(ads, ACCOUNT)


def test_an_account_names_the_official_account_that_belongs_to_it(
    line: EmulatorProcess, ads: AdsClient
) -> None:
    line.control("PUT", f"/ad-accounts/{ACCOUNT}", {"line_id": "@example", "line_name": "Example"})

    shown = {each["id"]: each["lineAccount"] for each in ads.get(f"/groups/{GROUP}/adaccounts")["datas"]}

    assert shown[ACCOUNT] == {"name": "Example", "lineId": "@example"}
