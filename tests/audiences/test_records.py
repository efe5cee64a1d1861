import csv
import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiences import records
from audiences.records import LineTooLong, RecordReader, utf8_blocks

CELLS = st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\r\ufeff"), max_size=12)


def read(content: Any, encoding: Any = "utf-8", delimiter: Any = ",", pieces: Any = 1) -> Any:
    step = max(1, -(-len(content) // pieces))
    reader = RecordReader(delimiter)
    blocks = list(utf8_blocks([content[at : at + step] for at in range(0, len(content), step)], encoding))
    return [
        record for at, block in enumerate(blocks) for record in reader.feed(block, last=at == len(blocks) - 1)
    ]


def rows(content: Any, **options: Any) -> Any:
    return [fields for _line, fields in read(content, **options)]


@given(
    st.lists(st.lists(CELLS, min_size=1, max_size=4), max_size=8),
    st.sampled_from(",;\t|"),
    st.integers(1, 40),
)
def test_what_a_spreadsheet_writes_is_read_back(table: Any, delimiter: Any, pieces: Any) -> None:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\r\n", quoting=csv.QUOTE_ALL).writerows(table)

    assert rows(text.getvalue().encode(), delimiter=delimiter, pieces=pieces) == table


@given(st.text(max_size=200), st.integers(1, 50))
def test_no_text_breaks_the_reader_and_every_line_is_accounted_for(text: Any, pieces: Any) -> None:
    found = read(text.encode(errors="replace"), pieces=pieces)

    numbers = [line for line, _fields in found]
    assert numbers == sorted(set(numbers))
    assert len(numbers) <= text.replace("\r\n", "\n").replace("\r", "\n").count("\n") + 1


@given(st.text(max_size=120), st.integers(1, 50))
def test_where_the_stream_is_cut_does_not_matter(text: Any, pieces: Any) -> None:
    content = text.encode("utf-16-le", errors="replace")

    assert read(content, "utf-16-le", pieces=pieces) == read(content, "utf-16-le")


def test_where_blocks_end_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    content = b'a,"1\n2",x\n"b ""c""",\n\nd,"e' + b"\n" * 5 + b'f"\ng,"h\ni,j\n' * 3
    whole = read(content)

    for size in range(18, 60):
        monkeypatch.setattr(records, "BLOCK", size)
        assert read(content, pieces=len(content)) == whole


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_line_numbers_are_those_of_an_editor(newline: Any) -> None:
    content = newline.join(["a", '"b', 'c",d', "", "e"]).encode()

    assert [line for line, _ in read(content, pieces=len(content))] == [1, 2, 4, 5]


def test_mixed_line_ends_are_all_line_ends() -> None:
    assert rows(b"a\rb\r\nc\n\rd") == [["a"], ["b"], ["c"], [], ["d"]]


@pytest.mark.parametrize("mark", [b"\xef\xbb\xbf", b"\xef\xbb\xbf" * 2])
def test_byte_order_marks_are_not_data(mark: Any) -> None:
    assert rows(mark + b"a,b\n", pieces=9) == [["a", "b"]]


def test_separators_of_other_alphabets_do_not_end_a_line() -> None:
    assert rows("a\u2028b\u2029c\x85d\x0be\x0cf\n".encode()) == [["a\u2028b\u2029c\x85d\x0be\x0cf"]]


def test_a_nul_is_a_character() -> None:
    assert rows(b"a\0,b\n") == [["a\0", "b"]]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b'1,a\n2,"b\n3,c\n4,d\n', [["1", "a"], None, ["3", "c"], ["4", "d"]]),
        (b'1,a\n2,"b', [["1", "a"], None]),
        (b'1,"a"b\n2,c\n', [None, ["2", "c"]]),
        (b'1,5" pipe\n2,c\n', [["1", '5" pipe'], ["2", "c"]]),
        (b'1,"a""b"\n', [["1", 'a"b']]),
        (b'1, "a"\n', [["1", "a"]]),
    ],
)
def test_a_quote_that_is_never_closed_costs_one_line(content: Any, expected: Any) -> None:
    assert rows(content) == expected


def test_a_forgotten_quote_among_thousands_of_lines_costs_one_line() -> None:
    content = b'0,"lost\n' + b"".join(b"%d,x\n" % number for number in range(5000)) + b'a","b\n1,y\n'

    found = rows(content, pieces=3)

    assert found[0] is None
    assert found[1:5001] == [[str(number), "x"] for number in range(5000)]


def test_a_file_of_broken_quotes_is_read_in_time() -> None:
    found = rows(b'"a"b\n' * 20_000)

    assert found == [None] * 20_000


def test_a_quoted_field_over_the_edge_of_a_block_is_one_field(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "BLOCK", 18)

    assert rows(b'aaaaaaaaaaaaaa,"1\n2\n3"\nb,c\n', pieces=7) == [["aaaaaaaaaaaaaa", "1\n2\n3"], ["b", "c"]]


def test_a_wide_field_is_read_and_an_endless_line_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    assert rows(b'a,"' + b"x" * 200_000 + b'"\n') == [["a", "x" * 200_000]]
    monkeypatch.setattr(records, "BLOCK", 1000)
    with pytest.raises(LineTooLong, match="not a list"):
        read(b"x" * 5000, pieces=5)


@pytest.mark.parametrize("encoding", ["cp932", "cp950", "utf-16-le", "utf-16-be", "euc_jp", "gb18030"])
def test_other_encodings_read_the_same_however_the_stream_is_cut(encoding: Any) -> None:
    content = "電話,名前\n０９００,田中\n".encode(encoding)

    assert rows(content, encoding=encoding, pieces=len(content)) == [["電話", "名前"], ["０９００", "田中"]]


def test_what_the_encoding_cannot_read_is_marked() -> None:
    assert rows(b"a,\x81\nb,c\n", encoding="cp932") == [["a", "\ufffd"], ["b", "c"]]
    assert rows(b"a,\xff\nb,c\n") == [["a", "\ufffd"], ["b", "c"]]
