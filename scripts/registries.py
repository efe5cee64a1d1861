"""No tracked file names a package registry: pins with hashes say which files are right, not where from."""

import subprocess
from pathlib import Path

from scripts.preflight import ROOT

# In parts, so that this file does not name them either.
HOSTS = [
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("pypi", "python", "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("yarnpkg", "com"),
        ("jsdelivr", "net"),
        ("unpkg", "com"),
        ("crates", "io"),
        ("rubygems", "org"),
        ("docker", "io"),
        ("ghcr", "io"),
        ("quay", "io"),
        ("anaconda", "org"),
    )
]


def tracked(root: Path = ROOT) -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, check=True).stdout
    paths = [root / name for name in listed.decode().split("\0") if name]
    return [path for path in paths if path.is_file()]


def hosts_in(path: Path) -> list[str]:
    text = path.read_bytes().lower()
    return [host for host in HOSTS if host.encode() in text]


def named(root: Path = ROOT) -> str:
    """One line for each file that names a registry."""
    found = [(path, hosts_in(path)) for path in tracked(root)]
    return "\n".join(f"{path.relative_to(root)} names {', '.join(hosts)}" for path, hosts in found if hosts)
