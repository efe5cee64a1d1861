"""What others share with an official account: whose it is, how it is listed, what is told of web traffic."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.emulator.channel import NOT_FOUND, Channel, details, ifas, users
from tests.emulator.client import ACCOUNT, AdsClient, hashed
from tests.emulator.process import EmulatorProcess

GONE = [(NOT_FOUND, "audienceGroupId")]


@pytest.fixture
def another(line: EmulatorProcess) -> Iterator[Channel]:
    client = Channel(line, "@another", "channel-token-of-another")
    yield client
    client.close()


def test_an_audience_shared_from_the_ads_api_is_read_with_its_jobs(bot: Channel, ads: AdsClient) -> None:
    audience = int(ads.create("VIP", hashed("a"), action="REPLACE"))
    ads.upload(b"nobody", id=str(audience), action="ADD", idType="HASHED_EMAIL")
    bot.share(audience)

    shown = bot.get(f"/shared/{audience}")

    assert [(job["type"], job["description"]) for job in shown["jobs"]] == [("DIFF_ADD", "ids.txt")]
    assert shown["audienceGroup"]["audienceCount"] == 0


@pytest.mark.parametrize(
    ("id_type", "is_ifa"), [("IFA", True), ("HASHED_EMAIL", False), ("HASHED_PHONE_NUMBER", False)]
)
def test_uploads_of_the_ads_api_are_uploads(bot: Channel, ads: AdsClient, id_type: str, is_ifa: bool) -> None:
    ids = ifas(*range(40)) if is_ifa else hashed(*range(40))
    audience = int(ads.create("VIP", ids, id_type=id_type))
    bot.share(audience)

    group = bot.get(f"/shared/{audience}")["audienceGroup"]

    assert (group["type"], group["isIfaAudience"], group["permission"]) == ("UPLOAD", is_ifa, "READ")
    assert 20 <= group["audienceCount"] <= 32


OWNERS: list[dict[str, str]] = [
    {"serviceType": "bm", "id": "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "name": "Example Holdings"},
    {"serviceType": "lap", "id": "A100000007", "name": "Sample Shop"},
    {"serviceType": "account", "id": "@sample", "name": "Sample Tea"},
]


@pytest.mark.parametrize("owner", OWNERS, ids=lambda owner: owner["serviceType"])
def test_a_shared_audience_says_whose_it_is(bot: Channel, owner: dict[str, str]) -> None:
    bot.share(7, name="Theirs", type="APP_EVENT", owner=owner)

    shown = bot.get("/shared/7")

    assert (shown["owner"], shown["jobs"]) == (owner, [])
    [listed] = bot.get("/shared/list?page=1")["audienceGroups"]
    assert "owner" not in listed
    assert listed == shown["audienceGroup"]


def test_a_shared_audience_of_a_channel_says_which(bot: Channel, another: Channel) -> None:
    audience = another.create("Theirs", users("ann"), uploadDescription="first")
    bot.share(audience)

    shown = bot.get(f"/shared/{audience}")

    assert shown["owner"] == {"serviceType": "account", "id": "@another", "name": "@another"}
    assert (shown["audienceGroup"]["audienceCount"], shown["audienceGroup"]["permission"]) == (1, "READ")
    assert [job["description"] for job in shown["jobs"]] == ["first"]
    assert details(bot.call("GET", f"/{audience}")) == GONE


@pytest.mark.parametrize("yes", ["true", "True", "TRUE"])
def test_the_shared_list_may_hold_the_accounts_own(bot: Channel, yes: str) -> None:
    bot.create("Buyers")
    bot.plant("Asked us")
    bot.share(7, name="Theirs", owner=OWNERS[0], createRoute="BUSINESS_MANAGER")

    page = bot.get(f"/shared/list?page=1&includesOwnedAudienceGroups={yes}")

    names = [group["description"] for group in page["audienceGroups"]]
    assert names == ["Asked us", "Buyers", "Theirs"]
    assert (page["totalCount"], page["readWriteAudienceGroupTotalCount"]) == (3, 1)
    assert bot.get("/shared/list")["totalCount"] == 1
    assert bot.get("/shared/list?includesOwnedAudienceGroups=False")["totalCount"] == 1


@pytest.mark.parametrize(
    "route", ["BUSINESS_MANAGER", "YAHOO_DISPLAY_ADS", "AD_MANAGER", "OA_MANAGER", "POINT_AD"]
)
def test_the_shared_list_is_filtered_by_route(bot: Channel, route: str) -> None:
    bot.share(7, name="Theirs", owner=OWNERS[0], createRoute=route)
    bot.share(8, name="Others", owner=OWNERS[0], createRoute="MESSAGING_API")

    groups = bot.get(f"/shared/list?page=1&createRoute={route}")["audienceGroups"]

    assert [(group["description"], group["createRoute"]) for group in groups] == [("Theirs", route)]


@pytest.mark.parametrize("kind", ["LOOKALIKE", "ACCOUNT_FRIENDS", "THV_EVENT"])
def test_kinds_without_a_word_in_this_api_are_not_seen(bot: Channel, kind: str) -> None:
    bot.share(7, name="Theirs", type=kind, owner=OWNERS[1])

    assert bot.get("/shared/list")["audienceGroups"] == []
    assert details(bot.call("GET", "/shared/7")) == GONE


@pytest.fixture
def visitors(ads: AdsClient, bot: Channel) -> int:
    """A web traffic audience of an ad account, shared with the official account."""
    rule = {
        "visitType": "URL_MATCHING",
        "retentionDays": 30,
        "matchingType": "NORMAL",
        "conditionGroup": [{"conditionType": "CONTAIN", "keywords": ["/thanks"]}],
    }
    body = {"name": "Visitors", "functionType": "WEBTRAFFIC", "webtraffic": rule}
    made = ads.post(f"/adaccounts/{ACCOUNT}/custom-audiences", body)
    assert made.status_code == 202, made.text
    bot.share(int(made.json()["id"]))
    return int(made.json()["id"])


def test_web_traffic_is_described_in_full_to_who_asks_for_one(
    bot: Channel, ads: AdsClient, visitors: int
) -> None:
    [own_tag] = ads.get(f"/adaccounts/{ACCOUNT}/line-tags")["data"]

    group = bot.get(f"/shared/{visitors}")["audienceGroup"]

    assert group["webtraffic"] == {
        "webtrafficIsMyTag": False,
        "webtrafficBmTagSharingStatus": "UNSHARED",
        "webtrafficIsTagDeleted": False,
        "webtrafficTagCreateRoute": "AD_MANAGER",
        "webtrafficVisitType": "URL_MATCHING",
        "webtrafficRetentionDays": 30,
        "webtrafficMatchingType": "NORMAL",
        "webtrafficConditionGroup": [{"conditionType": "CONTAIN", "keywords": ["/thanks"]}],
        "webtrafficTagId": own_tag["tagId"],
        "webtrafficTagOwnerName": own_tag["ownerName"],
    }


def test_lists_say_of_web_traffic_only_whose_the_tag_is(bot: Channel, ads: AdsClient, visitors: int) -> None:
    [own_tag] = ads.get(f"/adaccounts/{ACCOUNT}/line-tags")["data"]
    owner = {"serviceType": "lap", "id": ACCOUNT, "name": own_tag["ownerName"]}
    bot.line.control("POST", "/shares", {"basic_id": bot.basic_id, "tag": own_tag["tagId"], "owner": owner})

    [group] = bot.get("/shared/list")["audienceGroups"]

    assert group["webtraffic"] == {
        "webtrafficIsMyTag": False,
        "webtrafficBmTagSharingStatus": "SHARED",
        "webtrafficIsTagDeleted": False,
        "webtrafficTagCreateRoute": "AD_MANAGER",
    }


def test_the_owner_of_a_shared_tag_is_who_shares_it(bot: Channel, ads: AdsClient) -> None:
    tag = "0f0e0d0c-1111-2222-3333-444455556666"
    bot.line.control("POST", "/shares", {"ad_account": ACCOUNT, "tag": tag, "owner": OWNERS[0]})
    rule = {"tagId": tag, "visitType": "VISIT_ALL", "retentionDays": 7}
    body = {"name": "Visitors", "functionType": "WEBTRAFFIC", "webtraffic": rule}
    audience = int(ads.post(f"/adaccounts/{ACCOUNT}/custom-audiences", body).json()["id"])
    bot.share(audience)

    web = bot.get(f"/shared/{audience}")["audienceGroup"]["webtraffic"]

    assert (web["webtrafficTagId"], web["webtrafficTagOwnerName"], web["webtrafficTagCreateRoute"]) == (
        tag,
        "Example Holdings",
        "BUSINESS_MANAGER",
    )


@pytest.mark.parametrize("kind", ["WEBTRAFFIC", "TRACKINGTAG_WEBTRAFFIC"])
def test_web_traffic_from_elsewhere_has_its_block_too(bot: Channel, kind: str) -> None:
    bot.share(7, name="Theirs", type=kind, owner=OWNERS[2])
    bot.plant("Own visitors", kind)

    groups = bot.get("/shared/list?includesOwnedAudienceGroups=true")["audienceGroups"]

    seen: dict[str, Any] = {group["description"]: group["webtraffic"] for group in groups}
    assert [seen[name]["webtrafficIsMyTag"] for name in ("Theirs", "Own visitors")] == [False, True]
    assert {each["webtrafficTagCreateRoute"] for each in seen.values()} == {"OA_MANAGER"}


def test_what_is_shared_and_deleted_is_gone(bot: Channel, another: Channel) -> None:
    audience = another.create("Theirs", users("ann"))
    bot.share(audience)

    another.call("DELETE", f"/{audience}")

    assert bot.get("/shared/list")["audienceGroups"] == []
    assert details(bot.call("GET", f"/shared/{audience}")) == GONE
