"""Audiences, the jobs that fill them, and the sets of ids behind them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from emulator.clock import Clock
from emulator.members import Members
from emulator.records import (
    BUILD,
    EXPIRING,
    FAIL_HOOK,
    INTERNAL,
    JOB_TYPES,
    Audience,
    Busy,
    Job,
    NewAudience,
    Owner,
    Refused,
    Upload,
)
from emulator.settings import Settings
from emulator.store import Store

DAY = 86_400
ALIVE = "SELECT * FROM audiences WHERE deleted IS NULL"


class Audiences:
    """States follow from the clock whenever somebody looks; ids count once their job is FINISHED."""

    def __init__(self, store: Store, clock: Clock, settings: Settings, members: Members) -> None:
        self._store, self._clock, self._settings, self._members = store, clock, settings, members

    # What the APIs ask for

    def owned_by(self, owner: Owner) -> list[Audience]:
        with self._settled() as db:
            rows = db.execute(
                f"{ALIVE} AND service = ? AND owner = ? ORDER BY id", (owner.service, owner.code)
            ).fetchall()
        return [Audience(**row) for row in rows]

    def get(self, audience_id: int) -> Audience | None:
        with self._settled() as db:
            row = db.execute(f"{ALIVE} AND id = ?", (audience_id,)).fetchone()
        return Audience(**row) if row else None

    def held(self, ids: Iterable[int]) -> dict[int, Audience]:
        """Those of them that are here, by id."""
        with self._settled() as db:
            query = f"{ALIVE} AND id IN (SELECT value FROM json_each(?))"  # noqa: S608 - ours
            rows = db.execute(query, (json.dumps(list(ids)),))
            return {row["id"]: Audience(**row) for row in rows}

    def owned(self, owner: Owner, audience_id: int) -> Audience | None:
        audience = self.get(audience_id)
        is_theirs = audience and (audience.service, audience.owner) == (owner.service, owner.code)
        return audience if is_theirs else None

    def deleted(self) -> set[int]:
        """Those that were, to be told from those that never have been."""
        with self._settled() as db:
            return {row["id"] for row in db.execute("SELECT id FROM audiences WHERE deleted IS NOT NULL")}

    def all(self) -> list[Audience]:
        with self._settled() as db:
            return [Audience(**row) for row in db.execute(f"{ALIVE} ORDER BY id DESC")]

    def jobs(self, audience_id: int) -> list[Job]:
        """Uploads, newest first, as many as LINE keeps."""
        query = "SELECT * FROM jobs WHERE audience_id = ? AND type != ? ORDER BY id DESC LIMIT ?"
        with self._settled() as db:
            return [Job(**row) for row in db.execute(query, (audience_id, BUILD, self._settings.jobs_kept))]

    def job_status(self, job: Job) -> str:
        if job.state != "RUNNING":
            return job.state
        # A third of its time a job waits, then it works.
        waited = self._clock.real() - job.started
        return "QUEUED" if waited * 3 < self._clock.job_seconds else "WORKING"

    def running_replaces(self, owner: Owner) -> int:
        query = (
            "SELECT count(*) FROM jobs j JOIN audiences a ON a.id = j.audience_id "
            "WHERE j.state = 'RUNNING' AND j.type = ? AND a.service = ? AND a.owner = ?"
        )
        with self._settled() as db:
            return int(db.execute(query, (JOB_TYPES["REPLACE"], owner.service, owner.code)).fetchone()[0])

    def expires_at(self, audience: Audience) -> float | None:
        """Official accounts' audiences age from their creation, those of LINE Ads from their last upload."""
        if audience.function_type not in EXPIRING:
            return None
        since = audience.created if audience.service == "account" else audience.uploaded
        return since + self._settings.expiry_days * DAY

    def status(self, audience: Audience) -> str:
        """Audiences of official accounts expire whatever became of them, those of LINE Ads when READY."""
        expires = self.expires_at(audience)
        expired = expires is not None and self._clock.now() > expires
        may_expire = audience.service == "account" or audience.status == "READY"
        return "EXPIRED" if expired and may_expire else audience.status

    # What they do

    def check_name(
        self,
        owner: Owner,
        name: str,
        *,
        field: str = "name",
        except_for: int | None = None,
        unique: bool = True,
    ) -> None:
        """Names are judged as LINE's catalogue of errors suggests: empty, too long, odd, taken."""
        if not name.strip():
            raise Refused("AUDIENCE_GROUP_NAME_EMPTY", field)
        if len(name) > self._settings.max_name:
            raise Refused("AUDIENCE_GROUP_NAME_SIZE_OVER", field)
        if any(ord(letter) < 32 or ord(letter) == 127 for letter in name):  # noqa: PLR2004 - control characters
            raise Refused("AUDIENCE_GROUP_NAME_WRONG", field)
        if unique and any(other.name == name and other.id != except_for for other in self.owned_by(owner)):
            raise Refused("AUDIENCE_GROUP_NAME_DUPLICATE", field)

    def take(self, owner: Owner, upload: Upload) -> Audience:
        """Create or find the audience and start the job. From here on LINE has it."""
        with self._settled() as db:
            audience_id, fails = self._target(db, owner, upload)
            if not db.execute(
                "UPDATE audiences SET uploaded = ? WHERE id = ? AND deleted IS NULL",
                (self._clock.now(), audience_id),
            ).rowcount:
                raise Refused("AUDIENCE_GROUP_NOT_FOUND", "id")
            if upload.most_running is not None and _running(db, audience_id) >= upload.most_running:
                raise Busy
            job_type = JOB_TYPES[upload.action]
            self._start(
                db, audience_id, job_type, name=upload.label, fails=fails, count=upload.count, run=upload.run
            )
            row = db.execute("SELECT * FROM audiences WHERE id = ?", (audience_id,)).fetchone()
        return Audience(**row)

    def create(self, owner: Owner, new: NewAudience, *, builds: bool, fails: str | None = None) -> Audience:
        """An audience without ids: LINE builds it by its rule, or it waits for its first upload."""
        with self._settled() as db:
            audience_id = self._create(db, owner, new)
            if builds:
                fails = INTERNAL if FAIL_HOOK in new.name else fails
                self._start(db, audience_id, BUILD, name=new.name, fails=fails, count=0, run=None)
            row = db.execute("SELECT * FROM audiences WHERE id = ?", (audience_id,)).fetchone()
        return Audience(**row)

    def rename(self, audience_id: int, name: str) -> None:
        with self._store.transaction() as db:
            db.execute("UPDATE audiences SET name = ? WHERE id = ?", (name, audience_id))

    def put_in_use(self, audience_id: int, *, in_use: bool) -> None:
        with self._store.transaction() as db:
            db.execute("UPDATE audiences SET in_use = ? WHERE id = ?", (in_use, audience_id))

    def delete(self, audience_ids: Iterable[int]) -> None:
        """The rows stay, so that a lookalike's source can later be told deleted from never known."""
        with self._store.transaction() as db:
            for audience_id in audience_ids:
                self._remove(db, audience_id)
        self._members.sweep()

    def forget_all(self) -> None:
        with self._store.transaction() as db:
            for row in db.execute("SELECT id FROM audiences").fetchall():
                self._empty(db, row["id"])
            db.execute("DELETE FROM audiences")
        self._members.sweep()

    def settle(self) -> None:
        """Bring every job to where it is now; before the length of jobs changes, for one."""
        with self._settled():
            pass

    @contextmanager
    def _settled(self) -> Iterator[sqlite3.Connection]:
        with self._store.transaction() as db:
            due = "SELECT * FROM jobs WHERE state = 'RUNNING' AND started <= ? ORDER BY id"
            for row in db.execute(due, (self._clock.real() - self._clock.job_seconds,)).fetchall():
                self._end(db, Job(**row))
            self._purge(db)
            yield db
        self._members.sweep()

    def _purge(self, db: sqlite3.Connection) -> None:
        """Some time after it expired, LINE deletes an audience."""
        oldest = self._clock.now() - (self._settings.expiry_days + self._settings.purge_days) * DAY
        since = "CASE service WHEN 'account' THEN created ELSE uploaded END"
        query = f"{ALIVE} AND (status = 'READY' OR service = 'account') AND {since} < ?"
        for row in db.execute(query, (oldest,)).fetchall():
            if row["function_type"] in EXPIRING:
                self._remove(db, row["id"])

    def _remove(self, db: sqlite3.Connection, audience_id: int) -> None:
        db.execute("UPDATE audiences SET deleted = ? WHERE id = ?", (self._clock.now(), audience_id))
        self._empty(db, audience_id)

    def _empty(self, db: sqlite3.Connection, audience_id: int) -> None:
        self._members.forget(db, audience_id)
        db.execute("DELETE FROM jobs WHERE audience_id = ?", (audience_id,))

    def _target(self, db: sqlite3.Connection, owner: Owner, upload: Upload) -> tuple[int, str | None]:
        fails = upload.fails
        if isinstance(upload.target, NewAudience):
            fails = fails or FAIL_HOOK in upload.target.name
            return self._create(db, owner, upload.target), INTERNAL if fails else None
        return upload.target, INTERNAL if fails else None

    def _start(
        self,
        db: sqlite3.Connection,
        audience_id: int,
        job_type: str,
        *,
        name: str,
        fails: str | None,
        count: int,
        run: str | None,
    ) -> None:
        db.execute(
            "INSERT INTO jobs (audience_id, name, type, state, fails, count, created, started, run) "
            "VALUES (?, ?, ?, 'RUNNING', ?, ?, ?, ?, ?)",
            (audience_id, name, job_type, fails, count, self._clock.now(), self._clock.real(), run),
        )

    def _end(self, db: sqlite3.Connection, job: Job) -> None:
        state = "FAILED" if job.fails else "FINISHED"
        db.execute("UPDATE jobs SET state = ?, run = NULL WHERE id = ?", (state, job.id))
        if job.fails:
            self._members.drop(job.run)
            failed = "UPDATE audiences SET status = 'FAILED', failed_type = ?"
            db.execute(f"{failed} WHERE id = ? AND status = 'IN_PROGRESS'", (job.fails, job.audience_id))
            return
        if job.type == JOB_TYPES["REPLACE"]:
            self._members.forget(db, job.audience_id, jobs=False)
        if job.run:
            self._members.add(db, job.audience_id, job.run)
        ready = "UPDATE audiences SET status = 'READY', failed_type = NULL, members = NULL WHERE id = ?"
        db.execute(ready, (job.audience_id,))

    def _create(self, db: sqlite3.Connection, owner: Owner, new: NewAudience) -> int:
        count = "SELECT count(*) FROM audiences WHERE service = ? AND owner = ? AND deleted IS NULL"
        if db.execute(count, (owner.service, owner.code)).fetchone()[0] >= self._settings.max_audiences:
            raise Refused("AUDIENCE_GROUP_COUNT_MAX_OVER", "name")
        # Thirteen digits that never come twice, even when the emulator's data were thrown away.
        newest = db.execute("SELECT coalesce(max(id), 0) FROM audiences").fetchone()[0]
        audience_id = max(newest + 1, int(self._clock.real() * 1000))
        now = self._clock.now()
        rule = None if new.rule is None else json.dumps(new.rule, ensure_ascii=False)
        values = (audience_id, owner.service, owner.code, new.name, new.function_type)
        try:
            db.execute(
                "INSERT INTO audiences (id, service, owner, name, function_type, status, created, uploaded, "
                "create_route, rule, size, in_use) VALUES (?, ?, ?, ?, ?, 'IN_PROGRESS', ?, ?, ?, ?, ?, 0)",
                (*values, now, now, new.create_route, rule, new.size),
            )
        except sqlite3.IntegrityError as taken:
            raise Refused("AUDIENCE_GROUP_NAME_DUPLICATE", "name") from taken
        return int(audience_id)


def _running(db: sqlite3.Connection, audience_id: int) -> int:
    query = "SELECT count(*) FROM jobs WHERE state = 'RUNNING' AND audience_id = ?"
    return int(db.execute(query, (audience_id,)).fetchone()[0])
