"""Ends process groups when whoever started them is gone, however it went: kill -9 included.

Reads `+<group>` and `-<group>` lines from a pipe that only the supervisor holds open; its end is the signal.
"""

import contextlib
import os
import signal
import sys
import time
from collections.abc import Iterable

GRACE_SECONDS = 2.0


def groups_left(lines: Iterable[str]) -> set[int]:
    """The groups that were announced and not taken back by the time the lines end."""
    groups: set[int] = set()
    for line in lines:
        change = groups.add if line.startswith("+") else groups.discard
        change(int(line[1:]))
    return groups


def is_alive(group: int) -> bool:
    return send(group, 0)


def send(group: int, number: int) -> bool:
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return False
    except PermissionError:  # how macOS speaks of a group of zombies
        return False
    return True


def end(groups: Iterable[int]) -> None:
    """Ask the leaders, who know how to end their own children; then leave nobody."""
    left = {group for group in groups if is_alive(group)}
    for group in left:
        with contextlib.suppress(ProcessLookupError):  # the leader may be gone and its children not
            os.kill(group, signal.SIGTERM)
    deadline = time.monotonic() + GRACE_SECONDS
    while time.monotonic() < deadline and any(map(is_alive, left)):
        time.sleep(0.05)
    for group in left:
        send(group, signal.SIGKILL)


def main() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    end(groups_left(sys.stdin))


if __name__ == "__main__":
    main()
