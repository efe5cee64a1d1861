"""HTTP as it may come: broken, chunked, kept alive, cut off. Never a 500, never a traceback."""

from __future__ import annotations

import json
import socket
from http.client import HTTPConnection

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.emulator.client import ACCOUNT, hashed, lines, signed_headers
from tests.emulator.process import EmulatorProcess

UPLOAD = f"/api/v3/adaccounts/{ACCOUNT}/custom-audiences/upload"
LIST = f"/api/v3/adaccounts/{ACCOUNT}/custom-audiences"


def port(line: EmulatorProcess) -> int:
    return int(line.url.rpartition(":")[2])


def talk(line: EmulatorProcess, sent: bytes) -> bytes:
    """Send, say no more, and read all that comes back."""
    with socket.create_connection(("127.0.0.1", port(line)), timeout=10) as client:
        client.sendall(sent)
        client.shutdown(socket.SHUT_WR)
        answer = b""
        while piece := client.recv(65536):
            answer += piece
    return answer


def form(file: bytes) -> bytes:
    fields = {"name": "VIP", "action": "ADD", "idType": "HASHED_EMAIL"}
    parts = "".join(
        f'--cut\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    )
    head = '--cut\r\nContent-Disposition: form-data; name="file"; filename="ids.txt"\r\n\r\n'
    return parts.encode() + head.encode() + file + b"\r\n--cut--\r\n"


def upload_head(*extra: str) -> bytes:
    headers = signed_headers(UPLOAD, content_type="multipart/form-data")
    rows = [f"{name}: {value}" for name, value in headers.items()]
    rows += ["Host: line.example", "Content-Type: multipart/form-data; boundary=cut", *extra]
    return "\r\n".join([f"POST {UPLOAD} HTTP/1.1", *rows, "", ""]).encode()


def test_one_connection_serves_many_requests_also_after_a_refused_upload(line: EmulatorProcess) -> None:
    connection = HTTPConnection("127.0.0.1", port(line), timeout=20)
    statuses = []
    for _ in range(2):
        connection.request("POST", UPLOAD, form(b"x" * 3_000_000), {"Authorization": "Bearer none"})
        refused = connection.getresponse()
        statuses.append((refused.status, json.loads(refused.read())["errors"][0]["reason"]))
        connection.request("GET", LIST, headers=signed_headers(LIST))
        answer = connection.getresponse()
        statuses.append((answer.status, json.loads(answer.read())["totalElements"]))
    connection.close()

    assert statuses == [(401, "AUTHORIZATION_FAILED"), (200, 0)] * 2


def test_a_body_in_chunks_is_read(line: EmulatorProcess) -> None:
    body = form(lines(hashed("a")))
    chunks = b"".join(
        b"%x\r\n%b\r\n" % (len(body[at : at + 50]), body[at : at + 50]) for at in range(0, len(body), 50)
    )

    answer = talk(line, upload_head("Transfer-Encoding: chunked") + chunks + b"0\r\n\r\n")

    assert answer.startswith(b"HTTP/1.1 202 ")


@pytest.mark.parametrize(
    ("extra", "body"),
    [
        (["Content-Length: 1000000"], form(lines(hashed("a")))),
        (["Content-Length: 100"], form(lines(hashed("a")))),
        (["Content-Length: -5"], b""),
        (["Content-Length: many"], b""),
        (["Content-Length: 5", "Transfer-Encoding: chunked"], b"0\r\n\r\n"),
        (["Transfer-Encoding: gzip"], b""),
        (["Transfer-Encoding: chunked"], b"zz\r\n"),
        (["Transfer-Encoding: chunked"], b"5\r\nab"),
        (["Content-Length: 4"], b"\0\0\0\0"),
    ],
    ids=[
        "cut off",
        "too short",
        "negative",
        "no number",
        "both",
        "unknown coding",
        "no chunk",
        "half a chunk",
        "no form",
    ],
)
def test_a_body_that_is_not_what_was_announced_is_refused_and_nothing_kept(
    line: EmulatorProcess, extra: list[str], body: bytes
) -> None:
    answer = talk(line, upload_head(*extra) + body)

    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b'{"errors":[{"reason":' in answer
    assert list((line.folder / "sets").iterdir()) == []


BROKEN = [b"nonsense\r\n\r\n", b"GET\r\n\r\n", b"BREW /api/v3/x HTTP/1.1\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n"]
BROKEN += [
    b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\n\r\n",
    b"GET / HTTP/1.1\r\nbad header\r\n\r\n",
    b"\xff\r\n\r\n",
]


@pytest.mark.parametrize("sent", BROKEN)
def test_a_broken_request_gets_an_answer_without_a_traceback(line: EmulatorProcess, sent: bytes) -> None:
    answer = talk(line, sent)

    assert b" 500 " not in answer.partition(b"\r\n")[0]
    assert b"Traceback" not in answer


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE", "HEAD", "PATCH", "OPTIONS"]),
    base=st.sampled_from(
        [LIST, UPLOAD, "/v2/bot/audienceGroup/list", "/_control/audiences", "/_control/shares", "/"]
    ),
    rest=st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=30),
    body=st.binary(max_size=200),
    content_type=st.sampled_from(["", "application/json", "multipart/form-data; boundary=cut", "text/plain"]),
)
def test_no_request_however_odd_is_a_server_error(
    line: EmulatorProcess, method: str, base: str, rest: str, body: bytes, content_type: str
) -> None:
    path = base + rest
    signed = signed_headers(path.partition("?")[0], content=b"" if "multipart" in content_type else body)
    connection = HTTPConnection("127.0.0.1", port(line), timeout=20)
    connection.request(method, path, body, signed | {"Content-Type": content_type})
    answer = connection.getresponse()
    answer.read()
    connection.close()

    assert answer.status < 500


def test_only_this_machine_is_served(line: EmulatorProcess) -> None:
    others = [
        address
        for address in socket.gethostbyname_ex(socket.gethostname())[2]
        if not address.startswith("127.")
    ]

    for address in others:
        with pytest.raises(OSError, match=r"refused|timed out"):
            socket.create_connection((address, port(line)), timeout=1)
