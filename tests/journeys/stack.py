"""The whole console as `make run` starts it: every process real, in a folder and on ports of its own."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any, Self

from scripts.preflight import ROOT
from scripts.suite import hermetic

START_SECONDS = 150
STOP_SECONDS = 15
TAIL = 120


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on, all different because they are held at the same time."""
    with contextlib.ExitStack() as held:
        probes = [held.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]


class Stack:
    """`with Stack(folder) as stack:`; `stack.demo` is what a newcomer reads in demo.json."""

    def __init__(self, folder: Path) -> None:
        port, emulator_port = free_ports(2)
        self.data = folder / "var"
        self.log = folder / "log"
        places = {"DATA_DIR": str(self.data), "PORT": str(port), "EMULATOR_PORT": str(emulator_port)}
        self.environment = {**hermetic(dict(os.environ)), **places}
        self.demo: dict[str, Any] = {}

    def __enter__(self) -> Self:
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "scripts.supervise"],
                cwd=ROOT, env=self.environment, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        try:
            self.demo = self._wait_for_demo()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def _wait_for_demo(self) -> dict[str, Any]:
        """demo.json is written whole, and only when the console can work."""
        path, deadline = self.data / "demo.json", time.monotonic() + START_SECONDS
        while not path.exists():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"The console did not start:\n{self.last_lines()}")
            time.sleep(0.1)
        demo: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return demo

    def _stop(self) -> None:
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()  # its children end with it: each is tethered to it
            self._process.wait(STOP_SECONDS)

    def last_lines(self, count: int = TAIL) -> str:
        return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-count:])

    def line(self, path: str, **call: Any) -> Any:
        """Ask the emulated LINE."""
        return self._call(f"{self.demo['emulator']}{path}", **call)

    def console(self, path: str, **call: Any) -> Any:
        """Ask the console over REST."""
        return self._call(f"{self.demo['web']}{path}", **call)

    @staticmethod
    def _call(url: str, *, method: str = "GET", token: str = "", body: Any = None) -> Any:
        """JSON in and out."""
        content = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(url, content, method=method)
        request.add_header("Content-Type", "application/json")
        if token:
            request.add_header("Authorization", f"Bearer {token}")
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.loads(answer.read() or b"null")

    def writes_since(self, number: int) -> list[dict[str, Any]]:
        """Calls that changed something at LINE since that request."""
        seen = self.line(f"/_control/requests?since={number}")["requests"]
        return [one for one in seen if one["method"] != "GET"]

    @property
    def last_request(self) -> int:
        last: int = self.line("/_control/requests?since=0")["last"]
        return last
