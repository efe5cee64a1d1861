from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.emulator.channel import Channel
from tests.emulator.client import (
    ACCESS_KEY,
    ACCOUNT,
    FOREIGN_ACCOUNT,
    GROUP,
    OTHER_ACCOUNT,
    SECRET_KEY,
    AdsClient,
)
from tests.emulator.process import EmulatorProcess


@pytest.fixture(scope="package")
def shared_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmulatorProcess]:
    with EmulatorProcess(tmp_path_factory.mktemp("line")) as line:
        yield line


@pytest.fixture
def line(shared_process: EmulatorProcess) -> EmulatorProcess:
    """An emulator that knows one key and two ad accounts, and nothing else."""
    shared_process.control("POST", "/reset")
    introduce(shared_process)
    return shared_process


@pytest.fixture
def ads(line: EmulatorProcess) -> Iterator[AdsClient]:
    client = AdsClient(line.url)
    yield client
    client.close()


@pytest.fixture
def bot(line: EmulatorProcess) -> Iterator[Channel]:
    """The channel of an official account."""
    client = Channel(line)
    yield client
    client.close()


def introduce(line: EmulatorProcess) -> None:
    accounts = [
        {"id": each, "name": f"Shop {each}", "timezone": "Asia/Tokyo"} for each in (ACCOUNT, OTHER_ACCOUNT)
    ]
    key = {"secret_key": SECRET_KEY, "group": GROUP, "ad_accounts": accounts, "roles": ["DATA_PROVIDER"]}
    line.control("PUT", f"/keys/{ACCESS_KEY}", {**key, "revoked": False})
    foreign = {
        "secret_key": "sk-of-somebody-else-in-example",
        "group": "G9",
        "ad_accounts": [FOREIGN_ACCOUNT],
    }
    line.control("PUT", "/keys/AKFOREIGN", foreign)
