"""After an answer was lost: ask LINE what became of the part before sending it again."""

from __future__ import annotations

from datetime import timedelta

from audiences import uploads
from audiences.checkpoints import checkpoint
from audiences.claims import Claim, Stopped
from audiences.line import Line
from audiences.models import Batch
from audiences.reasons import Stop
from lineads.shapes import CustomAudience, UploadJob

CLOCKS_APART = timedelta(seconds=60)


def look_up(claim: Claim, line: Line, batch: Batch) -> None:
    """Find the part in LINE's job list, or send it again: in a set, twice the same part is once."""
    if claim.run.destination.line_id is None:
        _find_created(claim, line, batch)
        return
    job = job_of(batch, line.jobs(claim.run.destination.line_id, batch))
    if job:
        uploads.accept(claim, batch, None, job.id)
    else:
        uploads.upload(claim, line, batch)


def job_of(batch: Batch, jobs: list[UploadJob]) -> UploadJob | None:
    """The newest job of this part that did not fail."""
    return next((job for job in jobs if job.name == batch.file_name and job.status != "FAILED"), None)


def _find_created(claim: Claim, line: Line, batch: Batch) -> None:
    """A create whose answer was lost: take the audience for ours only if everything about it says so."""
    found = line.named(claim.run.destination.name)
    if not found:
        uploads.upload(claim, line, batch)
        return
    if len(found) > 1 or not _may_be_ours(claim, batch, found[0]):
        raise Stopped(Stop.NAME_TAKEN)
    jobs = line.jobs(found[0].id, batch)
    job = job_of(batch, jobs)
    if job is None and jobs:  # somebody's, filled by an upload that is not ours
        raise Stopped(Stop.NAME_TAKEN)
    _adopt(claim, batch, found[0], job)


def _may_be_ours(claim: Claim, batch: Batch, audience: CustomAudience) -> bool:
    if audience.function_type != claim.run.destination.kind or audience.created is None:
        return False
    return batch.first_sent_at is not None and audience.created >= batch.first_sent_at - CLOCKS_APART


def _adopt(claim: Claim, batch: Batch, audience: CustomAudience, job: UploadJob | None) -> None:
    if job:
        uploads.accept(claim, batch, audience, job.id)
        return
    with claim.writing():
        uploads.take_name(claim.run, audience)
    checkpoint("adopted")
