from __future__ import annotations

import gzip
import json
import logging
import socket
import ssl
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from lineads.calls import CallRecord
from lineads.client import LineAds
from lineads.errors import Kind, LineAdsError
from tests.lineads.server import AUDIENCE, Answer, Server, drip, line, raw, reply, reset
from tests.lineads.test_client import IDS, MOMENT, Chunks, send

SHORT = 0.4


def failure(server: Server, **options: object) -> LineAdsError:
    with pytest.raises(LineAdsError) as caught:
        send(server.client(**options))
    return caught.value


def refusal(status: int, body: object = b"", **headers: str) -> LineAdsError:
    with line(reply(status, body, **headers)) as server:
        return failure(server, clock=lambda: MOMENT)


@pytest.mark.parametrize(
    ("status", "kind", "was_processed", "may_retry"),
    [
        (302, Kind.REDIRECT, False, False),
        (400, Kind.INVALID, False, False),
        (401, Kind.KEY_REFUSED, False, False),
        (403, Kind.FORBIDDEN, False, False),
        (404, Kind.GONE, False, False),
        (408, Kind.UNKNOWN, None, True),
        (409, Kind.BUSY, False, True),
        (410, Kind.GONE, False, False),
        (413, Kind.TOO_LARGE, False, False),
        (418, Kind.REFUSED, False, False),
        (422, Kind.INVALID, False, False),
        (425, Kind.UNKNOWN, None, True),
        (429, Kind.RATE_LIMITED, False, True),
        (500, Kind.UNKNOWN, None, True),
        (503, Kind.UNKNOWN, None, True),
    ],
)
def test_each_status_says_whether_it_was_processed_and_whether_a_retry_helps(
    status: int, kind: Kind, was_processed: bool | None, may_retry: bool
) -> None:
    error = refusal(status)

    assert (error.kind, error.status) == (kind, status)
    assert (error.was_processed, error.may_retry) == (was_processed, may_retry)


@pytest.mark.parametrize(
    "body",
    [
        {"errors": [{"reason": "AUDIENCE_GROUP_NAME_DUPLICATE", "property": "name"}]},
        [{"reason": "AUDIENCE_GROUP_NAME_DUPLICATE"}],
    ],
)
def test_reasons_are_read_in_both_shapes_of_the_documents(body: object) -> None:
    assert refusal(400, body).reasons == ("AUDIENCE_GROUP_NAME_DUPLICATE",)


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"{", b'{"errors":7}', b'["x"]', b"null", b"\xff", b"[" * 99_999]
)
def test_an_error_without_readable_reasons_has_none(body: bytes) -> None:
    assert refusal(400, body).reasons == ()


def test_only_codes_of_line_get_into_an_error() -> None:
    entries = [{"reason": "taro@customers.example"}, {"reason": 7}, {"reason": "INVALID_FILE_CONTENT"}]

    error = refusal(400, {"errors": entries})

    assert error.reasons == ("INVALID_FILE_CONTENT",)
    assert "taro" not in str(error)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("7", 7.0), (format_datetime(MOMENT + timedelta(minutes=2), usegmt=True), 120.0), ("soon", None)],
)
def test_line_may_say_how_long_to_wait(header: str, seconds: float | None) -> None:
    assert refusal(429, Retry_After=header).retry_after == seconds


def test_a_refused_key_tells_how_far_the_clocks_are_apart() -> None:
    ahead = format_datetime(MOMENT + timedelta(minutes=20), usegmt=True)

    assert refusal(401, Date=ahead).clock_skew == 1200.0


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", Kind.STRANGE),
        (b"<html>ok</html>", Kind.STRANGE),
        (json.dumps(AUDIENCE).encode()[:-9], Kind.STRANGE),
        (b'{"name": "no id"}', Kind.STRANGE),
        (b'{"id": true}', Kind.STRANGE),
        (b'["id"]', Kind.STRANGE),
        (gzip.compress(json.dumps(AUDIENCE).encode()), Kind.STRANGE),
        (b" " * 1_000_001 + json.dumps(AUDIENCE).encode(), Kind.STRANGE),
    ],
)
def test_a_success_that_is_not_lines_answer_is_uncertain(body: bytes, kind: Kind) -> None:
    error = refusal(202, body)

    assert (error.kind, error.was_processed, error.may_retry) == (kind, None, True)


def test_an_answer_without_end_is_not_read_to_its_end() -> None:
    def endless(peer: socket.socket) -> None:
        peer.sendall(b"HTTP/1.1 202 Fine\r\n\r\n")
        while True:
            peer.sendall(b"x" * 65_536)

    with line(endless) as server:
        error = failure(server, deadline=30)

    assert error.kind is Kind.STRANGE
    assert error.ms < 10_000


@pytest.mark.parametrize(
    "answer",
    [
        lambda peer: None,
        reset,
        raw(b"HTTP/1.1 202 Fi"),
        raw(b"HTTP/1.1 202 Fine\r\nContent-Length: 500\r\n\r\n{"),
        raw(b"\x16\x03\x01 not http\r\n\r\n"),
    ],
    ids=["closed", "reset", "cut in the head", "cut in the body", "not http"],
)
def test_a_request_that_left_without_an_answer_is_uncertain(answer: Answer) -> None:
    with line(answer) as server:
        error = failure(server)

    assert (error.kind, error.was_processed) == (Kind.UNKNOWN, None)


