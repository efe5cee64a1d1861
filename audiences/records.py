"""From sealed bytes to records: lines first, then fields, and no record lost without a word.

A record is read as a spreadsheet writes it: a quote counts only at the start of a field, and may hide
delimiters and line breaks. A quote that is never closed would swallow the rest, so such a line is given
up alone (its fields are None) and reading goes on with the next one. Line numbers are those of a text editor.
"""

import codecs
import csv
from collections.abc import Generator, Iterable, Iterator, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from organizations.errors import DomainError

BLOCK = 4 << 20
BOM = "\ufeff"
# Notes and addresses break lines a few times; a hundred lines in one field are a quote somebody forgot.
MAX_RECORD_LINES = 100

Fields = list[str] | None

csv.field_size_limit(1 << 20)  # for the whole process: the default gives up at 128 KiB


class LineTooLong(DomainError):
    status = 422
    code = "line_too_long"
    message = _(
        "A line of this file is longer than 4 MB, so this is not a list. Save it as CSV and try again."
    )


def utf8_blocks(chunks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """The file as UTF-8 with plain line feeds, cut at line ends into blocks of about 4 MiB."""
    pending = bytearray()
    for piece in _plain_newlines(_without_bom(_utf8(chunks, encoding))):
        pending += piece
        if len(pending) >= BLOCK:
            yield _take_lines(pending)
    if pending:
        yield bytes(pending if pending.endswith(b"\n") else pending + b"\n")


def _take_lines(pending: bytearray) -> bytes:
    end = pending.rfind(b"\n") + 1
    if not end:
        raise LineTooLong
    block = bytes(pending[:end])
    del pending[:end]
    return block


def _utf8(chunks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """UTF-8 passes as it is: whoever reads a cell checks it. Elsewhere the unreadable becomes U+FFFD."""
    if codecs.lookup(encoding).name == "utf-8":
        yield from chunks
        return
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    for chunk in chunks:
        yield decoder.decode(chunk).encode(errors="replace")
    yield decoder.decode(b"", final=True).encode(errors="replace")


def _without_bom(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Some tools write the byte order mark twice, so take all there are."""
    mark = BOM.encode()
    head = b""
    for piece in pieces:
        head += piece
        while head.startswith(mark):
            head = head.removeprefix(mark)
        if not mark.startswith(head[: len(mark)]):
            yield head
            break
    else:
        yield head
    yield from pieces


def _plain_newlines(pieces: Iterable[bytes]) -> Iterator[bytes]:
    held = b""
    for piece in pieces:
        text = held + piece
        held = b"\r" if text.endswith(b"\r") else b""  # its line feed may be in the next piece
        text = text.removesuffix(b"\r")
        yield text.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in text else text
    yield held.replace(b"\r", b"\n")


class RecordReader:
    """Cuts lines into records; a record that goes on in the next block waits for it."""

    def __init__(self, delimiter: str) -> None:
        self.delimiter = delimiter
        self.line = 1
        self._waiting: list[str] = []

    def feed(self, block: bytes, *, last: bool) -> Iterator[tuple[int, Fields]]:
        """(line number, fields) of each record that ends in this block."""
        lines = self._waiting + str(block, "utf-8", "replace").split("\n")[:-1]
        self._waiting = []
        position: int | None = 0
        while position is not None:
            position = yield from self._until_broken(lines, position, last=last)
        self.line += len(lines) - len(self._waiting)

    def _until_broken(
        self, lines: Sequence[str], start: int, *, last: bool
    ) -> Generator[tuple[int, Fields], None, int | None]:
        """Yields what can be read, and gives where to go on behind a broken line; None at the end."""
        rows = _csv_reader((lines[number] + "\n" for number in range(start, len(lines))), self.delimiter)
        done = 0
        try:
            for fields in rows:
                if rows.line_num - done > MAX_RECORD_LINES:
                    break
                yield self.line + start + done, fields
                done = rows.line_num
            else:
                return None
        except csv.Error:
            open_lines = len(lines) - start - done
            if not last and start + rows.line_num == len(lines) and open_lines <= MAX_RECORD_LINES:
                self._waiting = list(lines[start + done :])
                return None
        yield self.line + start + done, None
        return start + done + 1


def first_record(
    lines: Sequence[str], start: int, delimiter: str, *, more_follows: bool
) -> tuple[int, Fields]:
    """(lines used, fields) of the record at `start`; none is used if it may go on behind the last line."""
    window = range(start, min(start + MAX_RECORD_LINES + 1, len(lines)))
    rows = _csv_reader((lines[number] + "\n" for number in window), delimiter)
    try:
        fields = next(rows)
    except csv.Error:
        is_open = rows.line_num == len(window) <= MAX_RECORD_LINES
        return (0 if is_open and more_follows else 1), None
    return (1, None) if rows.line_num > MAX_RECORD_LINES else (rows.line_num, fields)


def _csv_reader(lines: Iterable[str], delimiter: str) -> Any:
    return csv.reader(lines, delimiter=delimiter, strict=True, skipinitialspace=True)
