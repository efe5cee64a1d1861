"""multipart/form-data as different clients write it, and as none should."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.multipart import Malformed, Reader

TYPE = "multipart/form-data; boundary=cut"


class Bytes:
    """A body that comes in pieces of a few bytes."""

    present = True

    def __init__(self, content: bytes, piece: int) -> None:
        self._content, self._piece = content, piece

    def read(self, size: int) -> bytes:
        size = min(size, self._piece)
        piece, self._content = self._content[:size], self._content[size:]
        return piece


def parts(content: bytes, *, piece: int = 3, content_type: str = TYPE) -> list[tuple[str, str | None, bytes]]:
    found = []
    for part in Reader(Bytes(content, piece), content_type).parts():
        found.append((part.name, part.file_name, b"".join(part.chunks())))
    return found


def field(name: str, value: bytes, extra: str = "") -> bytes:
    return f'--cut\r\nContent-Disposition: form-data; name="{name}"{extra}\r\n\r\n'.encode() + value + b"\r\n"


@given(st.binary(max_size=300).filter(lambda value: b"\r\n--cut" not in value), st.integers(1, 50))
def test_whatever_is_in_a_part_comes_through(value: bytes, piece: int) -> None:
    content = field("action", b"ADD") + field("file", value, '; filename="ids.txt"') + b"--cut--\r\n"

    assert parts(content, piece=piece) == [("action", None, b"ADD"), ("file", "ids.txt", value)]


@pytest.mark.parametrize("tail", [b"--cut--\r\n", b"--cut--", b"--cut--\r\nand an epilogue"])
def test_a_body_may_end_in_any_of_the_usual_ways(tail: bytes) -> None:
    assert parts(field("name", b"VIP") + tail) == [("name", None, b"VIP")]


def test_a_preamble_and_blanks_after_a_boundary_are_skipped() -> None:
    content = (
        b"nothing of interest\r\n" + field("name", b"VIP").replace(b"--cut\r\n", b"--cut \t\r\n") + b"--cut--"
    )

    assert parts(content) == [("name", None, b"VIP")]


def test_file_names_in_any_language_are_read() -> None:
    plain = field("file", b"x", '; filename="名單.txt"')
    encoded = field("file", b"x", "; filename*=UTF-8''%E5%90%8D%E5%96%AE.txt")

    assert [name for _, name, _ in parts(plain + encoded + b"--cut--")] == ["名單.txt", "名單.txt"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no boundary anywhere",
        field("name", b"VIP"),
        field("file", b"x" * 1000),
        b"--cut\r\nno colon here\r\n\r\nx\r\n--cut--",
        b"--cut\r\nContent-Type: text/plain\r\n\r\nx\r\n--cut--",
        b'--cut\r\nContent-Disposition: attachment; name="file"\r\n\r\nx\r\n--cut--',
        b"--cut\r\n" + b"x-header: y\r\n" * 5 + b"z" * 20_000,
        b"--cutting\r\n\r\nx\r\n--cut--",
        field("a", b"1") * 40 + b"--cut--",
    ],
)
def test_what_is_not_multipart_is_refused(content: bytes) -> None:
    with pytest.raises(Malformed):
        parts(content, piece=1000)


@pytest.mark.parametrize(
    "content_type", ["multipart/form-data", "multipart/form-data; boundary=", f"a/b; boundary={'x' * 71}"]
)
def test_a_boundary_must_be_named(content_type: str) -> None:
    with pytest.raises(Malformed):
        parts(b"", content_type=content_type)


def test_a_field_that_is_too_long_or_no_text_is_refused() -> None:
    for value in (b"x" * 10_000, b"\xff\xfe"):
        part = next(Reader(Bytes(field("name", value) + b"--cut--", 1000), TYPE).parts())
        with pytest.raises(Malformed):
            part.text()
