"""Whatever is sent wrongly, LINE's error body comes back and says what it was."""

from __future__ import annotations

import json
from typing import Any

import pytest

from emulator.messaging.api import API
from tests.emulator.channel import PREFIX, Channel, bodies, details, users
from tests.emulator.client import lines

MISSING, NO_TEXT, NO_NUMBER, NO_LIST = (
    "May not be empty",
    "must be a string",
    "must be a number",
    "must be an array",
)
NO_FLAG = "must be true or false"
EMPTY, TOO_LONG, ODD = (f"AUDIENCE_GROUP_NAME_{each}" for each in ("EMPTY", "SIZE_OVER", "WRONG"))
NAMES = [
    ("", EMPTY),
    (" \t ", EMPTY),
    (None, EMPTY),
    ("n" * 121, TOO_LONG),
    ("May\nbuyers", ODD),
    ("May\x7f", ODD),
]
FILE = lines(users("ann"))
CREATES = [("POST", "/upload"), ("POST", "/click"), ("POST", "/imp"), ("PUT", "/{}/updateDescription")]


def filled(bot: Channel, path: str) -> str:
    return path.format(bot.create("Buyers")) if "{}" in path else path


@pytest.mark.parametrize(("name", "code"), NAMES, ids=repr)
@pytest.mark.parametrize(("method", "path"), CREATES)
def test_a_name_is_needed_short_and_plain(bot: Channel, method: str, path: str, name: Any, code: str) -> None:
    bot.line.control("PUT", "/messages/m1", {"basic_id": bot.basic_id})

    answer = bot.call(method, filled(bot, path), {"description": name, "requestId": "m1"})

    assert (answer.status_code, details(answer)) == (400, [(code, "description")])
    message = "size over audienceGroupName" if code == TOO_LONG else code
    assert answer.json()["message"] == message
    assert bot.listed() in ([], ["Buyers"])


@pytest.mark.parametrize(("name", "code"), [each for each in NAMES if each[0] is not None], ids=repr)
def test_a_form_needs_such_a_name_too(bot: Channel, name: str, code: str) -> None:
    assert details(bot.form("POST", FILE, description=name)) == [(code, "description")]


def test_a_name_may_have_a_hundred_and_twenty_letters_of_any_script(bot: Channel) -> None:
    name = "買" * 120

    assert bot.group(bot.create(name))["description"] == name
    made = bot.form("POST", FILE, description=name)
    assert made.json()["description"] == name


def test_what_is_said_of_an_upload_may_have_three_hundred_letters(bot: Channel) -> None:
    audience, fits, over = bot.create("Buyers"), "上" * 300, "上" * 301
    code = [("AUDIENCE_GROUP_UPLOAD_DESCRIPTION_SIZE_OVER", "uploadDescription")]

    refused = [
        bot.add(audience, users("ann"), uploadDescription=over),
        bot.call("POST", "/upload", {"description": "B", "uploadDescription": over}),
        bot.call("POST", "/upload", {"description": "B", "uploadDescription": over, **bodies(users("ann"))}),
        bot.form("POST", FILE, description="B", uploadDescription=over),
        bot.form("PUT", FILE, audienceGroupId=str(audience), uploadDescription=over),
    ]

    assert [(answer.status_code, details(answer)) for answer in refused] == [(400, code)] * 5
    assert bot.add(audience, users("ann"), uploadDescription=fits).status_code == 202
    assert bot.jobs(audience)[0]["description"] == fits


