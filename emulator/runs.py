"""Sets of ids as sorted runs on disk: fixed-width records, distinct, merged range by range in flat memory."""

from __future__ import annotations

import hashlib
import os
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate, chain, pairwise
from pathlib import Path
from typing import IO, overload

RANGE = 1 << 16  # records merged at a time
EXACT = 200_000  # up to here an estimate is a count
SAMPLE_END = b"\x10"  # above it, ids that sort before this stand for all: a sixteenth, ids being hashes


class Run(Sequence[bytes]):
    """Sorted, distinct records inside a file, read when asked for: a map of it would weigh as memory."""

    def __init__(self, file: IO[bytes], width: int, start: int, count: int) -> None:
        self._file, self.width, self._start, self._count = file, width, start, count

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, index: int) -> bytes: ...
    @overload
    def __getitem__(self, index: slice) -> list[bytes]: ...
    def __getitem__(self, index: int | slice) -> bytes | list[bytes]:
        if isinstance(index, slice):
            first, last, _ = index.indices(self._count)
            return records(self._bytes(first, max(first, last)), self.width)
        if not 0 <= index < self._count:
            raise IndexError(index)
        return self._bytes(index, index + 1)

    def _bytes(self, first: int, last: int) -> bytes:
        start = self._start + first * self.width
        return os.pread(self._file.fileno(), (last - first) * self.width, start)


def records(packed: bytes, width: int) -> list[bytes]:
    return [packed[at : at + width] for at in range(0, len(packed), width)]


def distinct(unsorted: Iterable[bytes]) -> list[bytes]:
    """Sorted, each once. Runs laid end to end sort in almost linear time."""
    return list(dict.fromkeys(sorted(unsorted)))


def slabs(file: IO[bytes], width: int, counts: Sequence[int]) -> list[Run]:
    """The runs that lie one after another in a file."""
    starts = accumulate(counts, lambda start, count: start + count * width, initial=0)
    return [Run(file, width, start, count) for start, count in zip(starts, counts, strict=False)]


def whole(file: IO[bytes], width: int) -> Run:
    return Run(file, width, 0, os.fstat(file.fileno()).st_size // width)


def merged(parts: Sequence[Run], *, end: bytes | None = None) -> Iterator[list[bytes]]:
    """The union in order, a few blocks at a time; with `end`, only what sorts before it."""
    for bounds in pairwise([None, *_pivots(parts, end), end]):
        slices = [part[_at(part, bounds[0], 0) : _at(part, bounds[1], len(part))] for part in parts]
        yield slices[0] if len(slices) == 1 else distinct(chain.from_iterable(slices))


def _pivots(parts: Sequence[Run], end: bytes | None) -> list[bytes]:
    """Where to cut, such that what lies between two cuts is about RANGE records over all runs."""
    step = max(1, RANGE // max(1, len(parts)))
    candidates = sorted({part[at] for part in parts for at in range(step, len(part), step)})
    return [pivot for pivot in candidates[:: max(1, len(parts))] if end is None or pivot < end]


def _at(part: Run, key: bytes | None, otherwise: int) -> int:
    return otherwise if key is None else bisect_left(part, key)


def write(path: Path, blocks: Iterable[list[bytes]]) -> int:
    """Write a run whole or not at all; say how many records it has."""
    draft, count = path.with_suffix(".draft"), 0
    try:
        with draft.open("wb") as file:
            for block in blocks:
                file.write(b"".join(block))
                count += len(block)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    return count


def estimate(parts: Sequence[Run]) -> int:
    """How many distinct ids, exact for small sets, from a sample for large ones."""
    total = sum(map(len, parts))
    if len(parts) <= 1:
        return total
    in_sample = sum(bisect_left(part, SAMPLE_END) for part in parts)
    if total <= EXACT or in_sample < EXACT // 32:
        return sum(map(len, merged(parts)))
    return round(total * sum(map(len, merged(parts, end=SAMPLE_END))) / in_sample)


def counts(sets: Sequence[Sequence[Run]]) -> list[int]:
    """Distinct ids of each set, all counted in the same part of them, so that they can be compared."""
    is_small = max(sum(map(len, parts)) for parts in sets) <= EXACT
    end = None if is_small else SAMPLE_END
    return [sum(map(len, merged(parts, end=end))) if parts else 0 for parts in sets]


def fingerprint(blocks: Iterable[list[bytes]], lines: Callable[[list[bytes]], bytes]) -> tuple[int, str]:
    """Count and SHA-256 of the ids, sorted, distinct, lower case, joined by LF."""
    digest, count = hashlib.sha256(), 0
    for block in blocks:
        if block:
            digest.update((b"\n" if count else b"") + lines(block))
            count += len(block)
    return count, digest.hexdigest()
