"""One column of a list, block by block, at the engine's speed.

Most lines are whole records, with quotes or without, and those the engine may cut: it reads them just as the
csv module does (tests compare them). The others (line breaks in quotes, quotes never closed) go by hand.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import chain

import polars as pl
from polars.exceptions import ComputeError

from audiences.records import MAX_RECORD_LINES, Fields, first_record

QUOTE = b'"'
NEWLINE = b"\n"
CONTROLS = [bytes([code]) for code in (*range(1, 9), *range(14, 32))]


@dataclass(frozen=True)
class Cells:
    """`lines`: where each record begins, as an editor counts. `broken`: lines that are no record."""

    values: pl.Series
    lines: pl.Series
    broken: tuple[int, ...] = ()


Job = Callable[[], Cells]


@dataclass
class ColumnReader:
    """Cuts blocks into jobs, in order; the jobs may then run at once and in any order."""

    delimiter: str
    column: int
    has_header: bool
    skipped: int = 0  # lines before the heading
    line: int = 1
    _waiting: bytes = field(default=b"", repr=False)

    def jobs(self, blocks: Iterable[bytes]) -> Iterator[Job]:
        is_first = True
        for fresh, is_last in _marking_the_last(blocks):
            block = self._waiting + fresh
            self._waiting = b""
            if is_first:
                block = self._without_heading(block)
                is_first = False
            job = self._job(block, is_last=is_last)
            self.line += block.count(NEWLINE) - self._waiting.count(NEWLINE)
            yield job

    def _job(self, block: bytes, *, is_last: bool) -> Job:
        if QUOTE not in block:
            return partial(self._engine_cells, block, self.line)
        lines = _lines(block)
        bad = _not_whole(lines, self.delimiter)
        if not len(bad):
            return partial(self._engine_cells, block, self.line)
        return self._mixed_job(lines, bad, is_last=is_last)

    def _mixed_job(self, lines: pl.Series, bad: pl.Series, *, is_last: bool) -> Job:
        texts = lines.to_list()
        by_hand: list[tuple[int, Fields]] = []
        taken: list[int] = []
        for start in bad.to_list():
            if taken and start <= taken[-1]:
                continue
            used, fields = first_record(texts, start, self.delimiter, more_follows=not is_last)
            if not used:
                self._waiting = "".join(f"{text}\n" for text in texts[start:]).encode()
                taken.extend(range(start, len(texts)))
                break
            by_hand.append((self.line + start, fields))
            taken.extend(range(start, start + used))
        return partial(self._mixed_cells, lines, taken, by_hand, self.line)

    def _mixed_cells(
        self, lines: pl.Series, taken: list[int], by_hand: list[tuple[int, Fields]], first_line: int
    ) -> Cells:
        numbers = pl.int_range(first_line, first_line + len(lines), dtype=pl.Int64, eager=True).alias("line")
        rest = numbers.to_frame().with_columns(text=lines).with_row_index()
        rest = rest.filter(~pl.col("index").is_in(pl.Series(taken, dtype=pl.UInt32).implode()))
        block = rest["text"].str.join("\n").item() + "\n" if len(rest) else ""
        engine = pl.DataFrame({"line": rest["line"], "raw": self._split(block.encode())})
        picked = [
            (line, fields[self.column] if self.column < len(fields) else None)
            for line, fields in by_hand
            if fields is not None
        ]
        hand = pl.DataFrame(picked, schema={"line": pl.Int64, "raw": pl.String}, orient="row")
        both = pl.concat([engine, hand]).sort("line")
        return Cells(both["raw"], both["line"], tuple(line for line, fields in by_hand if fields is None))

    def _engine_cells(self, block: bytes, first_line: int) -> Cells:
        values = self._split(block)
        return Cells(values, pl.int_range(first_line, first_line + len(values), dtype=pl.Int64, eager=True))

    def _split(self, block: bytes) -> pl.Series:
        try:
            return _cut(block, self.column, self.delimiter)
        except ComputeError:  # not UTF-8 somewhere
            return _cut(str(block, "utf-8", "replace").encode(), self.column, self.delimiter)

    def _without_heading(self, block: bytes) -> bytes:
        block = self._without_lines(block, self.skipped)
        if self.has_header and block:
            head = str(NEWLINE.join(block.split(NEWLINE, MAX_RECORD_LINES + 1)[:-1]), "utf-8", "replace")
            used, _fields = first_record(head.split("\n"), 0, self.delimiter, more_follows=False)
            block = self._without_lines(block, used)
        return block

    def _without_lines(self, block: bytes, count: int) -> bytes:
        self.line += count
        return block.split(NEWLINE, count)[-1]


def _cut(block: bytes, column: int, delimiter: str) -> pl.Series:
    """The engine takes the number of columns from the first line, so it gets one that has just enough."""
    width = column + 1
    frame = pl.read_csv(
        delimiter.encode().join([b"x"] * width) + NEWLINE + block,
        has_header=False,
        separator=delimiter,
        quote_char='"' if QUOTE in block else None,
        columns=[column],
        schema={str(index): pl.String for index in range(width)},
        truncate_ragged_lines=True,
    )
    return frame.to_series().slice(1).alias("raw")


def _lines(block: bytes) -> pl.Series:
    """The lines of a block: cut as if at a character that is not in it."""
    absent = next((control for control in CONTROLS if control not in block), None)
    try:
        if absent:
            return _cut_lines(block, absent)
    except ComputeError:  # not UTF-8 somewhere
        pass
    return pl.Series("text", str(block, "utf-8", "replace").split("\n")[:-1])


def _cut_lines(block: bytes, absent: bytes) -> pl.Series:
    frame = pl.read_csv(
        b"x\n" + block,
        has_header=False,
        separator=absent.decode(),
        quote_char=None,
        schema={"text": pl.String},
    )
    return frame.to_series().slice(1).fill_null("")


def _not_whole(lines: pl.Series, delimiter: str) -> pl.Series:
    """Positions of lines whose quotes leave a doubt that the line is one record."""
    cut = re.escape(delimiter)
    cell = f'(?:"(?:[^"]|"")*"|[^"{cut}]*)'
    whole = f"^{cell}(?:{cut}{cell})*$"
    return (lines.str.contains('"', literal=True) & ~lines.str.contains(whole)).arg_true()


def _marking_the_last(blocks: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    before: bytes | None = None
    for block in chain(blocks, [None]):
        if before is not None:
            yield before, block is None
        before = block
