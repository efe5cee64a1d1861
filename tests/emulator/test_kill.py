"""Power cuts: what LINE has accepted survives a kill -9, what it has not leaves nothing behind."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.emulator.client import ACCOUNT, AdsClient, fingerprint, hashed, lines, signed_headers
from tests.emulator.conftest import introduce
from tests.emulator.process import EmulatorProcess


@pytest.fixture
def mortal(tmp_path: Path) -> Iterator[EmulatorProcess]:
    with EmulatorProcess(tmp_path) as line:
        introduce(line)
        yield line


def held(line: EmulatorProcess, audience: str) -> str:
    return str(line.control("GET", f"/audiences/{audience}")["fingerprint"])


def test_sets_survive(mortal: EmulatorProcess) -> None:
    ads = AdsClient(mortal.url)
    audience = ads.create("VIP", hashed(*range(1000)))
    ads.upload(lines(hashed("late")), id=audience, action="ADD", idType="HASHED_EMAIL")

    mortal.restart()

    assert held(mortal, audience) == fingerprint(hashed(*range(1000), "late"))


def test_a_job_that_ran_ends_after_the_restart(mortal: EmulatorProcess) -> None:
    ads = AdsClient(mortal.url)
    audience = ads.create("VIP", hashed("a"))
    held(mortal, audience)
    mortal.control("POST", "/clock", {"job_seconds": 3600})
    ads.upload(lines(hashed("b")), id=audience, action="REPLACE", idType="HASHED_EMAIL")

    mortal.restart()
    assert held(mortal, audience) == fingerprint(hashed("a")), "the clock's setting survives too"
    mortal.control("POST", "/clock", {"job_seconds": 0})

    assert held(mortal, audience) == fingerprint(hashed("b"))


def test_half_an_upload_leaves_nothing(mortal: EmulatorProcess) -> None:
    path = f"/api/v3/adaccounts/{ACCOUNT}/custom-audiences/upload"
    headers = signed_headers(path, content_type="multipart/form-data") | {
        "Host": "line.example",
        "Content-Length": "9000000",
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    part = '--cut\r\nContent-Disposition: form-data; name="file"; filename="ids.txt"\r\n\r\n'
    address = ("127.0.0.1", int(mortal.url.rpartition(":")[2]))
    with socket.create_connection(address) as client:
        client.sendall(
            f"POST {path} HTTP/1.1\r\n{head}Content-Type: multipart/form-data; boundary=cut\r\n\r\n".encode()
        )
        client.sendall(part.encode() + lines(hashed(*range(50_000))))
        mortal.restart()

    assert AdsClient(mortal.url).audiences()["totalElements"] == 0
    assert list((mortal.folder / "sets").iterdir()) == []


def test_keys_channels_faults_and_requests_survive(mortal: EmulatorProcess) -> None:
    mortal.control("POST", "/faults", {"match": "GET /api/*", "do": "status:503"})
    AdsClient(mortal.url).create("VIP", hashed("a"))

    mortal.restart()

    ads = AdsClient(mortal.url)
    statuses = [ads.call("GET", f"/adaccounts/{ACCOUNT}/custom-audiences").status_code for _ in range(2)]
    assert statuses == [503, 200]
    assert [entry["status"] for entry in mortal.control("GET", "/requests")["requests"]] == [202, 503, 200]
