"""Everything one emulator has, put together."""

from __future__ import annotations

import fcntl
from pathlib import Path
from typing import IO

from emulator.accounts import Accounts
from emulator.audiences import Audiences
from emulator.clock import Clock
from emulator.console import AskedOnce, ConsoleShares, SharedResource, StoredShares, audiences_of
from emulator.conversions import Conversions
from emulator.faults import Faults
from emulator.groups import Groups
from emulator.journal import Journal
from emulator.limits import Buckets, Slots
from emulator.members import Members
from emulator.messages import Messages
from emulator.settings import Settings
from emulator.sizes import Sizes
from emulator.store import Store
from emulator.tags import Tags


class Emulator:
    def __init__(self, settings: Settings, clock: Clock | None = None) -> None:
        folder = Path(settings.dir)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lock = _claim(folder)
        self.settings = settings
        self.clock = clock or Clock(settings.job_seconds)
        self.store = Store(folder / "emulator.sqlite3")
        self._restore_clock()
        self.members = Members(self.store, folder / "sets")
        self.groups = Groups(self.store, self.clock, settings)
        self.accounts = Accounts(self.store, self.groups)
        self.audiences = Audiences(self.store, self.clock, settings, self.members)
        self.sizes = Sizes(settings, self.members)
        self.tags = Tags(self.store, self.clock)
        self.conversions = Conversions(self.store, self.clock, settings)
        self.messages = Messages(self.store, self.clock)
        self.faults = Faults(self.store)
        self.journal = Journal(self.store, self.clock)
        self.stored_shares = StoredShares(self.store)
        self.shares = AskedOnce(ConsoleShares() if settings.console else self.stored_shares)
        monotonic = self.clock.monotonic
        self.ads_rate = Buckets(rate=settings.ads_rate, burst=max(1, settings.ads_rate), monotonic=monotonic)
        minute = settings.messaging_rate
        self.messaging_rate = Buckets(rate=minute / 60, burst=max(1, minute), monotonic=monotonic)
        self.replaces = Slots()

    def shared_audiences(self, receiver: str) -> list[SharedResource]:
        """What others share with this account, without what LINE has deleted since."""
        deleted = self.audiences.deleted()
        return [each for each in audiences_of(self.shares, receiver) if int(each.line_id) not in deleted]

    def set_clock(self, *, job_seconds: float, offset_seconds: float) -> None:
        self.audiences.settle()  # what has ended under the old length has ended
        self.clock.job_seconds, self.clock.offset_seconds = job_seconds, offset_seconds
        with self.store.transaction() as db:
            db.execute("INSERT OR REPLACE INTO clock VALUES (1, ?, ?)", (job_seconds, offset_seconds))

    def reset(self) -> None:
        """Forget audiences, jobs, shares, requests, faults, whatever else came by calls, and the clock.

        Keys, their groups, the accounts these are linked to, and channels stay.
        """
        self.audiences.forget_all()
        for forgetful in (self.groups, self.tags, self.conversions, self.messages):
            forgetful.forget()
        self.stored_shares.forget()
        self.faults.clear()
        self.journal.forget()
        self.ads_rate.refill()
        self.messaging_rate.refill()
        self.set_clock(job_seconds=self.settings.job_seconds, offset_seconds=0.0)

    def close(self) -> None:
        self.store.close()
        self._lock.close()

    def _restore_clock(self) -> None:
        with self.store.transaction() as db:
            row = db.execute("SELECT * FROM clock").fetchone()
        if row:
            self.clock.job_seconds, self.clock.offset_seconds = row["job_seconds"], row["offset_seconds"]


def _claim(folder: Path) -> IO[str]:
    """One emulator per folder: a second one would sweep away what the first is receiving."""
    lock = (folder / "lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.close()
        raise OSError(f"another emulator uses {folder}") from error
    return lock
