"""What an official account sees, read by plain HTTP and by LINE's own client."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from linebot.v3.audience import (  # type: ignore[import-untyped]  # it ships without types
    ApiClient,
    ApiException,
    Configuration,
    ManageAudience,
)

from tests.emulator.client import ACCOUNT, AdsClient, hashed
from tests.emulator.conftest import introduce
from tests.emulator.process import EmulatorProcess

BASIC_ID = "@example"
TOKEN = "channel-token-of-example"
OWNER = {"serviceType": "lap", "id": ACCOUNT, "name": f"Shop {ACCOUNT}"}
HTTP = httpx2.Client(timeout=20)
BM_OWNER = {"serviceType": "bm", "id": "BM00000000001", "name": "Example Holdings"}


@pytest.fixture
def channel(line: EmulatorProcess) -> EmulatorProcess:
    line.control("PUT", f"/channels/{BASIC_ID}", {"channel_access_token": TOKEN})
    return line


@pytest.fixture
def sdk(channel: EmulatorProcess) -> Iterator[ManageAudience]:
    with ApiClient(Configuration(host=channel.url, access_token=TOKEN)) as client:
        yield ManageAudience(client)


def get(line: EmulatorProcess, path: str, token: str = TOKEN) -> httpx2.Response:
    return HTTP.get(f"{line.url}/v2/bot/audienceGroup{path}", headers={"Authorization": f"Bearer {token}"})


def shared(line: EmulatorProcess, query: str = "") -> list[dict[str, Any]]:
    page = get(line, f"/shared/list{query}")
    assert page.status_code == 200, page.text
    groups: list[dict[str, Any]] = page.json()["audienceGroups"]
    return groups


def test_a_shared_audience_appears_with_state_and_size_of_the_one_it_is(
    channel: EmulatorProcess, ads: AdsClient
) -> None:
    audience = int(ads.create("VIP", hashed(*range(200))))

    channel.control("POST", "/shares", {"basic_id": BASIC_ID, "audience": audience})

    [group] = shared(channel)
    assert group.pop("created") > 1_700_000_000
    assert 100 <= group.pop("audienceCount") <= 160
    assert group.pop("expireTimestamp") > group.pop("activated")
    assert group == {
        "audienceGroupId": audience,
        "type": "UPLOAD",
        "description": "VIP",
        "status": "READY",
        "isIfaAudience": False,
        "createRoute": "AD_MANAGER",
        "permission": "READ",
    }


def test_one_shared_audience_is_read_with_its_jobs_and_owner(
    channel: EmulatorProcess, ads: AdsClient
) -> None:
    audience = int(ads.create("VIP", hashed("a")))
    channel.control("POST", "/shares", {"basic_id": BASIC_ID, "audience": audience})

    answer = get(channel, f"/shared/{audience}").json()

    assert answer["audienceGroup"]["audienceGroupId"] == audience
    assert answer["owner"] == OWNER
    assert [(job["type"], job["jobStatus"], job["audienceCount"]) for job in answer["jobs"]] == [
        ("DIFF_ADD", "FINISHED", 1)
    ]


def test_what_is_no_longer_shared_is_gone(channel: EmulatorProcess, ads: AdsClient) -> None:
    share = {"basic_id": BASIC_ID, "audience": int(ads.create("VIP", hashed("a")))}
    channel.control("POST", "/shares", share)

    channel.control("POST", "/shares", {**share, "shared": False})

    assert shared(channel) == []
    assert get(channel, f"/shared/{share['audience']}").status_code == 400


def test_what_is_shared_with_another_account_is_not_seen(channel: EmulatorProcess, ads: AdsClient) -> None:
    audience = int(ads.create("VIP", hashed("a")))

    channel.control("POST", "/shares", {"basic_id": "@another", "audience": audience})

    assert shared(channel) == []


def test_an_audience_from_elsewhere_may_be_shared_by_name_and_owner(channel: EmulatorProcess) -> None:
    share = {
        "basic_id": BASIC_ID,
        "audience": 42,
        "name": "Visitors",
        "type": "WEBTRAFFIC",
        "owner": BM_OWNER,
    }
    channel.control("POST", "/shares", {**share, "createRoute": "BUSINESS_MANAGER"})

    [group] = shared(channel, "?createRoute=BUSINESS_MANAGER")

    assert (group["type"], group["description"], group["createRoute"]) == (
        "WEBTRAFFIC",
        "Visitors",
        "BUSINESS_MANAGER",
    )
    assert get(channel, "/shared/42").json()["owner"] == BM_OWNER


@pytest.fixture
def fifty(channel: EmulatorProcess) -> EmulatorProcess:
    for number in range(1, 51):
        share = {"basic_id": BASIC_ID, "audience": number, "name": f"List {number}", "owner": BM_OWNER}
        channel.control("POST", "/shares", share)
    return channel


PAGES = [
    ("", 20, True),
    ("?page=3&size=20", 10, False),
    ("?size=40", 40, True),
    ("?description=LIST%205", 2, False),
    ("?status=FAILED", 0, False),
    ("?createRoute=OA_MANAGER", 0, False),
    ("?page=9", 0, False),
]


@pytest.mark.parametrize(("query", "count", "more"), PAGES)
def test_shared_lists_are_paged_and_filtered(
    fifty: EmulatorProcess, query: str, count: int, more: bool
) -> None:
    page = get(fifty, f"/shared/list{query}").json()

    assert (len(page["audienceGroups"]), page["hasNextPage"]) == (count, more)
    assert page["readWriteAudienceGroupTotalCount"] == 0


@pytest.mark.parametrize(
    ("path", "message", "detail"),
    [
        ("/list", "page: must not be null", "REQUIRED"),
        ("/list?page=0", "page: must be greater than or equal to 1", "TOO_LOW"),
        ("/list?page=1&size=41", "size: must be less than or equal to 40", "TOO_HIGH"),
        ("/list?page=1&createRoute=BUSINESS_MANAGER", "createRoute: invalid value", "INVALID_ENUM"),
        ("/shared/list?size=x", "size: must be a number", "INVALID_NUMBER_FORMAT"),
        ("/shared/list?status=AVAILABLE", "status: invalid value", "INVALID_ENUM"),
        ("/shared/1", "audience group not found", "AUDIENCE_GROUP_NOT_FOUND"),
        ("/shared/x", "audience group not found", "AUDIENCE_GROUP_NOT_FOUND"),
        ("/1", "audience group not found", "AUDIENCE_GROUP_NOT_FOUND"),
    ],
)
def test_what_is_wrong_is_said_in_lines_words(
    channel: EmulatorProcess, path: str, message: str, detail: str
) -> None:
    answer = get(channel, path)

    assert answer.status_code == 400
    assert answer.json()["message"] == message
    assert [each["message"] for each in answer.json()["details"]] == [detail]


def test_every_answer_has_its_own_request_id(channel: EmulatorProcess) -> None:
    answers = [get(channel, path) for path in ("/list?page=1", "/list?page=1", "/shared/1", "/no/such/call")]
    answers.append(get(channel, "/list?page=1", token="nobody"))

    assert len({answer.headers["x-line-request-id"] for answer in answers}) == 5
    assert [answer.status_code for answer in answers] == [200, 200, 400, 404, 401]


def test_an_unknown_token_is_refused_in_lines_words(channel: EmulatorProcess) -> None:
    answer = get(channel, "/list?page=1", token="nobody")

    assert answer.json()["message"].startswith("Authentication failed due to the following reason:")


def test_after_sixty_calls_of_a_minute_the_rest_is_refused(tmp_path: Path) -> None:
    with EmulatorProcess(tmp_path) as line:
        line.control("PUT", f"/channels/{BASIC_ID}", {"channel_access_token": TOKEN})
        answers = [get(line, "/list?page=1") for _ in range(90)]

    refused = [answer for answer in answers if answer.status_code == 429]
    assert {answer.status_code for answer in answers[:60]} == {200}
    assert refused[0].json() == {"message": "The API rate limit has been exceeded. Try again later."}


def test_the_official_client_reads_both_lists(
    sdk: ManageAudience, channel: EmulatorProcess, ads: AdsClient
) -> None:
    audience = int(ads.create("VIP", hashed(*range(200))))
    channel.control("POST", "/shares", {"basic_id": BASIC_ID, "audience": audience})

    groups = sdk.get_shared_audience_groups(page=1, size=40, includes_owned_audience_groups=True)
    one = sdk.get_shared_audience_data(audience)
    own = sdk.get_audience_groups(page=1, includes_external_public_groups=True)

    assert [group.audience_group_id for group in groups.audience_groups or []] == [audience]
    assert one.audience_group is not None
    assert one.audience_group.description == "VIP"
    assert one.owner is not None
    assert one.owner.id == ACCOUNT
    assert own.total_count == 0


def test_the_official_client_understands_the_errors(sdk: ManageAudience) -> None:
    with pytest.raises(ApiException) as caught:
        sdk.get_audience_data(5)

    assert caught.value.status == 400
    assert json.loads(caught.value.body)["details"][0]["message"] == "AUDIENCE_GROUP_NOT_FOUND"


def test_shares_survive_a_kill(tmp_path: Path) -> None:
    with EmulatorProcess(tmp_path) as line:
        introduce(line)
        line.control("PUT", f"/channels/{BASIC_ID}", {"channel_access_token": TOKEN})
        audience = int(AdsClient(line.url).create("VIP", hashed("a")))
        line.control("POST", "/shares", {"basic_id": BASIC_ID, "audience": audience})

        line.restart()

        assert [group["audienceGroupId"] for group in shared(line)] == [audience]
