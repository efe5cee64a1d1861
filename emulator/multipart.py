"""multipart/form-data, read as it arrives: fields are short, the file goes through in pieces."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import Message

from emulator.exchange import Body

PIECE = 1 << 18
LONGEST_HEADERS = 16_384
LONGEST_FIELD = 8_192
MOST_PARTS = 32


class Malformed(Exception):
    """The body is not the multipart it claims to be."""


@dataclass
class Part:
    name: str
    file_name: str | None
    media_type: str  # "text/plain" if the part does not say
    _reader: Reader = field(repr=False)

    def chunks(self) -> Iterator[bytes]:
        return self._reader.content()

    def text(self) -> str:
        """A field's value."""
        value = b""
        for chunk in self.chunks():
            value += chunk
            if len(value) > LONGEST_FIELD:
                raise Malformed("a field is too long")
        try:
            return value.decode("utf-8")
        except UnicodeDecodeError as error:
            raise Malformed("a field is not UTF-8") from error


class Reader:
    def __init__(self, body: Body, content_type: str) -> None:
        self._body = body
        self._delimiter = b"\r\n--" + _boundary(content_type)
        self._buffer = bytearray(b"\r\n")  # so that the first boundary looks like all others
        self._inside = True  # in the preamble, to begin with

    def parts(self) -> Iterator[Part]:
        self._skip()
        for _ in range(MOST_PARTS):
            ending = self._line(b"\r\n", 1024)
            if ending.startswith(b"--"):
                self._end()
                return
            if ending.strip(b" \t"):
                raise Malformed("a boundary does not end its line")
            self._inside = True
            yield self._part()
            self._skip()
        raise Malformed("too many parts")

    def content(self) -> Iterator[bytes]:
        """What is left of the present part."""
        keep = len(self._delimiter) - 1
        while self._inside:
            at = self._buffer.find(self._delimiter)
            if at >= 0:
                self._inside = False
                yield self._cut(at)
                del self._buffer[: len(self._delimiter)]
            elif len(self._buffer) > keep:
                yield self._cut(len(self._buffer) - keep)
            else:
                self._more()

    def _part(self) -> Part:
        headers = Message()
        while line := self._line(b"\r\n", LONGEST_HEADERS):
            name, colon, value = line.decode("utf-8", "replace").partition(":")
            if not colon:
                raise Malformed("a part header has no colon")
            headers[name.strip()] = value.strip()
        name_of_field = headers.get_param("name", header="content-disposition")
        if not isinstance(name_of_field, str) or headers.get_content_disposition() != "form-data":
            raise Malformed("a part has no name")
        return Part(name_of_field, headers.get_filename(), headers.get_content_type(), self)

    def _line(self, end: bytes, most: int) -> bytes:
        while (at := self._buffer.find(end)) < 0:
            # A closing boundary may be the very last thing, without a line end.
            if self._buffer.startswith(b"--") or len(self._buffer) > most:
                break
            self._more()
        if at < 0 and not self._buffer.startswith(b"--"):
            raise Malformed("part headers are too long")
        line = self._cut(at if at >= 0 else len(self._buffer))
        del self._buffer[: len(end)]
        return line

    def _end(self) -> None:
        """Up to the last announced byte: a body that is cut off even behind its form is no upload."""
        while self._body.read(PIECE):
            pass

    def _skip(self) -> None:
        for _ in self.content():
            pass

    def _cut(self, size: int) -> bytes:
        piece = bytes(self._buffer[:size])
        del self._buffer[:size]
        return piece

    def _more(self) -> None:
        piece = self._body.read(PIECE)
        if not piece:
            raise Malformed("the body ends inside a part")
        self._buffer += piece


def _boundary(content_type: str) -> bytes:
    header = Message()
    header["Content-Type"] = content_type
    boundary = header.get_boundary("")
    if not 1 <= len(boundary) <= 70 or not boundary.isascii():  # noqa: PLR2004 - RFC 2046's bound
        raise Malformed("no usable boundary")
    return boundary.encode("ascii")
