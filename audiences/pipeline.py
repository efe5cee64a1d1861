"""From a sealed list to sealed parts that LINE takes: decode, cut, settle, hash, de-duplicate, pack.

Streams in blocks over all cores; memory does not grow with the list. The same list and spec give the same
parts, byte for byte, so a plan that died is simply made again. Every row is accounted for:
rows = empty + rejected (by reason) + duplicates + unique.
"""

import os
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

import polars as pl
import polars_hash  # registers the hashing expressions
from django.utils.translation import gettext_lazy as _

from audiences.columns import Cells, ColumnReader
from audiences.identifiers import FileReason, Kind, Reason
from audiences.parts import IFA_ROWS, PART_BYTES, Part, PartWriter, RejectWriter
from audiences.records import utf8_blocks
from audiences.settling import Rules, Settler
from audiences.sorting import Entries, Sorter
from organizations import storage
from organizations.errors import DomainError
from organizations.storage import SealedReader

__all__ = ["Part", "Plan", "PlanCancelled", "PlanSpec", "Rules", "plan"]

HASH_DIGITS = 64
# An advertising id without its dashes, and one byte that says whether it was in capitals.
IFA_DIGITS = 34
DASHES = ((0, 8), (8, 4), (12, 4), (16, 4), (20, 12))
READING = 0.8  # share of the work, for progress
MOST_WORKERS = 4

T = TypeVar("T")
Watch = dict[str, float]
Progress = Callable[[int, float], None]


class PlanCancelled(DomainError):
    code = "plan_cancelled"
    message = _("Preparing the list was cancelled.")


@dataclass(frozen=True)
class PlanSpec:
    """How to read the list and what to make of its column."""

    rules: Rules
    column: int
    encoding: str = "utf-8"
    delimiter: str = ","
    has_header: bool = False
    skipped: int = 0  # lines before the heading and the first record


@dataclass(frozen=True)
class Plan:
    """`rejects_name` is a sealed CSV of line and reason, or empty; `unlisted` rejects were past its cap."""

    rows: int
    empty: int
    rejected: dict[str, int]
    duplicates: int
    unique: int
    parts: list[Part]
    rejects_name: str
    unlisted: int
    seconds: Watch = field(compare=False)


@dataclass(frozen=True)
class Settled:
    """What became of a block."""

    rows: int
    empty: int
    rejects: pl.DataFrame
    entries: Entries


