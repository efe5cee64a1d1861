"""The control API: what tests and demonstrations lean on."""

from __future__ import annotations

import dataclasses
import json
import re
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import httpx2
import pytest

from emulator.ads.api import API as ADS
from emulator.control.api import API as CONTROL
from emulator.messaging.api import API as MESSAGING
from emulator.routing import Api
from emulator.settings import BadSetting, Settings, from_environment
from tests.emulator.client import ACCESS_KEY, ACCOUNT, SECRET_KEY, AdsClient, fingerprint, hashed, lines
from tests.emulator.process import ROOT, EmulatorProcess

LIST = f"/adaccounts/{ACCOUNT}/custom-audiences"


def status(line: EmulatorProcess, method: str, path: str, data: Any = None) -> int:
    content = data if isinstance(data, bytes) else json.dumps(data).encode()
    return httpx2.request(method, f"{line.url}/_control{path}", content=content).status_code


def test_an_unknown_audience_is_not_found(line: EmulatorProcess) -> None:
    assert [status(line, "GET", f"/audiences/{each}") for each in ("1", "x", "9" * 40)] == [404] * 3


def test_requests_are_told_since_a_number(line: EmulatorProcess, ads: AdsClient) -> None:
    before = line.control("GET", "/requests")["last"]
    ads.create("VIP", [*hashed("a", "b"), *hashed("a")])
    ads.call("GET", f"{LIST}?name=someone")

    answer = line.control("GET", f"/requests?since={before}")

    upload, listing = answer["requests"]
    path = f"/api/v3/adaccounts/{ACCOUNT}/custom-audiences"
    assert {**upload, "at": ""} == {
        "number": before + 1,
        "at": "",
        "method": "POST",
        "path": f"{path}/upload",
        "action": "ADD",
        "idType": "HASHED_EMAIL",
        "rows": 3,
        "status": 202,
        "x_ids": 2,
    }
    assert (listing["path"], listing["rows"], answer["last"]) == (path, None, before + 2)
    assert line.control("GET", f"/requests?since={before + 2}")["requests"] == []


def test_neither_log_nor_page_holds_secrets_tokens_or_ids(line: EmulatorProcess, ads: AdsClient) -> None:
    line.control("PUT", "/channels/@example", {"channel_access_token": "channel-token-in-example"})
    ads.create("VIP", hashed("a"))

    shown = json.dumps(line.control("GET", "/requests")) + urllib.request.urlopen(line.url).read().decode()

    assert ACCESS_KEY in shown
    for hidden in (SECRET_KEY, "channel-token-in-example", hashed("a")[0], "Bearer"):
        assert hidden not in shown


def test_reset_forgets_all_but_keys_and_channels(line: EmulatorProcess, ads: AdsClient) -> None:
    audience = ads.create("VIP", hashed("a"))
    line.control("POST", "/faults", {"match": "GET /api/*", "do": "status:503"})
    line.control("POST", "/clock", {"job_seconds": 3600, "offset_seconds": 5000})
    last = line.control("GET", "/requests")["last"]

    line.control("POST", "/reset")

    assert line.control("GET", "/requests") == {"requests": [], "last": last}
    assert status(line, "GET", f"/audiences/{audience}") == 404
    assert ads.audiences()["totalElements"] == 0
    assert ads.create("VIP", hashed("a")) != audience


def test_a_key_may_be_changed_in_part(line: EmulatorProcess, ads: AdsClient) -> None:
    line.control("PUT", f"/keys/{ACCESS_KEY}", {"ad_accounts": ["A7"]})

    assert ads.call("GET", LIST).status_code == 403
    assert ads.call("GET", "/adaccounts/A7/custom-audiences").status_code == 200


