"""The run loop after planning: parts one after another, each processed by LINE before the next leaves.

One recorded outcome, possibly several sends. Before an upload its batch is INFLIGHT in the database; whoever
finds it so after a death calls it UNKNOWN and asks LINE first. Only this loop tries again.
"""

from __future__ import annotations

import time
import uuid
from contextlib import suppress

from audiences import confirming, lookups, uploads
from audiences.checkpoints import checkpoint
from audiences.claims import PROGRESS, Claim, Interrupted, LostClaim, Stopped, Wait
from audiences.line import opened
from audiences.models import SENDS, Batch, Run
from audiences.rate import LONGEST_SLEEP
from audiences.reasons import Stop
from audiences.verdicts import verdict
from lineads.errors import LineAdsError

S = Run.State
B = Batch.State


def perform(run_id: uuid.UUID) -> None:
    """Take the run as far as it goes now. Safe to call any number of times, from anywhere."""
    claim = Claim.take(run_id, SENDS)
    if claim is None:
        return
    with suppress(LostClaim):
        _doubt(claim)
        while not _ends(claim):
            if claim.is_spent:
                claim.release()
                return
            claim.reload()


def _doubt(claim: Claim) -> None:
    """What was left under way, by a dead worker for one, may or may not have reached LINE."""
    with claim.writing():
        claim.run.batches.filter(state=B.INFLIGHT).update(state=B.UNKNOWN)
    checkpoint("doubted")


def _ends(claim: Claim) -> bool:
    """One step; True when the run has nothing to do now, having been moved or released."""
    try:
        return _step(claim)
    except Interrupted:
        return False
    except Wait as wait:
        return _wait(claim, wait)
    except Stopped as stopped:
        return _stop(claim, stopped)
    except LineAdsError as error:
        return _judge(claim, error)


def _judge(claim: Claim, error: LineAdsError) -> bool:
    found = verdict(error, claim.run.failures)
    return _wait(claim, found) if isinstance(found, Wait) else _stop(claim, found)


def _wait(claim: Claim, wait: Wait) -> bool:
    if wait.seconds <= LONGEST_SLEEP and not wait.counts:
        time.sleep(wait.seconds)
        return False
    claim.release(wait)
    return True


def _stop(claim: Claim, stopped: Stopped) -> bool:
    _doubt(claim)
    with suppress(Interrupted):  # cancelled at the same moment: the next step sees it
        claim.stop(stopped)
        return True
    return False


def _step(claim: Claim) -> bool:
    run = claim.run
    if run.state == S.CANCELLING:
        claim.end(S.CANCELLED, reason=run.reason)
        return True
    if claim.is_dying_here:
        raise Stopped(Stop.KEEPS_DYING)
    if run.state == S.CONFIRMING:
        with opened(claim) as line:
            return confirming.confirm_run(claim, line)
    _send_next(claim)
    return False


def _send_next(claim: Claim) -> None:
    run = claim.run
    batch = run.batches.filter(epoch=run.epoch).exclude(state=B.APPLIED).order_by("sequence").first()
    if batch is None:
        claim.move(S.CONFIRMING, sent_at=claim.now, **PROGRESS)
        return
    with opened(claim) as line:
        HANDLERS[B(batch.state)](claim, line, batch)


HANDLERS = {
    B.PENDING: uploads.upload,
    B.UNKNOWN: lookups.look_up,
    B.ACCEPTED: confirming.confirm_part,
}
