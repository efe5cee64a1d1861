"""Audiences, the jobs that fill them, and the sets of ids behind them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from emulator.clock import Clock
from emulator.members import Members
from emulator.settings import Settings
from emulator.store import Store

FUNCTION_TYPES = {
    "IFA": "UPLOAD",
    "HASHED_PHONE_NUMBER": "HASHED_PHONE_NUMBER_UPLOAD",
    "HASHED_EMAIL": "HASHED_EMAIL_UPLOAD",
}
ID_TYPES = {function_type: id_type for id_type, function_type in FUNCTION_TYPES.items()}
JOB_TYPES = {"ADD": "DIFF_ADD", "REPLACE": "DIFF_REPLACE"}
DAY = 86_400


class Refused(Exception):
    """A rule about audiences said no; `reason` is LINE's word for it, `field` what it is about."""

    def __init__(self, reason: str, field: str) -> None:
        super().__init__(reason)
        self.reason, self.field = reason, field


@dataclass(frozen=True)
class Owner:
    service: str  # "lap": a LINE Ads account, "account": an official account
    code: str


@dataclass(frozen=True)
class Audience:
    id: int
    service: str
    owner: str
    name: str
    function_type: str
    status: str
    failed_type: str | None
    created: float
    uploaded: float
    members: int | None  # distinct ids, estimated; None until somebody asks
    deleted: float | None


@dataclass(frozen=True)
class Upload:
    action: str
    id_type: str
    audience_id: int | None
    name: str
    file_name: str
    run: str
    count: int
    fails: bool = False


@dataclass(frozen=True)
class Job:
    id: int
    audience_id: int
    name: str
    type: str
    state: str
    fails: int
    count: int
    created: float
    started: float
    run: str | None


