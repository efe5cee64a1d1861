"""Everything one emulator has, put together."""

from __future__ import annotations

import fcntl
from pathlib import Path
from typing import IO

from emulator.accounts import Accounts
from emulator.audiences import Audiences
from emulator.clock import Clock
from emulator.console import ConsoleShares, Shares, StoredShares
from emulator.faults import Faults
from emulator.journal import Journal
from emulator.limits import Buckets, Slots
from emulator.members import Members
from emulator.settings import Settings
from emulator.store import Store


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
        self.accounts = Accounts(self.store, self.clock, settings)
        self.audiences = Audiences(self.store, self.clock, settings, self.members)
        self.faults = Faults(self.store)
        self.journal = Journal(self.store, self.clock)
        self.stored_shares = StoredShares(self.store)
        self.shares: Shares = ConsoleShares() if settings.console else self.stored_shares
        monotonic = self.clock.monotonic
        self.ads_rate = Buckets(rate=settings.ads_rate, burst=max(1, settings.ads_rate), monotonic=monotonic)
        minute = settings.messaging_rate
        self.messaging_rate = Buckets(rate=minute / 60, burst=max(1, minute), monotonic=monotonic)
        self.replaces = Slots()

    def set_clock(self, *, job_seconds: float, offset_seconds: float) -> None:
        self.audiences.settle()  # what has ended under the old length has ended
        self.clock.job_seconds, self.clock.offset_seconds = job_seconds, offset_seconds
        with self.store.transaction() as db:
            db.execute("INSERT OR REPLACE INTO clock VALUES (1, ?, ?)", (job_seconds, offset_seconds))

    def reset(self) -> None:
        """Forget audiences, jobs, shares, faults, requests and clock; keep keys and channels."""
        self.audiences.forget_all()
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
