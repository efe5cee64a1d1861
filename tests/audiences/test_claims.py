"""Claim, lease and fence: one worker at a time, and none that is thought dead."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models.functions import Now

from audiences import checkpoints, claims, run_models, sending, services
from audiences.claims import Claim, Interrupted, LostClaim, Stopped, Wait
from audiences.models import SENDS, Batch, Heartbeat, Run
from audiences.reasons import Stop
from tests.audiences.stage import Stage, fingerprint, hashed

pytestmark = [pytest.mark.db, pytest.mark.django_db(transaction=True)]

S = Run.State


def taken(run: Run) -> Claim:
    claim = Claim.take(run.pk, SENDS)
    assert claim
    return claim


def run_out() -> None:
    """The lease of every worker ends now, by the database's clock."""
    Run.objects.update(lease_until=Now() - timedelta(seconds=1))


@pytest.fixture
def run(stage: Stage) -> Run:
    return stage.sending(stage.connector(), [hashed(1)])


def test_a_run_told_twice_is_taken_once(run: Run) -> None:
    taken(run)

    assert Claim.take(run.pk, SENDS) is None


def test_a_message_for_the_other_queue_takes_nothing(run: Run) -> None:
    assert Claim.take(run.pk, [S.QUEUED]) is None


@pytest.mark.parametrize("state", [S.DONE, S.PAUSED, S.PLANNED, S.CANCELLED])
def test_a_late_message_takes_nothing(run: Run, state: Run.State) -> None:
    over = state in (S.DONE, S.CANCELLED)
    Run.objects.update(state=state, reason="refused", finished_at=run.created_at if over else None)

    assert Claim.take(run.pk, SENDS) is None


def test_a_run_that_waits_is_left_alone(run: Run) -> None:
    Run.objects.update(not_before=Now() + timedelta(minutes=1))

    assert Claim.take(run.pk, SENDS) is None


def test_a_worker_that_died_is_followed_by_another(run: Run) -> None:
    taken(run)
    run_out()

    second = taken(run)
    assert (second.run.fence, second.run.takeovers) == (2, 1)


def test_a_tidy_end_is_no_death(run: Run) -> None:
    taken(run).release()

    assert taken(run).run.takeovers == 0


def test_a_worker_that_was_replaced_writes_nothing(run: Run) -> None:
    first = taken(run)
    run_out()
    taken(run)

    with pytest.raises(LostClaim), first.writing():
        Batch.objects.update(state=Batch.State.APPLIED)
    assert run.batches.get().state == Batch.State.PENDING
    for act in (first.renew, first.reload, lambda: first.move(S.CONFIRMING)):
        with pytest.raises(LostClaim):
            act()
    first.release()
    run.refresh_from_db()
    assert run.lease_until is not None


def test_a_worker_whose_lease_ran_out_writes_nothing_even_if_nobody_followed(run: Run) -> None:
    claim = taken(run)
    run_out()

    with pytest.raises(LostClaim):
        claim.renew()


def test_a_cancelled_run_interrupts_its_worker(run: Run, stage: Stage) -> None:
    claim = taken(run)
    services.cancel_run(run, by=stage.operator)

    with pytest.raises(Interrupted):
        claim.renew()


def test_a_worker_never_overwrites_a_cancel(run: Run, stage: Stage) -> None:
    claim = taken(run)
    services.cancel_run(run, by=stage.operator)

    with pytest.raises(Interrupted):
        claim.stop(Stopped(Stop.REFUSED))
    run.refresh_from_db()
    assert run.state == S.CANCELLING


def test_a_worker_that_wants_to_wait_does_not_delay_a_cancel(run: Run, stage: Stage) -> None:
    claim = taken(run)
    services.cancel_run(run, by=stage.operator)
    claim.release(Wait(600.0, Stop.RATE_LIMITED))

    run.refresh_from_db()
    assert (run.state, run.not_before, run.lease_until) == (S.CANCELLING, None, None)


def test_too_long_after_the_last_renewal_nothing_may_be_sent(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim = taken(run)
    margin = run_models.LEASE.total_seconds() - claims.REQUEST_SECONDS
    later = claims.clock() + margin + 1
    monkeypatch.setattr(claims, "clock", lambda: later)

    with pytest.raises(LostClaim):
        claim.check_fence()


def test_a_claim_is_a_sign_of_life(run: Run) -> None:
    taken(run)

    assert Heartbeat.objects.get(name="send").at is not None


@pytest.mark.parametrize("moment", ["before a call", "connected", "after a call"])
def test_a_worker_frozen_until_another_has_taken_over_sends_and_writes_nothing(
    stage: Stage, moment: str
) -> None:
    """The zombie: stopped at `moment`, woken when its run is done."""
    connector = stage.connector(mode="REPLACE")
    stage.existing(connector, hashed(1, 2))
    run = stage.sending(connector, [hashed(3), hashed(4)])
    freezing = Freezer(moment, stage)
    checkpoints.watch(freezing)
    sending.perform(run.pk)

    assert freezing.at_thaw == len(stage.requests())
    run.refresh_from_db()
    assert run.state == S.DONE
    assert stage.fingerprint(connector.destination) == fingerprint(hashed(3, 4))


class Freezer:
    """At the moment of its choice, once: the lease passes, another worker finishes the run."""

    def __init__(self, moment: str, stage: Stage) -> None:
        self.moment, self.stage = moment, stage
        self.at_thaw = -1
        self.late = 0.0

    def __call__(self, name: str) -> None:
        if name != self.moment or self.at_thaw >= 0:
            return
        self.at_thaw = 0
        run_out()
        sending.perform(Run.objects.exclude(state=S.DONE).get().pk)
        self.at_thaw = len(self.stage.requests())
        claims.clock = shifted(claims.clock, 90.0)  # the time that has passed for the frozen one


@pytest.fixture(autouse=True)
def _own_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claims, "clock", claims.clock)


def shifted(clock: Callable[[], float], seconds: float) -> Callable[[], float]:
    return lambda: clock() + seconds


@pytest.mark.race
@pytest.mark.skipif("connection.vendor == 'sqlite'", reason="threads cannot share SQLite's test database")
def test_of_many_workers_one_gets_the_run(run: Run) -> None:
    found: list[Claim | None] = []
    barrier = threading.Barrier(6)

    def work() -> None:
        barrier.wait()
        found.append(Claim.take(run.pk, SENDS))
        connection.close()

    threads = [threading.Thread(target=work) for _worker in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len([claim for claim in found if claim]) == 1
