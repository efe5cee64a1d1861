"""`python -m bench.emulator [--quick]`: how fast and how heavy LINE's side is; fails on a wrong fingerprint.

Rates are off and jobs end at once, so that the emulator is what is measured. Its peer in the same run is a
server of the standard library that reads the same bytes and drops them, or always gives the same answer.
"""

import argparse
import hashlib
import json
import multiprocessing
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from tests.emulator.client import ACCESS_KEY, ACCOUNT, GROUP, SECRET_KEY, signed_headers
from tests.emulator.process import EmulatorProcess

ROUNDS = 3
THREADS = 4
AUDIENCES = 10
MOST_MB = 200  # of memory, for one file of LINE's largest size
SEED = 20261125
ID_BYTES = 32
LIST = f"/api/v3/adaccounts/{ACCOUNT}/custom-audiences"
SHARED = "/v2/bot/audienceGroup/shared/list?page=1"
TOKEN = "bench-token"
BOUNDARY = "a-line-that-no-hash-can-be"
GENEROUS = {"EMULATOR_ADS_RATE": "1e6", "EMULATOR_MESSAGING_RATE": "1e8"}
WIDTHS = "{:38} {:>12} {:>12}   {}"
HEAD = WIDTHS.format("emulator", "median", "worst", "")


@dataclass(frozen=True)
class Sizes:
    calls: int  # of one round
    file_ids: int
    audience_ids: int


