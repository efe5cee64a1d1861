"""The ids of each audience: sorted runs in files; a file the store does not name does not count."""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from emulator import runs
from emulator.identifiers import IdFormat
from emulator.store import Store

MOST_RUNS = 16  # more are merged into one when somebody counts them


class Members:
    def __init__(self, store: Store, folder: Path) -> None:
        self._store, self.folder = store, folder
        self._garbage: list[str] = []
        folder.mkdir(parents=True, exist_ok=True)
        self._drop_unnamed_files()

    @staticmethod
    def new_name() -> str:
        return f"{uuid.uuid4().hex}.run"

    def add(self, db: sqlite3.Connection, audience_id: int, run: str | None) -> None:
        db.execute("INSERT INTO runs (name, audience_id) VALUES (?, ?)", (run, audience_id))

    def forget(self, db: sqlite3.Connection, audience_id: int, *, jobs: bool = True) -> None:
        """Drop what the audience holds, and with `jobs` also what is on its way in."""
        held = db.execute("DELETE FROM runs WHERE audience_id = ? RETURNING name", (audience_id,)).fetchall()
        self._garbage += [row["name"] for row in held]
        if jobs:
            waiting = db.execute(
                "SELECT run FROM jobs WHERE audience_id = ? AND run NOT NULL", (audience_id,)
            )
            self._garbage += [row["run"] for row in waiting.fetchall()]

    def drop(self, run: str | None) -> None:
        self._garbage += [run] if run else []

    def sweep(self) -> None:
        """Remove what was dropped, now that the store no longer names it."""
        if not self._garbage:
            return
        with self._store.transaction() as db:
            # A transaction that was rolled back may have dropped what is still in use.
            for name in set(self._garbage) - self._named(db):
                (self.folder / name).unlink(missing_ok=True)
            self._garbage.clear()

    def fingerprint(self, audience_id: int, form: IdFormat) -> tuple[int, str]:
        with self._open(audience_id, form) as (_, parts):
            return runs.fingerprint(runs.merged(parts), form.lines)

    def overlap(self, base: int, other: int, form: IdFormat) -> tuple[int, int, int]:
        """How many ids the one has, the other has, and both have; from a sample where they are very many."""
        with self._open(base, form) as (_, ours), self._open(other, form) as (_, theirs):
            counts = runs.counts([ours, theirs, [*ours, *theirs]])
        return counts[0], counts[1], counts[0] + counts[1] - counts[2]

    def estimate(self, audience_id: int, form: IdFormat) -> int:
        """About how many distinct ids; remembered until the next job ends."""
        with self._open(audience_id, form) as (names, parts):
            many = len(names) > MOST_RUNS
            members = self._compact(audience_id, names, parts) if many else runs.estimate(parts)
        with self._store.transaction() as db:
            if many or self._names(db, audience_id) == names:
                db.execute("UPDATE audiences SET members = ? WHERE id = ?", (members, audience_id))
        return members

    @contextmanager
    def _open(self, audience_id: int, form: IdFormat) -> Iterator[tuple[list[str], list[runs.Run]]]:
        """Opened while the store is held: a REPLACE that ends meanwhile cannot remove a file under us."""
        with ExitStack() as files:
            with self._store.transaction() as db:
                names = self._names(db, audience_id)
                paths = [self.folder / name for name in names]
                opened = [files.enter_context(path.open("rb", buffering=0)) for path in paths]
            yield names, [runs.whole(file, form.width) for file in opened]

    def _compact(self, audience_id: int, names: list[str], parts: list[runs.Run]) -> int:
        whole = self.new_name()
        count = runs.write(self.folder / whole, runs.merged(parts))
        with self._store.transaction() as db:
            if self._names(db, audience_id)[: len(names)] != names:  # replaced or deleted meanwhile
                self._garbage.append(whole)
                return count
            db.executemany("DELETE FROM runs WHERE name = ?", [(name,) for name in names])
            self.add(db, audience_id, whole)
            self._garbage += names
        self.sweep()
        return count

    @staticmethod
    def _names(db: sqlite3.Connection, audience_id: int) -> list[str]:
        rows = db.execute("SELECT name FROM runs WHERE audience_id = ? ORDER BY rowid", (audience_id,))
        return [row["name"] for row in rows]

    def _drop_unnamed_files(self) -> None:
        """What a kill left behind."""
        with self._store.transaction() as db:
            named = self._named(db)
        for path in self.folder.iterdir():
            if path.name not in named:
                path.unlink()

    @staticmethod
    def _named(db: sqlite3.Connection) -> set[str]:
        query = "SELECT name FROM runs UNION SELECT run FROM jobs WHERE run NOT NULL"
        return {row["name"] for row in db.execute(query)}
