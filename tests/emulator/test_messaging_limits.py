"""How much the Messaging API takes, how often, and for how long it keeps it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest

from tests.emulator.channel import NOT_FOUND, Channel, bodies, details, ifas, users
from tests.emulator.client import lines
from tests.emulator.process import EmulatorProcess

DAY = 86_400
TOO_MANY_IDS = "UPLOAD_AUDIENCE_GROUP_TOO_MANY_AUDIENCE_IDS"
EXPIRED = "AUDIENCE_GROUP_CAN_NOT_UPLOAD_STATUS_EXPIRED"
TOO_OFTEN = {"message": "The API rate limit has been exceeded. Try again later."}
MANY = [f"U{number:032x}" for number in range(10_001)]


@pytest.fixture(scope="module")
def small_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmulatorProcess]:
    limits = {
        "EMULATOR_MAX_JSON_IDS": "4",
        "EMULATOR_MAX_FILE_IDS": "3",
        "EMULATOR_MAX_AUDIENCES": "2",
        "EMULATOR_MAX_AUDIENCE_JOBS": "2",
        "EMULATOR_MESSAGING_RATE": "12",
        "EMULATOR_ANY_FILE_TYPE": "1",
    }
    with EmulatorProcess(tmp_path_factory.mktemp("small"), **limits) as line:
        yield line


@pytest.fixture
def small(small_process: EmulatorProcess) -> Iterator[Channel]:
    """A channel where every limit is low."""
    small_process.control("POST", "/reset")
    client = Channel(small_process)
    yield client
    client.close()


def test_ten_thousand_ids_fit_in_one_call_and_no_more(bot: Channel) -> None:
    audience = bot.create("Buyers", MANY[:10_000])

    refused = [bot.add(audience, MANY), bot.call("POST", "/upload", {"description": "More", **bodies(MANY)})]

    assert bot.group(audience)["audienceCount"] == 10_000
    assert [details(answer) for answer in refused] == [[(TOO_MANY_IDS, "audiences")]] * 2
    assert bot.listed() == ["Buyers"]


def test_calls_and_files_have_limits_of_their_own(small: Channel) -> None:
    audience = small.create("Buyers", users(*range(4)))

    by_json = small.add(audience, users(*range(5)))
    by_file = small.form("PUT", lines(users(*range(4))), audienceGroupId=str(audience))
    fits = small.form("PUT", lines(users(*range(3))), audienceGroupId=str(audience))

    assert details(by_json) == [(TOO_MANY_IDS, "audiences")]
    assert details(by_file) == [(TOO_MANY_IDS, "file")]
    assert fits.status_code == 202


def test_wide_ids_fit_in_a_file_of_as_many(small: Channel) -> None:
    file = lines(ifas(*range(3))).replace(b"\n", b"\r\n")

    made = small.form("POST", file, description="Phones", isIfaAudience="true")
    refused = small.form("POST", file + b"x" * 40, description="More", isIfaAudience="true")

    assert made.status_code == 202
    assert details(refused) == [(TOO_MANY_IDS, "file")]


def test_a_channel_has_so_many_audiences_until_it_deletes_one(small: Channel) -> None:
    first = small.create("One", users("ann"))
    small.create("Two")
    full = [("AUDIENCE_GROUP_COUNT_MAX_OVER", "description")]
    small.line.control("PUT", "/messages/m1", {"basic_id": small.basic_id, "clicked": 60})

    refused = [
        small.call("POST", "/upload", {"description": "Three"}),
        small.call("POST", "/upload", {"description": "Three", **bodies(users("ann"))}),
        small.form("POST", lines(users("ann")), description="Three"),
        small.call("POST", "/click", {"description": "Three", "requestId": "m1"}),
    ]
    small.call("DELETE", f"/{first}")

    assert [details(answer) for answer in refused] == [full] * 4
    assert small.create("Three") > first


def test_files_of_other_types_are_taken_where_the_setting_says_so(small: Channel) -> None:
    made = small.form(
        "POST", lines(users("ann")), media_type="application/octet-stream", description="Buyers"
    )

    assert made.status_code == 202


def test_each_call_of_each_channel_has_its_own_rate(small: Channel) -> None:
    statuses = [small.call("GET", f"/{number}").status_code for number in range(1, 14)]
    refused = small.call("GET", "/1")
    another = Channel(small.line, "@another", "channel-token-of-another")

    assert statuses == [400] * 12 + [429], "the same call for any id"
    assert (refused.status_code, refused.json()) == (429, TOO_OFTEN)
    assert [small.call(*each).status_code for each in (("DELETE", "/1"), ("GET", "/shared/1"))] == [400, 400]
    assert another.call("GET", "/1").status_code == 400


def test_the_rate_comes_back_bit_by_bit(tmp_path_factory: pytest.TempPathFactory) -> None:
    with EmulatorProcess(tmp_path_factory.mktemp("rate"), EMULATOR_MESSAGING_RATE="60") as line:
        bot = Channel(line)
        spent = [bot.call("GET", "/list?page=1").status_code for _ in range(62)]
        time.sleep(1.1)  # 60 a minute are one a second
        again = [bot.call("GET", "/list?page=1").status_code for _ in range(3)]

    assert spent[:60] == [200] * 60
    assert spent[-1] == 429
    assert (again[0], again[-1]) == (200, 429)


def by_json(bot: Channel, audience: int) -> httpx2.Response:
    return bot.add(audience, users("ann"))


def by_file(bot: Channel, audience: int) -> httpx2.Response:
    return bot.form("PUT", lines(users("ann")), audienceGroupId=str(audience))


Add = Callable[[Channel, int], httpx2.Response]
WAYS = pytest.mark.parametrize("add", [by_json, by_file])


@WAYS
def test_ten_jobs_of_an_audience_run_at_a_time(bot: Channel, line: EmulatorProcess, add: Add) -> None:
    line.control("POST", "/clock", {"job_seconds": 3600})
    audience, another = bot.create("Buyers", users("ann")), bot.create("Others")

    statuses = [add(bot, audience).status_code for _ in range(10)]
    refused = add(bot, audience)

    assert statuses == [202] * 9 + [429]
    assert refused.json() == TOO_OFTEN
    assert add(bot, another).status_code == 202
    line.control("POST", "/clock", {"job_seconds": 0})
    assert add(bot, audience).status_code == 202


@WAYS
def test_of_many_at_once_no_more_than_ten_jobs_are_taken(
    bot: Channel, line: EmulatorProcess, add: Add
) -> None:
    line.control("POST", "/clock", {"job_seconds": 3600})
    audience = bot.create("Buyers")

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: add(bot, audience), range(25)))

    assert Counter(answer.status_code for answer in answers) == {202: 10, 429: 15}
    assert len(bot.jobs(audience)) == 10


def test_json_ends_at_two_megabytes_and_files_do_not(bot: Channel) -> None:
    audience = bot.create("Buyers")
    many = [f"U{number:032x}" for number in range(80_000)]  # 2.7 MB as a file

    too_large = [
        bot.call(*each, {"description": "x" * 2**21}) for each in (("POST", "/upload"), ("POST", "/imp"))
    ]
    file = bot.form("PUT", lines(many), audienceGroupId=str(audience))

    assert {answer.status_code for answer in too_large} == {413}
    assert all(details(answer) == [] for answer in too_large)
    assert file.status_code == 202
    assert bot.group(audience)["audienceCount"] == 80_000


@pytest.mark.parametrize(
    "call", ["POST /upload", "PUT /upload", "POST /click", "POST /imp", "PUT /{}/updateDescription"]
)
@pytest.mark.parametrize(
    "sent", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
)
def test_json_has_to_be_said_to_be_json(bot: Channel, call: str, sent: str) -> None:
    method, path = call.format(bot.create("Buyers")).split()

    answer = bot.call(method, path, content=b'{"description": "Buyers"}', headers={"Content-Type": sent})

    assert (answer.status_code, details(answer)) == (415, [])


def test_json_may_name_its_letters(bot: Channel) -> None:
    kind = {"Content-Type": "Application/JSON; charset=utf-8"}

    assert bot.call("POST", "/upload", content=b'{"description": "B"}', headers=kind).status_code == 202


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_a_file_comes_as_plain_text_in_a_form(bot: Channel, method: str) -> None:
    fields = {"description": "Buyers", "audienceGroupId": str(bot.create("Buyers"))}

    as_json = bot.call(method, "/upload/byFile", fields)
    binary = bot.form(method, lines(users("ann")), media_type="application/octet-stream", **fields)
    table = bot.form(method, lines(users("ann")), media_type="text/csv", **fields)
    named = bot.form(method, lines(users("ann")), media_type="text/plain; charset=utf-8", **fields)

    assert [each.status_code for each in (as_json, binary, table, named)] == [415, 415, 415, 202]


def of_users(bot: Channel) -> int:
    return bot.create("Old", users("ann"))


def of_nobody(bot: Channel) -> int:
    return bot.create("Old")


def of_a_failed_job(bot: Channel) -> int:
    return bot.create("Old [fail]", users("ann"))


OLD = pytest.mark.parametrize("old", [of_users, of_nobody, of_a_failed_job])
Old = Callable[[Channel], int]


@OLD
def test_an_audience_expires_half_a_year_after_it_was_made(
    bot: Channel, line: EmulatorProcess, old: Old
) -> None:
    audience = old(bot)
    line.control("POST", "/clock", {"offset_seconds": 179 * DAY})
    bot.add(audience, users("ben"))
    assert bot.group(audience)["status"] == "READY"

    line.control("POST", "/clock", {"offset_seconds": 180 * DAY + 1})

    assert bot.group(audience)["status"] == "EXPIRED", "what was added meanwhile does not count"
    assert details(by_json(bot, audience)) == [(EXPIRED, "audienceGroupId")]
    assert details(by_file(bot, audience)) == [(EXPIRED, "audienceGroupId")]


@OLD
def test_an_expired_audience_is_forgotten_a_month_later(
    bot: Channel, line: EmulatorProcess, old: Old
) -> None:
    audience = old(bot)

    line.control("POST", "/clock", {"offset_seconds": 209 * DAY})
    listed = bot.listed("&status=EXPIRED")
    line.control("POST", "/clock", {"offset_seconds": 210 * DAY + 1})

    assert len(listed) == 1
    assert bot.listed() == []
    assert details(bot.call("GET", f"/{audience}")) == [(NOT_FOUND, "audienceGroupId")]


def test_lists_tell_of_an_expired_audience_why_it_had_failed(bot: Channel, line: EmulatorProcess) -> None:
    audience = of_a_failed_job(bot)
    assert (bot.group(audience)["status"], bot.group(audience)["failedType"]) == ("FAILED", "INTERNAL_ERROR")

    line.control("POST", "/clock", {"offset_seconds": 181 * DAY})

    [listed] = bot.get("/list?page=1")["audienceGroups"]
    assert (listed["status"], listed["failedType"]) == ("EXPIRED", "INTERNAL_ERROR")
    assert "failedType" not in bot.group(audience)


def test_audiences_that_follow_people_do_not_expire(bot: Channel, line: EmulatorProcess) -> None:
    audience = bot.plant("Asked us", size=240)

    line.control("POST", "/clock", {"offset_seconds": 400 * DAY})

    assert bot.group(audience)["status"] == "READY"
    assert "expireTimestamp" not in bot.group(audience)
