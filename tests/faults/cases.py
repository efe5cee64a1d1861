"""One case of a sweep, from a fresh list to LINE, and everything that must hold at its end."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections
from django.db.models.functions import Now

from audiences import checkpoints, parts, pipeline, planning, polls, sending, services
from audiences import tick as ticking
from audiences.models import PLANS, Batch, RateBucket, Run
from organizations.models import AuditEvent
from tests.audiences.stage import Stage, fingerprint, hashed, set_up
from tests.emulator.process import EmulatorProcess
from tests.faults.harness import AN_HOUR, EMAILS, MOST_TURNS, Case, Killer, Outcome, in_a_worker
from tests.faults.mutants import MUTANTS

S = Run.State
BEFORE = hashed("before")
LIST = "".join(f"{email}\n" for email in EMAILS).encode()
SENT = [hashlib.sha256(email.encode()).hexdigest() for email in EMAILS]
STORY = ["queued", "planning", "planned", "sending", "confirming", "done"]


class Theatre:
    """The database, the emulator and the pace of one harness."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._line = EmulatorProcess(folder)

    def __enter__(self) -> Self:
        self._line.__enter__()
        settings.LINE_ADS_BASE_URL = self._line.url
        settings.LINE_ADS_REQUESTS_PER_SECOND = 1000.0
        polls.POLL_AT = (0.0, *polls.POLL_AT)
        planning.SECONDS_BETWEEN_REPORTS = 0.0
        if connection.vendor == "sqlite":
            call_command("migrate", verbosity=0)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self._line.__exit__(kind, error, trace)

    def play(self, case: Case) -> Outcome:
        pipeline.PART_BYTES = parts.PART_BYTES = 65 * -(-len(EMAILS) // case.parts)
        stage = set_up(self._line)
        run = prepare(stage, case)
        killer = Killer(case.kill_at)
        for _turn in range(MOST_TURNS):
            connections.close_all()  # a connection must not be shared with the fork
            in_a_worker(lambda: work(case, killer))
            let_time_pass()
            run.refresh_from_db()
            if run.is_over or run.state == S.PAUSED:
                break
        return Outcome(case, killer.passed, killer.killed_at, list(faults_found(stage, run, case, killer)))


def prepare(stage: Stage, case: Case) -> Run:
    connector = stage.connector(mode="ADD" if case.mode == "CREATE" else case.mode, content=LIST)
    if case.mode != "CREATE":
        stage.existing(connector, BEFORE)
        stage.line.control("POST", "/clock", {"job_seconds": 0, "offset_seconds": 0})
    if case.fault:
        if case.nth > 1:
            stage.fault("slow:0", times=case.nth - 1)
        stage.fault(case.fault, when=case.when)
    return services.start_run(connector, by=stage.operator, consent=True, sends_by_itself=True)


def work(case: Case, killer: Killer) -> None:
    """What workers and ticks do in a while, until somebody is killed or nothing is due."""
    if case.mutant:
        MUTANTS[case.mutant]()
    killer.seek_end()
    checkpoints.watch(killer)
    while due := Run.objects.due().first():
        (planning if due.state in PLANS else sending).perform(due.pk)
        ticking.pass_planned_runs()


def let_time_pass() -> None:
    Run.objects.exclude(lease_until=None).update(lease_until=Now() - AN_HOUR)
    Run.objects.update(not_before=None)
    RateBucket.objects.update(blocked_until=None)
    ticking.pass_planned_runs()


def faults_found(stage: Stage, run: Run, case: Case, killer: Killer) -> Iterator[str]:
    """Every invariant that does not hold."""
    if run.state != S.DONE:
        yield f"the run is {run.state} {run.reason} after {len(killer.passed)} checkpoints"
        return
    yield from wrong_set(stage, run, case)
    yield from wrong_accounts(run, case)
    yield from wrong_requests(stage, run, case, killer)
    yield from wrong_story(run)
    yield from values_in_the_open()


def wrong_set(stage: Stage, run: Run, case: Case) -> Iterator[str]:
    """I7, and one audience only."""
    expected = SENT + (BEFORE if case.mode == "ADD" else [])
    if stage.fingerprint(run.destination) != fingerprint(expected):
        yield "the set at LINE is not the one expected"
    client = stage.client()
    audiences = client.list_audiences(stage.account.line_id).audiences
    jobs = client.upload_jobs(stage.account.line_id, run.destination.line_id or "")
    client.close()
    if len(audiences) != 1:
        yield f"there are {len(audiences)} audiences"
    names = [job.name for job in jobs]
    ours = list(run.batches.filter(epoch=run.epoch))
    if ours[0].operation == "REPLACE" and any(
        batch.file_name in names[names.index(ours[0].file_name) :] for batch in ours[1:]
    ):
        yield "a REPLACE was sent after a later part of its epoch"


def wrong_accounts(run: Run, case: Case) -> Iterator[str]:
    """I1, I4 and the ends of batches."""
    batches = list(run.batches.filter(epoch=run.epoch))
    if (run.rows, run.unique, run.part_count) != (len(EMAILS), len(EMAILS), case.parts):
        yield f"{run.rows} rows, {run.unique} unique, {run.part_count} parts"
    if sum(batch.rows for batch in batches) != run.unique or len(batches) != case.parts:
        yield "the batches do not hold what was planned"
    if {batch.state for batch in batches} != {Batch.State.APPLIED}:
        yield "a batch did not end"
    if run.lease_until is not None:
        yield "the lease is still held"


def wrong_requests(stage: Stage, run: Run, case: Case, killer: Killer) -> Iterator[str]:
    """I5 and I8: nothing that was not committed as under way, and no storms."""
    before = 0 if case.mode == "CREATE" else 1
    uploads = len(stage.sent()) - before
    attempts = sum(batch.attempts for batch in run.batches.all())
    if uploads > attempts:
        yield f"{uploads} uploads, but only {attempts} were marked"
    troubles = bool(case.fault) + bool(killer.killed_at)
    if uploads > case.parts * (run.epoch + 1) + troubles:
        yield f"{uploads} uploads for {case.parts} parts and {troubles} troubles"


def wrong_story(run: Run) -> Iterator[str]:
    """I10: each transition once in the history."""
    told = AuditEvent.objects.filter(subject_id=str(run.pk)).order_by("id").values_list("action", flat=True)
    if list(told) != [f"run.{step}" for step in STORY]:
        yield f"the history says {list(told)}"


def values_in_the_open() -> Iterator[str]:
    """I9: no value and no digest of a person outside of sealed files; sealed files show none either."""
    needles = [email.encode() for email in EMAILS] + [digest.encode() for digest in SENT]
    for path in Path(settings.DATA_DIR).rglob("*"):
        if "emulator" not in path.parts and path.is_file():
            content = path.read_bytes()
            if any(needle in content for needle in needles):
                yield f"a value is readable in {path.name}"