WHOLE = Sizes(calls=600, file_ids=62_914_560 // 65, audience_ids=1_000_000)
QUICK = Sizes(calls=60, file_ids=6_291_456 // 65, audience_ids=100_000)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.emulator")
    parser.add_argument("--quick", action="store_true", help="a tenth of everything")
    return 0 if compare(QUICK if parser.parse_args().quick else WHOLE) else 1


def compare(sizes: Sizes = WHOLE) -> bool:
    """One table; False if a fingerprint or the memory of an upload is not what it has to be."""
    print(HEAD)
    _small_calls(sizes.calls)
    return all([_one_file(sizes.file_ids), _many_ids(sizes.audience_ids)])


def _small_calls(calls: int) -> None:
    with emulator() as line:
        for number in range(AUDIENCES):
            audience = upload(line.url, _text(_ids(1000, number)), name=f"List {number}")
            line.control("POST", "/shares", {"basic_id": "@sample", "audience": int(audience)})
        token = {"Authorization": f"Bearer {TOKEN}"}
        calls_of = {"custom-audiences": (LIST, signed_headers(LIST)), "shared/list": (SHARED, token)}
        for name, (path, headers) in calls_of.items():
            for threads in (1, THREADS):
                rates = [_rate(line.url, path, headers, calls, threads) for _ in range(ROUNDS)]
                clients = "1 client" if threads == 1 else f"{threads} clients"
                _show_rates(f"GET {name}, {clients}", rates)
    with plain_server() as url:
        rates = [_rate(url, "/", {}, calls, 1) for _ in range(ROUNDS)]
        _show_rates("http.server, 1 client", rates)


def _show_rates(what: str, rates: list[float]) -> None:
    note = f"{AUDIENCES} audiences, keep-alive"
    _show(what, f"{statistics.median(rates):,.0f}/s", f"{min(rates):,.0f}/s", note)


def _rate(url: str, path: str, headers: dict[str, str], calls: int, threads: int) -> float:
    def client(_: int) -> int:
        connection = _connect(url)
        for _ in range(calls // threads):
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            if answer.read().count(b'"created"') != AUDIENCES:
                sys.exit(f"GET {path} was answered with {answer.status}")
        connection.close()
        return calls // threads

    started = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        made = sum(pool.map(client, range(threads)))
    return made / (time.perf_counter() - started)


def _one_file(count: int) -> bool:
    """A file as large as LINE takes, into a process that has done nothing else."""
    ids = _ids(count, SEED)
    body = _text(ids)
    with emulator() as line:
        before = _peak_mb(line.pid)
        first = upload(line.url, body, name="First")
        peak = _peak_mb(line.pid)
        ours = [_timed(upload, line.url, body, f"Round {number}") for number in range(ROUNDS)]
        is_right = _agrees(line, first, body)[0]
    with plain_server() as url:
        theirs = [_timed(drop, url, body) for _ in range(ROUNDS)]
    _show_upload(f"POST upload, {len(body) / 1e6:.1f} MB", ours, len(body), f"{count:,} ids")
    _show_upload("http.server that reads and drops it", theirs, len(body), "")
    _show("ratio", f"{statistics.median(ours) / statistics.median(theirs):.1f} x", "", "")
    _show("peak memory of one upload", f"{peak} MB", "", f"{before} MB before it; at most {MOST_MB}")
    return is_right and peak < MOST_MB


def _show_upload(what: str, times: list[float], size: int, note: str) -> None:
    speeds = [size / 1e6 / seconds for seconds in times]
    _show(what, f"{statistics.median(speeds):,.0f} MB/s", f"{min(speeds):,.0f} MB/s", note)


def _many_ids(count: int) -> bool:
    """Each audience comes in two parts that overlap, the second in capitals."""
    with emulator() as line:
        for number in range(AUDIENCES):
            ids = _ids(count, SEED + number)
            middle = count // 2 // 10 * 10 * ID_BYTES
            overlap = count // 20 * ID_BYTES
            parts = [_text(ids[: middle + overlap]), _text(ids[middle:]).upper()]
            audience = upload(line.url, parts[0], name=f"List {number}")
            upload(line.url, parts[1], id=audience)
        is_right, seconds = _agrees(line, audience, b"".join(parts))
        disk = sum(path.stat().st_size for path in line.folder.rglob("*") if path.is_file())
        what = f"{AUDIENCES} x {count:,} ids"
        _show(f"{what}: fingerprint of one", f"{seconds:.2f} s", "", "right" if is_right else "WRONG")
        _show(f"{what}: peak memory", f"{_peak_mb(line.pid)} MB", "", "")
        _show(f"{what}: disk", f"{disk / 1e6:,.0f} MB", "", f"{disk / AUDIENCES / count:.1f} bytes an id")
    return is_right


def _agrees(line: EmulatorProcess, audience: str, body: bytes) -> tuple[bool, float]:
    """Whether the emulator's fingerprint is the one of these lines, sorted as text; and what it took."""
    started = time.perf_counter()
    found = line.control("GET", f"/audiences/{audience}")
    seconds = time.perf_counter() - started
    lines = sorted(set(body.lower().split()))
    return found == {
        "count": len(lines),
        "fingerprint": hashlib.sha256(b"\n".join(lines)).hexdigest(),
    }, seconds


@contextmanager
def emulator() -> Iterator[EmulatorProcess]:
    """One of its own, with the key, the ad account and the channel that all of this uses."""
    with tempfile.TemporaryDirectory() as folder, EmulatorProcess(Path(folder), **GENEROUS) as line:
        accounts = [{"id": ACCOUNT, "name": "Sample Shop"}]
        key = {"secret_key": SECRET_KEY, "group": GROUP, "ad_accounts": accounts}
        line.control("PUT", f"/keys/{ACCESS_KEY}", key)
        line.control("PUT", "/channels/@sample", {"channel_access_token": TOKEN})
        yield line


def upload(url: str, body: bytes, name: str = "", **fields: str) -> str:
    fields |= {"action": "ADD", "idType": "HASHED_EMAIL", **({"name": name} if name else {})}
    head = f"--{BOUNDARY}\r\nContent-Disposition: form-data; name="
    parts = [f'{head}"{field}"\r\n\r\n{value}\r\n' for field, value in fields.items()]
    parts += [f'{head}"file"; filename="ids.txt"\r\n\r\n']
    form = b"".join([*(part.encode() for part in parts), body, f"\r\n--{BOUNDARY}--\r\n".encode()])
    headers = signed_headers(f"{LIST}/upload", content_type="multipart/form-data")
    headers["Content-Type"] = f"multipart/form-data; boundary={BOUNDARY}"
    return str(_post(url, f"{LIST}/upload", form, headers)["id"])


def drop(url: str, body: bytes) -> None:
    _post(url, "/", body, {})


def _post(url: str, path: str, body: bytes, headers: dict[str, str]) -> Any:
    connection = _connect(url)
    connection.request("POST", path, body, headers)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    if answer.status != 202:
        sys.exit(f"POST {path} was answered with {answer.status}: {content[:200]!r}")
    return json.loads(content)


@contextmanager
def plain_server() -> Iterator[str]:
    here, there = multiprocessing.Pipe()
    process = multiprocessing.Process(target=_serve, args=(there,), daemon=True)
    process.start()
    yield f"http://127.0.0.1:{here.recv()}"
    process.terminate()
    process.join()


def _serve(there: Connection) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), PlainHandler)
    there.send(server.server_port)
    server.serve_forever()


class PlainHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    content = json.dumps([{"created": number, "more": "." * 200} for number in range(AUDIENCES)]).encode()

    def do_GET(self) -> None:
        self.answer(200)

    def do_POST(self) -> None:
        left = int(self.headers["Content-Length"])
        while left:
            left -= len(self.rfile.read1(min(left, 1 << 18)))
        self.answer(202)

    def answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(self.content)))
        self.end_headers()
        self.wfile.write(self.content)

    def log_message(self, format: str, *args: Any) -> None:
        """Nobody reads it."""


def _connect(url: str) -> HTTPConnection:
    return HTTPConnection(url.removeprefix("http://"), timeout=120)


def _timed(act: Callable[..., object], *arguments: Any) -> float:
    started = time.perf_counter()
    act(*arguments)
    return time.perf_counter() - started


def _ids(count: int, seed: int) -> bytes:
    """The same for the same seed: hashes of nobody, without their text."""
    return random.Random(seed).randbytes(count * ID_BYTES)


def _text(ids: bytes) -> bytes:
    return ids.hex("\n", ID_BYTES).encode() + b"\n"


def _peak_mb(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) // 1024


def _show(what: str, median: str, worst: str, note: str) -> None:
    print(WIDTHS.format(what, median, worst, note).rstrip(), flush=True)


if __name__ == "__main__":
    sys.exit(main())
