"""One request, one answer, one deadline.

The HTTP library's transport is used without its client: no redirects, cookies, proxies from the environment,
decompression or kept-alive connections, each of which could send something a second time or to somebody else.

Time-outs per read do not end a server that drips a byte a second, so a watchdog shuts the connection down.
The library's trace hook tells when the first byte is about to leave: what fails earlier was not processed.
"""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx2

from lineads.errors import Kind, LineAdsError

BODY_LIMIT = 1_000_000
CONNECT_SECONDS = 10.0


@dataclass(frozen=True)
class Answer:
    status: int
    headers: httpx2.Headers
    body: bytes
    fault: str = ""  # why the body is not whole, or empty
    fault_kind: Kind = Kind.UNKNOWN


class Watchdog:
    def __init__(self, seconds: float, before_send: Callable[[], None] | None) -> None:
        self.is_over = False
        self.has_sent = False
        self._before_send = before_send
        self._socket: socket.socket | None = None
        self._timer = threading.Timer(seconds, self._bite)
        self._timer.daemon = True

    def __enter__(self) -> Watchdog:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()

    def trace(self, event: str, info: dict[str, Any]) -> None:
        if event in {"connection.connect_tcp.complete", "connection.start_tls.complete"}:
            self._socket = info["return_value"].get_extra_info("socket")
            self._check()
        elif event == "http11.send_request_headers.started":
            self._check()
            if self._before_send:
                self._before_send()
                self._check()
            self.has_sent = True

    def _check(self) -> None:
        # The watchdog may have bitten while there was no socket to bite.
        if self.is_over:
            raise LineAdsError(Kind.NOT_SENT, "the deadline passed before sending")

    def _bite(self) -> None:
        self.is_over = True
        if self._socket is not None:
            _shut_down(self._socket)


def exchange(
    transport: httpx2.BaseTransport,
    request: httpx2.Request,
    *,
    seconds: float,
    before_send: Callable[[], None] | None = None,
) -> Answer:
    """Answers of any status come back; a request without an answer raises NOT_SENT, TLS or UNKNOWN."""
    with Watchdog(seconds, before_send) as watchdog:
        waits = {"connect": min(seconds, CONNECT_SECONDS), "read": seconds, "write": seconds, "pool": seconds}
        request.extensions = {"timeout": waits, "trace": watchdog.trace}
        try:
            response = transport.handle_request(request)
        except httpx2.TransportError as fault:
            failure = _failure(fault, watchdog)
        else:
            return _read(response, watchdog)
    # Raised out here without its cause, which holds the request and so the signature.
    raise failure


def _read(response: httpx2.Response, watchdog: Watchdog) -> Answer:
    body, fault = bytearray(), ""
    try:
        for chunk in response.iter_raw():
            body += chunk
            if len(body) > BODY_LIMIT:
                return Answer(response.status_code, response.headers, b"", "too large", Kind.STRANGE)
    except httpx2.TransportError:
        fault = "the answer broke off"
    finally:
        response.close()
    # An answer without a length ends quietly when the watchdog closes the connection.
    fault = "the deadline passed while reading the answer" if watchdog.is_over else fault
    return Answer(response.status_code, response.headers, bytes(body), fault)


def _failure(fault: httpx2.TransportError, watchdog: Watchdog) -> LineAdsError:
    name = "the deadline passed" if watchdog.is_over else type(fault).__name__
    if watchdog.has_sent:
        return LineAdsError(Kind.UNKNOWN, name)
    if _is_distrust(fault):
        return LineAdsError(Kind.TLS, "the server's certificate was not accepted")
    return LineAdsError(Kind.NOT_SENT, name)


def _is_distrust(fault: BaseException | None) -> bool:
    while fault is not None:
        if isinstance(fault, ssl.SSLError):
            # A handshake that was cut off proves nothing about who was there.
            return not isinstance(fault, ssl.SSLEOFError | ssl.SSLZeroReturnError)
        fault = fault.__cause__ or fault.__context__
    return False


def _shut_down(connection: socket.socket) -> None:
    try:
        # Not SSLSocket.shutdown, which would pull the TLS state from under the thread that reads.
        socket.socket.shutdown(connection, socket.SHUT_RDWR)
    except OSError:
        return  # already closed
