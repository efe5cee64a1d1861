from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from audiences import checkpoints, polls
from tests.audiences.stage import Stage, set_up
from tests.emulator.process import EmulatorProcess


@pytest.fixture(scope="session")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmulatorProcess]:
    """LINE, as a process of its own."""
    with EmulatorProcess(tmp_path_factory.mktemp("line")) as process:
        yield process


@pytest.fixture
def stage(
    transactional_db: None, line: EmulatorProcess, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Stage]:
    """Everything a run needs; nobody waits for LINE's jobs, which end at once."""
    settings.LINE_ADS_BASE_URL = line.url
    settings.LINE_ADS_REQUESTS_PER_SECOND = 1000.0
    monkeypatch.setattr(polls, "POLL_AT", (0.0, *polls.POLL_AT))
    yield set_up(line)
    checkpoints.unwatch()
