"""`make check`: what can be said about the code without running its tests. All failures are listed."""

import base64
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from scripts import catalogues, compose, pins, registries
from scripts.preflight import ROOT
from scripts.suite import hermetic

BIN = Path(sys.executable).parent
AT_ONCE = 2


@dataclass(frozen=True)
class Result:
    name: str
    seconds: float
    failure: str

    def __str__(self) -> str:
        return f"{'FAIL' if self.failure else 'ok':<5}{self.name:<22}{self.seconds:6.1f} s"


def production(folder: Path) -> dict[str, str]:
    """An environment as a deployment has it, with keys that are made up on the spot."""
    return {
        **hermetic(dict(os.environ)),
        "DEBUG": "0",
        "DATA_DIR": str(folder),
        "DATABASE_URL": f"sqlite:///{folder / 'db.sqlite3'}",
        "ENCRYPTION_KEYS": "check:" + base64.b64encode(secrets.token_bytes(32)).decode(),
        "LINE_ADS_BASE_URL": "https://ads.example",
        "REDIS_URL": "redis://127.0.0.1:6379/0",
        "SECRET_KEY": secrets.token_urlsafe(64),
        "SITE_URL": "https://console.example",
    }


def development(folder: Path) -> dict[str, str]:
    return {**hermetic(dict(os.environ)), "DATA_DIR": str(folder)}


def commands(folder: Path) -> dict[str, Callable[[], str]]:
    """Each check by name; it answers with what is wrong, or with nothing."""
    plain, deployed = development(folder), production(folder)
    manage = [sys.executable, "manage.py"]
    deploy = [*manage, "check", "--deploy", "--fail-level", "WARNING"]
    return {
        "types": tool([str(BIN / "mypy"), "."], plain),
        "format": tool([str(BIN / "ruff"), "format", "--check", "."], plain),
        "lint": tool([str(BIN / "ruff"), "check", "."], plain),
        "import contracts": tool([str(BIN / "lint-imports")], plain),
        "templates": tool([str(BIN / "djlint"), "templates", "--lint", "--quiet"], plain),
        "deployment": tool(deploy, deployed),
        "migrations": tool([*manage, "makemigrations", "--check", "--dry-run"], plain),
        "catalogues compiled": catalogues.stale,
        "pins": pins.wrong,
        "compose file": compose.wrong,
        "no registry hosts": registries.named,
    }


def tool(command: list[str], environment: dict[str, str]) -> Callable[[], str]:
    def run() -> str:
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        if not done.returncode:
            return ""
        return (done.stdout + done.stderr).strip() or f"exit code {done.returncode}"

    return run


def measure(name: str, check: Callable[[], str]) -> Result:
    started = time.monotonic()
    failure = check()
    result = Result(name, time.monotonic() - started, failure)
    print(result, flush=True)
    return result


def main() -> int:
    (ROOT / "var").mkdir(mode=0o700, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="check-", dir=ROOT / "var") as folder:
        checks = commands(Path(folder))
        with ThreadPoolExecutor(AT_ONCE) as pool:
            results = list(pool.map(measure, checks, checks.values()))
    failed = [result for result in results if result.failure]
    for result in failed:
        print(f"\n--- {result.name} ---\n{result.failure}")
    print(
        f"\n{len(failed)} of {len(results)} checks failed." if failed else f"\n{len(results)} checks passed."
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
