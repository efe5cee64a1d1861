"""The page at `/`: what it shows, what it never shows, and that everything it prints works."""

from __future__ import annotations

import html
import re
import urllib.error
import urllib.request
from email.message import Message
from pathlib import Path

import httpx2
import pytest

from emulator.emulator import Emulator
from emulator.page import tables
from emulator.page.api import DESCRIPTIONS, STYLE
from emulator.page.parts import SHOWN, name
from emulator.settings import Settings
from emulator.tags import tag_of
from tests.emulator.client import ACCESS_KEY, ACCOUNT, FOREIGN_ACCOUNT, SECRET_KEY, AdsClient, hashed, lines
from tests.emulator.process import ROOT, EmulatorProcess
from tests.emulator.reading import read
from tests.journeys import browser
from tests.journeys.pictures import WIDER

UPLOAD = "POST /api/v3/adaccounts/*/custom-audiences/upload"
CLIPPED = """
const cells = [...document.querySelectorAll(":is(td, th) > div")];
return cells.filter((one) => one.scrollWidth > one.clientWidth).length;
"""
STRANGE_NAMES = [
    "<script>document.title = 'ours no more'</script>",
    '"><img src=x onerror=alert(1)>',
    "</td></tr></table>&amp;",
    "شركة الورود \u202egnp.exe",
    "z\u200be\u200dr\u2060o",
    "longwithoutblank" * 7,
    "$style {facts} %s",
]


def test_it_says_what_it_is_and_which_address_stands_for_which(line: EmulatorProcess) -> None:
    page = read(line)

    assert "not connected to LINE" in page.source
    assert page.rows("connect") == [
        ["Ads API v3", "https://ads.line.me", line.url, f"{line.url}/api/v3/", "ads.yaml"],
        [
            "Messaging API",
            "https://api.line.mehttps://api-data.line.me",
            line.url,
            f"{line.url}/v2/bot/audienceGroup/",
            "messaging.yaml",
        ],
    ]


def test_keys_show_group_roles_accounts_and_whether_they_are_revoked(line: EmulatorProcess) -> None:
    accounts = [f"A70000000{number}" for number in range(5)]
    key = {"secret_key": "s", "group": "G7", "ad_accounts": accounts, "roles": ["REPORTING"], "revoked": True}
    line.control("PUT", "/keys/AKSEVEN", key)

    assert read(line).row("keys", "AKSEVEN") == [
        "AKSEVEN",
        "G7Group G7",
        "REPORTING",
        "A700000000 A700000001 A700000002 and 2 more",
        "revoked",
    ]


def test_ad_accounts_show_their_tag_and_official_account(line: EmulatorProcess) -> None:
    data = {"name": "Blue Door", "line_id": "@bluedoor", "line_name": "Blue Door Books", "removed": True}
    line.control("PUT", "/ad-accounts/A710000001", data)

    assert read(line).row("ad-accounts", "A710000001") == [
        "A710000001",
        "Blue DoorAsia/Tokyo",
        tag_of("A710000001"),
        "@bluedoorBlue Door Books",
        "REMOVED",
    ]


def test_audiences_show_state_size_and_running_jobs(line: EmulatorProcess, ads: AdsClient) -> None:
    ready = ads.create("VIP", hashed(*range(90)))
    failed = ads.create("Broken [fail]", hashed("a"))
    ads.audiences()
    line.control("POST", f"/audiences/{ready}", {"in_use": True})
    line.control("POST", "/clock", {"job_seconds": 3600})
    ads.upload(lines(hashed("b")), id=ready, action="ADD", idType="HASHED_EMAIL")
    waiting = ads.create("This morning", hashed("c"))

    page = read(line)

    owner = f"{ACCOUNT}Shop {ACCOUNT}"
    kind = "HASHED_EMAIL_UPLOAD"
    assert [row[1:] for row in page.rows("audiences")] == [
        ["This morning", owner, kind, "IN_PROGRESS", "-", "1"],
        ["Broken [fail]", owner, kind, "FAILEDINTERNAL_ERROR", "-", "–"],
        ["VIP", owner, kind, "READYan ad uses it", "100 or fewer", "1"],
    ]
    assert [row[0] for row in page.rows("audiences")] == [waiting, failed, ready]


