"""Ids of people over the Messaging API: audiences created and filled, by JSON and by file."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.emulator.channel import LIFETIME, NOT_FOUND, WRONG_ID, Channel, bodies, details, ifas, users
from tests.emulator.client import fingerprint, lines
from tests.emulator.process import EmulatorProcess

USERS, PHONES = users("ann", "ben", "cleo"), ifas("ann", "ben", "cleo")
LONE_CR = "\r".join(USERS).encode()
FILES = {
    "LF": lines(USERS),
    "CRLF": lines(USERS).replace(b"\n", b"\r\n"),
    "no last line end": lines(USERS).removesuffix(b"\n"),
    "CRLF, no last line end": lines(USERS).replace(b"\n", b"\r\n").removesuffix(b"\r\n"),
}


def exactly(ids: list[str]) -> tuple[int, str]:
    return len(set(ids)), fingerprint(ids)


def test_a_new_audience_is_told_in_full(bot: Channel) -> None:
    made = bot.call("POST", "/upload", {"description": "May buyers", **bodies(USERS)})

    told = made.json()
    assert made.status_code == 202
    assert told.pop("audienceGroupId") > 10**12
    assert told.pop("expireTimestamp") == told.pop("created") + LIFETIME
    assert told == {
        "createRoute": "MESSAGING_API",
        "type": "UPLOAD",
        "description": "May buyers",
        "permission": "READ_WRITE",
        "isIfaAudience": False,
    }


def test_a_filled_audience_is_shown_in_full(bot: Channel) -> None:
    shown = bot.group(bot.create("May buyers", USERS))

    assert shown.pop("audienceGroupId") > 10**12
    assert shown.pop("expireTimestamp") == shown.pop("created") + LIFETIME
    assert shown == {
        "createRoute": "MESSAGING_API",
        "type": "UPLOAD",
        "description": "May buyers",
        "status": "READY",
        "audienceCount": 3,
        "permission": "READ_WRITE",
        "isIfaAudience": False,
    }


@pytest.mark.parametrize("nobody", [{}, {"audiences": []}, {"audiences": None}], ids=str)
def test_an_audience_without_ids_waits_for_some(bot: Channel, nobody: dict[str, Any]) -> None:
    audience = bot.call("POST", "/upload", {"description": "Later", **nobody}).json()["audienceGroupId"]
    assert (bot.group(audience)["status"], bot.jobs(audience)) == ("IN_PROGRESS", [])
    assert bot.held(audience) == exactly([])

    bot.add(audience, USERS)

    assert (bot.group(audience)["status"], bot.held(audience)) == ("READY", exactly(USERS))


def test_ids_are_counted_once_and_in_lower_case(bot: Channel) -> None:
    audience = bot.create("Buyers", [*USERS, *USERS])

    added = bot.add(audience, users("ben", "dora"))

    assert (added.status_code, added.json()) == (202, {})
    assert bot.held(audience) == exactly([each.lower() for each in users("ann", "ben", "cleo", "dora")])


@pytest.mark.parametrize("file", FILES.values(), ids=FILES)
def test_a_file_makes_an_audience(bot: Channel, file: bytes) -> None:
    made = bot.form("POST", file, description="May buyers")

    assert made.status_code == 202
    assert (made.json()["type"], made.json()["isIfaAudience"]) == ("UPLOAD", False)
    assert bot.held(made.json()["audienceGroupId"]) == exactly(USERS)


@pytest.mark.parametrize("file", FILES.values(), ids=FILES)
def test_a_file_is_added_to_an_audience(bot: Channel, file: bytes) -> None:
    audience = bot.create("Buyers", users("dora"))

    added = bot.form("PUT", file, audienceGroupId=str(audience))

    assert (added.status_code, added.json()) == (202, {})
    assert bot.held(audience) == exactly([*USERS, *users("dora")])


@pytest.mark.parametrize("yes", ["true", "True", "TRUE"])
def test_a_form_may_say_yes_in_any_case(bot: Channel, yes: str) -> None:
    made = bot.form("POST", lines(PHONES), description="Phones", isIfaAudience=yes).json()

    assert made["isIfaAudience"] is True
    assert bot.held(made["audienceGroupId"]) == exactly(PHONES)


def test_advertising_ids_may_come_in_either_case(bot: Channel) -> None:
    audience = bot.create("Phones", [PHONES[0], PHONES[1].upper()], isIfaAudience=True)

    bot.add(audience, [PHONES[0].upper(), PHONES[2]])

    assert bot.held(audience) == exactly(PHONES)


@pytest.mark.parametrize("wanted", [False, True], ids=["user ids wanted", "advertising ids wanted"])
@pytest.mark.parametrize("mixed", [False, True], ids=["only the others", "both"])
def test_an_audience_holds_one_kind_of_id(bot: Channel, wanted: bool, mixed: bool) -> None:
    fitting, others = (PHONES, USERS) if wanted else (USERS, PHONES)
    audience = bot.create("Buyers", fitting[:1], isIfaAudience=wanted)
    sent = [*(fitting if mixed else []), *others]

    by_json = [
        bot.add(audience, sent),
        bot.call("POST", "/upload", {"description": "New", "isIfaAudience": wanted, **bodies(sent)}),
    ]
    by_file = [
        bot.form("PUT", lines(sent), audienceGroupId=str(audience)),
        bot.form("POST", lines(sent), description="New", isIfaAudience=str(wanted)),
    ]

    assert [details(answer) for answer in by_json] == [[(WRONG_ID, "audiences")]] * 2
    assert [details(answer) for answer in by_file] == [[(WRONG_ID, "file")]] * 2
    assert bot.held(audience) == exactly(fitting[:1])
    assert bot.listed() == ["Buyers"]


NO_USER_IDS = {
    "capital digits": "U" + "A" * 32,
    "small u": USERS[0].lower(),
    "too short": USERS[0][:-1],
    "too long": USERS[0] + "0",
    "no digits": "U" + "g" * 32,
    "a blank": USERS[0] + " ",
    "a digit of another script": "U" + "٣" * 32,
    "empty": "",
}


@pytest.mark.parametrize("wrong", NO_USER_IDS.values(), ids=NO_USER_IDS)
def test_what_is_no_user_id_is_refused_in_lines_words(bot: Channel, wrong: str) -> None:
    by_json = bot.call("POST", "/upload", {"description": "Buyers", **bodies([USERS[0], wrong])})
    by_file = bot.form("POST", f"{USERS[0]}\n{wrong}\n".encode(), description="Buyers")

    assert [each.status_code for each in (by_json, by_file)] == [400, 400]
    assert by_json.json() == {
        "message": "Invalid audience id format",
        "details": [{"message": WRONG_ID, "property": "audiences"}],
    }
    assert by_file.json() == {"message": WRONG_ID, "details": [{"message": WRONG_ID, "property": "file"}]}
    assert bot.listed() == []


@pytest.mark.parametrize(
    "wrong", [{}, {"id": None}, {"id": 5}, {"id": ["U"]}, USERS[0], None, 5, []], ids=str
)
def test_what_is_no_object_with_an_id_is_refused(bot: Channel, wrong: Any) -> None:
    answer = bot.call("POST", "/upload", {"description": "Buyers", "audiences": [{"id": USERS[0]}, wrong]})

    assert (answer.status_code, details(answer)) == (400, [(WRONG_ID, "audiences")])


@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_one_id_cannot_hold_two(bot: Channel, end: str) -> None:
    answer = bot.call(
        "POST", "/upload", {"description": "Phones", "isIfaAudience": True, **bodies([end.join(PHONES)])}
    )

    assert details(answer) == [(WRONG_ID, "audiences")]


ODD_FILES = {
    "a header": b"user_id\n" + FILES["LF"],
    "a byte order mark": b"\xef\xbb\xbf" + FILES["LF"],
    "a blank line": FILES["LF"] + b"\n" + FILES["LF"],
    "old line ends": LONE_CR,
    "not text": b"\0\1\2",
}


@pytest.mark.parametrize("file", ODD_FILES.values(), ids=ODD_FILES)
def test_a_file_with_more_than_ids_is_refused(bot: Channel, file: bytes) -> None:
    assert details(bot.form("POST", file, description="Buyers")) == [(WRONG_ID, "file")]


def test_an_upload_without_ids_is_refused(bot: Channel) -> None:
    audience = bot.create("Buyers")
    none = "UPLOAD_AUDIENCE_GROUP_NO_VALID_AUDIENCE_IDS"

    assert details(bot.add(audience, [])) == [(none, "audiences")]
    assert details(bot.form("PUT", b"", audienceGroupId=str(audience))) == [(none, "file")]
    assert details(bot.form("POST", b"", description="Buyers")) == [(none, "file")]


def test_jobs_carry_what_was_said_of_them(bot: Channel) -> None:
    audience = bot.create("Buyers", USERS, uploadDescription="first")
    bot.add(audience, USERS[:1])
    bot.form("PUT", lines(USERS[:2]), audienceGroupId=str(audience), uploadDescription="third")

    jobs = bot.jobs(audience)

    assert [(job["description"], job["audienceCount"]) for job in jobs] == [
        ("third", 2),
        (None, 1),
        ("first", 3),
    ]
    assert {job["type"] for job in jobs} == {"DIFF_ADD"}
    assert {(job["audienceGroupId"], job["jobStatus"], job["failedType"]) for job in jobs} == {
        (audience, "FINISHED", None)
    }


def test_a_job_waits_works_and_finishes(bot: Channel, line: EmulatorProcess) -> None:
    line.control("POST", "/clock", {"job_seconds": 3600})
    audience = bot.create("Buyers", USERS)
    seen = [(bot.group(audience)["status"], bot.jobs(audience)[0]["jobStatus"])]

    line.control("POST", "/clock", {"job_seconds": 1})
    time.sleep(0.4)  # a job waits for the first third of its time
    seen.append((bot.group(audience)["status"], bot.jobs(audience)[0]["jobStatus"]))
    line.control("POST", "/clock", {"job_seconds": 0})
    seen.append((bot.group(audience)["status"], bot.jobs(audience)[0]["jobStatus"]))

    assert seen == [("IN_PROGRESS", "QUEUED"), ("IN_PROGRESS", "WORKING"), ("READY", "FINISHED")]


def test_an_audience_that_is_ready_stays_so_while_more_comes(bot: Channel, line: EmulatorProcess) -> None:
    audience = bot.create("Buyers", USERS)
    assert bot.group(audience)["status"] == "READY"
    line.control("POST", "/clock", {"job_seconds": 3600})

    bot.add(audience, users("dora"))

    assert (bot.group(audience)["status"], bot.jobs(audience)[0]["jobStatus"]) == ("READY", "QUEUED")
    assert (bot.jobs(audience)[0]["audienceCount"], bot.held(audience)) == (0, exactly(USERS))


def test_the_last_fifty_jobs_are_kept(bot: Channel, line: EmulatorProcess) -> None:
    audience = bot.create("Buyers", USERS, uploadDescription="oldest")

    for number in range(50):
        bot.add(audience, USERS, uploadDescription=f"{number}")

    assert [job["description"] for job in bot.jobs(audience)] == [f"{number}" for number in range(49, -1, -1)]


def test_only_own_uploads_are_filled(bot: Channel, line: EmulatorProcess) -> None:
    line.control("PUT", "/messages/m1", {"basic_id": bot.basic_id, "clicked": 60})
    click = bot.call("POST", "/click", {"description": "Clicks", "requestId": "m1"}).json()["audienceGroupId"]
    somebody = Channel(line, "@another", "channel-token-of-another").create("Theirs", USERS)
    strangers = [1, click, somebody, bot.plant("Asked us"), bot.plant("By hand", "USER_ID_UPLOAD")]

    answers = [bot.add(each, USERS) for each in strangers]
    answers += [bot.form("PUT", FILES["LF"], audienceGroupId=str(each)) for each in strangers]

    assert [details(answer) for answer in answers] == [[(NOT_FOUND, "audienceGroupId")]] * 10
    assert {(answer.status_code, answer.json()["message"]) for answer in answers} == {
        (400, "audience group not found")
    }


def test_a_refused_upload_leaves_no_trace_in_an_audience(bot: Channel, line: EmulatorProcess) -> None:
    audience = bot.create("Buyers", USERS)
    before = line.control("GET", "/requests")["last"]

    bot.add(audience, [*users("dora"), "nobody"])
    bot.form("PUT", lines([*users("dora"), "nobody"]), audienceGroupId=str(audience))
    bot.add(audience, users("dora", "dora"))

    entries = line.control("GET", f"/requests?since={before}")["requests"]
    assert [entry["status"] for entry in entries] == [400, 400, 202]
    assert [entry["x_ids"] for entry in entries] == [0, 0, 1]
    assert (entries[2]["action"], entries[2]["idType"], entries[2]["rows"]) == ("ADD", "USER_ID", 2)
    assert len(bot.jobs(audience)) == 2
