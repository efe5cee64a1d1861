"""The emulator's own database: opened by a later emulator, and refused when it is from a later one."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from emulator.store import Store
from tests.emulator.client import ACCOUNT, GROUP, AdsClient
from tests.emulator.process import ROOT, EmulatorProcess

# The tables of the first emulator, which gave its files no number, with one row in each that matters.
FIRST = """
CREATE TABLE groups (id TEXT PRIMARY KEY, name TEXT NOT NULL) STRICT;
CREATE TABLE keys (access_key TEXT PRIMARY KEY, secret_key TEXT NOT NULL, group_id TEXT NOT NULL,
    roles TEXT NOT NULL, revoked INTEGER NOT NULL CHECK (revoked IN (0, 1))) STRICT;
CREATE TABLE ad_accounts (id TEXT PRIMARY KEY, name TEXT NOT NULL, timezone TEXT NOT NULL,
    currency TEXT NOT NULL, country TEXT NOT NULL, created REAL NOT NULL) STRICT;
CREATE TABLE group_accounts (group_id TEXT NOT NULL, account_id TEXT NOT NULL,
    PRIMARY KEY (group_id, account_id)) STRICT;
CREATE TABLE channels (basic_id TEXT PRIMARY KEY, token TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE audiences (id INTEGER PRIMARY KEY, service TEXT NOT NULL, owner TEXT NOT NULL,
    name TEXT NOT NULL, function_type TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('IN_PROGRESS', 'READY', 'FAILED')),
    failed_type TEXT, created REAL NOT NULL, uploaded REAL NOT NULL, members INTEGER, deleted REAL) STRICT;
CREATE UNIQUE INDEX one_name_per_owner ON audiences (service, owner, name) WHERE deleted IS NULL;
CREATE TABLE jobs (id INTEGER PRIMARY KEY AUTOINCREMENT,
    audience_id INTEGER NOT NULL REFERENCES audiences (id) ON DELETE CASCADE,
    name TEXT NOT NULL, type TEXT NOT NULL, state TEXT NOT NULL,
    fails INTEGER NOT NULL CHECK (fails IN (0, 1)), count INTEGER NOT NULL, created REAL NOT NULL,
    started REAL NOT NULL, run TEXT) STRICT;
CREATE TABLE shares (receiver TEXT NOT NULL, audience_id INTEGER NOT NULL, name TEXT NOT NULL,
    kind TEXT NOT NULL, create_route TEXT NOT NULL, owner_service TEXT NOT NULL, owner_code TEXT NOT NULL,
    owner_name TEXT NOT NULL, PRIMARY KEY (receiver, audience_id)) STRICT;
INSERT INTO groups VALUES ('G100000001', 'Group');
INSERT INTO keys VALUES ('AKEXAMPLE0001', 'sk-example-not-a-real-secret-0001', 'G100000001',
    'data-general-partner', 0);
INSERT INTO ad_accounts VALUES ('A100000001', 'Shop', 'Asia/Tokyo', 'JPY', 'JP', 1790000000.0);
INSERT INTO group_accounts VALUES ('G100000001', 'A100000001');
INSERT INTO audiences VALUES (1795316199906, 'lap', 'A100000001', 'VIP', 'UPLOAD', 'IN_PROGRESS', NULL,
    strftime('%s') * 1.0, strftime('%s') * 1.0, NULL, NULL);
INSERT INTO jobs VALUES (50000001, 1795316199906, 'ids.txt', 'DIFF_ADD', 'RUNNING', 1, 3, 1790000000.0,
    1790000000.0, NULL);
INSERT INTO shares VALUES ('@example', 1795316199906, 'VIP', 'UPLOAD', 'AD_MANAGER', 'lap', 'A1', 'S');
"""


def test_data_of_the_first_emulator_is_taken_over(tmp_path: Path) -> None:
    folder = tmp_path / "emulator"
    folder.mkdir()
    database = sqlite3.connect(folder / "emulator.sqlite3")
    database.executescript(FIRST)
    database.close()

    with EmulatorProcess(tmp_path) as line:
        ads = AdsClient(line.url)
        [audience] = ads.audiences()["audienceGroups"]
        [job] = ads.jobs(audience["id"])
        [request] = ads.get(f"/groups/{GROUP}/link-request")["datas"]

    assert (audience["name"], audience["status"], job["jobStatus"]) == ("VIP", "FAILED", "FAILED")
    assert (request["targetAdaccountId"], request["status"]) == (ACCOUNT, "LINKED")


def test_what_is_upgraded_has_the_tables_of_what_is_new(tmp_path: Path) -> None:
    old, new = tmp_path / "old.sqlite3", tmp_path / "new.sqlite3"
    sqlite3.connect(old).executescript(FIRST)

    for path in (old, new):
        Store(path).close()

    assert columns(old) == columns(new)


def columns(path: Path) -> dict[str, set[str]]:
    database = sqlite3.connect(path)
    tables = [row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    return {table: {row[1] for row in database.execute(f"PRAGMA table_info({table})")} for table in tables}


def test_data_of_a_later_emulator_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "later.sqlite3"
    database = sqlite3.connect(path)
    database.executescript("CREATE TABLE later (id TEXT); PRAGMA user_version = 99;")

    with pytest.raises(OSError, match="newer emulator"):
        Store(path)

    assert columns(path) == {"later": {"id"}}


def test_a_folder_of_a_later_emulator_stops_the_start_with_one_line(tmp_path: Path) -> None:
    folder = tmp_path / "emulator"
    folder.mkdir()
    sqlite3.connect(folder / "emulator.sqlite3").executescript("PRAGMA user_version = 99;")
    environment = {**os.environ, "EMULATOR_DIR": str(folder), "EMULATOR_PORT": "0", "EMULATOR_CONSOLE": "0"}

    ended = subprocess.run(
        [sys.executable, "-m", "emulator"], cwd=ROOT, env=environment, capture_output=True, check=False
    )

    assert ended.returncode == 2
    assert (
        ended.stderr.decode().strip().endswith("a newer emulator wrote this data; delete it, or use that one")
    )
