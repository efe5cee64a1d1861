"""LINE's own Node client against the emulator, where Node and its packages can be had."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import warnings
from pathlib import Path
from typing import Any

import pytest

from tests.emulator.channel import NOT_FOUND, TOKEN, WRONG_ID, Channel, users
from tests.emulator.client import fingerprint

SOURCE = Path(__file__).parent / "node"
INSTALL = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"]
# Without a network this should be known soon: npm's own way of asking again takes more than a minute.
INSTALL += ["--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=3000"]
LONGEST = 300  # seconds for the packages, on a slow line
OWNER = {"serviceType": "bm", "id": "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "name": "Example Holdings"}
NAMES = ("ann", "ben", "cleo", "dora", "emil")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the script with its packages, exactly as locked; nothing is installed beside the source."""
    if missing := [tool for tool in ("node", "npm") if shutil.which(tool) is None]:
        pytest.skip(f"{' and '.join(missing)} not found: LINE's Node client is not tried")
    folder = tmp_path_factory.mktemp("node")
    for name in ("package.json", "package-lock.json", "audiences.mjs"):
        shutil.copy(SOURCE / name, folder)
    if failure := installed(folder):
        _give_up(f"LINE's Node client is not tried: `{' '.join(INSTALL[:2])}` failed.\n{failure}")
    return folder


def installed(folder: Path) -> str:
    """What went wrong; nothing if all went well."""
    try:
        ended = subprocess.run(
            INSTALL, cwd=folder, capture_output=True, text=True, timeout=LONGEST, check=False
        )
    except subprocess.TimeoutExpired:
        return f"It took longer than {LONGEST} seconds."
    errors = [line for line in ended.stderr.splitlines() if line.startswith("npm error")]
    return "\n".join(errors[:5] or [f"exit {ended.returncode}"]) if ended.returncode else ""


def _give_up(reason: str) -> None:
    """In CI a client that cannot be tried is a failure; elsewhere it is said aloud."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    warnings.warn(reason, stacklevel=2)
    pytest.skip(reason)


@pytest.fixture
def seen(bot: Channel, project: Path) -> dict[str, Any]:
    """What the script saw."""
    bot.line.control("PUT", "/messages/m1", {"basic_id": bot.basic_id, "clicked": 120, "seen": 900})
    bot.share(7, name="Theirs", owner=OWNER, createRoute="BUSINESS_MANAGER")
    environment = {
        **os.environ,
        "LINE_URL": bot.line.url,
        "LINE_TOKEN": TOKEN,
        "MESSAGE": "m1",
        "SHARED": "7",
        "USER_IDS": json.dumps(users(*NAMES)),
    }
    ended = subprocess.run(
        ["node", "audiences.mjs"],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    told: dict[str, Any] = json.loads(ended.stdout)
    return told


def test_an_audience_lives_its_whole_life(bot: Channel, seen: dict[str, Any]) -> None:
    assert bot.held(seen["filled"]) == (4, fingerprint(users("ann", "ben", "cleo", "dora")))
    assert [bot.group(each)["audienceCount"] for each in seen["reached"]] == [120, 900]
    assert seen["listed"] == ["Reached", "Reached", "Filed", "May buyers"]
    assert seen["shared"] == {"route": "BUSINESS_MANAGER", "owner": OWNER}
    assert seen["refused"] == [[400, NOT_FOUND], [400, WRONG_ID], [400, WRONG_ID], [401, None]]
    assert bot.listed() == ["Reached", "Reached", "Buyers"]
    assert bot.call("GET", f"/{seen['filed']}").status_code == 400
