"""Message catalogues are committed compiled."""

from __future__ import annotations

from pathlib import Path

import polib
import pytest

from scripts import catalogues


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "locale" / "ja" / "LC_MESSAGES" / "django.po"
    path.parent.mkdir(parents=True)
    catalogue = polib.POFile()
    catalogue.append(polib.POEntry(msgid="Share", msgstr="共有"))
    catalogue.save(str(path))
    return path


def test_our_own_catalogues_are_compiled() -> None:
    assert catalogues.stale() == ""


def test_a_missing_compiled_catalogue_is_named(source: Path, tmp_path: Path) -> None:
    assert catalogues.stale(tmp_path) == "locale/ja/LC_MESSAGES/django.po is not compiled"


def test_a_compiled_catalogue_is_fine_until_a_sentence_changes(source: Path, tmp_path: Path) -> None:
    polib.pofile(str(source)).save_as_mofile(str(source.with_suffix(".mo")))
    assert catalogues.stale(tmp_path) == ""

    source.write_text(source.read_text().replace("共有", "共有する"))

    assert catalogues.stale(tmp_path)
