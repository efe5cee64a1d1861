"""Kill a worker at its k-th checkpoint, let others recover, compare with what ought to be at LINE.

A process of its own (`python -m tests.faults.harness`), with its own database, storage and emulator: it reads
cases as lines of JSON and answers each with a line. Workers are forked, so that SIGKILL kills a real process.
Time does not pass by waiting: the parent ends leases and pauses in the database, as an hour would.
"""

from __future__ import annotations

import json
import mmap
import os
import signal
import struct
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import django

MOST_TURNS = 30
PARTS = 3
EMAILS = [f"customer{number}@shop.example" for number in range(1, 6)]
MEMORY = Path("/dev/shm")  # what is tested is killed processes, not lost power: no need to wait for disks


@dataclass(frozen=True)
class Case:
    """`kill_at` 0 kills nobody; `nth` says which upload the fault meets."""

    mode: str
    kill_at: int = 0
    fault: str = ""
    when: str = "before"
    nth: int = 1
    mutant: str = ""


@dataclass
class Outcome:
    case: Case
    checkpoints: int = 0
    killed_at: str = ""
    wrong: list[str] = field(default_factory=list)
    seconds: float = 0.0


class Killer:
    """Counts checkpoints over all workers of a case, in memory that outlives them."""

    def __init__(self, kill_at: int) -> None:
        self._kill_at = kill_at
        self._shared = mmap.mmap(-1, 256)

    def __call__(self, name: str) -> None:
        count = self.count + 1
        self._shared[:8] = struct.pack("q", count)
        if count == self._kill_at:
            text = name.encode()[:200]
            self._shared[8 : 9 + len(text)] = bytes([len(text)]) + text
            os.kill(os.getpid(), signal.SIGKILL)

    @property
    def count(self) -> int:
        return int(struct.unpack("q", self._shared[:8])[0])

    @property
    def killed_at(self) -> str:
        length = self._shared[8]
        return bytes(self._shared[9 : 9 + length]).decode()


def main() -> None:
    answers = os.dup(1)
    os.dup2(2, 1)  # whatever prints by itself must not be taken for an answer
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        serve(Path(folder), os.fdopen(answers, "w", buffering=1))


def serve(folder: Path, answers: Any) -> None:
    os.environ |= {"DATA_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "bizmanager.settings"}
    os.environ.setdefault("DATABASE_URL", f"sqlite:///{folder / 'console.sqlite3'}")
    django.setup()
    # The product can only be imported once Django is set up.
    from tests.faults.cases import Theatre

    with Theatre(folder) as theatre:
        for line in sys.stdin:
            started = time.monotonic()
            outcome = theatre.play(Case(**json.loads(line)))
            outcome.seconds = round(time.monotonic() - started, 2)
            answers.write(json.dumps(asdict(outcome)) + "\n")


def in_a_worker(work: Callable[[], None]) -> None:
    """Fork, work, end; whether it lives to the end is the point."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    os.waitpid(pid, 0)


AN_HOUR = timedelta(hours=1)

if __name__ == "__main__":
    main()
