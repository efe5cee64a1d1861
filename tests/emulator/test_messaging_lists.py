"""What an official account has: listed, read, renamed, deleted, and how many people it says are in there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.emulator.channel import NOT_FOUND, Channel, bodies, details, ifas, users
from tests.emulator.process import EmulatorProcess

GONE = [(NOT_FOUND, "audienceGroupId")]


@pytest.fixture
def another(line: EmulatorProcess) -> Iterator[Channel]:
    client = Channel(line, "@another", "channel-token-of-another")
    yield client
    client.close()


@pytest.fixture
def several(bot: Channel) -> Channel:
    """Two of the channel's own, and two that the account has from elsewhere."""
    bot.create("May buyers", users("ann"))
    bot.create("June buyers")
    bot.plant("Asked us", size=240)
    bot.plant("MAY visitors", "WEBTRAFFIC", createRoute="AD_MANAGER", adaccount="Sample Shop", size=1200)
    return bot


def test_the_newest_audience_comes_first(several: Channel) -> None:
    page = several.get("/list?page=1")

    assert [group["description"] for group in page.pop("audienceGroups")] == [
        "MAY visitors",
        "Asked us",
        "June buyers",
        "May buyers",
    ]
    assert page == {
        "hasNextPage": False,
        "totalCount": 4,
        "readWriteAudienceGroupTotalCount": 2,
        "size": 20,
        "page": 1,
    }


FILTERS = [
    ("&description=may", ["MAY visitors", "May buyers"]),
    ("&description=BUYERS", ["June buyers", "May buyers"]),
    ("&description=%25", []),
    ("&status=READY", ["MAY visitors", "Asked us", "May buyers"]),
    ("&status=IN_PROGRESS", ["June buyers"]),
    ("&status=INACTIVE", []),
    ("&createRoute=OA_MANAGER", ["Asked us"]),
    ("&createRoute=MESSAGING_API&status=READY", ["May buyers"]),
    ("&includesExternalPublicGroups=false", ["June buyers", "May buyers"]),
    ("&includesExternalPublicGroups=False", ["June buyers", "May buyers"]),
    ("&includesExternalPublicGroups=True&description=us", ["Asked us"]),
]


@pytest.mark.parametrize(("query", "expected"), FILTERS)
def test_the_list_is_filtered(several: Channel, query: str, expected: list[str]) -> None:
    page = several.get(f"/list?page=1{query}")

    assert [group["description"] for group in page["audienceGroups"]] == expected
    assert page["totalCount"] == len(expected)


@pytest.mark.parametrize(
    ("query", "expected", "more"),
    [
        ("page=1&size=3", ["MAY visitors", "Asked us", "June buyers"], True),
        ("page=2&size=3", ["May buyers"], False),
        ("page=2&size=2", ["June buyers", "May buyers"], False),
        ("page=3&size=2", [], False),
        ("page=1&size=40", ["MAY visitors", "Asked us", "June buyers", "May buyers"], False),
    ],
)
def test_the_list_is_paged(several: Channel, query: str, expected: list[str], more: bool) -> None:
    page = several.get(f"/list?{query}")

    assert [group["description"] for group in page["audienceGroups"]] == expected
    assert (page["hasNextPage"], page["totalCount"]) == (more, 4)


def test_what_an_ad_account_made_for_the_account_names_it(several: Channel) -> None:
    planted, made = (
        several.get(f"/list?page=1&description={name}")["audienceGroups"][0] for name in ("visitors", "june")
    )

    one = several.get(f"/{planted['audienceGroupId']}")

    assert (one["adaccount"], one["jobs"]) == ({"name": "Sample Shop"}, [])
    assert (planted["permission"], planted["createRoute"], planted["activated"]) == (
        "READ",
        "AD_MANAGER",
        planted["created"],
    )
    assert "webtraffic" not in planted, "only the shared calls have it"
    assert "adaccount" not in several.get(f"/{made['audienceGroupId']}")


@pytest.mark.parametrize("route", ["OA_MANAGER", "POINT_AD", "AD_MANAGER"])
def test_what_the_channel_did_not_make_is_only_read(bot: Channel, route: str) -> None:
    audience = bot.plant("By hand", "USER_ID_UPLOAD", createRoute=route)

    answers = [
        bot.call("PUT", f"/{audience}/updateDescription", {"description": "Mine"}),
        bot.call("DELETE", f"/{audience}"),
        bot.add(audience, users("ann")),
    ]

    assert [(answer.status_code, details(answer)) for answer in answers] == [(400, GONE)] * 3
    assert (bot.group(audience)["permission"], bot.listed()) == ("READ", ["By hand"])


