"""Accepted is not applied: LINE works later. Poll each part's job, then the audience, and show both."""

from __future__ import annotations

from django.db.models.functions import Now

from audiences import epochs
from audiences.checkpoints import checkpoint
from audiences.claims import PROGRESS, Claim, Stopped, Wait
from audiences.line import Line
from audiences.models import Batch, Run
from audiences.polls import TEN_MINUTES, look_later
from audiences.reasons import Stop
from audiences.uploads import status_of
from lineads.shapes import CustomAudience
from resources.models import Resource

B = Batch.State


def confirm_part(claim: Claim, line: Line, batch: Batch) -> None:
    """The next part leaves only after LINE has processed this one."""
    jobs = line.jobs(claim.run.destination.line_id or "", batch)
    job = next((job for job in jobs if job.name == batch.file_name), None)
    if job and job.status == "FAILED":
        _refuse(claim, batch, job.failed_type)
    if job is None or job.status != "FINISHED":
        raise look_later(claim.now, max(batch.accepted_at or claim.now, claim.run.state_at))
    with claim.writing(**PROGRESS):
        claim.run.batches.filter(pk=batch.pk).update(state=B.APPLIED, applied_at=Now(), job_id=job.id)
    checkpoint("applied")


def _refuse(claim: Claim, batch: Batch, failed_type: str) -> None:
    """LINE dropped the part after taking it; a person may have it sent again."""
    with claim.writing():
        claim.run.batches.filter(pk=batch.pk).update(state=B.PENDING, reason=failed_type[:120])
    raise Stopped(Stop.JOB_FAILED)


def confirm_run(claim: Claim, line: Line) -> bool:
    """DONE, only when the audience is READY and nothing of ours is still on its way; True then."""
    if not _is_settled(claim, line):
        return False
    destination = claim.run.destination
    audience = line.audience(destination.line_id or "", destination.name)
    if audience is None:
        raise _missing(claim)
    status = status_of(audience)
    if status == Resource.Status.READY:
        _finish(claim, audience)
        return True
    _note(claim, audience)
    if status in STOPS:
        raise Stopped(STOPS[status])
    raise look_later(claim.now, claim.run.state_at)


STOPS: dict[str, Stop] = {
    Resource.Status.FAILED: Stop.AUDIENCE_FAILED,
    Resource.Status.EXPIRED: Stop.AUDIENCE_EXPIRED,
}


def _is_settled(claim: Claim, line: Line) -> bool:
    """A REPLACE that was sent twice may be applied twice: look whether the second came after later parts."""
    run = claim.run
    batches = list(run.batches.filter(epoch=run.epoch))
    first = batches[0]
    if first.operation != Batch.Operation.REPLACE or first.attempts <= 1:
        return True
    jobs = line.jobs(run.destination.line_id or "", first)
    if any(job.name == first.file_name and job.status not in ("FINISHED", "FAILED") for job in jobs):
        raise look_later(claim.now, run.state_at)
    if epochs.is_disturbed(jobs, batches):
        epochs.begin(claim)
        return False
    return True


def _missing(claim: Claim) -> Stopped | Wait:
    """LINE's list may be behind for a while, but not for long."""
    elapsed = (claim.now - claim.run.state_at).total_seconds()
    return Stopped(Stop.AUDIENCE_GONE) if elapsed > TEN_MINUTES else look_later(claim.now, claim.run.state_at)


def _finish(claim: Claim, audience: CustomAudience) -> None:
    with claim.writing():
        _keep(claim.run, audience)
        claim.end(Run.State.DONE)


def _note(claim: Claim, audience: CustomAudience) -> None:
    with claim.writing():
        _keep(claim.run, audience)


def _keep(run: Run, audience: CustomAudience) -> None:
    size, failed_type = audience.estimated_size[:20] or "-", audience.failed_type[:60]
    said = {"status": status_of(audience), "size": size, "failed_type": failed_type, "refreshed_at": Now()}
    living = Resource.objects.exclude(status=Resource.Status.DELETED)
    living.filter(pk=run.destination_id).update(**said)