def test_shares_and_faults_that_wait_are_shown(line: EmulatorProcess) -> None:
    owner = {"serviceType": "bm", "id": "ORG", "name": "Sunny Hill"}
    share = {"ad_account": ACCOUNT, "audience": 42, "name": "Spring", "type": "WEBTRAFFIC", "owner": owner}
    line.control("POST", "/shares", share)
    line.control("POST", "/faults", {"match": UPLOAD, "do": "hang:5", "when": "after", "times": 1200})
    line.control("POST", "/faults", {"match": "* /v2/*", "do": "slow:1"})

    page = read(line)

    assert page.rows("shares") == [[ACCOUNT, "42", "Spring", "WEBTRAFFIC", "Sunny HillOrganization ORG"]]
    assert page.rows("faults") == [
        [UPLOAD, "1,200", "hang:5", "after the work is done"],
        ["* /v2/*", "1", "slow:1", "–"],
    ]


def test_beside_the_console_shares_are_said_to_come_from_it(tmp_path: Path) -> None:
    line = Emulator(Settings(dir=str(tmp_path)))
    line.settings = Settings(dir=str(tmp_path), console=True)

    section = tables.shares(line, "http://127.0.0.1")

    assert section.fact() == '<li><a href="#shares">shares from the console</a></li>'
    assert "curl" not in section.markup()
    line.close()


def test_a_lost_answer_is_said_in_words(line: EmulatorProcess, ads: AdsClient) -> None:
    for when in ("before", "after"):
        line.control("POST", "/faults", {"match": UPLOAD, "do": "reset", "when": when})
        with pytest.raises(httpx2.TransportError):
            ads.upload(lines(hashed("a", "b")), name="VIP", action="ADD", idType="HASHED_EMAIL")
    ads.call("GET", f"/adaccounts/{FOREIGN_ACCOUNT}/custom-audiences?name=someone")

    path = f"/api/v3/adaccounts/{ACCOUNT}/custom-audiences/upload"
    assert [row[1:] for row in read(line).rows("requests")] == [
        [f"GET /api/v3/adaccounts/{FOREIGN_ACCOUNT}/custom-audiences", "–", "403 Forbidden"],
        [f"POST {path}", "ADD HASHED_EMAIL2 rows, 2 ids taken", "No answer was sentbut the ids were taken"],
        [f"POST {path}", "–", "No answer was sent"],
    ]


def test_nothing_secret_is_on_it(line: EmulatorProcess, ads: AdsClient) -> None:
    line.control("PUT", "/channels/@example", {"channel_access_token": "channel-token-in-example"})
    ads.create("VIP", hashed("a"))
    ads.call("GET", f"/adaccounts/{ACCOUNT}/custom-audiences?name=Jane")

    source = read(line).source

    assert ACCESS_KEY in source
    for hidden in (SECRET_KEY, "channel-token-in-example", hashed("a")[0], "Jane"):
        assert hidden not in source


@pytest.mark.parametrize("given", STRANGE_NAMES)
def test_any_name_stays_in_its_cell(line: EmulatorProcess, ads: AdsClient, given: str) -> None:
    ads.create(given, hashed("a"))
    line.control("PUT", "/ad-accounts/A730000003", {"name": given, "line_id": given, "line_name": given})

    page = read(line)

    assert page.rows("audiences")[0][1] == given
    assert page.row("ad-accounts", "A730000003")[1:4:2] == [f"{given}Asia/Tokyo", given * 2]
    assert f'<bdi class="name">{html.escape(given)}</bdi>' in page.source
    assert page.open == []


def test_a_name_nobody_can_see_is_said_to_be_one() -> None:
    assert "nothing visible" in name("\u200b\u200d \u202e")
    assert "nothing visible" not in name("a\u200b")


def test_more_rows_than_shown_are_counted(line: EmulatorProcess, ads: AdsClient) -> None:
    owner = {"serviceType": "account", "id": "@example"}
    for number in range(SHOWN + 7):
        line.control("POST", "/audiences", {"owner": owner, "name": f"Tag {number}", "type": "CHAT_TAG"})
    for _ in range(tables.REQUESTS_SHOWN + 1):
        ads.call("GET", f"/adaccounts/{ACCOUNT}/custom-audiences")

    page = read(line)

    assert [row[1] for row in page.rows("audiences")] == [f"Tag {number}" for number in range(56, 6, -1)]
    assert "And 7 more that are not shown here." in page.source
    assert len(page.rows("requests")) == tables.REQUESTS_SHOWN
    assert "And 1 more that are not shown here." in page.source


