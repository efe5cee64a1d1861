"""The pins say what was asked for, each with a hash."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts import pins

HASH = "--hash=sha256:" + "0" * 64


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Requirements of one package, pinned three times alike."""
    for lock in pins.LOCKS:
        (tmp_path / f"{lock}.in").write_text("Demo_Package>=2  # why\n")
        (tmp_path / f"{lock}.txt").write_text(f"demo-package==2.1 ; sys_platform != 'win32' \\\n    {HASH}\n")
    return tmp_path


def test_our_own_pins_are_what_was_asked_for() -> None:
    assert pins.wrong() == ""


def test_names_are_compared_as_installers_do(root: Path) -> None:
    assert pins.wrong(root) == ""


def test_a_requirement_that_nobody_pinned_is_named(root: Path) -> None:
    (root / "requirements.in").write_text("demo-package>=2\nforgotten\n")

    assert pins.wrong(root) == "requirements.txt: forgotten is not pinned so; run `make lock`"


def test_a_pin_without_a_hash_is_named(root: Path) -> None:
    (root / "requirements-uv.txt").write_text("demo-package==2.1\n")

    assert "requirements-uv.txt: demo-package has no hash" in pins.wrong(root)


def test_tools_run_on_the_very_pins_of_the_product(root: Path) -> None:
    (root / "requirements-dev.txt").write_text(f"demo-package==2.2 {HASH}\n")

    assert pins.wrong(root) == "requirements-dev.txt: demo-package is not pinned as in requirements.txt"


def test_an_included_file_asks_too(root: Path) -> None:
    (root / "requirements.in").write_text("other\n")
    (root / "requirements.txt").write_text(f"other==1 {HASH}\n")
    (root / "requirements-dev.in").write_text("-c requirements.txt\n-r requirements.in\ndemo-package\n")

    assert "requirements-dev.txt: other is not pinned so" in pins.wrong(root)
