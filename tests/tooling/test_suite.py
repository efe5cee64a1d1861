"""`make test` judged from outside: what is selected, which exit code, which last line."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import psycopg
import pytest

from scripts import postgres, suite
from scripts.postgres import Account
from scripts.suite import Outcome

GREEN, RED, EMPTY = Outcome(0, "9 passed"), Outcome(1, "1 failed"), Outcome(5, "no tests ran")


def test_both_databases_have_to_be_green() -> None:
    assert suite.verdict([GREEN, GREEN], may_be_empty=False) == 0
    assert suite.verdict([GREEN, RED], may_be_empty=False) == 1


def test_a_failure_on_sqlite_is_the_last_line_although_postgresql_was_green(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert suite.verdict([RED, GREEN], may_be_empty=False) == 1
    assert capsys.readouterr().out == "1 failed\n"


def test_a_suite_without_tests_is_no_success_unless_tests_were_picked() -> None:
    assert suite.verdict([GREEN, EMPTY], may_be_empty=False) == 5
    assert suite.verdict([GREEN, EMPTY], may_be_empty=True) == 0


def test_browsers_run_on_sqlite_alone() -> None:
    selected = suite.marks(slow=False, browser=True)

    assert selected == {"SQLite": "not slow", "PostgreSQL": "db and not slow and not browser"}
    assert "not browser" in suite.marks(slow=True, browser=False)["SQLite"]


def test_a_build_server_without_a_browser_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(suite, "has_browser", lambda: False)
    monkeypatch.setenv("CI", "1")

    assert suite.main([]) == 1
    assert "BROWSER JOURNEYS ARE SKIPPED" in capsys.readouterr().out


def test_what_a_shell_happens_to_hold_does_not_reach_the_tests() -> None:
    assert suite.hermetic({"DEBUG": "0", "REDIS_URL": "redis://x", "PATH": "/bin"}) == {"PATH": "/bin"}


def test_the_output_of_pytest_is_shown_and_its_last_line_kept(
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    outcome = suite.run("SQLite", "nothing", ["--version"], dict(os.environ))

    assert outcome == Outcome(0, f"pytest {pytest.__version__}")
    assert f"pytest {pytest.__version__}\n".encode() in capfdbinary.readouterr().out


def test_the_server_of_the_wheel_comes_and_goes(tmp_path: Path) -> None:
    with postgres.server(tmp_path) as url:
        with psycopg.connect(url) as connection:
            assert connection.info.server_version >= 18_00_00
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(url.replace("console:", "console:x"))

    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url, connect_timeout=2)
    assert list(tmp_path.iterdir()) == []


def test_binaries_that_nobody_can_reach_are_copied(tmp_path: Path) -> None:
    source, folder = tmp_path / "package" / "pginstall18", tmp_path / "folder"
    (source / "bin").mkdir(parents=True)
    (tmp_path / "package.libs").mkdir()
    (source / "bin" / "postgres").write_text(f"#!{sys.executable}\nraise SystemExit(1)\n")
    (source / "bin" / "postgres").chmod(0o755)

    copied = postgres.reachable(source, folder, Account({}))

    assert (copied / "bin" / "postgres").exists()
    assert (copied / ".." / ".." / "package.libs").is_dir()
