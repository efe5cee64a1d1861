"""When `make run` has to end: a signal to us, or the end of the `make` above us."""

import contextlib
import os
import signal
from pathlib import Path

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
INTERRUPT_BIT = 1 << (signal.SIGINT - 1)


def is_make(process: int) -> bool:
    """Tests that `make` started start us in turn, and Python blocks signals whenever it starts a process."""
    with contextlib.suppress(OSError):  # only Linux can be asked
        return Path(f"/proc/{process}/comm").read_text(encoding="utf-8").strip() in {"make", "gmake"}
    return True


class Stop:
    """Becomes true once, by a signal or by what happened to `make`.

    Ctrl-C reaches everybody in the terminal. A SIGINT to `make` alone does not reach us: GNU make then waits
    for us inside its handler, which shows as a blocked signal; a killed `make` leaves us with another parent.
    """

    def __init__(self) -> None:
        self.asked = False
        self.make = os.getppid() if os.environ.get("MAKELEVEL") and is_make(os.getppid()) else 0
        self.blocked_at_start = self._make_blocks_interrupts()
        for number in SIGNALS:
            # Shells without job control start us with SIGINT ignored, without meaning it; nohup means it.
            if number is not signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._ask)

    def __call__(self) -> bool:
        self.asked = self.asked or (bool(self.make) and self._make_has_ended())
        return self.asked

    def _ask(self, number: int, frame: object) -> None:
        self.asked = True

    def _make_has_ended(self) -> bool:
        return os.getppid() != self.make or (not self.blocked_at_start and self._make_blocks_interrupts())

    def _make_blocks_interrupts(self) -> bool:
        with contextlib.suppress(OSError, ValueError):  # only Linux can be asked
            lines = (
                Path(f"/proc/{self.make}/status").read_text(encoding="ascii", errors="replace").splitlines()
            )
            blocked = next(line for line in lines if line.startswith("SigBlk:")).split()[1]
            return bool(int(blocked, 16) & INTERRUPT_BIT)
        return False
