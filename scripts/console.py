"""The one terminal that several processes share: a prefix and a colour for each, whole lines only."""

import os
import queue
import sys
import threading
from typing import IO

ROOM = 20_000  # lines that may wait for a slow terminal; what comes after them is counted and dropped
LONGEST_LINE = 64 * 1024
WIDTH = 10
COLOURS = {"web": 36, "worker": 32, "tick": 33, "beat": 35, "emulator": 34, "broker": 90, "run": 1}


def is_coloured(descriptor: int) -> bool:
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or os.isatty(descriptor)


class Console:
    """Lines wait in a queue, so that a terminal that nobody reads never stops the processes behind it."""

    def __init__(self, descriptor: int | None = None) -> None:
        self.descriptor = sys.stdout.fileno() if descriptor is None else descriptor
        self.coloured = is_coloured(self.descriptor)
        self.lines: queue.Queue[bytes | None] = queue.Queue(ROOM)
        self.dropped = 0
        self.writer = threading.Thread(target=self._write, daemon=True)
        self.writer.start()

    def say(self, text: str, name: str = "run") -> None:
        for line in text.splitlines() or [""]:
            self._put(self._prefixed(name, line))

    def follow(self, name: str, output: IO[bytes]) -> threading.Thread:
        """Print what a process writes, from a thread of its own, until it ends."""
        reader = threading.Thread(target=self._read, args=(name, output), daemon=True)
        reader.start()
        return reader

    def close(self, patience: float = 0.5) -> None:
        """Give the last lines a moment to be written."""
        self.lines.put(None) if not self.lines.full() else None
        self.writer.join(patience)

    def _prefixed(self, name: str, line: str) -> bytes:
        prefix = f"{name:<{WIDTH}}│ "
        if self.coloured:
            prefix = f"\x1b[{COLOURS.get(name, 37)}m{prefix}\x1b[0m"
        return f"{prefix}{line}\n".encode(errors="replace")

    def _put(self, line: bytes) -> None:
        try:
            self.lines.put_nowait(line)
        except queue.Full:
            self.dropped += 1

    def _read(self, name: str, output: IO[bytes]) -> None:
        with output:
            while line := output.readline(LONGEST_LINE):
                self.say(line.decode(errors="replace").rstrip(), name)

    def _write(self) -> None:
        while (line := self.lines.get()) is not None:
            self._write_whole(line)
            if self.dropped and self.lines.empty():
                count, self.dropped = self.dropped, 0
                self.say(f"{count} lines were left out: the terminal was too slow for them")

    def _write_whole(self, line: bytes) -> None:
        try:
            while line:
                line = line[os.write(self.descriptor, line) :]
        except OSError:  # the terminal was closed; the processes go on
            return
