"""One request and its answer, free of sockets: what the APIs are written against."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import parse_qs

LONGEST_JSON = 2 * 1024 * 1024
EMPTY_DIGEST_TYPES = {"", "multipart/form-data"}


class Disconnected(Exception):
    """The client went away before it had sent what it announced."""


class Body(Protocol):
    """What the client sends, read once, as far as anybody asks."""

    present: bool

    def read(self, size: int) -> bytes: ...


@dataclass
class Entry:
    """What the requests log says of a request; numbers of ids, never ids."""

    action: str | None = None
    id_type: str | None = None
    rows: int | None = None
    ids: int | None = None


@dataclass
class Request:
    method: str
    path: str  # as sent: escaped, without the query
    query_string: str
    headers: Mapping[str, str]
    body: Body
    params: dict[str, str] = field(default_factory=dict)
    entry: Entry = field(default_factory=Entry)
    job_fails: bool = False  # a fault was ordered for the job of this upload
    _content: bytes | None = None

    @property
    def query(self) -> dict[str, list[str]]:
        return parse_qs(self.query_string, keep_blank_values=True, errors="replace")

    @property
    def media_type(self) -> str:
        """Without parameters, lower case; empty when nothing is sent."""
        sent = self.headers.get("Content-Type") or ""
        return sent.partition(";")[0].strip().lower() if self.body.present else ""

    def content(self) -> bytes:
        """The whole body, for small ones; longer than LONGEST_JSON means it was cut."""
        if self._content is None:
            self._content = read_all(self.body, LONGEST_JSON + 1)
        return self._content


@dataclass
class Response:
    status: int
    content: bytes = b""
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)


class Refusal(Exception):
    """An answer that is not the one hoped for."""

    def __init__(self, response: Response) -> None:
        super().__init__(f"HTTP {response.status}")
        self.response = response


def answer(data: Any, status: int = 200) -> Response:
    return Response(status, json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode())


def read_all(body: Body, most: int) -> bytes:
    pieces, size = [], 0
    while size < most and (piece := body.read(min(65536, most - size))):
        pieces.append(piece)
        size += len(piece)
    return b"".join(pieces)


def loads(content: bytes) -> Any:
    """JSON as data; ValueError for everything that is not, however it is wrong."""
    try:
        data = json.loads(content.decode("utf-8"))
        json.dumps(
            data, ensure_ascii=False
        ).encode()  # half a surrogate pair is text to JSON, not to anything else
        return data
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
