"""The emulator as other tests use it: a process of its own, with its own data, that can be killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any, Self

ROOT = Path(__file__).resolve().parents[2]
ANNOUNCEMENT = "LINE emulator on "


class EmulatorProcess:
    """`with EmulatorProcess(tmp_path) as line:`, then `line.url`, `line.control("POST", "/faults", {...})`.

    Jobs end at once and rates are generous unless the environment says otherwise:
    `EmulatorProcess(tmp_path, EMULATOR_ADS_RATE="10")`.
    """

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder / "emulator"
        self.url = ""
        self._environment = {"EMULATOR_JOB_SECONDS": "0", "EMULATOR_ADS_RATE": "1000", **environment}
        self._port = 0
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        self._start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end(signal.SIGTERM)

    @property
    def pid(self) -> int:
        assert self._process
        return self._process.pid

    def control(self, method: str, path: str, data: Any = None) -> Any:
        """Call `/_control<path>`; the answer's JSON, or None when it has none. Other than 2xx is an error."""
        content = None if data is None else json.dumps(data).encode()
        request = urllib.request.Request(f"{self.url}/_control{path}", content, method=method)
        try:
            with urllib.request.urlopen(request, timeout=120) as response:
                return json.loads(response.read() or b"null")
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{method} {path}: {error.code} {error.read().decode()}") from error

    def kill(self) -> None:
        """SIGKILL, as a power cut would."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        """Again on the same port and data; kills it first if it still runs."""
        self.kill()
        self._start()

    def _start(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "emulator"],
            cwd=ROOT,
            env={
                **os.environ,
                "EMULATOR_CONSOLE": "0",
                "EMULATOR_PORT": str(self._port),
                "EMULATOR_DIR": str(self.folder),
                **self._environment,
            },
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line.startswith(ANNOUNCEMENT):
            raise AssertionError(f"The emulator did not start: exit {self._process.wait(10)}")
        self.url = line.removeprefix(ANNOUNCEMENT).strip()
        self._port = int(self.url.rpartition(":")[2])
        threading.Thread(target=self._process.stdout.read, daemon=True).start()

    def _end(self, sent: signal.Signals) -> None:
        if self._process and self._process.poll() is None:
            self._process.send_signal(sent)
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait(10)