def plan(
    source: SealedReader,
    spec: PlanSpec,
    *,
    folder: str,
    on_progress: Progress = lambda rows, share: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Plan:
    """Make the parts under `folder`, this attempt's own: `storage.erase_folder` undoes one that was killed.

    `on_progress(rows read, share done)` and `cancelled()` are called about once a second or more; what
    they raise ends the plan. However it ends early, nothing stays under `folder`.
    """
    planner = Planner(source, spec, folder, on_progress, cancelled)
    try:
        return planner.run()
    except BaseException:
        storage.erase_folder(folder)
        raise


class Planner:
    def __init__(
        self,
        source: SealedReader,
        spec: PlanSpec,
        folder: str,
        on_progress: Progress,
        cancelled: Callable[[], bool],
    ) -> None:
        self.source, self.spec, self.folder = source, spec, folder
        self.on_progress, self.cancelled = on_progress, cancelled
        self.settler = Settler(spec.rules)
        self.sorter = Sorter(folder, IFA_DIGITS if spec.rules.kind == Kind.IFA else HASH_DIGITS)
        self.rejects = RejectWriter(folder)
        self.rows = self.empty = 0
        self.bytes_read = 0
        self.seconds: Watch = defaultdict(float)

    def run(self) -> Plan:
        with ThreadPoolExecutor(workers()) as pool:
            self._read(pool)
            parts = self._write(pool)
        self.rejects.close()
        self.on_progress(self.rows, 1.0)
        return self._balanced(parts)

    def _balanced(self, parts: list[Part]) -> Plan:
        unique = sum(part.rows for part in parts)
        if self.rows != self.empty + self.rejects.counts.total() + self.sorter.rows:
            raise RuntimeError("A plan lost count of its rows.")
        return Plan(
            rows=self.rows,
            empty=self.empty,
            rejected=dict(sorted(self.rejects.counts.items())),
            duplicates=self.sorter.rows - unique,
            unique=unique,
            parts=parts,
            rejects_name=self.rejects.name,
            unlisted=self.rejects.unlisted,
            seconds=dict(self.seconds),
        )

    def _read(self, pool: ThreadPoolExecutor) -> None:
        spec = self.spec
        columns = ColumnReader(spec.delimiter, spec.column, spec.has_header, spec.skipped)
        blocks = utf8_blocks(self._chunks(), self.spec.encoding)
        jobs = (partial(self._settle, job) for job in self._timed("read", columns.jobs(blocks)))
        for settled in in_order(pool, jobs):
            self.rows += settled.rows
            self.empty += settled.empty
            with self._watch("rejects"):
                self.rejects.write(settled.rejects)
            with self._watch("sort"):
                self.sorter.add(settled.entries)
            self._tick(READING * self.bytes_read / max(1, len(self.source)))

    def _settle(self, job: Callable[[], Cells]) -> Settled:
        with self._watch("cut"):
            cells = job()
        with self._watch("settle"):
            outcome = self.settler.settle(cells.values)
        with self._watch("hash"):
            entries = to_entries(outcome["value"].drop_nulls(), self.spec.rules)
        return tally(cells, outcome, entries)

    def _write(self, pool: ThreadPoolExecutor) -> list[Part]:
        is_ifa = self.spec.rules.kind == Kind.IFA
        digits = sum(length for _start, length in DASHES) + 4 if is_ifa else HASH_DIGITS
        rows_per_part = PART_BYTES // (digits + 1)
        writer = PartWriter(self.folder, min(rows_per_part, IFA_ROWS) if is_ifa else rows_per_part)
        done = 0
        for entries in in_order(pool, self._timed("sort", self.sorter.merges())):
            with self._watch("write"):
                writer.write(to_ifa(entries) if is_ifa else entries)
            done += len(entries)
            self._tick(READING + (1 - READING) * done / max(1, self.sorter.rows))
        with self._watch("write"):
            writer.close()
        return writer.parts

    def _chunks(self) -> Iterator[bytes]:
        for chunk in self.source:
            self.bytes_read += len(chunk)
            yield chunk

    def _tick(self, share: float) -> None:
        if self.cancelled():
            raise PlanCancelled
        self.on_progress(self.rows, min(share, 1.0))

    @contextmanager
    def _watch(self, stage: str) -> Iterator[None]:
        begun = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[stage] += time.perf_counter() - begun

    def _timed(self, stage: str, items: Iterable[T]) -> Iterator[T]:
        iterator = iter(items)
        while True:
            with self._watch(stage):
                item = next(iterator, None)
            if item is None:
                return
            yield item


def in_order(pool: ThreadPoolExecutor, jobs: Iterable[Callable[[], T]]) -> Iterator[T]:
    """Results in the order of the jobs, of which only a few are begun ahead: memory stays bounded."""
    begun: deque[Future[T]] = deque()
    try:
        for job in jobs:
            begun.append(pool.submit(job))
            if len(begun) > workers():
                yield begun.popleft().result()
        while begun:
            yield begun.popleft().result()
    finally:
        for future in begun:
            future.cancel()


def workers() -> int:
    return min(MOST_WORKERS, len(os.sched_getaffinity(0)))


def tally(cells: Cells, outcome: pl.DataFrame, entries: Entries) -> Settled:
    refused = outcome.with_columns(line=cells.lines).filter(pl.col("reason").is_not_null())
    is_empty = pl.col("reason") == Reason.EMPTY.value
    broken = pl.DataFrame({"line": cells.broken}, schema={"line": pl.Int64}).with_columns(
        reason=pl.lit(FileReason.BROKEN_QUOTES.value)
    )
    rejects = pl.concat([refused.filter(~is_empty).select("line", "reason"), broken]).sort("line")
    return Settled(len(outcome) + len(cells.broken), len(refused.filter(is_empty)), rejects, entries)


def to_entries(values: pl.Series, rules: Rules) -> Entries:
    """Hexadecimal digits of one length for each accepted value."""
    frame = values.alias("value").to_frame()
    if rules.hashes:
        return frame.select(hex=polars_hash.col("value").chash.sha2_256()).to_series()
    if rules.kind != Kind.IFA:
        return values.alias("hex")
    bare = pl.col("value").str.replace_all("-", "", literal=True)
    capitals = pl.when(bare.str.contains("[A-F]")).then(pl.lit("01")).otherwise(pl.lit("00"))
    return frame.select(hex=bare.str.to_lowercase() + capitals).to_series()


def to_ifa(entries: Entries) -> pl.Series:
    frame = entries.alias("hex").to_frame()
    dashed = pl.concat_str(
        [pl.col("hex").str.slice(start, length) for start, length in DASHES], separator="-"
    )
    capitals = pl.col("hex").str.ends_with("1")
    return frame.select(pl.when(capitals).then(dashed.str.to_uppercase()).otherwise(dashed)).to_series()
