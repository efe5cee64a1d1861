"""What has to be true before `make run` starts anything."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts import preflight
from scripts.broker import free_port
from scripts.preflight import HOST, ROOT, NotReadyError


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as server:
        server.bind((HOST, 0))
        server.listen()
        yield server.getsockname()[1]


def run(**environment: str) -> subprocess.CompletedProcess[str]:
    defaults = {"PORT": str(free_port()), "EMULATOR_PORT": str(free_port())}
    command = [sys.executable, "-m", "scripts.supervise"]
    return subprocess.run(
        command, cwd=ROOT, env={**os.environ, **defaults, **environment}, capture_output=True, text=True
    )


@pytest.mark.parametrize("name", ["PORT", "EMULATOR_PORT"])
def test_a_port_in_use_is_one_line_and_exit_2(taken_port: int, name: str, tmp_path: Path) -> None:
    done = run(**{name: str(taken_port), "DATA_DIR": str(tmp_path)})

    assert done.returncode == 2
    assert done.stdout + done.stderr == f"Port {taken_port} is in use; stop what uses it, or set {name}.\n"


def test_a_folder_that_cannot_be_written_is_one_line_and_exit_2(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = run(DATA_DIR=str(tmp_path / "file" / "var"))

    assert done.returncode == 2
    assert done.stderr == f"{tmp_path}/file/var cannot be written (Not a directory); set DATA_DIR.\n"


@pytest.mark.parametrize("port", ["", "0", "65536", "web", "８０００", "-1"])
def test_a_port_has_to_be_a_number_that_a_port_can_have(port: str) -> None:
    if not port:
        assert preflight.read_port({"PORT": port}, "PORT", 8000) == 8000
    else:
        with pytest.raises(NotReadyError, match="PORT is"):
            preflight.read_port({"PORT": port}, "PORT", 8000)


def test_web_and_emulator_need_a_port_each() -> None:
    with pytest.raises(NotReadyError, match="both 9000"):
        preflight.read_place({"PORT": "9000", "EMULATOR_PORT": "9000"})


def test_two_runs_never_share_a_data_folder(tmp_path: Path) -> None:
    with preflight.claim(tmp_path), pytest.raises(NotReadyError, match=f"process {os.getpid()}"):
        preflight.claim(tmp_path)

    preflight.claim(tmp_path).close()
