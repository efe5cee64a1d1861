"""The emulator's own database: one SQLite file that survives a kill."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SCHEMA = """
CREATE TABLE IF NOT EXISTS groups (id TEXT PRIMARY KEY, name TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS keys (
    access_key TEXT PRIMARY KEY, secret_key TEXT NOT NULL, group_id TEXT NOT NULL REFERENCES groups (id),
    roles TEXT NOT NULL, revoked INTEGER NOT NULL CHECK (revoked IN (0, 1))) STRICT;
CREATE TABLE IF NOT EXISTS ad_accounts (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, timezone TEXT NOT NULL, currency TEXT NOT NULL,
    country TEXT NOT NULL, created REAL NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS group_accounts (
    group_id TEXT NOT NULL REFERENCES groups (id), account_id TEXT NOT NULL REFERENCES ad_accounts (id),
    PRIMARY KEY (group_id, account_id)) STRICT;
CREATE TABLE IF NOT EXISTS channels (basic_id TEXT PRIMARY KEY, token TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE IF NOT EXISTS audiences (
    id INTEGER PRIMARY KEY, service TEXT NOT NULL, owner TEXT NOT NULL, name TEXT NOT NULL,
    function_type TEXT NOT NULL, status TEXT NOT NULL CHECK (status IN ('IN_PROGRESS', 'READY', 'FAILED')),
    failed_type TEXT, created REAL NOT NULL, uploaded REAL NOT NULL, members INTEGER, deleted REAL) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS one_name_per_owner ON audiences (service, owner, name)
    WHERE deleted IS NULL;
CREATE TABLE IF NOT EXISTS jobs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    audience_id INTEGER NOT NULL REFERENCES audiences (id) ON DELETE CASCADE,
    name TEXT NOT NULL, type TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('RUNNING', 'FINISHED', 'FAILED')),
    fails INTEGER NOT NULL CHECK (fails IN (0, 1)), count INTEGER NOT NULL, created REAL NOT NULL,
    started REAL NOT NULL, run TEXT) STRICT;
CREATE INDEX IF NOT EXISTS jobs_of_audience ON jobs (audience_id);
CREATE INDEX IF NOT EXISTS running_jobs ON jobs (state) WHERE state = 'RUNNING';
CREATE TABLE IF NOT EXISTS runs (
    name TEXT PRIMARY KEY, audience_id INTEGER NOT NULL REFERENCES audiences (id) ON DELETE CASCADE) STRICT;
CREATE INDEX IF NOT EXISTS runs_of_audience ON runs (audience_id);
CREATE TABLE IF NOT EXISTS shares (
    receiver TEXT NOT NULL, audience_id INTEGER NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL,
    create_route TEXT NOT NULL, owner_service TEXT NOT NULL, owner_code TEXT NOT NULL,
    owner_name TEXT NOT NULL,
    PRIMARY KEY (receiver, audience_id)) STRICT;
CREATE TABLE IF NOT EXISTS faults (
    id INTEGER PRIMARY KEY, pattern TEXT NOT NULL, times INTEGER NOT NULL CHECK (times >= 0),
    moment TEXT NOT NULL CHECK (moment IN ('before', 'after')), act TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS requests (
    number INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL, method TEXT NOT NULL, path TEXT NOT NULL,
    action TEXT, id_type TEXT, rows INTEGER, status INTEGER, ids INTEGER) STRICT;
CREATE TABLE IF NOT EXISTS clock (
    id INTEGER PRIMARY KEY CHECK (id = 1), job_seconds REAL NOT NULL, offset_seconds REAL NOT NULL) STRICT;
INSERT INTO sqlite_sequence (name, seq) SELECT 'jobs', 50000000
    WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'jobs');
"""


class Store:
    """One connection, one writer at a time: transactions are short, everything slow happens outside them."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.RLock()
        self._database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        path.chmod(0o600)  # it holds secret keys
        self._database.row_factory = sqlite3.Row
        for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON"):
            self._database.execute(f"PRAGMA {pragma}")
        self._database.executescript(SCHEMA)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield self._database
            except BaseException:
                self._database.execute("ROLLBACK")
                raise
            self._database.execute("COMMIT")

    def close(self) -> None:
        with self._lock:
            self._database.close()
