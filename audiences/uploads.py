"""Sending one part. What is on its way is in the database first, with the digest that is on its way."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Coalesce, Now

from audiences import epochs, polls
from audiences.checkpoints import checkpoint
from audiences.claims import PROGRESS, Claim, Stopped, Wait
from audiences.line import Line
from audiences.models import SENDS, Batch, Connector, Run
from audiences.part_files import Part, PartChanged
from audiences.reasons import Stop
from audiences.verdicts import verdict
from lineads.errors import Kind, LineAdsError
from lineads.shapes import CustomAudience
from linking.models import Account
from organizations import audit
from organizations.storage import Damaged, NoSuchFile, SealedReader
from resources import lifecycle
from resources.models import Resource

B = Batch.State
Op = Batch.Operation
MOST_REPLACES = 3  # at a time per ad account, LINE's own limit
REPLACES_FULL_SECONDS = 10.0


def upload(claim: Claim, line: Line, batch: Batch) -> None:
    """Send the part, and record what became of it."""
    if epochs.is_too_late(batch):
        epochs.begin(claim)
        return
    if batch.operation == Op.CREATE and batch.state == B.PENDING and not claim.run.destination.line_id:
        _check_name_is_free(claim, line)
    with _part(batch) as part:
        line.get_ready()
        _mark(claim, batch)
        try:
            audience = line.send(batch, _action(batch), part)
        except LineAdsError as error:
            _give_back(claim, batch, error)
            if batch.state == B.UNKNOWN and "AUDIENCE_GROUP_NAME_DUPLICATE" in error.reasons:
                raise _look_again(claim) from error
            raise
        except Wait:  # LINE's 429
            _give_back(claim, batch, None)
            raise
    accept(claim, batch, audience)
    raise polls.first_look()


def _look_again(claim: Claim) -> Wait | Stopped:
    """The name is taken, most likely by our own earlier attempt, which the list did not show yet."""
    return verdict(LineAdsError(Kind.UNKNOWN, "an earlier attempt got through"), claim.run.failures)


def _check_name_is_free(claim: Claim, line: Line) -> None:
    if line.named(claim.run.destination.name):
        raise Stopped(Stop.NAME_TAKEN)


@contextmanager
def _part(batch: Batch) -> Iterator[Part]:
    try:
        with SealedReader(batch.sealed_name) as reader:
            yield Part(reader, batch)
    except (NoSuchFile, Damaged, PartChanged) as error:
        raise Stopped(Stop.PARTS_GONE, is_final=True) from error


def _mark(claim: Claim, batch: Batch) -> None:
    """From here on the part may be under way, whatever becomes of us."""
    operation = _operation(claim.run, batch)
    with transaction.atomic():
        if operation == Op.REPLACE:
            _take_replace_slot(claim.run, batch)
        with claim.writing():
            claim.run.batches.filter(pk=batch.pk).update(
                state=B.INFLIGHT,
                operation=operation,
                attempts=F("attempts") + 1,
                first_sent_at=Coalesce("first_sent_at", Now()),
            )
    batch.operation = operation
    checkpoint("marked")


def _operation(run: Run, batch: Batch) -> Batch.Operation:
    """A planned CREATE is no longer one when another run has created the audience meanwhile."""
    if batch.operation == Op.CREATE and run.destination.line_id and not batch.attempts:
        return Op.REPLACE if run.connector.mode == Connector.Mode.REPLACE else Op.ADD
    return Op(batch.operation)


def _take_replace_slot(run: Run, batch: Batch) -> None:
    """Count under a lock on the account's row: two workers could both see the last free slot."""
    account = Account.objects.select_for_update().get(resources=run.destination)
    others = Batch.objects.filter(
        operation=Op.REPLACE,
        state__in=(B.INFLIGHT, B.ACCEPTED),
        run__state__in=SENDS,
        run__destination__owner_account=account,
    )
    if others.exclude(pk=batch.pk).count() >= MOST_REPLACES:
        raise Wait(REPLACES_FULL_SECONDS, Stop.REPLACES_FULL)


def _action(batch: Batch) -> str:
    return "REPLACE" if batch.operation == Op.REPLACE else "ADD"


def _give_back(claim: Claim, batch: Batch, error: LineAdsError | None) -> None:
    """Not taken by LINE: as it was before. Perhaps taken: UNKNOWN."""
    is_unknown = batch.state == B.UNKNOWN or (error is not None and error.was_processed is None)
    sent = {} if is_unknown else {"first_sent_at": None}
    codes = ", ".join(error.reasons) if error else ""
    with claim.writing():
        state = B.UNKNOWN if is_unknown else B.PENDING
        claim.run.batches.filter(pk=batch.pk).update(state=state, reason=codes[:120], **sent)
    checkpoint("given back")


def accept(claim: Claim, batch: Batch, audience: CustomAudience | None, job_id: str = "") -> None:
    """LINE has the part. If it was the first of a new audience, the destination gets LINE's id with it."""
    with claim.writing(**PROGRESS):
        claim.run.batches.filter(pk=batch.pk).update(
            state=B.ACCEPTED, accepted_at=Now(), job_id=job_id, reason=""
        )
        if audience:
            take_name(claim.run, audience)
        lifecycle.renew(claim.run.destination_id, claim.now)
    checkpoint("accepted")


def take_name(run: Run, audience: CustomAudience) -> None:
    """Remember LINE's id, once: a second run finds it and never creates again."""
    known = status_of(audience)
    unnamed = Resource.objects.filter(pk=run.destination_id, line_id=None)
    unnamed = unnamed.exclude(status=Resource.Status.DELETED)
    size = audience.estimated_size[:20] or "-"
    if unnamed.update(line_id=audience.id, status=known, size=size, refreshed_at=Now()):
        audit.record(
            "resource.created",
            run.destination,
            by=None,
            organization=run.organization,
            account=run.account,
            line_id=audience.id,
        )


def status_of(audience: CustomAudience) -> str:
    """LINE may add words of its own; until we know them the audience is in progress."""
    known = {Resource.Status.READY, Resource.Status.FAILED, Resource.Status.EXPIRED}
    return audience.status if audience.status in known else Resource.Status.IN_PROGRESS
