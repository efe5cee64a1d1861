"""Whether `requirements*.txt` still are what `requirements*.in` ask for, as far as one can say offline."""

from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from scripts.preflight import ROOT

LOCKS = ("requirements", "requirements-dev", "requirements-uv")


def asked_for(path: Path) -> list[Requirement]:
    """The requirements of an `.in` file, without comments, and with those of the files that it includes."""
    found = []
    for line in path.read_text(encoding="utf-8").splitlines():
        text = line.partition(" #")[0].strip()
        if text.startswith("-r "):
            found += asked_for(path.parent / text[3:])
        elif text and not text.startswith(("#", "-")):
            found.append(Requirement(text))
    return found


def pinned(path: Path) -> dict[str, str]:
    """Name and version of every pin; a pin without a hash has no version here."""
    pins: dict[str, str] = {}
    for block in path.read_text(encoding="utf-8").replace("\\\n", " ").splitlines():
        requirement, _, rest = block.partition("--hash=sha256:")
        if requirement.strip():
            name, _, version = requirement.partition(";")[0].strip().partition("==")
            pins[canonicalize_name(name)] = version.strip() if rest else ""
    return pins


def complaints(root: Path, lock: str) -> list[str]:
    pins = pinned(root / f"{lock}.txt")
    lines = [f"{lock}.txt: {name} has no hash" for name, version in pins.items() if not version]
    for wanted in asked_for(root / f"{lock}.in"):
        version = pins.get(canonicalize_name(wanted.name))
        if version is None or not wanted.specifier.contains(version, prereleases=True):
            lines.append(f"{lock}.txt: {wanted} is not pinned so; run `make lock`")
    return lines


def disagreements(root: Path) -> list[str]:
    product, tools = pinned(root / "requirements.txt"), pinned(root / "requirements-dev.txt")
    wrong = [name for name, version in product.items() if tools.get(name) != version]
    return [f"requirements-dev.txt: {name} is not pinned as in requirements.txt" for name in wrong]


def wrong(root: Path = ROOT) -> str:
    """One line for each pin that is missing, without a hash, or not what was asked for."""
    return "\n".join([line for lock in LOCKS for line in complaints(root, lock)] + disagreements(root))
