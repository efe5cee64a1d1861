"""One of everything at the emulator, so that what a description names is there to be named."""

from __future__ import annotations

from typing import Any

from requests.adapters import HTTPAdapter

from tests.emulator.channel import Channel, users
from tests.emulator.client import (
    ACCOUNT,
    GROUP,
    OTHER_ACCOUNT,
    AdsClient,
    hashed,
    lines,
)
from tests.emulator.contract import (
    World,
)
from tests.emulator.process import EmulatorProcess

BASIC_ID = "@contract"
ASKED, FREE = "A100000010", "A100000011"  # accounts of nobody: one that is asked for, one that is not yet
THANKS = {
    "name": "Thanks",
    "customConversionMatchMethod": "URL",
    "urlConditionGroups": [{"conditionType": "CONTAIN", "keywords": ["/thanks"]}],
}
VISITORS = {
    "name": "Seen on the site",
    "functionType": "WEBTRAFFIC",
    "webtraffic": {"visitType": "VISIT_ALL", "retentionDays": 30},
}
BM_OWNER = {"serviceType": "bm", "id": "0123456789ABCDEFGHIJKLMNOP", "name": "Example Holdings"}


def settle(process: EmulatorProcess, ads: AdsClient, bot: Channel, wire: HTTPAdapter) -> World:
    process.control("POST", "/reset")
    of_ads, of_messaging = _ad_account(process, ads), _official_account(process, bot)
    own, shared = of_messaging["audienceGroupId"], _shared(process, ads, bot, of_ads["audienceGroupId"])
    in_paths = {"groupId": [GROUP], "adaccountId": [ACCOUNT], "custom-audiences": of_ads["id"]}
    in_paths |= {"ids": of_ads["id"], "custom-conversions": of_ads["conversion"]}
    in_paths |= {"link-request": of_ads["request"], "actionType": ["cancel", "unlink"]}
    in_paths |= {"audienceGroup": [*own, *of_messaging["others"]], "shared": shared}
    of_examples = {
        "1234567890123": of_ads["id"][0],
        1234567890123: shared[0],
        1234567890124: shared[1],
        "A900000009": FREE,
        "one SHA-256 a line": of_ads["file"][0],
        7000000000001: own[0],
        "bb9744f9-47fa-4a29-941e-1234567890ab": of_messaging["requestId"][0],
        "one id a line": of_messaging["file"][0],
    }
    return World(process.url, in_paths, {"ads": of_ads, "messaging": of_messaging}, of_examples, wire)


def _ad_account(process: EmulatorProcess, ads: AdsClient) -> dict[str, list[Any]]:
    """What requests to the Ads API may name."""
    for account in (ASKED, FREE):
        process.control("PUT", f"/ad-accounts/{account}", {"name": "Shop of nobody"})
    process.control("POST", "/tag-events", {"ad_account": ACCOUNT, "event": "AddToCart"})
    people = hashed(*range(300))
    first = ads.create("Seen since May", people)
    second = ads.create("Seen since June", people[:200], action="REPLACE")
    ads.create("Seen never [fail]", people)
    ads.upload(lines(people), id=first, action="REPLACE", idType="HASHED_EMAIL")
    linked = ads.get(f"/groups/{GROUP}/link-request?sort=targetAdaccountId,desc")["datas"][0]
    asked = ads.post(f"/groups/{GROUP}/link-request/adaccount", {"targetAdaccountId": ASKED}).json()
    conversion = ads.post(f"/adaccounts/{ACCOUNT}/custom-conversions", THANKS).json()
    return {
        "id": [first, second],
        "request": [str(asked["id"]), str(linked["id"])],  # in the order of cancel and unlink
        "conversion": [str(conversion["customConversionId"])],
        "audienceGroupId": [int(first), int(second)],
        "baseId": [int(first)],
        "comparedIds": [[int(second)]],
        "targetAdaccountId": [FREE],
        "file": [lines(people), lines(people[:7])],
    }


def _shared(process: EmulatorProcess, ads: AdsClient, bot: Channel, uploads: list[int]) -> list[int]:
    """What others share with both accounts; the ids of what the official account gets to see."""
    audiences = f"/adaccounts/{ACCOUNT}/custom-audiences"
    source = ads.create("Seen and gone", hashed(*range(150)))
    rule = {"source": {"audienceGroupId": int(source)}, "volumeRate": {"auto": True}}
    ads.post(audiences, {"name": "Like those gone", "functionType": "LOOKALIKE", "lookalike": rule})
    process.control("DELETE", f"/audiences/{source}")
    tag = {"tag": "01234567-8901-2345-6789-012345678901", "owner": BM_OWNER}
    process.control("POST", "/shares", {"ad_account": ACCOUNT, **tag})
    fields = {"name": "Of the other", "action": "ADD", "idType": "HASHED_EMAIL"}
    theirs = ads.upload(lines(hashed(1)), account=OTHER_ACCOUNT, **fields).json()["id"]
    process.control("POST", "/shares", {"ad_account": ACCOUNT, "audience": int(theirs)})
    visitors = int(ads.post(audiences, VISITORS).json()["id"])
    for audience in [*uploads, visitors]:
        bot.share(audience)
    bot.share(42, name="From elsewhere", owner=BM_OWNER, createRoute="YAHOO_DISPLAY_ADS")
    return [*uploads, visitors, 42]


def _official_account(process: EmulatorProcess, bot: Channel) -> dict[str, list[Any]]:
    """What requests to the Messaging API may name."""
    for message in ("message-1", "message-2"):
        process.control("PUT", f"/messages/{message}", {"basic_id": BASIC_ID, "clicked": 100, "seen": 200})
    people = users(*range(30))
    own = [bot.create("May", people), bot.create("June", people[:7])]
    clicked = bot.call("POST", "/click", {"description": "Clicked", "requestId": "message-2"}).json()
    chat = bot.plant("Talked about shoes", size=70, adaccount="Sample Shop")
    return {
        "audienceGroupId": own,
        "others": [clicked["audienceGroupId"], chat],
        "requestId": ["message-1"],
        "file": [lines(people), lines(people[:3])],
    }
