"""Harnesses at work, one per core, and the cases they are given."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from itertools import repeat
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tests.faults.harness import Case, Outcome

ROOT = Path(__file__).resolve().parents[2]
MODES = ("CREATE", "ADD", "REPLACE")


class Harness:
    def __init__(self, environment: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.harness"],
            cwd=ROOT,
            env={**os.environ, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def play(self, case: Case) -> Outcome:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(asdict(case)) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return Outcome(**{**answer, "case": Case(**answer["case"])})

    def close(self) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(30)


class Company:
    """Plays cases, each harness on a database of its own, or one harness on the suite's server."""

    def __init__(self, harnesses: list[Harness]) -> None:
        self._harnesses = harnesses

    def play(self, cases: Iterable[Case]) -> list[Outcome]:
        every = list(cases)
        shares = [every[start :: len(self._harnesses)] for start in range(len(self._harnesses))]
        with ThreadPoolExecutor(len(self._harnesses)) as pool:
            played = pool.map(_play_all, self._harnesses, shares)
            return [outcome for outcomes in played for outcome in outcomes]

    def kills(self, case: Case) -> list[Case]:
        """This case with a kill at each checkpoint that it comes by."""
        passed = self._harnesses[0].play(case).passed
        settings = asdict(case)
        return [Case(**{**settings, "kill_at": place + 1}) for place in range(len(passed))]


def _play_all(harness: Harness, cases: list[Case]) -> list[Outcome]:
    return [play(case) for play, case in zip(repeat(harness.play), cases, strict=False)]


def wrong(outcomes: Iterable[Outcome]) -> list[str]:
    """One line for each case that ended wrong, fit to be played again by hand."""
    return [
        f"{asdict(each.case)} killed at {each.killed_at!r}: {each.wrong}" for each in outcomes if each.wrong
    ]


@contextmanager
def company(database: dict[str, Any] | None = None) -> Iterator[Company]:
    """With `database` (the test suite's own server) one harness works there, else one per core on SQLite."""
    with ExitStack() as stack:
        environments = [{"DATABASE_URL": _url(database)}] if database else [{}] * min(2, os.cpu_count() or 1)
        harnesses = [Harness({"DATABASE_URL": "", **environment}) for environment in environments]
        for harness in harnesses:
            stack.callback(harness.close)
        yield Company(harnesses)


def _url(database: dict[str, Any]) -> str:
    user, password, name = (quote(str(database[key]), safe="") for key in ("USER", "PASSWORD", "NAME"))
    host, port = quote(str(database["HOST"]), safe=""), database["PORT"]
    return f"postgres://{user}:{password}@{host}{f':{port}' if port else ''}/{name}"
