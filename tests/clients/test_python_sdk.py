"""LINE's own Python client against the emulator: real calls, nothing stubbed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from linebot.v3.audience import (  # type: ignore[import-untyped]  # it ships without types
    AddAudienceToAudienceGroupRequest,
    ApiClient,
    ApiException,
    Audience,
    Configuration,
    CreateAudienceGroupRequest,
    CreateClickBasedAudienceGroupRequest,
    CreateImpBasedAudienceGroupRequest,
    ManageAudience,
    ManageAudienceBlob,
    UpdateAudienceGroupDescriptionRequest,
)

from tests.emulator.channel import NOT_FOUND, TOKEN, WRONG_ID, Channel, ifas, users
from tests.emulator.client import AdsClient, fingerprint, hashed, lines


@pytest.fixture
def client(bot: Channel) -> Iterator[ApiClient]:
    with ApiClient(Configuration(host=bot.line.url, access_token=TOKEN)) as client:
        yield client


@pytest.fixture
def api(client: ApiClient) -> ManageAudience:
    return ManageAudience(client)


@pytest.fixture
def blob(client: ApiClient) -> ManageAudienceBlob:
    return ManageAudienceBlob(client)


def people(*names: str) -> list[Audience]:
    return [Audience(id=each) for each in users(*names)]


def file_of(folder: Path, ids: list[str]) -> str:
    """This client takes files by their path, and their type from its end."""
    path = folder / "ids.txt"
    path.write_bytes(lines(ids))
    return str(path)


def codes(error: ApiException) -> list[tuple[str, str | None]]:
    return [(each["message"], each.get("property")) for each in json.loads(error.body)["details"]]


def test_an_audience_lives_its_whole_life(
    api: ManageAudience, blob: ManageAudienceBlob, bot: Channel, tmp_path: Path
) -> None:
    made = api.create_audience_group(
        CreateAudienceGroupRequest(
            description="May buyers",
            isIfaAudience=False,
            uploadDescription="first",
            audiences=people("ann", "ben"),
        )
    )
    audience = made.audience_group_id
    assert (made.type, made.permission, made.is_ifa_audience) == ("UPLOAD", "READ_WRITE", False)
    assert made.expire_timestamp == made.created + 180 * 86_400

    api.add_audience_to_audience_group(
        AddAudienceToAudienceGroupRequest(audienceGroupId=audience, audiences=people("cleo"))
    )
    blob.add_user_ids_to_audience(
        file_of(tmp_path, users("dora")), audience_group_id=audience, upload_description="third"
    )
    read = api.get_audience_data(audience)
    assert (read.audience_group.status, read.audience_group.audience_count) == ("READY", 4)
    assert [(job.description, job.job_status) for job in read.jobs] == [
        ("third", "FINISHED"),
        (None, "FINISHED"),
        ("first", "FINISHED"),
    ]
    assert bot.held(audience) == (4, fingerprint(users("ann", "ben", "cleo", "dora")))

    api.update_audience_group_description(
        audience, UpdateAudienceGroupDescriptionRequest(description="Buyers")
    )
    assert [each.description for each in api.get_audience_groups(page=1).audience_groups] == ["Buyers"]

    assert api.delete_audience_group_with_http_info(audience).status_code == 202
    assert api.get_audience_groups(page=1).total_count == 0


@pytest.mark.parametrize("is_ifa", [None, False, True])
def test_a_file_makes_an_audience(
    blob: ManageAudienceBlob, bot: Channel, tmp_path: Path, is_ifa: bool | None
) -> None:
    ids = ifas("ann", "ben") if is_ifa else users("ann", "ben")

    made = blob.create_audience_for_uploading_user_ids(
        file_of(tmp_path, ids), description="Filed", is_ifa_audience=is_ifa, upload_description="first"
    )

    assert made.is_ifa_audience is bool(is_ifa)
    assert bot.held(made.audience_group_id) == (2, fingerprint(ids))
    assert bot.jobs(made.audience_group_id)[0]["description"] == "first"


def test_who_clicked_and_who_saw_become_audiences(api: ManageAudience, bot: Channel) -> None:
    bot.line.control("PUT", "/messages/m1", {"basic_id": bot.basic_id, "clicked": 120, "seen": 900})

    click = api.create_click_based_audience_group(
        CreateClickBasedAudienceGroupRequest(
            description="Clicks", requestId="m1", clickUrl="https://shop.example/"
        )
    )
    seen = api.create_imp_based_audience_group(
        CreateImpBasedAudienceGroupRequest(description="Seen", requestId="m1")
    )

    assert (click.type, click.request_id, click.click_url) == ("CLICK", "m1", "https://shop.example/")
    assert (seen.type, seen.request_id) == ("IMP", "m1")
    counts = [
        api.get_audience_data(each.audience_group_id).audience_group.audience_count for each in (click, seen)
    ]
    assert counts == [120, 900]


def test_lists_are_filtered_with_its_own_words(api: ManageAudience, bot: Channel) -> None:
    bot.create("May buyers", users("ann"))
    bot.plant("Asked us", size=240)

    every = api.get_audience_groups(page=1, size=40, includes_external_public_groups=True)
    own = api.get_audience_groups(page=1, includes_external_public_groups=False, create_route="MESSAGING_API")
    ready = api.get_audience_groups(page=1, status="READY", description="ASKED")

    assert [(each.description, each.permission) for each in every.audience_groups] == [
        ("Asked us", "READ"),
        ("May buyers", "READ_WRITE"),
    ]
    assert (own.total_count, every.read_write_audience_group_total_count) == (1, 1)
    assert [each.description for each in ready.audience_groups] == ["Asked us"]


def test_shared_audiences_are_read_with_their_owner(
    api: ManageAudience, ads: AdsClient, bot: Channel
) -> None:
    audience = int(ads.create("VIP", hashed(*range(40)), action="REPLACE"))
    bot.share(audience)

    listed = api.get_shared_audience_groups(page=1, includes_owned_audience_groups=False)
    one = api.get_shared_audience_data(audience)

    assert [(each.description, each.create_route) for each in listed.audience_groups] == [
        ("VIP", "AD_MANAGER")
    ]
    assert (one.owner.service_type, one.owner.id) == ("lap", "A100000001")
    assert [job.type for job in one.jobs] == ["DIFF_ADD"]


def test_routes_it_does_not_know_are_read_raw(api: ManageAudience, bot: Channel) -> None:
    owner = {"serviceType": "bm", "id": "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "name": "Example Holdings"}
    bot.share(7, name="Theirs", owner=owner, createRoute="BUSINESS_MANAGER")

    with pytest.raises(ValueError, match="AudienceGroupCreateRoute"):
        api.get_shared_audience_groups(page=1)
    answer = api.get_shared_audience_groups_with_http_info(page=1, _preload_content=False)

    page: dict[str, Any] = json.loads(answer.raw_data)
    assert [group["createRoute"] for group in page["audienceGroups"]] == ["BUSINESS_MANAGER"]


def test_its_errors_carry_lines_codes(
    api: ManageAudience, blob: ManageAudienceBlob, bot: Channel, tmp_path: Path
) -> None:
    with pytest.raises(ApiException) as unknown:
        api.get_audience_data(5)
    with pytest.raises(ApiException) as wrong:
        api.create_audience_group(
            CreateAudienceGroupRequest(description="B", audiences=[Audience(id="nobody")])
        )
    with pytest.raises(ApiException) as wrong_file:
        blob.create_audience_for_uploading_user_ids(file_of(tmp_path, ["nobody"]), description="B")

    assert (unknown.value.status, codes(unknown.value)) == (400, [(NOT_FOUND, "audienceGroupId")])
    assert codes(wrong.value) == [(WRONG_ID, "audiences")]
    assert codes(wrong_file.value) == [(WRONG_ID, "file")]
    assert unknown.value.headers["x-line-request-id"]
