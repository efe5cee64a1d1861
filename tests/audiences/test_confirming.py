"""A run is done when LINE has processed everything, and not before."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from audiences import polls, sending, services
from audiences.models import Batch, Run
from organizations.models import AuditEvent
from organizations.storage import SealedReader
from tests.audiences.stage import Stage, fingerprint, hashed

pytestmark = [pytest.mark.db, pytest.mark.django_db(transaction=True)]

S = Run.State
ONE, TWO = hashed(1, 2), hashed(3)


def perform(run: Run) -> Run:
    Run.objects.filter(pk=run.pk).update(not_before=None)
    sending.perform(run.pk)
    run.refresh_from_db()
    return run


@pytest.fixture
def slow_line(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """LINE works for an hour on everything, and nobody sleeps over it."""
    stage.line.control("POST", "/clock", {"job_seconds": 3600, "offset_seconds": 0})
    monkeypatch.setattr(polls, "POLL_AT", (0.0, 3.0))
    return stage


def test_the_second_part_waits_until_the_first_is_processed(slow_line: Stage) -> None:
    run = perform(slow_line.sending(slow_line.connector(), [ONE, TWO]))

    assert run.state == S.SENDING
    assert [batch.state for batch in run.batches.all()] == [Batch.State.ACCEPTED, Batch.State.PENDING]
    assert run.not_before is not None


def test_waiting_for_line_holds_no_worker(slow_line: Stage) -> None:
    run = perform(slow_line.sending(slow_line.connector(), [ONE]))

    assert run.lease_until is None
    assert (run.failures, run.reason) == (0, "")


def test_when_line_is_ready_the_run_ends(slow_line: Stage) -> None:
    run = perform(slow_line.sending(slow_line.connector(), [ONE]))
    slow_line.line.control("POST", "/clock", {"job_seconds": 0, "offset_seconds": 0})

    assert perform(run).state == S.DONE


def test_a_run_that_line_never_confirms_pauses_and_can_go_on(slow_line: Stage) -> None:
    run = perform(slow_line.sending(slow_line.connector(), [ONE]))
    long_ago = timezone.now() - timedelta(hours=25)
    Run.objects.update(state_at=long_ago)
    run.batches.update(accepted_at=long_ago)
    assert perform(run).reason == "not_confirmed"
    services.resume_run(run, by=slow_line.operator)
    slow_line.line.control("POST", "/clock", {"job_seconds": 0, "offset_seconds": 0})

    assert perform(run).state == S.DONE


def test_a_part_that_line_failed_to_process_pauses_and_is_sent_again_on_resume(stage: Stage) -> None:
    connector = stage.connector()
    stage.existing(connector, ONE)
    stage.fault("job:FAILED")
    run = perform(stage.sending(connector, [TWO]))
    assert (run.state, run.reason, run.batches.get().state) == (S.PAUSED, "job_failed", "PENDING")
    services.resume_run(run, by=stage.operator)

    assert perform(run).state == S.DONE
    assert stage.fingerprint(connector.destination) == fingerprint(ONE + TWO)


def test_a_failed_first_part_does_not_create_a_second_audience(stage: Stage) -> None:
    connector = stage.connector()
    stage.fault("job:FAILED")
    run = perform(stage.sending(connector, [ONE]))
    services.resume_run(run, by=stage.operator)

    assert perform(run).state == S.DONE
    assert stage.fingerprint(connector.destination) == fingerprint(ONE)


def test_an_audience_renamed_at_line_is_still_found(stage: Stage) -> None:
    connector = stage.connector()
    stage.existing(connector, ONE)
    type(connector.destination).objects.update(name="What it was called here")

    assert perform(stage.sending(connector, [TWO])).state == S.DONE


def test_a_cancel_says_what_went_out_and_sends_no_more(slow_line: Stage) -> None:
    run = perform(slow_line.sending(slow_line.connector(), [ONE, TWO]))
    services.cancel_run(run, by=slow_line.operator)
    before = len(slow_line.requests())

    assert perform(run).state == S.CANCELLED
    assert [batch.state for batch in run.batches.all()] == [Batch.State.ACCEPTED, Batch.State.PENDING]
    assert len(slow_line.requests()) == before


# --- a REPLACE that may come late


def test_a_replacement_never_follows_a_later_part_of_its_own(stage: Stage) -> None:
    connector = stage.connector(mode="REPLACE")
    stage.existing(connector, ONE)
    run = stage.sending(connector, [ONE, TWO])
    run.batches.filter(sequence=1).update(state=Batch.State.UNKNOWN)

    assert perform(run).state == S.DONE
    assert (run.epoch, stage.fingerprint(connector.destination)) == (1, fingerprint(ONE + TWO))
    assert AuditEvent.objects.filter(action="run.sent_anew", subject_id=str(run.pk)).count() == 1


def test_a_repeated_replacement_that_line_applies_late_is_made_good(stage: Stage) -> None:
    connector = stage.connector(mode="REPLACE")
    stage.existing(connector, ONE)
    run = stage.sending(connector, [ONE, TWO])
    Run.objects.update(state_at=timezone.now())
    late(stage, run)

    assert perform(run).state == S.DONE
    assert (run.epoch, stage.fingerprint(connector.destination)) == (1, fingerprint(ONE + TWO))


def late(stage: Stage, run: Run) -> None:
    """All parts are processed, and then LINE applies the first upload of the REPLACE once more."""
    sending.perform(run.pk)
    first = run.batches.get(sequence=0)
    send_by_hand(stage, first)
    Run.objects.filter(pk=run.pk).update(state=S.CONFIRMING, finished_at=None)
    run.batches.filter(pk=first.pk).update(attempts=2)


def send_by_hand(stage: Stage, batch: Batch) -> None:
    client = stage.client()
    with SealedReader(batch.sealed_name) as file:
        destination = batch.run.destination
        destination.refresh_from_db()
        client.upload(
            stage.account.line_id,
            file=file,
            filename=batch.file_name,
            id_type="HASHED_EMAIL",
            action="REPLACE",
            audience_id=destination.line_id,
        )
    client.close()
