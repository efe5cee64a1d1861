"""`python -m emulator`: serve until told to stop. Exit code 2 means that it could not start."""

from __future__ import annotations

import logging
import os
import signal
import sqlite3
import sys
from types import FrameType

from emulator.emulator import Emulator
from emulator.server import Server
from emulator.settings import BadSetting, from_environment


def main() -> int:
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
    signal.signal(signal.SIGTERM, _stop)
    try:
        server = Server(Emulator(from_environment(os.environ)))
    except (BadSetting, OSError, OverflowError, sqlite3.Error) as error:
        sys.stderr.write(f"The emulator cannot start: {error}\n")
        return 2
    sys.stdout.write(f"LINE emulator on {server.url}\n")
    sys.stdout.flush()
    try:
        server.serve_forever(poll_interval=0.1)
    except KeyboardInterrupt:
        pass
    finally:
        server.server_close()
        server.emulator.close()
    return 0


def _stop(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
