"""Real processes, kept short: what dies with what, and how fast."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from scripts.preflight import ROOT

PATIENCE = 8.0


def wait_for(condition: Callable[[], bool], seconds: float = PATIENCE) -> bool:
    deadline = time.monotonic() + seconds
    while not (true := condition()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return true


def is_running(pid: int) -> bool:
    """Whether the process exists and is no mere entry that nobody has collected yet."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in "ZX"


class Run:
    """A supervisor in a process of its own, and the processes below it as they signed."""

    def __init__(self, folder: Path, process: subprocess.Popen[str]) -> None:
        self.folder = folder
        self.process = process

    def pids(self, name: str = "*") -> set[int]:
        return {int(path.name.rpartition(".")[2]) for path in self.folder.glob(f"{name}.*")}

    def is_up(self) -> bool:
        return {path.stem for path in self.folder.iterdir()} >= {"web", "worker", "worker-pool"}

    def anybody_left(self) -> bool:
        return any(is_running(pid) for pid in self.pids())


@contextmanager
def running(folder: Path, scenario: str) -> Iterator[Run]:
    command = [sys.executable, "-m", "tests.tooling.dummies", str(folder), scenario]
    run = Run(folder, subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True))
    try:
        assert wait_for(run.is_up)
        yield run
    finally:
        run.process.kill()
        run.process.wait()
        for pid in filter(is_running, run.pids()):
            os.kill(pid, signal.SIGKILL)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_everything_without_an_error(tmp_path: Path, number: signal.Signals) -> None:
    with running(tmp_path, "calm") as run:
        run.process.send_signal(number)

        assert run.process.wait(PATIENCE) == 0
        assert not run.anybody_left()


def test_processes_that_do_not_listen_are_gone_within_five_seconds(tmp_path: Path) -> None:
    with running(tmp_path, "deaf") as run:
        started = time.monotonic()
        run.process.send_signal(signal.SIGINT)
        run.process.wait(PATIENCE)

        assert time.monotonic() - started < 5
        assert not run.anybody_left()


@pytest.mark.parametrize("scenario", ["calm", "deaf"])
def test_a_killed_supervisor_leaves_no_orphan(tmp_path: Path, scenario: str) -> None:
    with running(tmp_path, scenario) as run:
        run.process.kill()

        assert wait_for(lambda: not run.anybody_left(), 5)


def test_a_process_that_dies_takes_its_pool_along_and_comes_back(tmp_path: Path) -> None:
    with running(tmp_path, "calm") as run:
        (first,), (pool,) = run.pids("worker"), run.pids("worker-pool")
        os.kill(first, signal.SIGKILL)

        assert wait_for(lambda: len(run.pids("worker")) == 2)
        assert not is_running(first)
        assert not is_running(pool)
        run.process.terminate()
        assert "child1 was killed by SIGKILL; starting it again in 1 s" in run.process.communicate()[0]


MAKE = "run:\n\t@{python} -m tests.tooling.dummies {folder} calm\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_ending_make_alone_ends_everything(tmp_path: Path, number: signal.Signals) -> None:
    signed = tmp_path / "signed"
    signed.mkdir()
    (tmp_path / "Makefile").write_text(MAKE.format(python=sys.executable, folder=signed))
    command = ["make", "-f", str(tmp_path / "Makefile")]
    make = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, text=True)
    run = Run(signed, make)
    assert wait_for(run.is_up)

    make.send_signal(number)

    assert wait_for(lambda: not run.anybody_left(), 5)
    make.wait(PATIENCE)


def test_a_parent_that_is_not_make_may_block_signals(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As Python does for a moment whenever it starts a process, and tests below `make` do that often."""
    monkeypatch.setenv("MAKELEVEL", "1")
    with running(tmp_path, "calm") as run:
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        time.sleep(1)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)

        assert run.process.poll() is None
        run.process.terminate()
        run.process.wait(PATIENCE)
