"""Processes that are started, followed, started again when they die, and ended together."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from scripts.console import Console

ROOT = Path(__file__).resolve().parent.parent
ISOLATED = [sys.executable, "-I", "-S"]
STEP_SECONDS = 0.1
STOP_SECONDS = 2.5  # for the processes that use the broker; what is left is killed
LAST_STOP_SECONDS = 1.0  # for the broker, so that the whole takes less than five seconds
HEALTHY_SECONDS = 30.0
LONGEST_PAUSE = 30.0


@dataclass(frozen=True)
class Spec:
    """One process: its name in the log, its command, and whether others need it until they have ended."""

    name: str
    command: list[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    ends_last: bool = False


class Child:
    """A running process in a session of its own, with everything that it starts in the same group."""

    def __init__(self, spec: Spec, console: Console) -> None:
        self.spec = spec
        self.started_at = time.monotonic()
        self.process = subprocess.Popen(
            [*ISOLATED, str(ROOT / "scripts" / "tether.py"), str(os.getpid()), *spec.command],
            cwd=ROOT,
            env={**os.environ, **spec.environment, "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        assert self.process.stdout is not None  # noqa: S101 - said to the type checker: we asked for a pipe
        self.reader = console.follow(spec.name, self.process.stdout)

    @property
    def group(self) -> int:
        return self.process.pid

    def has_ended(self) -> bool:
        return self.process.poll() is not None

    def terminate(self) -> None:
        if not self.has_ended():
            self.process.terminate()

    def kill_group(self) -> None:
        """Nobody of the group survives: a worker's own children outlive it otherwise."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.group, signal.SIGKILL)
        self.process.wait()

    def how_it_ended(self) -> str:
        code = self.process.returncode
        return f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"


class Watchdog:
    """The other end of `watchdog.py`: it ends our groups when we cannot."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [*ISOLATED, str(ROOT / "scripts" / "watchdog.py")],
            stdin=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def tell(self, sign: str, group: int) -> None:
        assert self.process.stdin is not None  # noqa: S101 - said to the type checker: we asked for a pipe
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.write(f"{sign}{group}\n")
            self.process.stdin.flush()

    def dismiss(self) -> None:
        assert self.process.stdin is not None  # noqa: S101 - said to the type checker: we asked for a pipe
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        self.process.wait()


class Supervisor:
    """Keeps its processes running until it is told to stop. Start processes from the main thread only:
    the kernel ties a parent-death signal to the thread that started the child."""

    def __init__(self, console: Console, must_stop: Callable[[], bool]) -> None:
        self.console = console
        self.must_stop = must_stop
        self.watchdog = Watchdog()
        self.children: dict[str, Child] = {}
        self.failures: dict[str, int] = {}
        self.due: dict[str, tuple[float, Spec]] = {}

    def start(self, spec: Spec) -> Child:
        child = Child(spec, self.console)
        self.watchdog.tell("+", child.group)
        self.children[spec.name] = child
        return child

    def run(self, spec: Spec) -> int:
        """Run one process to its end beside the others; its exit code, or 130 when told to stop."""
        child = self.start(spec)
        while not child.has_ended() and not self.must_stop():
            self._forget_and_restart(except_for=spec.name)
            time.sleep(STEP_SECONDS)
        code = child.process.poll()
        self._end(child)
        child.reader.join(1)
        return 130 if code is None else code

    def step(self) -> None:
        """One look at every process; those that died are started again, later each time."""
        self._forget_and_restart()
        time.sleep(STEP_SECONDS)

    def stop(self) -> None:
        """End them all, those that others need last."""
        self.due.clear()
        children = list(self.children.values())
        self._stop([child for child in children if not child.spec.ends_last], STOP_SECONDS)
        self._stop([child for child in children if child.spec.ends_last], LAST_STOP_SECONDS)
        self.watchdog.dismiss()

    def _stop(self, children: list[Child], patience: float) -> None:
        for child in children:
            child.terminate()
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline and not all(child.has_ended() for child in children):
            time.sleep(STEP_SECONDS)
        for child in children:
            self._end(child)

    def _end(self, child: Child) -> None:
        child.kill_group()
        self.watchdog.tell("-", child.group)
        del self.children[child.spec.name]

    def _forget_and_restart(self, except_for: str = "") -> None:
        for child in list(self.children.values()):
            if child.spec.name != except_for and child.has_ended():
                self._plan_restart(child)
        for name, (at, spec) in list(self.due.items()):
            if at <= time.monotonic():
                del self.due[name]
                self.start(spec)

    def _plan_restart(self, child: Child) -> None:
        name = child.spec.name
        self._end(child)
        lived = time.monotonic() - child.started_at
        self.failures[name] = 0 if lived > HEALTHY_SECONDS else self.failures.get(name, 0) + 1
        pause = min(LONGEST_PAUSE, 0.5 * 2 ** self.failures[name])
        self.due[name] = (time.monotonic() + pause, child.spec)
        self.console.say(f"{name} {child.how_it_ended()}; starting it again in {pause:g} s")