def test_links_lead_somewhere_and_headings_are_in_order(line: EmulatorProcess) -> None:
    page = read(line)

    assert {link for link in page.links if not link.startswith("#")} == {
        "/openapi/ads.yaml",
        "/openapi/messaging.yaml",
    }
    assert {link.removeprefix("#") for link in page.links if link.startswith("#")} <= set(page.anchors)
    assert len(page.anchors) == len(set(page.anchors))
    assert page.headings[0] == 1
    assert all(after - before <= 1 for before, after in zip(page.headings, page.headings[1:], strict=False))
    assert '<html lang="en">' in page.source
    assert page.source.count("<table>") == page.source.count("<caption>")


@pytest.mark.parametrize("api", ["ads", "messaging"])
def test_both_apis_are_described(line: EmulatorProcess, api: str) -> None:
    with urllib.request.urlopen(f"{line.url}/openapi/{api}.yaml") as answer:
        assert answer.headers["Content-Type"] == "text/yaml; charset=utf-8"
        assert answer.read() == (DESCRIPTIONS / f"{api}.yaml").read_bytes()


@pytest.mark.parametrize("path", ["/openapi/", "/openapi/other.yaml", "/openapi/%2e%2e%2fpage%2fpage.html"])
def test_nothing_else_is_served(line: EmulatorProcess, path: str) -> None:
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(line.url + path)


@pytest.mark.parametrize("path", ["/", "/openapi/ads.yaml", "/nowhere"])
def test_a_browser_is_told_to_run_load_and_keep_nothing(line: EmulatorProcess, path: str) -> None:
    headers = headers_of(line, path)

    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"


def headers_of(line: EmulatorProcess, path: str) -> Message:
    try:
        with urllib.request.urlopen(line.url + path) as answer:
            return answer.headers  # type: ignore[no-any-return]  # typeshed: a response of any handler
    except urllib.error.HTTPError as error:
        return error.headers


def test_hundreds_of_audiences_do_not_make_it_slow(tmp_path: Path) -> None:
    line = Emulator(Settings(dir=str(tmp_path)))
    values = "value, 'lap', 'A1', 'List ' || value, 'UPLOAD', 'READY', 0, 2e9, 0, 'AD_MANAGER', 0"
    columns = (
        "id, service, owner, name, function_type, status, created, uploaded, members, create_route, in_use"
    )
    with line.store.transaction() as db:
        db.execute(
            "WITH RECURSIVE n (value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < 900) "
            f"INSERT INTO audiences ({columns}) SELECT {values} FROM n"
        )

    section = tables.audiences(line, "http://127.0.0.1")

    assert (section.total, len(section.rows)) == (900, SHOWN)
    assert len(section.markup()) < 50_000
    line.close()


def test_its_colours_are_those_of_the_console() -> None:
    tokens = (ROOT / "static" / "css" / "tokens.css").read_text()
    pair = re.compile(r"--([a-z0-9-]+): light-dark\((#\w+), (#\w+)\);")
    theirs = {token.replace("text-quiet", "quiet"): colours for token, *colours in pair.findall(tokens)}
    light, dark = (dict(re.findall(r"--([a-z0-9-]+): (#\w+);", half)) for half in STYLE.split("@media", 1))

    ours = {token: [light[token], dark[token]] for token in light if token != "code"}

    assert {token: theirs[token] for token in ours} == ours
    assert {"text", "quiet", "link", "ok", "wait", "warn", "bad", "surface-0", "surface-1"} <= set(ours)


@pytest.mark.browser
def test_strange_names_run_nothing_and_never_make_it_wider(
    line: EmulatorProcess, ads: AdsClient, tmp_path: Path
) -> None:
    for number, given in enumerate(STRANGE_NAMES):
        ads.create(given, hashed(number))
        line.control("PUT", f"/ad-accounts/A74000000{number}", {"name": given, "line_id": given})
    driver = browser.start(tmp_path)
    driver.get(line.url)

    wider, clipped = {}, 0
    for width in (320, 390, 800, 1023, 1024, 1280):
        size = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": False}
        driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        wider[width] = driver.execute_script(WIDER)
        clipped += driver.execute_script(CLIPPED)
    title = driver.title
    driver.quit()

    assert set(wider.values()) == {""}
    assert clipped == 0
    assert title == "LINE emulator"
