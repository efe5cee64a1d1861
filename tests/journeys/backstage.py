"""What happens behind the pages: a process beside the running console, working on its data."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any, Self

from scripts.preflight import ROOT
from tests.journeys.stack import Stack

SERVE = "from tests.journeys.errands import serve; serve()"
COMMAND = [sys.executable, "manage.py", "shell", "--no-imports", "-v", "0", "-c", SERVE]


class Backstage:
    """`with Backstage(stack) as backstage: backstage.call("register_official", …)`; see `errands`."""

    def __init__(self, stack: Stack) -> None:
        self._environment = stack.environment

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            COMMAND, cwd=ROOT, env=self._environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate(timeout=30)

    def call(self, name: str, /, **arguments: Any) -> Any:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps([name, arguments]) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, f"{name} failed; its process says why on standard error."
        return json.loads(answer)
