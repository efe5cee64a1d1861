"""Everything the page at `/` prints to be pasted works as it is printed."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest

from emulator.page import guide, tables
from emulator.tags import tag_of
from tests.emulator.client import ACCESS_KEY, ACCOUNT, GROUP, AdsClient
from tests.emulator.process import EmulatorProcess
from tests.emulator.reading import Page, read, run


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[EmulatorProcess]:
    with EmulatorProcess(tmp_path) as line:
        yield line


def test_the_first_call_works_as_printed(fresh: EmulatorProcess) -> None:
    first = next(command for command in read(fresh).commands if f"keys/{guide.ACCESS_KEY}" in command)

    assert '"audienceGroups":[]' in run(first)

    page = read(fresh)
    assert page.row("keys", guide.ACCESS_KEY)[3:] == [guide.AD_ACCOUNT, "active"]
    assert page.row("channels", guide.CHANNEL) == [guide.CHANNEL, "–", "0"]
    assert page.row("ad-accounts", guide.AD_ACCOUNT)[2] == tag_of(guide.AD_ACCOUNT)


def test_the_signed_call_works_as_printed(fresh: EmulatorProcess) -> None:
    commands = read(fresh).commands
    run(commands[0])

    assert '"totalElements":0' in run(next(command for command in commands if "openssl" in command))


def test_the_python_sdk_works_as_printed(fresh: EmulatorProcess, tmp_path: Path) -> None:
    (tmp_path / "ids.txt").write_text("U" + "0" * 32)
    commands = read(fresh).commands
    run(commands[0])
    plain = next(command for command in commands if "ApiClient" in command)
    upload = (
        "from linebot.v3.audience import ManageAudienceBlob\n"
        "made = ManageAudienceBlob(ApiClient(at)).create_audience_for_uploading_user_ids(\n"
        f"    {str(tmp_path / 'ids.txt')!r}, description='By file')\n"
        "print(made.audience_group_id)"
    )

    script = "\n".join([plain, upload])
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert read(fresh).row("audiences", done.stdout.split()[-1])[1:3] == ["By file", guide.CHANNEL]


def test_an_empty_table_says_how_to_fill_it_and_that_works(fresh: EmulatorProcess) -> None:
    empty = read(fresh)
    assert [section for section in empty.sections if section != "connect"] == []
    assert empty.source.count('<div class="empty">') == len(tables.SECTIONS)

    for command in empty.commands:
        if "/_control/" in command:
            run(command)

    full = read(fresh)
    filled = {"connect", "keys", "ad-accounts", "channels", "audiences", "shares", "faults", "requests"}
    assert set(full.sections) == filled
    assert "takes <b>30 s</b>" in full.source


@pytest.mark.parametrize(("answer", "end"), [("true", "LINKED"), ("false", "REJECTED")])
def test_a_link_request_is_answered_by_the_command_beside_it(
    line: EmulatorProcess, ads: AdsClient, answer: str, end: str
) -> None:
    line.control("PUT", "/ad-accounts/A720000002", {"name": "Asked"})
    ads.post(f"/groups/{GROUP}/link-request/adaccount", {"targetAdaccountId": "A720000002"})
    asked = read(line)
    assert asked.row("link-requests", "")[1:3] == [f"{GROUP}Group {GROUP}", "A720000002Asked"]

    run(next(command for command in asked.commands if f'"approve": {answer}' in command))

    assert read(line).rows("link-requests") == []
    assert line.control("GET", "/link-requests")["link_requests"][-1]["status"] == end
    line.control("PUT", f"/keys/{ACCESS_KEY}", {"ad_accounts": [ACCOUNT]})


@pytest.mark.parametrize(
    ("host", "printed"),
    [
        ("localhost:9", "http://localhost:9"),
        ("[::1]:9", "http://[::1]:9"),
    ],
)
def test_only_an_address_gets_into_what_is_to_be_pasted(
    fresh: EmulatorProcess, host: str, printed: str
) -> None:
    connection = HTTPConnection("127.0.0.1", int(fresh.url.rpartition(":")[2]))
    connection.request("GET", "/", headers={"Host": host})
    page = Page(connection.getresponse().read().decode())
    connection.close()

    assert re.findall(r"http://\S+?(?=/_control)", page.commands[0]) == [printed, printed]