ANN = {"audiences": [{"id": users("ann")[0]}]}
BODIES: list[tuple[str, Any, tuple[str, str]]] = [
    ("POST /upload", {}, (EMPTY, "description")),
    ("POST /upload", {"description": 5}, (NO_TEXT, "description")),
    ("POST /upload", {"description": ["B"]}, (NO_TEXT, "description")),
    ("POST /upload", {"description": "B", "isIfaAudience": "true"}, (NO_FLAG, "isIfaAudience")),
    ("POST /upload", {"description": "B", "isIfaAudience": 1}, (NO_FLAG, "isIfaAudience")),
    ("POST /upload", {"description": "B", "uploadDescription": 5}, (NO_TEXT, "uploadDescription")),
    ("POST /upload", {"description": "B", "audiences": {}}, (NO_LIST, "audiences")),
    ("POST /upload", {"description": "B", "audiences": ""}, (NO_LIST, "audiences")),
    ("POST /upload", {"description": "B", "audiences": False}, (NO_LIST, "audiences")),
    ("POST /upload", {"description": "B", "audiences": 0}, (NO_LIST, "audiences")),
    ("PUT /upload", {}, (MISSING, "audiences")),
    ("PUT /upload", ANN, (MISSING, "audienceGroupId")),
    ("PUT /upload", {"audienceGroupId": None, **ANN}, (MISSING, "audienceGroupId")),
    ("PUT /upload", {"audienceGroupId": "1", **ANN}, (NO_NUMBER, "audienceGroupId")),
    ("PUT /upload", {"audienceGroupId": True, **ANN}, (NO_NUMBER, "audienceGroupId")),
    ("PUT /upload", {"audienceGroupId": 1.5, **ANN}, (NO_NUMBER, "audienceGroupId")),
    ("PUT /upload", {"audienceGroupId": -1, **ANN}, ("AUDIENCE_GROUP_NOT_FOUND", "audienceGroupId")),
    ("PUT /upload", {"audienceGroupId": 10**30, **ANN}, ("AUDIENCE_GROUP_NOT_FOUND", "audienceGroupId")),
    ("POST /click", {"description": "B"}, (MISSING, "requestId")),
    ("POST /click", {"description": "B", "requestId": 5}, (NO_TEXT, "requestId")),
    ("POST /click", {"description": "B", "requestId": ""}, ("REQUEST_NOT_FOUND", "requestId")),
    ("POST /click", {"description": "B", "requestId": "m1", "clickUrl": 5}, (NO_TEXT, "clickUrl")),
    ("POST /imp", {"description": "B", "requestId": None}, (MISSING, "requestId")),
    ("POST /imp", {"description": True, "requestId": "m1"}, (NO_TEXT, "description")),
    ("PUT /{}/updateDescription", {}, (EMPTY, "description")),
    ("PUT /{}/updateDescription", {"description": 5}, (NO_TEXT, "description")),
]


@pytest.mark.parametrize(("call", "body", "detail"), BODIES, ids=lambda value: json.dumps(value)[:60])
def test_a_field_that_is_missing_or_of_another_type_is_named(
    bot: Channel, call: str, body: Any, detail: tuple[str, str]
) -> None:
    method, path = call.split()

    answer = bot.call(method, filled(bot, path), body)

    assert (answer.status_code, details(answer)) == (400, [detail])


NO_OBJECTS = [b"", b"null", b"[]", b"5", b'"B"', b"{", b"\xff", b'{"description": "\\ud800"}', b"[" * 100_000]


@pytest.mark.parametrize("sent", NO_OBJECTS, ids=lambda sent: repr(sent[:20]))
@pytest.mark.parametrize(("method", "path"), [*CREATES, ("PUT", "/upload")])
def test_a_body_has_to_be_a_json_object(bot: Channel, method: str, path: str, sent: bytes) -> None:
    kind = {"Content-Type": "application/json"}

    answer = bot.call(method, filled(bot, path), content=sent, headers=kind)

    assert (answer.status_code, details(answer)) in [(400, []), (400, [("must be an object", "body")])]


FORMS: list[tuple[str, bytes | None, dict[str, str], tuple[str, str]]] = [
    ("POST", FILE, {}, (EMPTY, "description")),
    ("POST", None, {"description": "B"}, (MISSING, "file")),
    ("POST", FILE, {"description": "B", "isIfaAudience": "yes"}, (NO_FLAG, "isIfaAudience")),
    ("POST", FILE, {"description": "B", "isIfaAudience": ""}, (NO_FLAG, "isIfaAudience")),
    ("PUT", FILE, {"description": "B"}, (MISSING, "audienceGroupId")),
    ("PUT", None, {"audienceGroupId": "1"}, (MISSING, "file")),
    ("PUT", FILE, {"audienceGroupId": "x"}, (NO_NUMBER, "audienceGroupId")),
    ("PUT", FILE, {"audienceGroupId": ""}, (NO_NUMBER, "audienceGroupId")),
    ("PUT", FILE, {"audienceGroupId": "-1"}, (NO_NUMBER, "audienceGroupId")),
    ("PUT", FILE, {"audienceGroupId": "9" * 40}, ("AUDIENCE_GROUP_NOT_FOUND", "audienceGroupId")),
]


@pytest.mark.parametrize(("method", "file", "fields", "detail"), FORMS)
def test_a_form_with_a_field_missing_or_odd_is_refused(
    bot: Channel, method: str, file: bytes | None, fields: dict[str, str], detail: tuple[str, str]
) -> None:
    answer = bot.form(method, file, **fields)

    assert (answer.status_code, details(answer)) == (400, [detail])


