"""`make test` and `make slow`: the suite on SQLite, then what touches the database on PostgreSQL.

What follows the options goes to pytest in both runs: `make test ARGS="-k approval"`.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from scripts import postgres
from scripts.preflight import ROOT

NOTHING_COLLECTED = 5
# The tests say themselves what they run with; what a shell happens to hold must not change them.
ENV_EXAMPLE = ROOT / ".env.example"
NO_BROWSER = """\
********************************************************************************
  BROWSER JOURNEYS ARE SKIPPED: chromium and chromedriver were not found.
  Debian: apt install chromium chromium-driver
********************************************************************************"""


@dataclass(frozen=True)
class Outcome:
    """What one run of pytest came to: its exit code and its last line."""

    code: int
    summary: str


def our_variables() -> set[str]:
    """Every variable that the console reads, as `.env.example` lists them."""
    lines = ENV_EXAMPLE.read_text(encoding="utf-8").splitlines()
    return {line.lstrip("# ").partition("=")[0] for line in lines if "=" in line}


def hermetic(environment: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name not in our_variables()}


def has_browser() -> bool:
    return bool(shutil.which("chromium") and shutil.which("chromedriver"))


def marks(*, slow: bool, browser: bool) -> dict[str, str]:
    """What pytest selects on each database; browser journeys are the same on both, so SQLite does."""
    pace = "slow" if slow else "not slow"
    return {
        "SQLite": pace if browser else f"{pace} and not browser",
        "PostgreSQL": f"db and {pace} and not browser",
    }


def run(database: str, selection: str, arguments: list[str], environment: dict[str, str]) -> Outcome:
    print(f"\n=== {database}: pytest -m {selection!r} ===", flush=True)
    colour = ["--color=yes"] if sys.stdout.isatty() else []
    options = ["-q", "-n", "2", "--dist", "worksteal", *colour, "-m", selection, *arguments]
    command = [sys.executable, "-m", "pytest", *options]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE)
    try:
        summary = copy_output(process)
        return Outcome(process.wait(), summary)
    finally:
        process.terminate()
        process.wait()


def copy_output(process: "subprocess.Popen[bytes]") -> str:
    """Show what pytest writes as it comes, and keep its last line."""
    assert process.stdout is not None  # noqa: S101 - said to the type checker: we asked for a pipe
    tail = b""
    while chunk := os.read(process.stdout.fileno(), 65536):
        sys.stdout.buffer.write(chunk)
        sys.stdout.flush()
        tail = (tail + chunk)[-4096:]
    return tail.decode(errors="replace").rstrip().rpartition("\n")[2]


@contextmanager
def postgres_url(folder: Path) -> Iterator[str]:
    if given := os.environ.get("TEST_DATABASE_URL"):
        yield given
        return
    with postgres.server(folder) as url:
        yield url


@contextmanager
def own_data() -> Iterator[Path]:
    """A data folder that the tests may fill, so that a demonstration in `var/` is not touched."""
    var = ROOT / "var"
    var.mkdir(mode=0o700, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="suite-", dir=var, ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def run_both(arguments: list[str], *, slow: bool, browser: bool) -> list[Outcome]:
    selections = marks(slow=slow, browser=browser)
    with own_data() as folder:
        own = {"DATA_DIR": str(folder), "RACE_ROUNDS": "200" if slow else "20", "PYTHONUNBUFFERED": "1"}
        environment = {**hermetic(dict(os.environ)), **own}
        first = run("SQLite", selections["SQLite"], arguments, environment)
        with postgres_url(folder) as url:
            on_postgres = {**environment, "TEST_DATABASE_URL": url}
            second = run("PostgreSQL", selections["PostgreSQL"], arguments, on_postgres)
    return [first, second]


def verdict(outcomes: list[Outcome], *, may_be_empty: bool) -> int:
    """0 when every run was green; otherwise the last line shown is the summary of a run that was not."""
    fine = {0, NOTHING_COLLECTED} if may_be_empty else {0}
    failed = [outcome for outcome in outcomes if outcome.code not in fine]
    if failed and failed[-1] is not outcomes[-1]:
        print(failed[-1].summary, flush=True)
    return failed[-1].code if failed else 0


def end(number: int, frame: object) -> NoReturn:
    sys.exit(128 + number)


def main(arguments: list[str]) -> int:
    signal.signal(signal.SIGTERM, end)
    slow, browser = "--slow" in arguments, has_browser()
    rest = [argument for argument in arguments if argument != "--slow"]
    if not browser:
        print(NO_BROWSER, flush=True)
        if os.environ.get("CI"):
            return 1
    try:
        outcomes = run_both(rest, slow=slow, browser=browser)
    except postgres.NoPostgresError as error:
        print(error, file=sys.stderr)
        return 1
    return verdict(outcomes, may_be_empty=slow or bool(rest))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
