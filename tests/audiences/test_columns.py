import csv
import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from audiences import records
from audiences.columns import ColumnReader
from audiences.records import RecordReader, utf8_blocks

ATOMS = [
    "",
    "a",
    " ",
    "0900",
    "é",
    '"x"',
    '"x;y,z"',
    '"a""b"',
    '"',
    '""',
    '"q\nr"',
    '5"',
    "\0",
    ' "s"',
    "\x01",
    "null",
]


def read(
    content: Any, *, delimiter: Any = ",", column: Any = 0, has_header: Any = False, skipped: int = 0
) -> Any:
    blocks = utf8_blocks([content], "utf-8")
    cells = [job() for job in ColumnReader(delimiter, column, has_header, skipped).jobs(blocks)]
    rows = [
        (line, value or "")
        for part in cells
        for line, value in zip(part.lines.to_list(), part.values.to_list(), strict=True)
    ]
    return rows, [line for part in cells for line in part.broken]


def read_by_hand(content: Any, *, delimiter: Any = ",", column: Any = 0, has_header: Any = False) -> Any:
    reader = RecordReader(delimiter)
    blocks = list(utf8_blocks([content], "utf-8"))
    found = [row for at, block in enumerate(blocks) for row in reader.feed(block, last=at == len(blocks) - 1)]
    whole = [(line, fields) for line, fields in found[has_header:] if fields is not None]
    rows = [(line, fields[column] if column < len(fields) else "") for line, fields in whole]
    return rows, [line for line, fields in found[has_header:] if fields is None]


def trimmed(result: Any) -> Any:
    """Blanks before a value are no part of it; the csv module drops them itself."""
    rows, broken = result
    return [(line, value.lstrip(" ")) for line, value in rows], broken


@hypothesis_settings(max_examples=400, deadline=None)
@given(
    st.lists(st.lists(st.sampled_from(ATOMS), max_size=4), max_size=12),
    st.sampled_from(",;\t|"),
    st.integers(0, 2),
    st.booleans(),
    st.booleans(),
)
def test_the_engine_cuts_as_the_exact_reader_does(
    table: Any, delimiter: Any, column: Any, has_header: Any, ends: Any
) -> None:
    content = "\n".join(delimiter.join(row) for row in table) + ("\n" if ends else "")
    choices = {"delimiter": delimiter, "column": column, "has_header": has_header}

    assert trimmed(read(content.encode(), **choices)) == trimmed(read_by_hand(content.encode(), **choices))


@hypothesis_settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200), st.integers(0, 2))
def test_any_bytes_are_cut_the_same_way(content: Any, column: Any) -> None:
    assert trimmed(read(content, column=column)) == trimmed(read_by_hand(content, column=column))


def test_where_blocks_end_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    content = b'id,phone\n1,"09\n00"\n2,"x""y"\n\n3,"open\n4,0900\n' * 3
    whole = read(content, column=1, has_header=True)

    for size in range(18, 90):
        monkeypatch.setattr(records, "BLOCK", size)
        assert read(content, column=1, has_header=True) == whole


@pytest.mark.parametrize("quoting", [csv.QUOTE_ALL, csv.QUOTE_MINIMAL, csv.QUOTE_NONNUMERIC])
def test_what_a_spreadsheet_writes_is_read_back(quoting: Any) -> None:
    table = [[f"A{number}", f'say "{number}", twice', f"0900{number:06}"] for number in range(500)]
    text = io.StringIO()
    csv.writer(text, quoting=quoting).writerows(table)

    rows, broken = read(text.getvalue().encode(), column=2)

    assert rows == [(number + 1, row[2]) for number, row in enumerate(table)]
    assert broken == []


@pytest.mark.parametrize(
    ("content", "rows"),
    [
        (b"", []),
        (b"\n", [(1, "")]),
        (b"a\n\n\nb", [(1, "a"), (2, ""), (3, ""), (4, "b")]),
        (b"a,1\nb\nc,2,3\n", [(1, "a"), (2, "b"), (3, "c")]),
        (b"sep=,\na\n", [(1, "sep="), (2, "a")]),
    ],
)
def test_blank_and_ragged_lines_are_rows(content: Any, rows: Any) -> None:
    assert read(content) == (rows, [])


@pytest.mark.parametrize(
    ("content", "first"),
    [(b"phone\nx\n", 2), (b'"pho\nne"\nx\n', 3), (b'"phone\nx\n', 2)],
)
def test_the_heading_is_not_a_row(content: Any, first: Any) -> None:
    assert read(content, has_header=True) == ([(first, "x")], [])


@pytest.mark.parametrize(
    ("content", "has_header", "rows"),
    [
        (b"sep=,\na\n", False, [(2, "a")]),
        (b'sep=,\nphone,"a,b"\nx\n', True, [(3, "x")]),
        (b'sep=,\n"pho\nne"\nx\n', True, [(4, "x")]),
        (b"sep=,\n", True, []),
        (b"", True, []),
    ],
)
def test_skipped_lines_are_no_rows_but_count_as_lines(content: Any, has_header: Any, rows: Any) -> None:
    assert read(content, has_header=has_header, skipped=1) == (rows, [])


def test_a_stray_quote_costs_its_own_line_only() -> None:
    content = b"".join(b"%d,0900\n" % number for number in range(3000)).replace(b"7,0900\n", b'7,"0900\n', 1)

    rows, broken = read(content, column=1)

    assert broken == [8]
    assert [value for _line, value in rows] == ["0900"] * 2999
