"""What a plan leaves behind: parts as LINE takes them, and the list of what was refused."""

from collections import Counter
from dataclasses import dataclass, field

import polars as pl

from audiences.sorting import Entries, entries_in_slices
from organizations.storage import SealedWriter

PART_BYTES = 62_914_560  # LINE takes 60 MiB in one upload
IFA_ROWS = 1_500_000  # and about as many advertising ids
MAX_LISTED = 1_000_000


@dataclass(frozen=True)
class Part:
    """`sha256` is of the clear bytes: one entry and a line feed each, ASCII, no heading."""

    sequence: int
    rows: int
    bytes: int
    sha256: str
    storage_name: str


class PartWriter:
    """Lays sorted entries end to end into parts of at most `rows_per_part`."""

    def __init__(self, folder: str, rows_per_part: int) -> None:
        self.parts: list[Part] = []
        self._folder = folder
        self._limit = rows_per_part
        self._open: SealedWriter | None = None
        self._rows = 0

    def write(self, lines: Entries) -> None:
        for piece in entries_in_slices(lines):
            rest = piece
            while len(rest):
                taken = rest.slice(0, self._limit - self._rows)
                self._append(taken)
                rest = rest.slice(len(taken))

    def close(self) -> None:
        if self._open is None:
            return
        self._open.close()
        part = Part(len(self.parts), self._rows, self._open.size, self._open.sha256, self._open.name)
        self.parts.append(part)
        self._open, self._rows = None, 0

    def _append(self, lines: Entries) -> None:
        if self._open is None:
            self._open = SealedWriter(self._folder)
        self._open.write((lines.str.join("\n").item() + "\n").encode("ascii"))
        self._rows += len(lines)
        if self._rows == self._limit:
            self.close()


@dataclass
class RejectWriter:
    """A sealed CSV of line numbers and reasons, never of values. Past the cap lines are only counted."""

    folder: str
    counts: Counter[str] = field(default_factory=Counter)
    unlisted: int = 0
    name: str = ""
    _listed: int = 0
    _open: SealedWriter | None = None

    def write(self, rejects: pl.DataFrame) -> None:
        """Columns `line` and `reason`, in the order of lines."""
        if not len(rejects):
            return
        self.counts.update(dict(rejects["reason"].value_counts().iter_rows()))
        listed = rejects.head(MAX_LISTED - self._listed)
        self.unlisted += len(rejects) - len(listed)
        self._listed += len(listed)
        self._writer().write(listed.select("line", "reason").write_csv(include_header=False).encode())

    def close(self) -> None:
        if self._open:
            self._open.close()

    def _writer(self) -> SealedWriter:
        if self._open is None:
            self._open = SealedWriter(self.folder)
            self._open.write(b"line,reason\n")
            self.name = self._open.name
        return self._open
