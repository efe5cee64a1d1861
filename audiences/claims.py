"""A worker's hold on a run: a lease by the database's clock, a fence in its writes, a check before each send.

A lease outlasts any call to LINE that began in its first part. So when a lease has run out, no call of its
holder can still be under way, and whoever takes over may act. A holder that was frozen finds out in two ways:
its writes change nothing, and before it sends it sees that too much time has passed.
"""

from __future__ import annotations

import os
import socket
import time
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models.functions import Now

from audiences import run_models
from audiences.checkpoints import checkpoint
from audiences.models import PLANS, Heartbeat, Run
from audiences.reasons import Stop
from audiences.transitions import move

REQUEST_SECONDS = 60.0  # all of one call to LINE
TASK_SECONDS = 270.0  # then the run is given back, so that others get their turn and shutdowns are short
MOST_TAKEOVERS = 3
FREE = {"lease_until": None, "lease_owner": ""}
PROGRESS = {"failures": 0, "takeovers": 0, "reason": ""}


class LostClaim(Exception):
    """Another worker has the run, or may have it by now: stop, and leave no trace."""


class Interrupted(Exception):
    """Somebody moved the run while we worked, to cancel it most likely: look again."""


class Stopped(Exception):
    """The run needs a person, or (`is_final`) cannot go on at all."""

    def __init__(self, reason: Stop, *, is_final: bool = False) -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.is_final = is_final


class Wait(Exception):
    """Go on later. Counted waits are failures in a row; the others are LINE's or our own pace."""

    def __init__(self, seconds: float, reason: Stop | None = None, *, counts: bool = False) -> None:
        super().__init__(reason.value if reason else "")
        self.seconds = seconds
        self.reason = reason
        self.counts = counts


class InsideTransaction(RuntimeError):
    """A call to LINE or to the broker would hold a database transaction open."""


def outside_transactions() -> None:
    if connection.in_atomic_block:
        raise InsideTransaction


def clock() -> float:
    """Monotonic seconds that also pass while the machine sleeps."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class Claim:
    """`run` is as it was last read; `now` is the database's time at the last renewal."""

    def __init__(self, run: Run, taken: float) -> None:
        self.run = run
        self.now: datetime = run.lease_until - run_models.LEASE if run.lease_until else run.state_at
        self._taken = self._renewed = taken

    @classmethod
    def take(cls, run_id: uuid.UUID, states: Iterable[str]) -> Claim | None:
        """None when the run is not to be had: told twice, taken, cancelled, or of another queue."""
        before = clock()
        run = Run.objects.claim(run_id, owner=_own_name(), states=states)
        if run is None:
            return None
        checkpoint("claimed")
        _beat("plan" if run.state in PLANS else "send")
        return cls(run, before)

    @property
    def is_spent(self) -> bool:
        return clock() - self._taken > TASK_SECONDS

    @property
    def is_dying_here(self) -> bool:
        return self.run.takeovers >= MOST_TAKEOVERS

    def renew(self) -> None:
        """Hold on for another lease, and see whether the run is still in the state we know."""
        before = clock()
        if not Run.objects.held(self.run).update(lease_until=Now() + run_models.LEASE):
            raise LostClaim
        self._renewed = before
        state, self.now = Run.objects.values_list("state", Now()).get(pk=self.run.pk)
        if state != self.run.state:
            raise Interrupted

    def check_fence(self) -> None:
        """To be called when the next thing is to send: LINE cannot see our fence, so time has to be it."""
        checkpoint("connected")
        if clock() - self._renewed >= run_models.LEASE.total_seconds() - REQUEST_SECONDS:
            raise LostClaim

    @contextmanager
    def writing(self, **fields: Any) -> Iterator[None]:
        """A transaction that begins by proving the claim, which also renews it."""
        before = clock()
        with transaction.atomic():
            lease = {"lease_until": Now() + run_models.LEASE}
            if not Run.objects.held(self.run).update(**lease, **fields):
                raise LostClaim
            yield
        self._renewed = before

    def move(self, to: Run.State, **fields: Any) -> None:
        held = Run.objects.held(self.run).filter(state=self.run.state)
        if not move(held, self.run, to, **fields):
            self.reload()
            raise Interrupted
        checkpoint(f"moved to {to}")

    def end(self, to: Run.State, **fields: Any) -> None:
        """Move the run to where no worker is needed, and let go."""
        self.move(to, **FREE, not_before=None, **fields)

    def stop(self, stopped: Stopped) -> None:
        if stopped.is_final:
            self.end(Run.State.FAILED, reason=stopped.reason)
        else:
            self.end(Run.State.PAUSED, reason=stopped.reason, resume_state=self.run.state)

    def reload(self) -> None:
        found = Run.objects.held(self.run).with_parties().first()
        if found is None:
            raise LostClaim
        self.run = found

    def release(self, wait: Wait | None = None) -> None:
        """Let go; with `wait`, nobody takes the run before then, unless its state is changed meanwhile."""
        held = Run.objects.held(self.run)
        later = _later(self.run, wait) if wait else {"not_before": None}
        if not held.filter(state=self.run.state).update(**FREE, offered_at=None, **later):
            held.update(**FREE, offered_at=None)
        checkpoint("released")


def _later(run: Run, wait: Wait) -> dict[str, Any]:
    later: dict[str, Any] = {"not_before": Now() + timedelta(seconds=wait.seconds)}
    if wait.reason:
        later["reason"] = wait.reason
    if wait.counts:
        later["failures"] = run.failures + 1
    return later


def _own_name() -> str:
    return f"{socket.gethostname()[:50]}:{os.getpid()}"


def _beat(name: str) -> None:
    Heartbeat.objects.update_or_create(name=name, defaults={"at": Now()})
