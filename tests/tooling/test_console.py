"""The one terminal that several processes share."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest

from scripts.console import ROOM, Console


@pytest.fixture
def page(tmp_path: Path) -> Path:
    return tmp_path / "page"


def shown(page: Path, *, follow: bytes) -> str:
    with page.open("wb") as terminal:
        console = Console(terminal.fileno())
        console.follow("web", io.BytesIO(follow)).join()
        console.close(5)
    return page.read_text()


def test_each_line_says_whose_it_is(page: Path) -> None:
    assert shown(page, follow=b"one\ntwo") == "web       │ one\nweb       │ two\n"


def test_bytes_that_are_no_text_stop_nothing(page: Path) -> None:
    assert shown(page, follow=b"\xff\xfe\nnext\n").endswith("web       │ next\n")


def test_colours_are_for_terminals(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert shown(page, follow=b"one\n").startswith("\x1b[36mweb")

    monkeypatch.setenv("NO_COLOR", "1")

    assert "\x1b" not in shown(page, follow=b"one\n")


def test_a_terminal_that_nobody_reads_stops_no_process() -> None:
    _unread, terminal = os.pipe()
    console = Console(terminal)

    console.follow("web", io.BytesIO(b"x\n" * 3 * ROOM)).join(20)

    assert console.dropped > 0
