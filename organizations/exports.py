"""CSV downloads that a spreadsheet may open: streamed, and no cell is a formula."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator

from django.http import StreamingHttpResponse

from organizations.names import seen

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")
BOM = "\ufeff"  # without it spreadsheets read the file in the local code page


class _Echo:
    def write(self, text: str) -> str:
        return text


def csv_response(
    filename: str, header: Iterable[object], rows: Iterable[Iterable[object]]
) -> StreamingHttpResponse:
    response = StreamingHttpResponse(_lines(header, rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{filename}"'
    response["Cache-Control"] = "no-store"
    return response


def harmless(value: object) -> str:
    """What a spreadsheet would take for a formula becomes text."""
    text = "" if value is None else seen(str(value))
    return "'" + text if text.lstrip(" ").startswith(FORMULA_STARTS) else text


def _lines(header: Iterable[object], rows: Iterable[Iterable[object]]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield BOM + writer.writerow([harmless(cell) for cell in header])
    for row in rows:
        yield writer.writerow([harmless(cell) for cell in row])
