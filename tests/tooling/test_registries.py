"""What may be in a tracked file."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from scripts import registries

INDEX = ".".join(["files", "pythonhosted", "org"])


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    return tmp_path


def add(repository: Path, name: str, text: str) -> None:
    (repository / name).write_text(text)
    subprocess.run(["git", "add", name], cwd=repository, check=True)


def test_no_tracked_file_names_a_package_registry() -> None:
    assert registries.named() == ""


def test_a_lock_file_with_download_addresses_is_found(repository: Path) -> None:
    add(repository, "uv.lock", f'url = "https://{INDEX.upper()}/packages/x.whl"')

    assert registries.named(repository).startswith("uv.lock names")


def test_files_that_are_not_tracked_are_left_alone(repository: Path) -> None:
    add(repository, "README.md", "pins with hashes")
    (repository / "notes").write_text(INDEX)

    assert registries.named(repository) == ""
