"""Message catalogues are committed compiled: a fresh machine may lack `msgfmt`. Here the two are compared."""

from pathlib import Path

import polib

from scripts.preflight import ROOT


def messages(entries: list[polib.POEntry]) -> dict[tuple[str, str], tuple[str, str]]:
    return {(entry.msgctxt or "", entry.msgid): (entry.msgstr, str(entry.msgstr_plural)) for entry in entries}


def is_stale(source: Path) -> bool:
    compiled = source.with_suffix(".mo")
    if not compiled.exists():
        return True
    wanted = polib.pofile(str(source)).translated_entries()
    return messages(wanted) != messages(list(polib.mofile(str(compiled))))


def sources(root: Path = ROOT) -> list[Path]:
    return sorted((root / "locale").glob("*/LC_MESSAGES/*.po"))


def stale(root: Path = ROOT) -> str:
    """One line for each catalogue whose compiled form is missing or says something else."""
    lines = [f"{path.relative_to(root)} is not compiled" for path in sources(root) if is_stale(path)]
    return "\n".join(lines)
