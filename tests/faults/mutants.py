"""Bugs planted on purpose: a sweep that does not find them would prove nothing."""

from __future__ import annotations

from collections.abc import Callable

from audiences import confirming, epochs, lookups, sending, uploads
from audiences.claims import Claim
from audiences.line import Line
from audiences.models import Batch
from lineads.errors import LineAdsError
from lineads.multipart import ByteSource
from lineads.shapes import CustomAudience

B = Batch.State


def inflight_is_done() -> None:
    """Whoever takes over believes that what was under way has arrived."""

    def believe(claim: Claim) -> None:
        with claim.writing():
            claim.run.batches.filter(state=B.INFLIGHT).update(state=B.APPLIED)

    sending._doubt = believe


def lost_answer_is_done() -> None:
    """A 500 or a reset is taken for a success."""
    honest = uploads._give_back

    def believe(claim: Claim, batch: Batch, error: LineAdsError | None) -> None:
        honest(claim, batch, error)
        claim.run.batches.filter(pk=batch.pk, state=B.UNKNOWN).update(state=B.APPLIED)

    uploads._give_back = believe


def no_barrier() -> None:
    """Later parts leave while the fate of a REPLACE is unknown, and nobody looks back."""

    def send_any(claim: Claim) -> None:
        order = {B.PENDING: 0, B.ACCEPTED: 1, B.UNKNOWN: 2}
        waiting = claim.run.batches.filter(epoch=claim.run.epoch).exclude(state=B.APPLIED)
        batches = sorted(waiting, key=lambda batch: (order[B(batch.state)], batch.sequence))
        if not batches:
            honest(claim)
            return
        with sending.opened(claim) as line:
            sending.HANDLERS[B(batches[0].state)](claim, line, batches[0])

    honest, sending._send_next = sending._send_next, send_any
    epochs.is_too_late = lambda batch: False
    lookups.job_of = lambda batch, jobs: None
    epochs.is_disturbed = lambda jobs, batches: False


def replace_again() -> None:
    """A REPLACE whose answer was lost is repeated after everything else, to be on the safe side."""
    honest = confirming.confirm_run

    def repeat(claim: Claim, line: Line) -> bool:
        first = claim.run.batches.get(epoch=claim.run.epoch, sequence=0)
        if first.attempts > 1 and first.operation == Batch.Operation.REPLACE:
            with uploads._part(first) as part:
                line.get_ready()
                line.send(first, "REPLACE", part)
            claim.run.batches.filter(pk=first.pk).update(attempts=1)
        return honest(claim, line)

    confirming.confirm_run = repeat


def create_again() -> None:
    """A create whose answer was lost is repeated under another name, because the first is taken."""
    lookups._find_created = uploads.upload
    honest = Line.send

    def renamed(line: Line, batch: Batch, action: str, file: ByteSource) -> CustomAudience:
        destination = line._claim.run.destination
        if batch.attempts and not destination.line_id:
            destination.name += "+"
        return honest(line, batch, action, file)

    Line.send = renamed  # type: ignore[method-assign,assignment]  # that is what planting means


MUTANTS: dict[str, Callable[[], None]] = {
    "inflight_is_done": inflight_is_done,
    "lost_answer_is_done": lost_answer_is_done,
    "no_barrier": no_barrier,
    "replace_again": replace_again,
    "create_again": create_again,
}