@pytest.mark.parametrize(
    ("call", "data"),
    [
        ("PUT /keys/AKNEW", {"secret_key": "s"}),
        ("PUT /keys/AKNEW", {"secret_key": 5, "group": "G1"}),
        ("PUT /keys/AKNEW", {"secret_key": "s", "group": "G1", "roles": ["KING"]}),
        ("PUT /keys/AKNEW", {"secret_key": "s", "group": "G1", "ad_accounts": ["B1"]}),
        (
            "PUT /keys/AKNEW",
            {"secret_key": "s", "group": "G1", "ad_accounts": [{"id": "A1", "timezone": "Moon"}]},
        ),
        ("PUT /keys/AKNEW", {"secret_key": "s", "group": "G1", "revoked": "no"}),
        ("PUT /channels/@x", {}),
        ("POST /faults", {"match": "everything", "do": "reset"}),
        ("POST /faults", {"match": "GET /x", "do": "explode"}),
        ("POST /faults", {"match": "GET /x", "do": "reset", "when": "during"}),
        ("POST /faults", {"match": "GET /x", "do": "reset", "times": -1}),
        ("POST /audiences", {"name": "x", "type": "CHAT_TAG"}),
        ("POST /audiences", {"name": "x", "type": "CHAT_TAG", "owner": {"serviceType": "bm", "id": "1"}}),
        (
            "POST /audiences",
            {"name": "x", "type": "T", "owner": {"serviceType": "lap", "id": "A1"}, "createRoute": "X"},
        ),
        ("PUT /ad-accounts/B1", {}),
        ("PUT /ad-accounts/A1", {"removed": "yes"}),
        ("POST /link-requests/1", {}),
        ("POST /tag-events", {"ad_account": "A1"}),
        ("POST /tag-events", {"ad_account": "x", "event": "signup"}),
        ("PUT /messages/m1", {"basic_id": "@x", "days_ago": -1}),
        ("PUT /messages/m1", {"basic_id": "@x", "clicked": -1}),
        ("POST /shares", {"audience": 5}),
        ("POST /shares", {"ad_account": "A1", "tag": "t"}),
        ("POST /clock", {"job_seconds": -1}),
        ("POST /clock", {"job_seconds": "1"}),
        ("POST /clock", {"offset_seconds": 10**400}),
        ("POST /clock", b'{"offset_seconds": NaN}'),
        ("POST /shares", {"basic_id": "@x", "audience": 5}),
        ("POST /shares", {"basic_id": "@x", "audience": 10**30, "name": "N", "owner": {}}),
        ("POST /clock", b"{"),
        ("POST /clock", b"[]"),
    ],
)
def test_what_makes_no_sense_is_refused_and_changes_nothing(
    line: EmulatorProcess, call: str, data: Any
) -> None:
    method, path = call.split()

    assert status(line, method, path, data) == 400
    assert "AKNEW" not in urllib.request.urlopen(line.url).read().decode()


def test_an_audience_made_elsewhere_is_planted_and_deleted(line: EmulatorProcess, ads: AdsClient) -> None:
    owner = {"serviceType": "lap", "id": ACCOUNT}
    planted = {"owner": owner, "name": "Talk Head View", "type": "THV_EVENT", "createRoute": "AD_MANAGER"}
    audience = line.control("POST", "/audiences", {**planted, "size": 4321})["id"]
    assert status(line, "POST", "/audiences", planted) == 409

    [shown] = ads.audiences()["audienceGroups"]
    held = line.control("GET", f"/audiences/{audience}")
    line.control("DELETE", f"/audiences/{audience}")

    assert (shown["functionType"], shown["status"], shown["estimatedAudienceSize"]) == (
        "THV_EVENT",
        "READY",
        "4321",
    )
    assert held == {"count": 0, "fingerprint": fingerprint([])}
    assert ads.audiences()["totalElements"] == 0


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Host": "evil.example"}],
    ids=lambda headers: ": ".join(*headers.items()),
)
def test_web_sites_reach_neither_the_control_api_nor_the_page(
    line: EmulatorProcess, headers: dict[str, str]
) -> None:
    before = line.control("POST", "/clock", {})

    refused = [httpx2.post(f"{line.url}/_control/clock", json={"job_seconds": 99}, headers=headers)]
    refused.append(httpx2.get(line.url, headers=headers))

    assert [each.status_code for each in refused] == [403, 403]
    assert line.control("POST", "/clock", {}) == before


