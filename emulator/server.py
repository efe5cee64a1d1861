"""The socket side: HTTP/1.1 with keep-alive, bodies as they come, answers that can truly get lost."""

from __future__ import annotations

import logging
import os
import re
import socket
import struct
import time
from collections.abc import Mapping
from email.message import Message
from email.utils import formatdate
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast

from emulator.answering import Lost, refusal, respond
from emulator.emulator import Emulator
from emulator.exchange import Disconnected, Request, Response

logger = logging.getLogger("emulator")

MOST_DRAINED = 256 * 1024 * 1024  # what an early refusal still reads, so that the client gets to see it
RESET_AFTER = 1 << 20  # a reset comes when a short body has arrived, and in the middle of a long one
TRICKLED = 30  # bytes of a slow answer that come one by one
LONGEST_CHUNK_LINE = 1024
CHUNK_SIZE = re.compile(rb"[0-9a-fA-F]{1,12}")
LONGEST_NUMBER = 18


class SocketBody:
    """A request body with a length or in chunks, read no further than asked."""

    def __init__(self, handler: Handler) -> None:
        headers = handler.headers
        self._file = handler.rfile
        self._chunked = headers.get("Transfer-Encoding") is not None
        self._left = 0 if self._chunked else _length(headers)
        self._ended = not self._chunked
        self.present = self._chunked or self._left > 0

    def read(self, size: int) -> bytes:
        if self._chunked and not self._left and not self._ended:
            self._next_chunk()
        if not self._left:
            return b""
        piece = self._file.read1(min(size, self._left))
        if not piece:
            raise Disconnected
        self._left -= len(piece)
        if self._chunked and not self._left:
            self._line()
        return piece

    def drain(self, most: int) -> bool:
        """Read and forget the rest; False if it was more than `most`, or never came."""
        try:
            while most > 0 and (piece := self.read(1 << 18)):
                most -= len(piece)
        except (Disconnected, ConnectionError, TimeoutError):
            return False
        return most > 0

    def _next_chunk(self) -> None:
        size = self._line().partition(b";")[0].strip()
        if not CHUNK_SIZE.fullmatch(size):
            raise Disconnected
        self._left = int(size, 16)
        if not self._left:
            self._ended = True
            while self._line():
                pass

    def _line(self) -> bytes:
        line = self._file.readline(LONGEST_CHUNK_LINE)
        if not line.endswith(b"\n"):
            raise Disconnected
        return line.strip()


def _length(headers: Message) -> int:
    """How many bytes follow; -1 if the headers do not agree with themselves."""
    text, coding = headers.get("Content-Length"), headers.get("Transfer-Encoding")
    if coding is not None:
        return 0 if text is None and coding.strip().lower() == "chunked" else -1
    text = "0" if text is None else text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < LONGEST_NUMBER else -1


class Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"
    timeout = 60  # seconds without a byte
    disable_nagle_algorithm = True

    def handle(self) -> None:
        try:
            super().handle()
        except (ConnectionError, TimeoutError):
            self.close_connection = True  # the client is gone; nothing was half done

    def exchange(self) -> None:
        body = SocketBody(self)
        path, _, query = self.path.partition("?")
        request = Request(self.command, path, query, cast("Mapping[str, str]", self.headers), body)
        if _length(self.headers) < 0:
            self.close_connection = True
            self.send(refusal(path, 400))
            return
        try:
            reply = respond(self.server.emulator, request)
        except Lost as lost:
            body.drain(RESET_AFTER)
            self.lose(lost)
            return
        self.close_connection |= not body.drain(MOST_DRAINED)
        self.send(reply.response, pause=reply.pause)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = exchange

    def send(self, response: Response, *, pause: float = 0.0) -> None:
        self.send_response(response.status)
        for name, value in response.headers.items():
            self.send_header(name, value)
        if response.content:
            self.send_header("Content-Type", response.content_type)
        self.send_header("Content-Length", str(len(response.content)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        content = b"" if self.command == "HEAD" else response.content
        for at in range(min(TRICKLED, len(content)) if pause else 0):
            self.wfile.write(content[at : at + 1])
            time.sleep(pause)
        self.wfile.write(content[TRICKLED:] if pause else content)

    def lose(self, lost: Lost) -> None:
        """No answer: end the connection politely, or with a reset on the wire."""
        self.close_connection = True
        time.sleep(lost.after)
        if lost.reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            os.close(self.connection.detach())  # past socketserver, whose shutdown would send a FIN first

    def date_time_string(self, timestamp: float | None = None) -> str:
        """The Date of every answer is LINE's clock, also when that is off."""
        return formatdate(self.server.emulator.clock.now() if timestamp is None else timestamp, usegmt=True)

    def version_string(self) -> str:
        return "LINE-emulator"

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """What http.server itself refuses: a broken request line, headers without end, an odd method."""
        del message, explain
        self.close_connection = True
        status = HTTPStatus.METHOD_NOT_ALLOWED if code == HTTPStatus.NOT_IMPLEMENTED else code
        self.command = getattr(self, "command", None) or "GET"
        self.send(refusal(getattr(self, "path", "") or "/", int(status)))

    def log_message(self, format: str, *args: Any) -> None:
        """The journal has the requests; query strings stay out of the log."""


class Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, emulator: Emulator, host: str = "127.0.0.1") -> None:
        self.emulator = emulator
        super().__init__((host, emulator.settings.port), Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        logger.exception("a connection ended in an error")
