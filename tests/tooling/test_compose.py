"""docker-compose.yml and .env.example, as far as they can be judged without a container engine."""

from __future__ import annotations

import re
from typing import Any

import pytest

from scripts import compose
from scripts.preflight import ROOT
from scripts.suite import our_variables

OURS = ["migrate", "web", "worker", "tick", "beat"]
READ = re.compile(r"""env(?:\.\w+)?\(\s*["'](\w+)["']""")


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return compose.read()


def test_the_file_is_what_the_specification_allows(document: dict[str, Any]) -> None:
    assert compose.complaints(document) == []


def test_a_misspelt_key_would_be_noticed(document: dict[str, Any]) -> None:
    web = {**document["services"]["web"], "restrat": "always"}
    services = {**document["services"], "web": web}

    assert "restrat" in compose.complaints({**document, "services": services})[0]


@pytest.mark.parametrize("name", OURS)
def test_our_processes_run_without_rights_on_a_read_only_root(document: dict[str, Any], name: str) -> None:
    service = document["services"][name]

    assert service["user"] == "10001:10001"
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]


@pytest.mark.parametrize("name", ["db", "broker", "web", "worker", "tick", "beat"])
def test_whatever_keeps_running_says_how_it_is(document: dict[str, Any], name: str) -> None:
    assert document["services"][name]["healthcheck"]["test"]


def test_the_tick_never_waits_behind_a_long_task(document: dict[str, Any]) -> None:
    queues = {
        name: next(word for word in document["services"][name]["command"] if word.startswith("--queues="))
        for name in ("worker", "tick")
    }

    assert queues == {"worker": "--queues=plan,send,mail,mirror", "tick": "--queues=tick"}


def test_nothing_but_the_proxy_listens_outside_this_host(document: dict[str, Any]) -> None:
    open_to_all = {
        name
        for name, service in document["services"].items()
        if any(not port.startswith("127.0.0.1:") for port in service.get("ports", []))
    }

    assert open_to_all == {"proxy"}


def test_every_variable_that_the_settings_read_is_in_the_example() -> None:
    read = set(READ.findall((ROOT / "bizmanager" / "settings.py").read_text(encoding="utf-8")))

    assert read
    assert read <= our_variables()


def test_every_variable_of_the_compose_file_is_in_the_example() -> None:
    named = set(re.findall(r"(?<!\$)\$\{(\w+)", (ROOT / "docker-compose.yml").read_text(encoding="utf-8")))

    assert named
    assert named <= our_variables()


def test_the_image_and_the_compose_file_agree_on_who_runs() -> None:
    assert "USER 10001:10001" in (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
