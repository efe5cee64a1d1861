"""Audiences of those who clicked or saw a message, and everything that such a message can have wrong."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.channel import LIFETIME, Channel, details
from tests.emulator.process import EmulatorProcess

INSUFFICIENT = "AUDIENCE_GROUP_AUDIENCE_INSUFFICIENT"
DUPLICATE = "AUDIENCE_GROUP_REQUESTID_DUPLICATE"
URL = "https://shop.example/may"
BOTH = pytest.mark.parametrize("call", ["click", "imp"])


def send(line: EmulatorProcess, request_id: str = "m1", **fields: Any) -> None:
    """A message of the account's went to so many people."""
    line.control(
        "PUT", f"/messages/{request_id}", {"basic_id": "@example", "clicked": 120, "seen": 900, **fields}
    )


def ask(bot: Channel, call: str = "click", request_id: str = "m1", **fields: Any) -> Any:
    return bot.call("POST", f"/{call}", {"description": "Reached", "requestId": request_id, **fields})


@pytest.mark.parametrize(
    ("call", "fields", "people"),
    [("click", {}, 120), ("click", {"clickUrl": URL}, 120), ("imp", {}, 900)],
    ids=["click", "click on one link", "impression"],
)
def test_who_reacted_to_a_message_becomes_an_audience(
    bot: Channel, line: EmulatorProcess, call: str, fields: dict[str, str], people: int
) -> None:
    send(line)

    made = ask(bot, call, **fields)

    told = made.json()
    assert made.status_code == 202
    shown = bot.group(told["audienceGroupId"])
    assert shown == {**told, "status": "READY", "audienceCount": people}
    assert told.pop("audienceGroupId") > 10**12
    assert told.pop("expireTimestamp") == told.pop("created") + LIFETIME
    assert told == {
        "createRoute": "MESSAGING_API",
        "type": call.upper(),
        "description": "Reached",
        "permission": "READ_WRITE",
        "isIfaAudience": False,
        "requestId": "m1",
        **fields,
    }


@BOTH
def test_such_an_audience_has_no_jobs_and_no_ids(bot: Channel, line: EmulatorProcess, call: str) -> None:
    send(line)

    audience = ask(bot, call).json()["audienceGroupId"]

    assert bot.jobs(audience) == []
    assert bot.held(audience)[0] == 0


def test_it_is_in_progress_as_long_as_a_job_takes(bot: Channel, line: EmulatorProcess) -> None:
    send(line)
    line.control("POST", "/clock", {"job_seconds": 3600})
    audience = ask(bot).json()["audienceGroupId"]
    before = bot.group(audience)

    line.control("POST", "/clock", {"job_seconds": 0})

    assert (before["status"], before["audienceCount"]) == ("IN_PROGRESS", 0)
    assert (bot.group(audience)["status"], bot.group(audience)["audienceCount"]) == ("READY", 120)


@BOTH
@pytest.mark.parametrize(("people", "status"), [(49, "FAILED"), (50, "READY"), (0, "FAILED")])
def test_it_takes_fifty_people(
    bot: Channel, line: EmulatorProcess, call: str, people: int, status: str
) -> None:
    send(line, clicked=people, seen=people)

    shown = bot.group(ask(bot, call).json()["audienceGroupId"])

    failed = {"failedType": INSUFFICIENT} if status == "FAILED" else {}
    assert shown["status"] == status
    assert {name: shown[name] for name in ("failedType",) if name in shown} == failed
    assert shown["audienceCount"] == (people if status == "READY" else 0)


@BOTH
def test_the_message_has_to_be_known(bot: Channel, line: EmulatorProcess, call: str) -> None:
    send(line)

    answer = ask(bot, call, "m2")

    assert (answer.status_code, details(answer)) == (400, [("REQUEST_NOT_FOUND", "requestId")])


@BOTH
def test_the_message_has_to_be_the_accounts_own(bot: Channel, line: EmulatorProcess, call: str) -> None:
    send(line, basic_id="@another")

    answer = ask(bot, call)

    assert (answer.status_code, details(answer)) == (400, [("WRONG_BOT_ID", "requestId")])


@BOTH
def test_the_message_may_be_sixty_days_old(bot: Channel, line: EmulatorProcess, call: str) -> None:
    send(line, "m1", days_ago=59.9)
    send(line, "m2", days_ago=60.1)

    young, old = ask(bot, call, "m1"), ask(bot, call, "m2")

    assert young.status_code == 202
    assert (old.status_code, details(old)) == (400, [("TOO_OLD_MESSAGES", "requestId")])


@BOTH
def test_a_message_grows_old_with_lines_clock(bot: Channel, line: EmulatorProcess, call: str) -> None:
    send(line, days_ago=10)

    line.control("POST", "/clock", {"offset_seconds": 51 * 86_400})

    assert details(ask(bot, call)) == [("TOO_OLD_MESSAGES", "requestId")]


def test_a_message_makes_one_audience_of_each_kind_and_link(bot: Channel, line: EmulatorProcess) -> None:
    send(line)
    kinds: list[tuple[str, dict[str, str]]] = [("imp", {}), ("click", {}), ("click", {"clickUrl": URL})]

    first = [ask(bot, call, **fields) for call, fields in kinds]
    again = [ask(bot, call, **fields) for call, fields in kinds]

    assert [answer.status_code for answer in first] == [202] * 3
    assert [details(answer) for answer in again] == [[(DUPLICATE, "requestId")]] * 3


def test_once_deleted_it_may_be_made_again(bot: Channel, line: EmulatorProcess) -> None:
    send(line)
    bot.call("DELETE", f"/{ask(bot).json()['audienceGroupId']}")

    assert ask(bot).status_code == 202


def test_a_link_may_have_two_thousand_letters(bot: Channel, line: EmulatorProcess) -> None:
    send(line)

    fits, too_long = (ask(bot, clickUrl=URL.ljust(length, "x")) for length in (2000, 2001))

    assert fits.status_code == 202
    assert (too_long.status_code, [field for _, field in details(too_long)]) == (400, ["clickUrl"])


@BOTH
def test_it_is_renamed_and_deleted_like_any_other(bot: Channel, line: EmulatorProcess, call: str) -> None:
    send(line)
    audience = ask(bot, call).json()["audienceGroupId"]

    bot.call("PUT", f"/{audience}/updateDescription", {"description": "In May"})
    assert bot.listed() == ["In May"]

    bot.call("DELETE", f"/{audience}")
    assert bot.listed() == []


@BOTH
def test_it_expires_like_any_other(bot: Channel, line: EmulatorProcess, call: str) -> None:
    send(line)
    audience = ask(bot, call).json()["audienceGroupId"]

    line.control("POST", "/clock", {"offset_seconds": LIFETIME + 1})

    assert bot.group(audience)["status"] == "EXPIRED"


def test_a_channel_may_read_what_another_shares_of_its_readers(bot: Channel, line: EmulatorProcess) -> None:
    send(line, basic_id="@another")
    another = Channel(line, "@another", "channel-token-of-another")
    audience = ask(another, "imp").json()["audienceGroupId"]
    bot.share(audience)

    group = bot.get(f"/shared/{audience}")["audienceGroup"]

    assert (group["type"], group["requestId"], group["audienceCount"]) == ("IMP", "m1", 900)
