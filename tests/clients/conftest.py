"""The emulator as foreign clients meet it: the same process as in `tests/emulator`."""

from tests.emulator.conftest import ads, bot, line, shared_process

__all__ = ["ads", "bot", "line", "shared_process"]
