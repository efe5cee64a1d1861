"""Faults on order, on the calls of the Messaging API."""

from __future__ import annotations

import re

import httpx2
import pytest

from emulator.messaging.api import API
from emulator.routing import Route
from tests.emulator.channel import PREFIX, Channel, bodies, details, ifas, users
from tests.emulator.client import lines
from tests.emulator.process import EmulatorProcess

FILE = lines(users("ann"))


def order(line: EmulatorProcess, do: str, match: str, when: str = "before") -> None:
    line.control("POST", "/faults", {"match": match, "do": do, "when": when})


def created(bot: Channel, path: str) -> int | str:
    """The status, or how the connection ended."""
    try:
        if path.endswith("byFile"):
            return bot.form("POST", FILE, description="Buyers").status_code
        return bot.call("POST", path, {"description": "Buyers", **bodies(users("ann"))}).status_code
    except httpx2.TransportError as error:
        return type(error).__name__


@pytest.mark.parametrize(("when", "kept"), [("before", []), ("after", ["Buyers"])])
@pytest.mark.parametrize(
    ("do", "seen"),
    [("status:503", 503), ("status:429", 429), ("reset", "ReadError"), ("hang:0.1", "RemoteProtocolError")],
)
@pytest.mark.parametrize("path", ["/upload", "/upload/byFile"])
def test_what_a_fault_swallows_is_done_before_it_or_not_at_all(
    bot: Channel, path: str, do: str, seen: int | str, when: str, kept: list[str]
) -> None:
    order(bot.line, do, f"POST {PREFIX}{path}", when)

    assert created(bot, path) == seen
    assert bot.listed() == kept


@pytest.mark.parametrize("status", [400, 401, 413, 429, 500, 503])
def test_an_ordered_status_comes_in_lines_words(bot: Channel, status: int) -> None:
    order(bot.line, f"status:{status}", f"GET {PREFIX}/*")

    answer = bot.call("GET", "/list?page=1")

    assert (answer.status_code, details(answer)) == (status, [])
    assert answer.headers["x-line-request-id"]


@pytest.mark.parametrize(("is_new", "status"), [(True, "FAILED"), (False, "READY")], ids=["first", "later"])
@pytest.mark.parametrize("by_file", [False, True], ids=["by JSON", "by file"])
def test_a_job_that_is_to_fail_changes_nothing(
    bot: Channel, is_new: bool, by_file: bool, status: str
) -> None:
    audience = bot.create("Buyers", [] if is_new else users("ben"))
    order(bot.line, "job:FAILED", f"PUT {PREFIX}/upload*")

    sent = (
        bot.form("PUT", FILE, audienceGroupId=str(audience)) if by_file else bot.add(audience, users("ann"))
    )

    assert sent.status_code == 202
    shown, [job, *_] = bot.group(audience), bot.jobs(audience)
    assert (job["jobStatus"], job["failedType"], job["audienceCount"]) == ("FAILED", "INTERNAL_ERROR", 0)
    assert (shown["status"], bot.held(audience)[0]) == (status, 0 if is_new else 1)
    assert ("failedType" in shown) is is_new


@pytest.mark.parametrize("call", ["click", "imp"])
def test_an_audience_of_readers_may_be_made_to_fail(bot: Channel, call: str) -> None:
    bot.line.control("PUT", "/messages/m1", {"basic_id": bot.basic_id, "clicked": 60, "seen": 60})
    order(bot.line, "job:FAILED", f"POST {PREFIX}/{call}")

    made = bot.call("POST", f"/{call}", {"description": "Readers", "requestId": "m1"}).json()

    shown = bot.group(made["audienceGroupId"])
    assert (shown["status"], shown["failedType"]) == ("FAILED", "INTERNAL_ERROR")


def test_a_failed_audience_may_be_filled_again(bot: Channel) -> None:
    audience = bot.create("Phones [fail]", ifas("ann"), isIfaAudience=True)
    assert bot.group(audience)["status"] == "FAILED"

    bot.add(audience, ifas("ben"))

    assert (bot.group(audience)["status"], bot.held(audience)[0]) == ("READY", 1)


@pytest.mark.parametrize("route", API.routes, ids=lambda route: f"{route.method} {route.path}")
def test_a_slow_answer_is_whole_on_every_call(bot: Channel, route: Route) -> None:
    path = re.sub(r"\{\w+\}", "1", route.path)
    order(bot.line, "slow:0.001", f"{route.method} {path}")

    answer = bot.call(route.method, path.removeprefix(PREFIX))

    assert answer.status_code in {200, 400, 415}
    assert answer.json()
