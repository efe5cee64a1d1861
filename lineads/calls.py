"""One signed call: request, answer, error and log line."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar
from urllib.parse import urlencode

import httpx2

from lineads import signing
from lineads.errors import SUCCESSES, Kind, LineAdsError, kind_of
from lineads.multipart import Multipart
from lineads.wire import Answer, exchange

T = TypeVar("T")
# Only what looks like one of LINE's codes gets into an error's text: an answer may repeat what we sent.
REASON = re.compile(r"[A-Z][A-Z0-9_]{1,99}")
REASONS_KEPT = 20


@dataclass(frozen=True)
class CallRecord:
    """A line of the log that LINE asks its users to keep; no query, and `kind` is None when all went well."""

    at: datetime
    method: str
    path: str
    status: int | None
    ms: int
    kind: Kind | None


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, repr=False)
class Caller:
    base_url: str
    access_key: str
    secret_key: str
    deadline: float
    before_send: Callable[[], None] | None
    on_call: Callable[[CallRecord], None] | None
    clock: Callable[[], datetime]
    transport: httpx2.BaseTransport

    def call(
        self,
        method: str,
        path: str,
        read: Callable[[bytes], T],
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        upload: Multipart | None = None,
    ) -> T:
        at = self.clock()
        url = f"{self.base_url}{path}" + (f"?{urlencode(query)}" if query else "")
        request = self._request(method, url, at, _content(body), upload)
        with self._recorded(at, method, path) as seen:
            answer = exchange(self.transport, request, seconds=self.deadline, before_send=self.before_send)
            seen.append(answer.status)
            return _result(answer, read, at)

    def _request(
        self, method: str, url: str, at: datetime, content: bytes, upload: Multipart | None
    ) -> httpx2.Request:
        content_type = upload.content_type if upload else signing.JSON if content else ""
        headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
        if content_type:
            headers["Content-Type"] = content_type
        if upload:
            headers["Content-Length"] = str(len(upload))
        request = httpx2.Request(method, url, headers=headers, content=upload or content or None)
        sent_path = request.url.raw_path.decode("ascii")
        text = signing.payload(path=sent_path, moment=at, content_type=content_type, body=content)
        request.headers.update(signing.headers(self.access_key, self.secret_key, text, moment=at))
        return request

    @contextmanager
    def _recorded(self, at: datetime, method: str, path: str) -> Iterator[list[int]]:
        """Time the call and log it; what `before_send` or the file raises leaves no line."""
        started, seen, kind = time.monotonic(), list[int](), None
        try:
            yield seen
        except LineAdsError as error:
            error.ms = _ms_since(started)
            kind = error.kind
            self._record(CallRecord(at, method, path, error.status, error.ms, kind))
            raise
        self._record(CallRecord(at, method, path, seen[0], _ms_since(started), kind))

    def _record(self, record: CallRecord) -> None:
        if self.on_call:
            self.on_call(record)


def as_json(read: Callable[[Any], T]) -> Callable[[bytes], T]:
    return lambda body: read(json.loads(body))


def nothing(body: bytes) -> None:
    """For answers whose status says all."""


def _content(body: Mapping[str, Any] | None) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode() if body else b""


def _result(answer: Answer, read: Callable[[bytes], T], at: datetime) -> T:
    if answer.status not in SUCCESSES:
        raise _refusal(answer, at)
    if answer.fault:
        raise LineAdsError(answer.fault_kind, answer.fault, status=answer.status)
    with suppress(ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return read(answer.body)
    raise LineAdsError(Kind.STRANGE, "the answer is not what LINE sends", status=answer.status)


def _refusal(answer: Answer, at: datetime) -> LineAdsError:
    return LineAdsError(
        kind_of(answer.status),
        f"LINE answered {answer.status}",
        status=answer.status,
        reasons=_reasons(answer.body),
        retry_after=_retry_after(answer.headers, at),
        clock_skew=_seconds_from(at, answer.headers.get("Date", "")),
    )


def _reasons(body: bytes) -> tuple[str, ...]:
    """From `{"errors": [...]}`, or the bare list that LINE's text also speaks of; anything else has none."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return ()
    entries = data.get("errors") if isinstance(data, dict) else data
    found = (
        [entry.get("reason") for entry in entries if isinstance(entry, dict)]
        if isinstance(entries, list)
        else []
    )
    return tuple(reason for reason in found if isinstance(reason, str) and REASON.fullmatch(reason))[
        :REASONS_KEPT
    ]


def _retry_after(headers: httpx2.Headers, at: datetime) -> float | None:
    asked = headers.get("Retry-After", "").strip()
    if asked.isascii() and asked.isdecimal():
        return float(asked)
    seconds = _seconds_from(at, asked)
    return None if seconds is None else max(0.0, seconds)


def _seconds_from(at: datetime, http_date: str) -> float | None:
    try:
        then = parsedate_to_datetime(http_date)
    except ValueError:
        return None
    return (then.replace(tzinfo=then.tzinfo or UTC) - at).total_seconds()


def _ms_since(started: float) -> int:
    return round((time.monotonic() - started) * 1000)
