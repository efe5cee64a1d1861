"""Become a command that ends when its parent does: `tether.py <pid of the parent> command…`.

Only Linux keeps this promise (parent-death signal); elsewhere the command just runs, and `watchdog.py` looks
after it. A program of its own, because code between fork and exec in a process with threads may hang.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def follow_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def main(parent: int, command: list[str]) -> None:
    follow_parent()
    if os.getppid() == parent:  # else it died before the kernel knew that we care
        os.execvp(command[0], command)  # noqa: S606 - the command takes our place


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