@pytest.mark.parametrize(
    ("kind", "sent", "detail"),
    [
        ("multipart/form-data; boundary=cut", b"--cut\r\nno form", []),
        ("multipart/form-data; boundary=cut", b"no form", []),
        ("multipart/form-data", b"--cut--", []),
        (
            "multipart/form-data; boundary=cut",
            b'--cut\r\nContent-Disposition: form-data; name="description"\r\n\r\nB\r\n' * 2 + b"--cut--",
            [("May not be given twice", "description")],
        ),
    ],
    ids=["cut off", "no parts", "no boundary", "a field twice"],
)
@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_what_is_no_form_is_refused(bot: Channel, method: str, kind: str, sent: bytes, detail: Any) -> None:
    answer = bot.call(method, "/upload/byFile", content=sent, headers={"Content-Type": kind})

    assert (answer.status_code, details(answer)) == (400, detail)


@pytest.mark.parametrize("more", ["extra", "filename"])
def test_fields_nobody_knows_are_passed_over(bot: Channel, more: str) -> None:
    made = bot.form("POST", FILE, description="Buyers", **{more: "x"})

    assert made.status_code == 202
    assert bot.call("POST", "/upload", {"description": "Buyers", more: ["x"]}).status_code == 202


@pytest.mark.parametrize("token", ["", "Bearer", "Bearer nobody", "Basic channel-token-of-example"])
def test_without_a_known_token_nothing_is_told(bot: Channel, token: str) -> None:
    answers = [
        bot.call(route.method, route.path.removeprefix(PREFIX), headers={"Authorization": token})
        for route in API.routes
    ]

    assert [(answer.status_code, details(answer)) for answer in answers] == [(401, [])] * 12
    begin = "Authentication failed due to the following reason:"
    assert all(answer.json()["message"].startswith(begin) for answer in answers)


def test_a_token_that_was_replaced_is_no_longer_known(bot: Channel) -> None:
    renewed = Channel(bot.line, token="another-channel-token")

    assert (bot.call("GET", "/list?page=1").status_code, renewed.listed()) == (401, [])
    Channel(bot.line)  # for whoever comes next


def test_every_answer_has_its_own_request_id(bot: Channel) -> None:
    audience = bot.create("Buyers")
    json_type = {"Content-Type": "application/json"}

    answers = [
        bot.call("GET", f"/{audience}"),
        bot.call("GET", "/1"),
        bot.call("GET", "/list?page=1", headers={"Authorization": "Bearer nobody"}),
        bot.call("GET", "/no/such/call"),
        bot.call("PATCH", f"/{audience}"),
        bot.call("POST", "/upload", content=b"x" * 2_100_000, headers=json_type),
        bot.call("POST", "/upload", content=b"{}", headers={"Content-Type": "text/plain"}),
        bot.call("BREW", f"/{audience}"),
        bot.add(audience, users("ann")),
    ]

    assert [answer.status_code for answer in answers] == [200, 400, 401, 404, 405, 413, 415, 405, 202]
    assert len({answer.headers["x-line-request-id"] for answer in answers}) == 9
    assert [details(answer) for answer in answers[2:8]] == [[]] * 6


MESSAGES: dict[str, str] = {
    "/shared/list?page=0": "page: must be greater than or equal to 1",
    "/list?page=1&size=0": "size: must be greater than or equal to 1",
    "/list?page=1&size=41": "size: must be less than or equal to 40",
    "/list?page=1&size=-1": "size: must be greater than or equal to 1",
    "/list?page=two": "page: must be a number",
    "/list?page=": "page: must be a number",
    "/list?page=99999999999": "page: must be less than or equal to 2147483648",
    "/list?page=" + "9" * 30: "page: must be a number",
    "/list?page=1&includesExternalPublicGroups=2": "includesExternalPublicGroups: must be true or false",
    "/shared/list?includesOwnedAudienceGroups=1": "includesOwnedAudienceGroups: must be true or false",
    "/shared/list?createRoute=ELSEWHERE": "createRoute: invalid value",
    "/list?page=1&createRoute=YAHOO_DISPLAY_ADS": "createRoute: invalid value",
    "/list?page=1&status=ready": "status: invalid value",
}


@pytest.mark.parametrize("path", MESSAGES)
def test_a_query_that_makes_no_sense_is_named(bot: Channel, path: str) -> None:
    answer = bot.call("GET", path)

    assert (answer.status_code, answer.json()["message"]) == (400, MESSAGES[path])
    [(code, field)] = details(answer)
    assert code.isupper()
    assert field == MESSAGES[path].partition(":")[0]
