"""What has to be true before anything starts. Each failure is one line that says what to do, and exit 2."""

import fcntl
import os
import socket
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"
LAST_PORT = 65_535


class NotReadyError(Exception):
    """The one line."""


@dataclass(frozen=True)
class Place:
    """Where this installation listens and keeps its data."""

    port: int
    emulator_port: int
    data: Path

    @property
    def web(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def emulator(self) -> str:
        return f"http://{HOST}:{self.emulator_port}"


def read_place(environment: Mapping[str, str]) -> Place:
    port = read_port(environment, "PORT", 8000)
    emulator_port = read_port(environment, "EMULATOR_PORT", 8001)
    if port == emulator_port:
        raise NotReadyError(f"PORT and EMULATOR_PORT are both {port}; give one of them another number.")
    data = Path(environment.get("DATA_DIR") or "var")
    return Place(port, emulator_port, ROOT / data.expanduser())


def read_port(environment: Mapping[str, str], name: str, default: int) -> int:
    text = environment.get(name) or str(default)
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= LAST_PORT):
        raise NotReadyError(f"{name} is {text!r}; it has to be a port number from 1 to {LAST_PORT}.")
    return int(text)


def check(place: Place) -> None:
    check_port("PORT", place.port)
    check_port("EMULATOR_PORT", place.emulator_port)
    check_writable(place.data)


def check_port(name: str, port: int) -> None:
    with socket.socket() as probe:
        # As servers do: a connection that is still closing does not keep the port.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            reason = "is in use" if not isinstance(error, PermissionError) else "needs more rights"
            raise NotReadyError(f"Port {port} {reason}; stop what uses it, or set {name}.") from error


def check_writable(data: Path) -> None:
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=data):
            pass
    except OSError as error:
        raise NotReadyError(f"{data} cannot be written ({error.strerror}); set DATA_DIR.") from error


def claim(data: Path) -> IO[str]:
    """Hold the data folder while the answer is open; two supervisors would start two brokers on one file."""
    lock = (data / "run.lock").open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.seek(0)
        owner = lock.read().strip() or "unknown"
        lock.close()
        raise NotReadyError(f"{data} is in use by another `make run` (process {owner}).") from error
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock
