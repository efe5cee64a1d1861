"""The ladder of brokers, down to the clear error, with the real server of the wheel."""

from __future__ import annotations

import importlib.util
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis

from scripts import broker
from scripts.broker import Broker
from scripts.console import Console
from scripts.preflight import NotReadyError
from scripts.processes import Child


@contextmanager
def started(chosen: Broker, console: Console) -> Iterator[redis.Redis]:
    assert chosen.spec
    child = Child(chosen.spec, console)
    try:
        assert broker.wait(chosen.url)
        with redis.Redis.from_url(chosen.url.replace("redis+socket", "unix")) as client:
            yield client
    finally:
        child.kill_group()


@pytest.fixture
def console() -> Iterator[Console]:
    with open(os.devnull, "wb") as nowhere:  # noqa: PTH123 - the console wants a descriptor
        made = Console(nowhere.fileno())
        yield made
        made.close()


@pytest.fixture
def no_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broker, "find_server", lambda: None)


def test_a_given_broker_is_used_as_it_is(tmp_path: Path) -> None:
    assert broker.choose({"REDIS_URL": "redis://broker.example/3"}, tmp_path) == Broker(
        "redis://broker.example/3"
    )


def test_what_was_queued_outlives_a_killed_server(tmp_path: Path, console: Console) -> None:
    chosen = broker.choose({}, tmp_path)
    with started(chosen, console) as client:
        client.rpush("plan", "run 1")
        assert client.config_get("appendfsync")["appendfsync"] == "everysec"
        time.sleep(1.2)  # the second that it may lose

    with started(chosen, console) as client:
        assert client.lrange("plan", 0, -1) == [b"run 1"]
        assert client.config_get("maxmemory-policy")["maxmemory-policy"] == "noeviction"


def test_a_path_too_long_for_a_socket_means_loopback_with_a_password(
    tmp_path: Path, console: Console
) -> None:
    chosen = broker.choose({}, tmp_path / ("deep" * 25))

    with started(chosen, console) as client:
        assert client.ping()
        address = client.connection_pool.connection_kwargs
        with (
            redis.Redis(address["host"], address["port"]) as stranger,
            pytest.raises(redis.AuthenticationError),
        ):
            stranger.ping()


def test_passwords_and_queues_are_for_their_owner_alone(tmp_path: Path) -> None:
    broker.choose({}, tmp_path)

    assert (tmp_path / "broker").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "broker" / "broker.conf").stat().st_mode & 0o777 == 0o600


@pytest.mark.usefixtures("no_servers")
def test_a_broker_that_forgets_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: name == "fakeredis")

    assert "NOT DURABLE" in broker.choose({}, tmp_path).warning


@pytest.mark.usefixtures("no_servers")
def test_no_broker_at_all_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)

    with pytest.raises(NotReadyError, match="set REDIS_URL"):
        broker.choose({}, tmp_path)


def test_a_stopped_server_keeps_its_queues_too(tmp_path: Path, console: Console) -> None:
    chosen = broker.choose({}, tmp_path)
    assert chosen.spec
    child = Child(chosen.spec, console)
    assert broker.wait(chosen.url)
    child.process.send_signal(signal.SIGTERM)

    assert child.process.wait(5) == 0
