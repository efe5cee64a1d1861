"""The emulator's own database: one SQLite file that survives a kill."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from emulator import schema


class Store:
    """One connection, one writer at a time: transactions are short, everything slow happens outside them."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.RLock()
        self._database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        path.chmod(0o600)  # it holds secret keys
        self._database.row_factory = sqlite3.Row
        for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON"):
            self._database.execute(f"PRAGMA {pragma}")
        self._upgrade()

    def _upgrade(self) -> None:
        """To today's tables in one transaction, from whichever emulator wrote this file last."""
        version = self._database.execute("PRAGMA user_version").fetchone()[0]
        if version > schema.VERSION:
            raise OSError("a newer emulator wrote this data; delete it, or use that one")
        is_new = not self._database.execute("SELECT 1 FROM sqlite_master").fetchone()
        steps = [] if is_new else [script for start, script in schema.UPGRADES.items() if start >= version]
        script = "\n".join([*steps, schema.TABLES, f"PRAGMA user_version = {schema.VERSION};"])
        self._database.executescript(f"BEGIN;\n{script}\nCOMMIT;")

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
