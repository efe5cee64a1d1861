"""Turning a list into a frozen plan: counts, and sealed parts ready to send. Killed, it starts afresh."""

from __future__ import annotations

import hashlib
import uuid
from contextlib import suppress
from typing import Any

from django.db.models.functions import Now

from audiences import datasets, pipeline, reading
from audiences.checkpoints import checkpoint
from audiences.claims import Claim, Interrupted, LostClaim, Stopped, clock
from audiences.datasets import ListErased
from audiences.identifiers import Form
from audiences.identifiers import Kind as Identifier
from audiences.models import PLANS, Batch, Connector, Run
from audiences.part_files import file_name, folder_of
from audiences.pipeline import Part, Plan, PlanSpec, Rules
from audiences.reasons import Stop
from organizations import storage
from organizations.errors import DomainError
from organizations.storage import Damaged, NoSuchFile, StorageFull

S = Run.State
Op = Batch.Operation
SECONDS_BETWEEN_REPORTS = 1.0


def perform(run_id: uuid.UUID) -> None:
    """Prepare the run. Safe to call any number of times, from anywhere."""
    claim = Claim.take(run_id, PLANS)
    if claim is None:
        return
    with suppress(LostClaim, Interrupted):  # whoever took or moved the run says what becomes of it
        try:
            _plan(claim)
        except Stopped as stopped:
            claim.end(S.FAILED, reason=stopped.reason)


def _plan(claim: Claim) -> None:
    if claim.is_dying_here:
        raise Stopped(Stop.KEEPS_DYING)
    if claim.run.state == S.QUEUED:
        claim.move(S.PLANNING)
        claim.reload()
    storage.erase_folder(folder_of(claim.run))  # what a worker that died here left behind
    plan = _read(claim)
    checkpoint("plan made")
    try:
        _keep(claim, plan)
    except BaseException:
        storage.erase_folder(_own_folder(claim.run))
        raise


def _own_folder(run: Run) -> str:
    """Of this attempt alone: a worker thought dead may still write into that of its own."""
    return f"{folder_of(run)}/{run.fence}"


def _read(claim: Claim) -> Plan:
    run = claim.run
    report = Reporter(claim)
    try:
        with datasets.open_list(run.dataset) as source:
            skipped = reading.lines_to_skip(source, run.connector.encoding)
            return pipeline.plan(
                source, spec_of(run, skipped), folder=_own_folder(run), on_progress=report.progress
            )
    except (ListErased, NoSuchFile) as gone:
        raise Stopped(Stop.LIST_GONE) from gone
    except StorageFull as full:
        raise Stopped(Stop.STORAGE_FULL) from full
    except (
        DomainError,
        Damaged,
    ) as unreadable:  # the pipeline's own refusals: not a list, cut, wrong encoding
        raise Stopped(Stop.LIST_UNREADABLE) from unreadable


def spec_of(run: Run, skipped: int) -> PlanSpec:
    connector = run.connector
    form = run.destination.phone_form
    rules = Rules(
        Identifier(connector.identifier),
        is_hashed=connector.is_hashed,
        country=connector.country,
        form=Form[form] if form else Form.NATIONAL_DIGITS,
        landlines=connector.sends_landlines,
    )
    return PlanSpec(
        rules,
        column=connector.column,
        encoding=connector.encoding,
        delimiter=connector.delimiter,
        has_header=connector.has_header,
        skipped=skipped,
    )


class Reporter:
    """Progress into the row, at most once a second. Each report renews the claim, and learns of a cancel."""

    def __init__(self, claim: Claim) -> None:
        self._claim = claim
        self._bytes = claim.run.dataset.byte_count
        self._reported = clock()

    def progress(self, rows: int, share: float) -> None:
        if clock() - self._reported < SECONDS_BETWEEN_REPORTS:
            return
        with self._claim.writing(rows_done=rows, bytes_done=int(share * self._bytes)):
            self._reported = clock()
        self._claim.renew()
        checkpoint("planning")


def _keep(claim: Claim, plan: Plan) -> None:
    """Counts, batches and the next state in one transaction."""
    with claim.writing(**_counts(plan)):
        Batch.objects.bulk_create(_batch(claim.run, part) for part in plan.parts)
        if plan.parts:
            claim.end(S.PLANNED, planned_at=Now())
        else:
            claim.end(S.FAILED, planned_at=Now(), reason=Stop.NOTHING_TO_SEND)


def _counts(plan: Plan) -> dict[str, Any]:
    together = "".join(part.sha256 for part in plan.parts)
    return {
        "rows": plan.rows,
        "rows_done": plan.rows,
        "empty": plan.empty,
        "invalid": sum(plan.rejected.values()),
        "invalid_reasons": plan.rejected,
        "duplicates": plan.duplicates,
        "unique": plan.unique,
        "part_count": len(plan.parts),
        "plan_bytes": sum(part.bytes for part in plan.parts),
        "plan_digest": hashlib.sha256(together.encode()).hexdigest(),
        "rejects_name": plan.rejects_name,
    }


def _batch(run: Run, part: Part) -> Batch:
    return Batch(
        run=run,
        epoch=run.epoch,
        sequence=part.sequence,
        operation=_operation(run) if part.sequence == 0 else Op.ADD,
        rows=part.rows,
        byte_count=part.bytes,
        digest=part.sha256,
        sealed_name=part.storage_name,
        file_name=file_name(run, run.epoch, part.sequence),
    )


def _operation(run: Run) -> Batch.Operation:
    if run.destination.line_id is None:
        return Op.CREATE
    return Op.REPLACE if run.connector.mode == Connector.Mode.REPLACE else Op.ADD
