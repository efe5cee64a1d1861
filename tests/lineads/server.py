"""A server that answers as a test says: whole, late, drop by drop, or by hanging up."""

from __future__ import annotations

import hashlib
import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from lineads.client import LineAds

KEPT = 1_000_000
AUDIENCE = {
    "id": "1234567890123",
    "name": "VIP customers May",
    "functionType": "HASHED_EMAIL_UPLOAD",
    "status": "IN_PROGRESS",
    "estimatedAudienceSize": "-",
    "created": "2026-05-14T12:04:05+09:00",
}


@dataclass(frozen=True)
class Request:
    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes
    size: int
    sha256: str


Answer = Callable[[socket.socket], None]


@dataclass
class Server:
    url: str
    answers: list[Answer]
    requests: list[Request] = field(default_factory=list)
    connections: int = 0

    def client(self, **options: Any) -> LineAds:
        return LineAds(self.url, "AKTESTVECTOR0001", "sk-test-vector-not-a-real-secret", **options)


def reply(status: int, body: object = b"", **headers: str) -> Answer:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(content)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return lambda peer: peer.sendall("\r\n".join([*lines, "", ""]).encode() + content)


def raw(text: bytes) -> Answer:
    return lambda peer: peer.sendall(text)


def reset(peer: socket.socket) -> None:
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    peer.close()


def drip(text: bytes, pause: float) -> Answer:
    """One byte at a time until the other side has had enough."""

    def answer(peer: socket.socket) -> None:
        with suppress(OSError):
            for byte in text * 1000:
                peer.sendall(bytes([byte]))
                threading.Event().wait(pause)

    return answer


@contextmanager
def line(*answers: Answer, tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    """Serve one connection per answer, in turn, and keep what was asked."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        scheme = "https" if tls else "http"
        server = Server(f"{scheme}://127.0.0.1:{listener.getsockname()[1]}", list(answers))
        thread = threading.Thread(target=_serve, args=(listener, server, tls), daemon=True)
        thread.start()
        yield server
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(timeout=5)


def _serve(listener: socket.socket, server: Server, tls: ssl.SSLContext | None) -> None:
    with suppress(OSError):
        while server.answers:
            peer, _ = listener.accept()
            server.connections += 1
            # ValueError: the client connected and left without a word.
            with peer, suppress(OSError, ValueError):
                stream = tls.wrap_socket(peer, server_side=True) if tls else peer
                server.requests.append(_read(stream))
                server.answers.pop(0)(stream)


def _read(peer: socket.socket) -> Request:
    reader = peer.makefile("rb")
    method, target, _ = reader.readline().decode().split()
    pairs = [entry.decode().strip().split(": ", 1) for entry in iter(reader.readline, b"\r\n")]
    headers = dict(pairs)
    size = int(headers.get("Content-Length", 0))
    digest, kept, left = hashlib.sha256(), b"", size
    while left:
        chunk = reader.read(min(left, 65536))
        if not chunk:
            break
        digest.update(chunk)
        kept += chunk if len(kept) < KEPT else b""
        left -= len(chunk)
    return Request(method, target, headers, kept, size - left, digest.hexdigest())
