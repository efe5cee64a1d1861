"""LINE Tags and what they have reported: one tag for each ad account, its events told by the control API."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from emulator.clock import Clock
from emulator.store import Store

NAMESPACE = uuid.UUID(
    "6f1c9a52-5f0e-5d57-9c5d-0b8f2d7a1e64"
)  # ours: makes each account's tag the same everywhere
FIXED_NAMES = {"pageView": "Base code", "conversion": "Conversion"}


@dataclass(frozen=True)
class TagEvent:
    kind: str  # "pageView", "conversion" or "custom"
    name: str
    status: str
    contact: float | None


def tag_of(account_id: str) -> str:
    """The id of the ad account's own tag."""
    return str(uuid.uuid5(NAMESPACE, account_id))


class Tags:
    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock

    def events(self, tag: str) -> list[TagEvent]:
        query = "SELECT kind, name, status, contact FROM tag_events WHERE tag = ? ORDER BY kind, name"
        with self._store.transaction() as db:
            return [TagEvent(**row) for row in db.execute(query, (tag,))]

    def custom_events(self, tag: str) -> set[str]:
        return {event.name for event in self.events(tag) if event.kind == "custom"}

    def report(self, tag: str, kind: str, name: str, *, active: bool) -> None:
        """The event was seen just now, or with `active` false it exists and has not been seen for long."""
        status, contact = ("ACTIVE", self._clock.now()) if active else ("INACTIVE", None)
        with self._store.transaction() as db:
            insert = "INSERT OR REPLACE INTO tag_events VALUES (?, ?, ?, ?, ?)"
            db.execute(insert, (tag, kind, FIXED_NAMES.get(kind, name), status, contact))

    def forget(self) -> None:
        with self._store.transaction() as db:
            db.execute("DELETE FROM tag_events")