class Audiences:
    """States follow from the clock whenever somebody looks; ids count once their job is FINISHED."""

    def __init__(self, store: Store, clock: Clock, settings: Settings, members: Members) -> None:
        self._store, self._clock, self._settings, self._members = store, clock, settings, members

    # What the APIs ask for

    def owned_by(self, owner: Owner) -> list[Audience]:
        query = "SELECT * FROM audiences WHERE service = ? AND owner = ? AND deleted IS NULL ORDER BY id"
        with self._settled() as db:
            rows = db.execute(query, (owner.service, owner.code)).fetchall()
        return [Audience(**row) for row in rows]

    def get(self, audience_id: int) -> Audience | None:
        with self._settled() as db:
            row = db.execute(
                "SELECT * FROM audiences WHERE id = ? AND deleted IS NULL", (audience_id,)
            ).fetchone()
        return Audience(**row) if row else None

    def owned(self, owner: Owner, audience_id: int) -> Audience | None:
        audience = self.get(audience_id)
        return (
            audience
            if audience and (audience.service, audience.owner) == (owner.service, owner.code)
            else None
        )

    def all(self) -> list[Audience]:
        with self._settled() as db:
            rows = db.execute("SELECT * FROM audiences WHERE deleted IS NULL ORDER BY id DESC").fetchall()
        return [Audience(**row) for row in rows]

    def jobs(self, audience_id: int) -> list[Job]:
        """Newest first, as many as LINE keeps."""
        query = "SELECT * FROM jobs WHERE audience_id = ? ORDER BY id DESC LIMIT ?"
        with self._settled() as db:
            return [Job(**row) for row in db.execute(query, (audience_id, self._settings.jobs_kept))]

    def job_status(self, job: Job) -> str:
        if job.state != "RUNNING":
            return job.state
        # A third of its time a job waits, then it works.
        waited = self._clock.real() - job.started
        return "QUEUED" if waited * 3 < self._clock.job_seconds else "WORKING"

    def running_replaces(self, owner: Owner) -> int:
        with self._settled() as db:
            row = db.execute(
                "SELECT count(*) FROM jobs j JOIN audiences a ON a.id = j.audience_id "
                "WHERE j.state = 'RUNNING' AND j.type = 'DIFF_REPLACE' AND a.service = ? AND a.owner = ?",
                (owner.service, owner.code),
            ).fetchone()
        return int(row[0])

    def status(self, audience: Audience) -> str:
        expired = self._clock.now() - audience.uploaded > self._settings.expiry_days * DAY
        return "EXPIRED" if expired and audience.status == "READY" else audience.status

    # What they do

    def check_target(self, owner: Owner, audience_id: int, id_type: str) -> None:
        """Raise what `take` would raise, before the ids are sorted for nothing."""
        audience = self.owned(owner, audience_id)
        if audience is None:
            raise Refused("AUDIENCE_GROUP_NOT_FOUND", "id")
        if audience.function_type != FUNCTION_TYPES[id_type]:
            raise Refused("INVALID_VALUE", "idType")
        if self.status(audience) == "EXPIRED":
            raise Refused("INVALID_REQUEST", "id")

    def check_name(self, owner: Owner, name: str, *, except_for: int | None = None) -> None:
        """Names are judged as LINE's catalogue of errors suggests: empty, too long, odd, taken."""
        if not name.strip():
            raise Refused("AUDIENCE_GROUP_NAME_EMPTY", "name")
        if len(name) > self._settings.max_name:
            raise Refused("AUDIENCE_GROUP_NAME_SIZE_OVER", "name")
        if any(ord(letter) < 32 or ord(letter) == 127 for letter in name):  # noqa: PLR2004 - control characters
            raise Refused("AUDIENCE_GROUP_NAME_WRONG", "name")
        if any(other.name == name and other.id != except_for for other in self.owned_by(owner)):
            raise Refused("AUDIENCE_GROUP_NAME_DUPLICATE", "name")

    def take(self, owner: Owner, upload: Upload) -> Audience:
        """Create or find the audience and start the job. From here on LINE has it."""
        now = self._clock.now()
        with self._settled() as db:
            audience_id = upload.audience_id or self._create(db, owner, upload, now)
            if not db.execute(
                "UPDATE audiences SET uploaded = ? WHERE id = ? AND deleted IS NULL", (now, audience_id)
            ).rowcount:
                raise Refused("AUDIENCE_GROUP_NOT_FOUND", "id")
            db.execute(
                "INSERT INTO jobs (audience_id, name, type, state, fails, count, created, started, run) "
                "VALUES (?, ?, ?, 'RUNNING', ?, ?, ?, ?, ?)",
                (
                    audience_id,
                    upload.file_name,
                    JOB_TYPES[upload.action],
                    upload.fails,
                    upload.count,
                    now,
                    self._clock.real(),
                    upload.run,
                ),
            )
            row = db.execute("SELECT * FROM audiences WHERE id = ?", (audience_id,)).fetchone()
        return Audience(**row)

    def rename(self, audience_id: int, name: str) -> None:
        with self._store.transaction() as db:
            db.execute("UPDATE audiences SET name = ? WHERE id = ?", (name, audience_id))

    def delete(self, audience_ids: list[int]) -> None:
        """The rows stay, so that a lookalike's source can later be told deleted from never known."""
        with self._store.transaction() as db:
            for audience_id in audience_ids:
                db.execute("UPDATE audiences SET deleted = ? WHERE id = ?", (self._clock.now(), audience_id))
                self._members.forget(db, audience_id)
                db.execute("DELETE FROM jobs WHERE audience_id = ?", (audience_id,))
        self._members.sweep()

    def forget_all(self) -> None:
        with self._store.transaction() as db:
            for row in db.execute("SELECT id FROM audiences").fetchall():
                self._members.forget(db, row["id"])
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
            yield db
        self._members.sweep()

    def _end(self, db: sqlite3.Connection, job: Job) -> None:
        state = "FAILED" if job.fails else "FINISHED"
        db.execute("UPDATE jobs SET state = ?, run = NULL WHERE id = ?", (state, job.id))
        if job.fails:
            self._members.drop(job.run)
            failed = "UPDATE audiences SET status = 'FAILED', failed_type = 'INTERNAL_ERROR'"
            db.execute(f"{failed} WHERE id = ? AND status = 'IN_PROGRESS'", (job.audience_id,))
            return
        if job.type == JOB_TYPES["REPLACE"]:
            self._members.forget(db, job.audience_id, jobs=False)
        self._members.add(db, job.audience_id, job.run)
        ready = "UPDATE audiences SET status = 'READY', failed_type = NULL, members = NULL WHERE id = ?"
        db.execute(ready, (job.audience_id,))

    def _create(self, db: sqlite3.Connection, owner: Owner, upload: Upload, now: float) -> int:
        count = "SELECT count(*) FROM audiences WHERE service = ? AND owner = ? AND deleted IS NULL"
        if db.execute(count, (owner.service, owner.code)).fetchone()[0] >= self._settings.max_audiences:
            raise Refused("AUDIENCE_GROUP_COUNT_MAX_OVER", "name")
        # Thirteen digits that never come twice, even when the emulator's data were thrown away.
        newest = db.execute("SELECT coalesce(max(id), 0) FROM audiences").fetchone()[0]
        audience_id = max(newest + 1, int(self._clock.real() * 1000))
        values = (
            audience_id,
            owner.service,
            owner.code,
            upload.name,
            FUNCTION_TYPES[upload.id_type],
            now,
            now,
        )
        insert = "INSERT INTO audiences (id, service, owner, name, function_type, status, created, uploaded) "
        try:
            db.execute(f"{insert} VALUES (?, ?, ?, ?, ?, 'IN_PROGRESS', ?, ?)", values)
        except sqlite3.IntegrityError as taken:
            raise Refused("AUDIENCE_GROUP_NAME_DUPLICATE", "name") from taken
        return int(audience_id)
