"""Reads a file of ids as it arrives, keeps each id in as few bytes as it needs, and forgets the text."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Self

from emulator import runs

BLOCK = 1 << 20
LONGEST_LINE = 4096  # no id comes near; a file without line ends must not fill the memory


@dataclass(frozen=True)
class IdFormat:
    length: int  # characters of one id
    width: int  # bytes that are kept of it
    dashes: tuple[int, ...] = ()
    prefix: bytes = b""  # before digits that are lower case only

    def text(self, record: bytes) -> bytes:
        """The id as it is written, in lower case."""
        digits = record.hex().encode()
        cuts = [0, *(at - number for number, at in enumerate(self.dashes)), len(digits)]
        return self.prefix.lower() + b"-".join(digits[start:end] for start, end in pairwise(cuts))

    def lines(self, records: list[bytes]) -> bytes:
        if self.dashes or self.prefix:
            return b"\n".join(map(self.text, records))
        return b"".join(records).hex("\n", self.width).encode()


HASH = IdFormat(length=64, width=32)
IFA = IdFormat(length=36, width=16, dashes=(8, 13, 18, 23))
USER_ID = IdFormat(length=33, width=16, prefix=b"U")
FORMATS = {"IFA": IFA, "HASHED_PHONE_NUMBER": HASH, "HASHED_EMAIL": HASH, "USER_ID": USER_ID}
BY_LENGTH = {form.length: form for form in (HASH, IFA, USER_ID)}
UPPER_DIGITS = frozenset(b"ABCDEF")


def pack(lines: bytes, form: IdFormat) -> bytes | None:
    """The bytes behind whole lines, each ended by LF; None if any line is not an id of this form."""
    step = form.length + 1
    count, rest = divmod(len(lines), step)
    marks = {form.length: b"\n", **dict.fromkeys(form.dashes, b"-")}
    marks |= {0: form.prefix} if form.prefix else {}
    if rest or any(lines[at::step] != mark * count for at, mark in marks.items()):
        return None
    if form.prefix and not UPPER_DIGITS.isdisjoint(lines):
        return None
    try:
        packed = bytes.fromhex(lines.translate(None, b"\n-" + form.prefix).decode("ascii"))
    except ValueError:
        return None
    # fromhex skips blanks, and translate takes out dashes anywhere: both show as too few bytes.
    return packed if len(packed) == count * form.width else None


class IdFile:
    """An upload on its way in: sorted slabs in a spool file, made one sorted run by `keep`."""

    def __init__(self, folder: Path, *, most_bytes: int) -> None:
        self.form: IdFormat | None = None
        self.rows = 0
        self.size = 0
        self.wrong: str | None = None  # LINE's reason, of the first thing that was wrong
        self._folder = folder
        self._most_bytes = most_bytes
        self._rest = b""
        self._spool = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - __exit__ closes it
        self._slabs: list[int] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._spool.close()

    def write(self, chunks: Iterable[bytes]) -> None:
        for chunk in chunks:
            self.size += len(chunk)
            if self.size > self._most_bytes:
                self.wrong = "FILE_SIZE_LIMIT_EXCEEDED"
            if self.wrong is None:
                self._take(chunk)
        self._finish()

    def keep(self, name: str) -> int:
        """Write the ids, sorted and distinct, as the run `name`; say how many they are."""
        if not self._slabs or self.form is None:
            return runs.write(self._folder / name, [])
        self._spool.flush()
        slabs = runs.slabs(self._spool, self.form.width, self._slabs)
        return runs.write(self._folder / name, runs.merged(slabs))

    def _take(self, chunk: bytes) -> None:
        self._rest += chunk
        if len(self._rest) >= BLOCK:
            lines, _, self._rest = self._rest.rpartition(b"\n")
            self._add(lines)
            if len(self._rest) > LONGEST_LINE:
                self.wrong = self.wrong or "UPLOAD_AUDIENCE_GROUP_INVALID_AUDIENCE_ID_FORMAT"

    def _finish(self) -> None:
        if not self.size:
            self.wrong = self.wrong or "EMPTY_FILE"
        elif self.wrong is None and self._rest:
            self._add(self._rest.removesuffix(b"\n"))
        self._rest = b""

    def _add(self, lines: bytes) -> None:
        """`lines` without the line end of the last one."""
        lines = lines.replace(b"\r\n", b"\n").removesuffix(b"\r") + b"\n"
        self.form = self.form or BY_LENGTH.get(lines.index(b"\n"), HASH)
        packed = pack(lines, self.form)
        if packed is None:
            binary = b"\0" in lines
            self.wrong = (
                "INVALID_FILE_CONTENT" if binary else "UPLOAD_AUDIENCE_GROUP_INVALID_AUDIENCE_ID_FORMAT"
            )
            return
        self.rows += len(packed) // self.form.width
        slab = runs.distinct(runs.records(packed, self.form.width))
        self._spool.write(b"".join(slab))
        self._slabs.append(len(slab))
