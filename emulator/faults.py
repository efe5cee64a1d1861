"""Faults on order: what goes wrong, with which request, how often, before or after the work is done."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase

from emulator.store import Store

ACTS = re.compile(r"status:[1-5]\d\d|reset|hang:\d+(\.\d+)?|html|slow:\d+(\.\d+)?|job:FAILED")
PATTERN = re.compile(r"([A-Z]+|\*) /\S*")
LONGEST = 3600.0  # seconds; nobody waits longer


@dataclass(frozen=True)
class Fault:
    moment: str  # "before" or "after" LINE has done it
    act: str  # what stands before the colon
    value: str = ""

    @property
    def number(self) -> float:
        return min(float(self.value), LONGEST)


class Faults:
    def __init__(self, store: Store) -> None:
        self._store = store
        self._may_wait = True  # nothing waits: no need to look

    def order(self, *, pattern: str, times: int, moment: str, act: str) -> None:
        with self._store.transaction() as db:
            insert = "INSERT INTO faults (pattern, times, moment, act) VALUES (?, ?, ?, ?)"
            db.execute(insert, (pattern, times, moment, act))
            self._may_wait = True

    def take(self, method: str, path: str) -> Fault | None:
        """The oldest fault that waits for this request, used up by one."""
        if not self._may_wait:
            return None
        with self._store.transaction() as db:
            rows = db.execute("SELECT * FROM faults WHERE times > 0 ORDER BY id").fetchall()
            self._may_wait = bool(rows)
            for row in rows:
                if fnmatchcase(f"{method} {path}", row["pattern"].replace("[", "[[]")):
                    db.execute("UPDATE faults SET times = times - 1 WHERE id = ?", (row["id"],))
                    act, _, value = row["act"].partition(":")
                    return Fault(row["moment"], act, value)
        return None

    def clear(self) -> None:
        with self._store.transaction() as db:
            db.execute("DELETE FROM faults")