def test_pages_of_this_machine_may_use_the_control_api(line: EmulatorProcess) -> None:
    headers = {"Origin": "http://localhost:3000"}

    assert httpx2.post(f"{line.url}/_control/clock", json={}, headers=headers).status_code == 200


def test_unknown_calls_are_refused(line: EmulatorProcess) -> None:
    assert [status(line, "GET", "/nothing"), status(line, "GET", "/reset")] == [404, 405]


@pytest.mark.parametrize(
    "environment", [{"EMULATOR_PORT": "many"}, {"EMULATOR_PORT": "70000"}, {"EMULATOR_DIR": "/proc/nowhere"}]
)
def test_it_says_in_one_line_why_it_cannot_start(tmp_path: Path, environment: dict[str, str]) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "emulator"],
        cwd=ROOT,
        env={"EMULATOR_DIR": str(tmp_path), **environment},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )

    assert ended.returncode == 2
    assert ended.stderr.startswith("The emulator cannot start: ")
    assert ended.stderr.count("\n") == 1


def test_a_port_in_use_is_said(line: EmulatorProcess, tmp_path: Path) -> None:
    port = line.url.rpartition(":")[2]

    with pytest.raises(AssertionError, match="exit 2"):
        EmulatorProcess(tmp_path, EMULATOR_PORT=port).__enter__()


def test_the_page_names_what_there_is_and_escapes_it(line: EmulatorProcess, ads: AdsClient) -> None:
    ads.upload(lines(hashed("a")), name="<b>VIP</b>", action="ADD", idType="HASHED_EMAIL")

    with urllib.request.urlopen(line.url) as answer:
        page = answer.read().decode()

    assert "&lt;b&gt;VIP&lt;/b&gt;" in page
    assert f"{line.url}/api/v3/" in page


def test_one_folder_serves_one_emulator(line: EmulatorProcess) -> None:
    with pytest.raises(AssertionError, match="exit 2"):
        EmulatorProcess(line.folder.parent).__enter__()


def test_every_setting_is_documented() -> None:
    manual = (ROOT / "docs" / "emulator.md").read_text()

    for field in dataclasses.fields(Settings):
        name = field.name.upper()
        assert f"EMULATOR_{name}" in manual or f"`_{name.rpartition('_')[2]}`" in manual, name


ROW = re.compile(r"^\| `([A-Z]+) (/\S*)` \| done", re.MULTILINE)


@pytest.mark.parametrize(
    ("title", "prefix", "api"),
    [("Ads API v3", "/api/v3", ADS), ("Messaging API", "/v2/bot/audienceGroup", MESSAGING)],
)
def test_the_manual_has_a_row_for_every_call_and_none_for_others(title: str, prefix: str, api: Api) -> None:
    manual = (ROOT / "docs" / "emulator.md").read_text()
    section = manual.partition(f"### {title}")[2].partition("\n#")[0]

    rows = {f"{method} {prefix}{path}" for method, path in ROW.findall(section)}

    assert rows == {f"{route.method} {route.path}" for route in api.routes}


def test_every_control_call_is_documented() -> None:
    manual = (ROOT / "docs" / "emulator.md").read_text()

    for route in CONTROL.routes:
        assert route.path.partition("/{")[0].removeprefix("/_control") in manual, route.path


def test_settings_are_read_from_the_environment_and_odd_ones_named() -> None:
    read = from_environment(
        {"EMULATOR_ADS_RATE": "2", "EMULATOR_REPLACE_CREATES": "0", "EMULATOR_NAME_FILTER": "exact"}
    )

    assert (read.ads_rate, read.replace_creates, read.name_filter) == (2.0, False, "exact")
    with pytest.raises(BadSetting, match="EMULATOR_CONSOLE"):
        from_environment({"EMULATOR_CONSOLE": "perhaps"})
    with pytest.raises(BadSetting, match="EMULATOR_LINK_APPROVAL must be one of: auto, manual"):
        from_environment({"EMULATOR_LINK_APPROVAL": "perhaps"})
