"""Exact de-duplication and a stable order, in memory that does not grow with the list.

Entries are hexadecimal digits of one length. They collect in memory; past `RUN_ROWS` they are sorted, freed
of equals and sealed to disk as a run. In the end all runs are merged, range by range: hashes spread evenly,
so a range is small. The order is that of the digits, whatever order the rows came in.
"""

import binascii
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import polars as pl

from organizations import storage
from organizations.storage import SealedReader, SealedWriter

RUN_ROWS = 1_050_000
RANGE_ROWS = 100_000
SLICE_ROWS = 128_000
BUCKETS = 4096
LEAD = 15  # leading digits as a number: 60 bits, sorted far faster than text
HEX = pl.col("hex")

Entries = pl.Series


@dataclass(frozen=True)
class Run:
    """A sealed, sorted file of entries, two digits a byte. `starts` is where each bucket of leads begins."""

    name: str
    starts: tuple[int, ...]


class Sorter:
    def __init__(self, folder: str, digits: int) -> None:
        self.folder = folder
        self.digits = digits
        self.rows = 0
        self._collected: list[Entries] = []
        self._held = 0
        self._runs: list[Run] = []

    def add(self, entries: Entries) -> None:
        self._collected.append(entries)
        self._held += len(entries)
        self.rows += len(entries)
        if self._held >= RUN_ROWS:
            self._spill()

    def merges(self) -> Iterator[Callable[[], Entries]]:
        """Jobs that may run at once; their results, in order, are all entries, sorted, each once."""
        if not self._runs:
            yield partial(distinct, self._take())
            return
        if self._held:
            self._spill()
        readers = [SealedReader(run.name) for run in self._runs]
        try:
            for first, last in pairwise(self._bounds()):
                pieces = [
                    reader.read((run.starts[last] - run.starts[first]) * self.digits // 2)
                    for reader, run in zip(readers, self._runs, strict=True)
                ]
                yield partial(self._merged, pieces)
        finally:
            for reader in readers:
                reader.close()
        for run in self._runs:
            storage.erase(run.name)

    def _merged(self, pieces: list[bytes]) -> Entries:
        return distinct(unpacked(b"".join(pieces), self.digits))

    def _bounds(self) -> list[int]:
        """Bucket numbers that cut all runs into ranges of about RANGE_ROWS."""
        totals = [sum(starts) for starts in zip(*(run.starts for run in self._runs), strict=True)]
        wanted = range(RANGE_ROWS, totals[-1], RANGE_ROWS)
        return sorted({0, *(bisect_left(totals, rows) for rows in wanted), BUCKETS})

    def _spill(self) -> None:
        entries = distinct(self._take())
        leads = lead(entries)
        edges = pl.Series([bucket << (4 * LEAD - 12) for bucket in range(BUCKETS)], dtype=pl.Int64)
        starts = (*leads.search_sorted(edges, side="left").to_list(), len(entries))
        with SealedWriter(self.folder) as run:
            for piece in entries_in_slices(entries):
                run.write(binascii.unhexlify(piece.str.join("").item()))
        self._runs.append(Run(run.name, starts))

    def _take(self) -> Entries:
        taken = pl.concat(self._collected) if self._collected else pl.Series("hex", [], dtype=pl.String)
        self._collected, self._held = [], 0
        return taken


def distinct(entries: Entries) -> Entries:
    """Sorted, each once. Sorts by the lead; if different entries share one, by the whole."""
    frame = entries.alias("hex").to_frame().with_columns(lead(entries).alias("lead")).sort("lead")
    twin = pl.col("lead") == pl.col("lead").shift(1)
    if frame.select((twin & (HEX.shift(1) != HEX)).any()).item():
        frame = frame.sort("hex")
        twin = HEX.shift(1) == HEX
    return frame.filter(~twin.fill_null(value=False))["hex"]


def lead(entries: Entries) -> pl.Series:
    return entries.str.head(LEAD).str.to_integer(base=16)


def unpacked(packed: bytes, digits: int) -> Entries:
    if not packed:
        return pl.Series("hex", [], dtype=pl.String)
    lines = binascii.hexlify(packed, b"\n", -(digits // 2)) + b"\n"
    return pl.read_csv(lines, has_header=False, quote_char=None, schema={"hex": pl.String}).to_series()


def entries_in_slices(entries: Entries) -> Iterator[Entries]:
    for start in range(0, len(entries), SLICE_ROWS):
        yield entries.slice(start, SLICE_ROWS)
