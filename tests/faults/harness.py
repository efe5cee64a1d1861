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
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import django

MOST_TURNS = 30
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
    parts: int = 2


@dataclass
class Outcome:
    """`passed`: the checkpoints that were come by, over all workers."""

    case: Case
    passed: list[str] = field(default_factory=list)
    killed_at: str = ""
    wrong: list[str] = field(default_factory=list)
    seconds: float = 0.0


class Killer:
    """Counts checkpoints over all workers of a case, in memory that outlives them."""

    def __init__(self, kill_at: int) -> None:
        self._kill_at = kill_at
        self._shared = mmap.mmap(-1, 1 << 16)

    def __call__(self, name: str) -> None:
        self._shared.write(name.encode() + b"\n")
        if len(self.passed) == self._kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    def seek_end(self) -> None:
        """The position in shared memory is each process's own."""
        self._shared.seek(len(self._text()))

    @property
    def passed(self) -> list[str]:
        return self._text().decode().splitlines()

    @property
    def killed_at(self) -> str:
        return self.passed[self._kill_at - 1] if 0 < self._kill_at <= len(self.passed) else ""

    def _text(self) -> bytes:
        return self._shared[:].rstrip(b"\0")


def main() -> None:
    answers = os.dup(1)
    os.dup2(2, 1)  # whatever prints by itself must not be taken for an answer
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        serve(Path(folder), os.fdopen(answers, "w", buffering=1))


def serve(folder: Path, answers: Any) -> None:
    os.environ |= {"DATA_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "bizmanager.settings"}
    if not os.environ["DATABASE_URL"]:
        os.environ["DATABASE_URL"] = f"sqlite:///{folder / 'console.sqlite3'}"
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
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
    os.waitpid(pid, 0)


AN_HOUR = timedelta(hours=1)

if __name__ == "__main__":
    main()
