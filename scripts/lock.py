"""`make lock`: compile `requirements*.in` into pins with hashes that name no host. Needs the network."""

import subprocess
import sys
from pathlib import Path

from scripts.pins import LOCKS
from scripts.preflight import ROOT

# Every platform in one file, and neither the command nor who asked for a package in it.
OPTIONS = ["--universal", "--generate-hashes", "--no-header", "--no-annotate", "--quiet"]


def main(arguments: list[str]) -> int:
    """Further arguments go to uv: `make lock ARGS="--upgrade-package django"`."""
    uv = str(Path(sys.executable).parent / "uv")
    for lock in LOCKS:
        command = [uv, "pip", "compile", *OPTIONS, f"{lock}.in", "--output-file", f"{lock}.txt", *arguments]
        if code := subprocess.call(command, cwd=ROOT):
            return code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
