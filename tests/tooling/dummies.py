"""A program of its own for the supervisor's tests: it supervises children that write down who they are.

`python -m tests.tooling.dummies <folder> <scenario>`; each process writes `<folder>/<name>.<pid>`.
"""

import sys
from pathlib import Path

from scripts.console import Console
from scripts.processes import Spec, Supervisor
from scripts.stopping import Stop

SIGN = "import os, sys, pathlib; pathlib.Path(sys.argv[1], f'NAME.{os.getpid()}').touch()\n"
SLEEP = "import time\nwhile True: time.sleep(60)\n"
DEAF = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
# A worker with a pool: what it started stays in its group and does not listen.
POOL = "import subprocess, sys\nsubprocess.Popen([sys.executable, '-c', INNER, sys.argv[1]])\n"


def sign(name: str) -> str:
    return SIGN.replace("NAME", name)


def program(name: str, *, deaf: bool = False, pool: bool = False) -> str:
    """Source of a child: deaf ones ignore SIGTERM, those with a pool start a deaf process of their own."""
    inner = DEAF + sign(f"{name}-pool") + SLEEP
    return (DEAF if deaf else "") + sign(name) + (POOL.replace("INNER", repr(inner)) if pool else "") + SLEEP


SCENARIOS = {
    "calm": [program("web"), program("worker", pool=True)],
    "deaf": [program("web", deaf=True), program("worker", deaf=True, pool=True)],
}


def main(folder: Path, scenario: str) -> None:
    supervisor = Supervisor(Console(), Stop())
    for number, source in enumerate(SCENARIOS[scenario]):
        command = [sys.executable, "-c", source, str(folder)]
        supervisor.start(Spec(f"child{number}", command, ends_last=not number))
    while not supervisor.must_stop():
        supervisor.step()
    supervisor.stop()
    supervisor.console.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
