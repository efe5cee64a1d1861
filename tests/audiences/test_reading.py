import codecs
import contextlib
import csv
import io
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from audiences import reading
from tests.audiences.files import sealed

TAIWAN = (
    "會員編號,姓名,手機,電子郵件\n"
    "A1,陳怡君,0900-000-001,yi@shop.example\n"
    "A2,林志明,0900-000-002,lin@shop.example\n"
)
JAPAN = (
    "会員番号;氏名;電話番号;メールアドレス\n"
    "1;佐藤花子;090-0000-0001;h@shop.example\n"
    "2;高橋健;090-0000-0002;k@shop.example\n"
)


def inspect(content: Any, written: Any = "utf-8", **choices: Any) -> Any:
    return reading.inspect(sealed(content, written), **choices)


def guesses(content: Any, **choices: Any) -> Any:
    return [column.guess for column in inspect(content, **choices).columns]


@pytest.mark.parametrize(
    ("text", "written", "guessed"),
    [
        (TAIWAN, "utf-8", "utf-8"),
        (TAIWAN, "utf-8-sig", "utf-8"),
        (TAIWAN, "cp950", "cp950"),
        (TAIWAN, "big5", "cp950"),
        (TAIWAN, "utf-16", "utf-16-le"),
        (TAIWAN, "utf-16-le", "utf-16-le"),
        (TAIWAN, "utf-16-be", "utf-16-be"),
        (JAPAN, "cp932", "cp932"),
        (JAPAN, "shift_jis", "cp932"),
        (JAPAN, "utf-8", "utf-8"),
        (JAPAN, "euc_jp", "euc_jp"),
        ("เบอร์โทร,ชื่อ\n0810000001,สมชาย\n0810000002,สมหญิง\n", "cp874", "cp874"),
        ("0900000001\n", "ascii", "utf-8"),
    ],
)
def test_the_encoding_is_found_and_the_columns_with_it(text: Any, written: Any, guessed: Any) -> None:
    facts = inspect(text, written)

    assert facts.encoding == guessed
    assert "phone" in [column.guess for column in facts.columns]
    assert "\ufffd" not in "".join(column.title for column in facts.columns)


def test_a_byte_order_mark_in_big_endian_is_believed() -> None:
    facts = inspect(codecs.BOM_UTF16_BE + TAIWAN.encode("utf-16-be"))

    assert (facts.encoding, facts.encoding_is_sure) == ("utf-16-be", True)
    assert facts.columns[0].title == "會員編號"


def test_utf8_cut_inside_a_character_by_our_own_reading_is_still_utf8() -> None:
    content = ("a," + "電" * 40 + "\n") * 4000

    assert inspect(content).encoding == "utf-8"


def test_a_person_overrules_the_encoding() -> None:
    facts = inspect(TAIWAN.encode("cp950"), encoding="cp932")

    assert (facts.encoding, facts.encoding_is_sure) == ("cp932", True)


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_the_delimiter_is_found(delimiter: Any) -> None:
    text = JAPAN.replace(";", delimiter).replace("佐藤", '"佐,藤;"')

    facts = inspect(text)

    assert facts.delimiter == delimiter
    assert len(facts.columns) == 4


def test_a_delimiter_that_breaks_quotes_is_none() -> None:
    row = '"id"\t"0900000000"\t"a@shop.example"\t","\n'

    facts = inspect(row * 3 + row.replace('","', '""'))

    assert facts.delimiter == "\t"


@hypothesis_settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(
        st.tuples(st.integers(0, 99_999_999), st.text(alphabet='ab,;| "', max_size=8)), min_size=4, max_size=9
    ),
    st.sampled_from(",\t;|"),
)
def test_the_delimiter_of_a_real_writer_is_found(people: Any, delimiter: Any) -> None:
    text = io.StringIO()
    rows = [("id", f"09{number:08}", "a@shop.example", note) for number, note in people]
    csv.writer(text, delimiter=delimiter, quoting=csv.QUOTE_NONNUMERIC).writerows(rows)

    facts = inspect(text.getvalue())

    assert facts.delimiter == delimiter
    assert [column.guess for column in facts.columns][1:3] == ["phone", "email"]


def test_the_hint_of_excel_is_followed_and_is_not_data() -> None:
    facts = inspect("sep=;\nphone;name\n0900000001;a,b\n")

    assert (facts.delimiter, facts.skipped, facts.has_header) == (";", 1, True)
    assert reading.sample(sealed("sep=;\nphone;name\n0900000001;a,b\n"), facts) == [["0900000001", "a,b"]]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "cp950"])