def test_an_audience_is_renamed(bot: Channel) -> None:
    audience = bot.create("May buyers", users("ann"))

    answer = bot.call("PUT", f"/{audience}/updateDescription", {"description": "Summer buyers"})

    assert (answer.status_code, answer.json()) == (200, {})
    assert bot.listed() == ["Summer buyers"]
    assert bot.held(audience)[0] == 1


def test_an_audience_is_deleted_for_good(bot: Channel) -> None:
    audience = bot.create("May buyers", users("ann"))

    answer = bot.call("DELETE", f"/{audience}")

    assert (answer.status_code, answer.json()) == (202, {})
    assert bot.listed() == []
    again = [
        bot.call("DELETE", f"/{audience}"),
        bot.call("GET", f"/{audience}"),
        bot.add(audience, users("ann")),
    ]
    assert [details(each) for each in again] == [GONE] * 3


def test_a_name_may_be_used_twice(bot: Channel) -> None:
    first, second = bot.create("Buyers"), bot.create("Buyers")
    other = bot.create("Others")

    bot.call("PUT", f"/{other}/updateDescription", {"description": "Buyers"})

    assert first < second < other
    assert bot.listed() == ["Buyers"] * 3


def test_another_channels_audience_is_not_found(bot: Channel, another: Channel) -> None:
    audience = another.create("Theirs", users("ann"))

    answers = [
        bot.call("GET", f"/{audience}"),
        bot.call("GET", f"/shared/{audience}"),
        bot.call("PUT", f"/{audience}/updateDescription", {"description": "Mine"}),
        bot.call("DELETE", f"/{audience}"),
        bot.add(audience, users("ben")),
    ]

    assert [(answer.status_code, details(answer)) for answer in answers] == [(400, GONE)] * 5
    assert (another.listed(), another.held(audience)[0], bot.listed()) == (["Theirs"], 1, [])


@pytest.mark.parametrize("audience", ["1", "x", "-1", "1.5", "9" * 18, "9" * 30, "%20", "١"])
def test_what_is_no_audience_is_not_found(bot: Channel, audience: str) -> None:
    calls = [("GET", ""), ("DELETE", ""), ("PUT", "/updateDescription")]

    answers = [bot.call(method, f"/{audience}{more}", {"description": "Mine"}) for method, more in calls]
    answers.append(bot.call("GET", f"/shared/{audience}"))

    assert [(answer.status_code, details(answer)) for answer in answers] == [(400, GONE)] * 4
    assert {answer.json()["message"] for answer in answers} == {"audience group not found"}


@pytest.mark.parametrize(
    ("kind", "size", "shown"),
    [("CHAT_TAG", 5, 5), ("FRIEND_PATH", 19, 0), ("FRIEND_PATH", 20, 20), ("RICHMENU_CLICK", 1, 0)],
)
def test_few_people_are_shown_as_none_except_by_chat_tag(
    bot: Channel, kind: str, size: int, shown: int
) -> None:
    assert bot.group(bot.plant("Few", kind, size=size))["audienceCount"] == shown


def test_few_user_ids_are_counted_and_few_phones_are_not(bot: Channel) -> None:
    people = bot.create("People", users(*range(19)))
    phones = bot.create("Phones", ifas(*range(19)), isIfaAudience=True)
    many = bot.create("Many phones", ifas(*range(100)), isIfaAudience=True)

    counts = [bot.group(each)["audienceCount"] for each in (people, phones, many)]

    assert counts[:2] == [19, 0]
    assert 50 <= counts[2] <= 80, "a share of them"


def test_only_friends_count(tmp_path_factory: pytest.TempPathFactory) -> None:
    with EmulatorProcess(tmp_path_factory.mktemp("friends"), EMULATOR_FRIEND_RATE="0.5") as line:
        bot = Channel(line)
        audience = bot.create("People", users(*range(10)))

        assert (bot.group(audience)["audienceCount"], bot.jobs(audience)[0]["audienceCount"]) == (5, 10)
        assert bot.held(audience)[0] == 10


def test_audiences_survive_a_kill(tmp_path_factory: pytest.TempPathFactory) -> None:
    with EmulatorProcess(tmp_path_factory.mktemp("killed")) as line:
        bot = Channel(line)
        audience = bot.create("Buyers", users("ann"))
        line.control("PUT", "/messages/m1", {"basic_id": bot.basic_id, "clicked": 60})

        line.restart()

        bot = Channel(line)
        assert bot.held(audience)[0] == 1
        assert bot.call("POST", "/click", {"description": "Clicks", "requestId": "m1"}).status_code == 202
        assert bot.call("POST", "/upload", {"description": "B", **bodies(users("ben"))}).status_code == 202
