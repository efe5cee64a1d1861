"""The last requests, as numbers: never a token, an id of a person or a query string."""

from __future__ import annotations

from emulator.clock import Clock, in_utc
from emulator.exchange import Entry
from emulator.store import Store

KEPT = 100_000


class Journal:
    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock

    def write(self, method: str, path: str, entry: Entry, status: int | None) -> None:
        """`status` is None when no answer was sent."""
        insert = "INSERT INTO requests VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?)"
        values = (
            self._clock.now(),
            method,
            path[:500],
            entry.action,
            entry.id_type,
            entry.rows,
            status,
            entry.ids,
        )
        with self._store.transaction() as db:
            number = db.execute(insert, values).lastrowid or 0
            if number % 1000 == 0:
                db.execute("DELETE FROM requests WHERE number <= ?", (number - KEPT,))

    def since(self, number: int, most: int = KEPT) -> tuple[list[dict[str, object]], int]:
        """Requests with a higher number, oldest first, and the highest number so far."""
        with self._store.transaction() as db:
            query = "SELECT * FROM requests WHERE number > ? ORDER BY number DESC LIMIT ?"
            rows = db.execute(query, (number, most)).fetchall()
            last = db.execute(
                "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'requests'"
            ).fetchone()[0]
        return [self._shown(dict(row)) for row in reversed(rows)], int(last)

    @staticmethod
    def _shown(row: dict[str, object]) -> dict[str, object]:
        at = row["at"]
        return {
            "number": row["number"],
            "at": in_utc(at if isinstance(at, float) else 0.0),
            "method": row["method"],
            "path": row["path"],
            "action": row["action"],
            "idType": row["id_type"],
            "rows": row["rows"],
            "status": row["status"],
            "x_ids": row["ids"],
        }

    def forget(self) -> None:
        """Numbers go on where they were, so that nobody's `since` points into the future."""
        with self._store.transaction() as db:
            db.execute("DELETE FROM requests")
