"""A REPLACE that LINE applies after later parts throws those parts out: then everything is sent anew."""

from __future__ import annotations

from django.db.models import F

from audiences.checkpoints import checkpoint
from audiences.claims import Claim, Stopped
from audiences.models import Batch, Run
from audiences.part_files import file_name
from audiences.reasons import Stop
from lineads.shapes import UploadJob
from organizations import audit

B = Batch.State
PATIENCE = 3  # epochs; that often by chance is no chance


def is_too_late(batch: Batch) -> bool:
    """Whether a later part of a REPLACE has left already: sending the REPLACE now would undo it."""
    if batch.operation != Batch.Operation.REPLACE:
        return False
    later = batch.run.batches.filter(epoch=batch.epoch, sequence__gt=batch.sequence)
    return later.exclude(state=B.PENDING).exists()


def is_disturbed(jobs: list[UploadJob], batches: list[Batch]) -> bool:
    """Whether LINE lists a REPLACE of this epoch above one of its later parts; `jobs` come newest first."""
    names = [job.name for job in jobs if job.status != "FAILED"]
    first, *later = [batch.file_name for batch in batches]
    if first not in names:
        return False
    newest = names.index(first)
    return any(name in names[newest + 1 :] for name in later)


def begin(claim: Claim) -> None:
    """Every part again, from the same files, under a new epoch."""
    run = claim.run
    batches = list(run.batches.filter(epoch=run.epoch))
    with claim.writing(epoch=F("epoch") + 1):
        Batch.objects.bulk_create(_again(batch) for batch in batches)
        audit.record(
            "run.sent_anew",
            run,
            by=None,
            organization=run.organization,
            account=run.account,
            epoch=run.epoch + 1,
        )
        if run.state == Run.State.CONFIRMING:
            claim.move(Run.State.SENDING)
    checkpoint("epoch begun")
    if (run.epoch + 1) % PATIENCE == 0:
        claim.reload()
        raise Stopped(Stop.REPLACE_DISTURBED)


def _again(batch: Batch) -> Batch:
    return Batch(
        run=batch.run,
        epoch=batch.epoch + 1,
        sequence=batch.sequence,
        operation=batch.operation,
        rows=batch.rows,
        byte_count=batch.byte_count,
        digest=batch.digest,
        sealed_name=batch.sealed_name,
        file_name=file_name(batch.run, batch.epoch + 1, batch.sequence),
    )
