"""Messages an official account has sent: what CLICK and IMP audiences are made of."""

from __future__ import annotations

from dataclasses import dataclass

from emulator.clock import Clock
from emulator.store import Store


@dataclass(frozen=True)
class Message:
    request_id: str
    basic_id: str
    sent: float
    clicked: int  # people
    seen: int


class Messages:
    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock

    def get(self, request_id: str) -> Message | None:
        with self._store.transaction() as db:
            row = db.execute("SELECT * FROM messages WHERE request_id = ?", (request_id,)).fetchone()
        return Message(**row) if row else None

    def put(self, request_id: str, basic_id: str, *, days_ago: float, clicked: int, seen: int) -> None:
        sent = self._clock.now() - days_ago * 86_400
        with self._store.transaction() as db:
            insert = "INSERT OR REPLACE INTO messages VALUES (?, ?, ?, ?, ?)"
            db.execute(insert, (request_id, basic_id, sent, clicked, seen))

    def forget(self) -> None:
        with self._store.transaction() as db:
            db.execute("DELETE FROM messages")