def test_a_refusal_stays_one_when_its_body_breaks_off() -> None:
    with line(raw(b"HTTP/1.1 403 No\r\nContent-Length: 500\r\n\r\n{")) as server:
        assert failure(server).kind is Kind.FORBIDDEN


def test_a_redirect_is_not_followed() -> None:
    with line(reply(200, AUDIENCE)) as other, line(reply(307, Location=f"{other.url}/elsewhere")) as server:
        assert failure(server).kind is Kind.REDIRECT
        assert other.requests == []


def test_nothing_is_kept_from_one_call_to_the_next() -> None:
    with line(reply(202, AUDIENCE, Set_Cookie="a=b"), reply(202, AUDIENCE)) as server:
        client = server.client()
        send(client)
        send(client)

    assert "Cookie" not in server.requests[1].headers
    assert server.connections == 2


@pytest.mark.parametrize(
    "answer",
    [
        lambda peer: peer.recv(1),
        drip(b"HTTP/1.1 202 Fine\r\nX-Slow: very\r\n", 0.05),
        drip(b"HTTP/1.1 202 Fine\r\nContent-Length: 900\r\n\r\n" + b" " * 900, 0.01),
        drip(b"HTTP/1.1 202 Fine\r\n\r\n{}" + b" " * 900, 0.01),
    ],
    ids=["silence", "dripping head", "dripping body", "dripping body without length"],
)
def test_a_call_ends_at_its_deadline_whatever_the_server_does(answer: Answer) -> None:
    with line(answer) as server:
        started = time.monotonic()
        error = failure(server, deadline=SHORT)
        took = time.monotonic() - started

    assert error.kind is Kind.UNKNOWN
    assert SHORT * 0.9 <= took < SHORT + 2
    assert SHORT * 900 <= error.ms < SHORT * 1000 + 2000


def test_a_server_that_stops_reading_ends_the_call_at_its_deadline() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = LineAds(f"http://127.0.0.1:{listener.getsockname()[1]}", "key", "secret", deadline=SHORT)
        started = time.monotonic()
        with pytest.raises(LineAdsError) as caught:
            send(client, file=Chunks(b"0" * 65_536, 960), name="stuck")

    assert caught.value.kind is Kind.UNKNOWN
    assert time.monotonic() - started < SHORT + 2


def test_a_slow_answer_inside_the_deadline_is_an_answer() -> None:
    def late(peer: socket.socket) -> None:
        time.sleep(SHORT / 2)
        reply(202, AUDIENCE)(peer)

    with line(late) as server:
        assert send(server.client(deadline=SHORT * 2)).id == AUDIENCE["id"]


def nobody_listens() -> str:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        return f"http://127.0.0.1:{gone.getsockname()[1]}"


@pytest.mark.parametrize(
    "url", [nobody_listens, lambda: "http://line.invalid"], ids=["refused", "no such host"]
)
def test_what_never_connected_was_not_processed(url: Callable[[], str]) -> None:
    records: list[CallRecord] = []
    with pytest.raises(LineAdsError) as caught:
        send(LineAds(url(), "key", "secret", on_call=records.append))

    assert (caught.value.kind, caught.value.was_processed, caught.value.may_retry) == (
        Kind.NOT_SENT,
        False,
        True,
    )
    assert [(record.kind, record.status) for record in records] == [(Kind.NOT_SENT, None)]


def test_a_slow_check_before_sending_does_not_outlive_the_deadline() -> None:
    with line(reply(202, AUDIENCE)) as server:
        error = failure(server, deadline=SHORT, before_send=lambda: time.sleep(SHORT * 2))

    assert error.kind is Kind.NOT_SENT
    assert server.requests == []


def test_a_server_that_cannot_prove_to_be_line_gets_nothing(tmp_path: Path) -> None:
    with line(reply(202, AUDIENCE), tls=self_signed(tmp_path)) as server:
        error = failure(server)

    assert (error.kind, error.was_processed, error.may_retry) == (Kind.TLS, False, False)
    assert server.requests == []


def test_a_handshake_that_is_cut_off_was_not_processed() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = LineAds(f"https://127.0.0.1:{listener.getsockname()[1]}", "key", "secret", deadline=SHORT)
        started = time.monotonic()
        with pytest.raises(LineAdsError) as caught:
            send(client)

    assert caught.value.kind is Kind.NOT_SENT
    assert time.monotonic() - started < SHORT + 2


@pytest.mark.parametrize("answer", [reply(401), reset, reply(202, b"{}")])
def test_no_error_carries_key_signature_or_ids(answer: Answer) -> None:
    with line(answer) as server:
        error = failure(server)

    shown = f"{error!r} {error} {error.__dict__}"
    assert not any(word in shown for word in ["AKTEST", "sk-test", "Bearer", "b6ebd8"])
    assert IDS.chunk.decode() not in shown
    assert (error.__cause__, error.__context__) == (None, None)


def test_no_log_line_carries_key_signature_or_ids(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="httpcore2.http11")
    with line(reply(202, AUDIENCE), reply(401)) as server:
        send(server.client())
        failure(server)

    assert caplog.messages
    assert not any(word in caplog.text for word in ["AKTEST", "sk-test", "Bearer", "b6ebd8", "VIP"])


def self_signed(folder: Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    certificate = (
        builder.not_valid_before(now).not_valid_after(now + timedelta(days=1)).sign(key, hashes.SHA256())
    )
    pem = folder / "server.pem"
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    pem.write_bytes(secret + certificate.public_bytes(Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context
