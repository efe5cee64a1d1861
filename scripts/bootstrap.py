"""Make `.venv`, install the pinned packages, then become the verb: `python3 scripts/bootstrap.py run`.

Standard library only. It has to parse on the oldest Python 3 that a machine may start it with, so that such a
machine gets one clear line instead of a traceback: that is why some annotations are quoted.
"""

import ast
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OLDEST = (3, 11)
# The interpreter that started us comes first; one of these may stand in for it when it is too old.
OTHERS = ("python3.13", "python3.12", "python3.11", "python3.14")
PROBE = f"import sys, sqlite3, ssl, ensurepip, venv; sys.exit(sys.version_info < {OLDEST})"
RUN, DEV, UV = "requirements.txt", "requirements-dev.txt", "requirements-uv.txt"
VERBS = {
    "run": (RUN, ["-m", "scripts.supervise"]),
    "test": (DEV, ["-m", "scripts.suite"]),
    "slow": (DEV, ["-m", "scripts.suite", "--slow"]),
    "check": (DEV, ["-m", "scripts.checks"]),
    "bench": (DEV, ["-m", "bench"]),
    "lock": (DEV, ["-m", "scripts.lock"]),
}


def say(line: str) -> None:
    print("bootstrap: " + line, file=sys.stderr, flush=True)


def refuse(line: str) -> None:
    say(line)
    sys.exit(2)


def quiet(command: "list[str]") -> int:
    try:
        return subprocess.call(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    except OSError:
        return 127


def is_usable(python: str) -> bool:
    return quiet([python, "-c", PROBE]) == 0


def interpreter(running: str, version: "tuple[int, ...]") -> str:
    """The first Python that is new enough and can make an environment; ends the program when none is."""
    if version >= OLDEST and is_usable(running):
        return running
    others = [path for path in map(shutil.which, OTHERS) if path]
    usable = [path for path in others if is_usable(path)]
    if not usable:
        refuse(complaint(running, version))
    return usable[0]


def complaint(running: str, version: "tuple[int, ...]") -> str:
    dotted = ".".join(map(str, version[:3]))
    found = f"{running} is {dotted}"
    if version >= OLDEST:
        return found + ", but its venv, ssl or sqlite3 module is missing (Debian: apt install python3-venv)."
    needed = ".".join(map(str, OLDEST))
    return f"Python {needed} or newer is needed; {found}. Name another: make run PYTHON=/path/to/python3"


class Environment:
    """The virtual environment beside the code, and the stamp that says what is installed in it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.path = root / ".venv"
        self.python = str(self.path / "bin" / "python")
        self.stamp = self.path / "requirements.stamp"

    def digest(self, requirements: str) -> str:
        """Of the pins and of the Python below them, so that either change installs again."""
        parts = [self.root / requirements, self.path / "pyvenv.cfg"]
        return hashlib.sha256(b"\0".join(part.read_bytes() for part in parts)).hexdigest()

    def stamps(self) -> "dict[str, str]":
        try:
            return dict(json.loads(self.stamp.read_text()))
        except (OSError, ValueError):
            return {}

    def is_current(self, requirements: str) -> bool:
        made = (self.path / "pyvenv.cfg").exists() and os.access(self.python, os.X_OK)
        return made and self.stamps().get(requirements) == self.digest(requirements)

    def mark(self, requirements: str) -> None:
        # The pins of the tools contain the pins of the product; the other way round says nothing.
        covered = [RUN, DEV] if requirements == DEV else [requirements]
        self.stamp.write_text(json.dumps({name: self.digest(name) for name in covered}))

    def unmark(self) -> None:
        if self.stamp.exists():
            self.stamp.unlink()

    def ensure(self) -> None:
        if not is_usable(self.python):
            self.make()
        if quiet([self.python, "-m", "pip", "--version"]):
            quiet([self.python, "-m", "ensurepip"])

    def make(self) -> None:
        python = interpreter(sys.executable, tuple(sys.version_info[:3]))
        say(f"making .venv with {python}")
        if subprocess.call([python, "-m", "venv", "--clear", str(self.path)]):
            refuse(f"{python} could not make .venv; the lines above say why.")


def pip_settings(python: str) -> "dict[str, str]":
    """What pip was configured with, by plain name (`index-url`); later and nearer settings win."""
    command = [python, "-m", "pip", "config", "list"]
    lines = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False
    ).stdout.decode()
    pairs = [line.split("=", 1) for line in lines.splitlines() if "=" in line]
    return {key.split(".")[-1]: str(ast.literal_eval(value)) for key, value in pairs}


def uv_environment(python: str) -> "dict[str, str]":
    """Our environment, plus the mirror and the certificates of pip: uv does not read pip's configuration."""
    settings = pip_settings(python)
    names = {"UV_DEFAULT_INDEX": "index-url", "SSL_CERT_FILE": "cert"}
    return {**{uv: settings[pip] for uv, pip in names.items() if pip in settings}, **os.environ}


def pip_install(environment: Environment, requirements: str) -> "list[str]":
    pip = [environment.python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    return [*pip, "--require-hashes", "--requirement", str(environment.root / requirements)]


def uv_install(environment: Environment, requirements: str) -> "list[str]":
    uv = [str(environment.path / "bin" / "uv"), "pip", "install", "--quiet", "--python", environment.python]
    return [*uv, "--require-hashes", "--requirement", str(environment.root / requirements)]


def has_uv(environment: Environment) -> bool:
    if not (environment.path / "bin" / "uv").exists():
        quiet(pip_install(environment, UV))
    return quiet([str(environment.path / "bin" / "uv"), "--version"]) == 0


def install(environment: Environment, requirements: str) -> None:
    """Install the pins with uv, or with pip when uv cannot be had or cannot reach the packages."""
    environment.unmark()
    say(f"installing {requirements}")
    if has_uv(environment):
        if not subprocess.call(uv_install(environment, requirements), env=uv_environment(environment.python)):
            return environment.mark(requirements)
        say("uv could not install them; trying pip, which reads pip.conf")
    if subprocess.call(pip_install(environment, requirements)):
        refuse(f"the packages of {requirements} could not be installed; the lines above say why.")
    return environment.mark(requirements)


def prepare(environment: Environment, requirements: str) -> None:
    """Install what is missing, one bootstrap at a time; no network is touched when the stamp is current."""
    with Path(__file__).open() as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if not environment.is_current(requirements):
            environment.ensure()
            install(environment, requirements)


def main(arguments: "list[str]") -> None:
    if not arguments or arguments[0] not in VERBS:
        refuse("usage: bootstrap.py [" + "|".join(VERBS) + "] [arguments]")
    requirements, command = VERBS[arguments[0]]
    environment = Environment(ROOT)
    prepare(environment, requirements)
    os.chdir(str(ROOT))
    # Ten processes that each compile everything anew would take half a minute longer to start.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.execv(environment.python, [environment.python, *command, *arguments[1:]])  # noqa: S606 - the verb takes our place


if __name__ == "__main__":
    main(sys.argv[1:])