@pytest.mark.parametrize(
    ("content", "lines"),
    [("sep=;\nphone\n", 1), ('"SEP=,"\r\nphone\n', 1), ("sep=;", 1), ("phone\nsep=;\n", 0), ("", 0)],
)
def test_the_lines_to_skip_are_found_in_any_encoding(encoding: str, content: str, lines: int) -> None:
    assert reading.lines_to_skip(sealed(content.encode(encoding)), encoding) == lines


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("phone\n0900000001\n", True),
        ("E-MAIL \na@shop.example\n", True),
        ("Ｅｍａｉｌ\na@shop.example\n", True),
        ("手機\n0900000001\n", True),
        ("เบอร์มือถือ\n0810000001\n", True),
        ("kontakt\n0900000001\n0900000002\n", True),
        ("0900000001\n0900000002\n", False),
        ("a@shop.example\n", False),
        ("a@shop.example,name\n", False),
        ("x\ny\n", False),
        (",\n0900000001,\n", False),
    ],
)
def test_a_header_is_told_from_data(content: Any, expected: Any) -> None:
    assert inspect(content).has_header is expected


def test_a_header_that_looks_like_data_is_for_the_person_to_say_and_its_title_stays_unsaid() -> None:
    facts = inspect("0900000000\n0900000001\n", has_header=True)

    assert facts.has_header
    assert facts.columns[0].title == ""


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("0900000001,a@shop.example,x\n", ["phone", "email", ""]),
        ("+886 900-000-001\n", ["phone"]),
        ("900000001\n", ["phone"]),
        ("a" * 64 + "\n", ["hashed"]),
        ("0a1b2c3d-0000-4000-8000-00000000000f\n", ["ifa"]),
        ("member_id,phone\n0900000001,0900000002\n", ["", "phone"]),
        ("phone\n9.1E+11\n", ["phone"]),
        ("電話番号\n\n", ["phone"]),
        ("name,note\nx,y\n", ["", ""]),
    ],
)
def test_columns_are_found_by_title_and_by_content(content: Any, expected: Any) -> None:
    assert guesses(content) == expected


def test_a_column_of_hashes_is_told_from_phones() -> None:
    assert guesses("id,手機,雜湊\n1,0900000001," + "b" * 64 + "\n") == ["", "phone", "hashed"]


@pytest.mark.parametrize(
    ("content", "expected"),
    [(b"a\nb\n", "lf"), (b"a\r\nb\r\n", "crlf"), (b"a\rb\r", "cr"), (b"a\r\nb\n", "mixed"), (b"a", "")],
)
def test_the_line_end_is_named(content: Any, expected: Any) -> None:
    assert inspect(content).newline == expected


def test_a_sample_is_the_first_rows_padded_and_cut_to_the_columns() -> None:
    reader = sealed("phone,name\n0900000001\n\n0900000002,b,c\n" + "0900000003,d\n" * 50)
    facts = reading.inspect(reader)

    rows = reading.sample(reader, facts, rows=3)

    assert rows == [["0900000001", "", ""], ["0900000002", "b", "c"], ["0900000003", "d", ""]]


@pytest.mark.parametrize(
    "content", [b"", b"\xef\xbb\xbf", b"\n", b"\r\n" * 1000, b"  \n \n", codecs.BOM_UTF16_LE]
)
def test_an_empty_file_is_said_to_be_empty(content: Any) -> None:
    with pytest.raises(reading.EmptyList, match="empty"):
        inspect(content)


@pytest.mark.parametrize(
    ("content", "advice"),
    [
        (b"PK\x03\x04\x14\x00", "Excel"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "Excel"),
        (b"\x1f\x8b\x08\x00", "gzip"),
        (b"%PDF-1.7", "PDF"),
        ("0900000001\n".encode("utf-32"), "UTF-32"),
    ],
)
def test_a_file_that_is_no_list_is_answered_with_what_to_do(content: Any, advice: Any) -> None:
    with pytest.raises(reading.UnreadableList, match=advice):
        inspect(content)


def test_a_file_of_open_quotes_is_refused() -> None:
    with pytest.raises(reading.UnreadableList, match="CSV UTF-8"):
        inspect(b'"' + b"x" * 300_000)


def test_thousands_of_columns_are_refused() -> None:
    with pytest.raises(reading.TooManyColumns):
        inspect("a," * 5000 + "\n")


@hypothesis_settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.binary(max_size=300))
def test_any_bytes_are_described_or_refused_in_words(content: Any) -> None:
    reader = sealed(content)
    with contextlib.suppress(reading.UnreadableList):
        facts = reading.inspect(reader)

        assert all(len(row) == len(facts.columns) for row in reading.sample(reader, facts))


@pytest.mark.parametrize(
    "content",
    [
        b"phone\n0900000001\nbad\xff\n",
        b'phone,name\n0900000001,"open\n0900000002,x\n',
        b"0900000001\0\n",
        b"x" * 300_000,
        b"phone,phone\n0900000001,0900000002\n",
        "電話\n0900000001\n".encode()[:-1],
        "手機\n".encode("cp950") + b"\x81",
    ],
)
def test_nasty_files_are_described(content: Any) -> None:
    assert inspect(content).columns


def test_the_reading_of_a_large_file_stops_after_its_head() -> None:
    reader = sealed(b"0900000001,a\n" * 400_000)

    assert [column.guess for column in reading.inspect(reader).columns] == ["phone", ""]
    assert reader._number == 1
