"""What an uploaded file is, from its beginning: enough for a sample, and for a person to correct us."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from audiences import guessing
from audiences.guessing import DELIMITERS, ENCODINGS
from audiences.records import RecordReader, utf8_blocks
from organizations.errors import DomainError
from organizations.storage import SealedReader

__all__ = ["DELIMITERS", "ENCODINGS", "Column", "FileFacts", "UnreadableList", "inspect", "sample"]

HEAD = 256 * 1024
MAX_COLUMNS = 1000
TITLE_LENGTH = 80
# First bytes of what people upload instead of a list.
OTHER_FILES = {
    b"PK\x03\x04": _(
        "This is an Excel workbook or a ZIP archive. Save the sheet as “CSV UTF-8” and upload that."
    ),
    b"\xd0\xcf\x11\xe0": _("This is an old Excel workbook. Save the sheet as “CSV UTF-8” and upload that."),
    b"\x1f\x8b": _("This file is compressed (gzip). Unpack it and upload what is inside."),
    b"%PDF": _("This is a PDF. Export the list as “CSV UTF-8” and upload that."),
    b"\xff\xfe\0\0": _("This file is UTF-32. Save it as “CSV UTF-8” and upload that."),
    b"PAR1": _("This is a Parquet file. Export the list as “CSV UTF-8” and upload that."),
}
_separator_line = re.compile('"?sep=(.)"?', re.IGNORECASE)


class UnreadableList(DomainError):
    status = 422
    code = "unreadable_list"
    message = _("This file cannot be read as a list. Save it as “CSV UTF-8” and upload it again.")


class EmptyList(UnreadableList):
    code = "empty_list"
    message = _("This file is empty. Check the export and upload it again.")


class TooManyColumns(UnreadableList):
    code = "too_many_columns"
    message = _("This file has more than 1,000 columns. Export only the columns that you need.")


@dataclass(frozen=True)
class Column:
    index: int
    title: str  # as in the header; empty where there is none
    guess: str  # "phone", "email", "ifa", "hashed" or ""


@dataclass(frozen=True)
class FileFacts:
    """How to read a file. `skipped` counts lines before the first record (Excel's `sep=;`)."""

    encoding: str
    encoding_is_sure: bool
    delimiter: str
    has_header: bool
    skipped: int
    newline: str  # "lf", "crlf", "cr", "mixed" or ""
    columns: tuple[Column, ...]


def inspect(
    reader: SealedReader,
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    has_header: bool | None = None,
) -> FileFacts:
    """Guess whatever is not given. Reads the first 256 KB."""
    head, whole = _head(reader)
    guessed, is_sure = guessing.guess_encoding(head, whole=whole)
    encoding = encoding or guessed
    text = _text(head, encoding, whole=whole)
    hint = _hint(text)
    skipped = 1 if hint else 0
    delimiter = delimiter or (hint[1] if hint else guessing.guess_delimiter(text))
    records = _records(text, delimiter, skipped)
    header = guessing.has_header(records) if has_header is None else has_header
    return FileFacts(
        encoding=encoding,
        encoding_is_sure=is_sure or encoding != guessed,
        delimiter=delimiter,
        has_header=header,
        skipped=skipped,
        newline=_newline(head, encoding),
        columns=_columns(records, has_header=header),
    )


def sample(reader: SealedReader, facts: FileFacts, rows: int = 20) -> list[list[str]]:
    """The first rows in clear, for the caller to mask; each has a cell for each column."""
    head, whole = _head(reader)
    records = _records(_text(head, facts.encoding, whole=whole), facts.delimiter, facts.skipped)
    shown = [row for row in records[facts.has_header :] if any(row)][:rows]
    width = len(facts.columns)
    return [[*row[:width], *[""] * (width - len(row))] for row in shown]


def lines_to_skip(reader: SealedReader, encoding: str) -> int:
    """Lines before the first record when the file is read in this encoding, as `inspect` finds them."""
    reader.rewind()
    head = next(utf8_blocks([reader.read(HEAD)], encoding), b"")
    return 1 if _hint(str(head, "utf-8", "replace")) else 0


def _hint(text: str) -> re.Match[str] | None:
    return _separator_line.fullmatch(text.partition("\n")[0])


def _head(reader: SealedReader) -> tuple[bytes, bool]:
    reader.rewind()
    head = reader.read(HEAD)
    for magic, advice in OTHER_FILES.items():
        if head.startswith(magic):
            raise UnreadableList(advice)
    return head, len(head) == len(reader)


def _text(head: bytes, encoding: str, *, whole: bool) -> str:
    if encoding not in ENCODINGS:
        raise UnreadableList(_("This encoding is not one of the list."))
    text = "".join(str(block, "utf-8", "replace") for block in utf8_blocks([head], encoding))
    if not text.strip():
        raise EmptyList
    # The last line may be cut; without any line end the beginning of a long line is all there is.
    return text if whole or text.count("\n") == 1 else text[: text.rfind("\n", 0, -1) + 1]


def _records(text: str, delimiter: str, skipped: int) -> list[list[str]]:
    lines = text.split("\n", skipped)[-1]
    reader = RecordReader(delimiter)
    records = [fields for _line, fields in reader.feed(lines.encode(), last=True) if fields is not None]
    if not records:  # nothing but quotes that are never closed
        raise UnreadableList
    return records[: guessing.RECORDS]


def _columns(records: Sequence[list[str]], *, has_header: bool) -> tuple[Column, ...]:
    width = max((len(row) for row in records), default=0)
    if width > MAX_COLUMNS:
        raise TooManyColumns
    titles = records[0] if has_header and records else []
    data = records[1:] if has_header else records
    return tuple(_column(index, titles, data) for index in range(width))


def _column(index: int, titles: Sequence[str], data: Sequence[list[str]]) -> Column:
    title = titles[index].strip()[:TITLE_LENGTH] if index < len(titles) else ""
    cells = [row[index] for row in data if index < len(row)]
    # A person's data in the place of a title is not repeated anywhere.
    return Column(index, "" if guessing.kind_of(title) else title, guessing.guess_column(title, cells))


def _newline(head: bytes, encoding: str) -> str:
    text = head.decode(encoding, "replace")
    pairs = text.count("\r\n")
    counts = {"crlf": pairs, "lf": text.count("\n") - pairs, "cr": text.rstrip("\r").count("\r") - pairs}
    seen = [name for name, count in counts.items() if count > 0]
    return seen[0] if len(seen) == 1 else "mixed" if seen else ""
