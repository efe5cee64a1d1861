"""Faults on order: before LINE has done it, after it, and the ways an answer can go wrong."""

from __future__ import annotations

import re
import time

import httpx2
import pytest

from emulator.ads.api import API as ADS
from emulator.messaging.api import API as MESSAGING
from emulator.routing import Route
from tests.emulator.client import ACCOUNT, AdsClient, hashed, lines
from tests.emulator.process import EmulatorProcess

UPLOAD = "POST /api/v3/adaccounts/*/custom-audiences/upload"
LIST = f"/adaccounts/{ACCOUNT}/custom-audiences"
FILE = lines(hashed("a"))


def order(
    line: EmulatorProcess, do: str, *, when: str = "before", times: int = 1, match: str = UPLOAD
) -> None:
    line.control("POST", "/faults", {"match": match, "times": times, "when": when, "do": do})


def send(ads: AdsClient) -> httpx2.Response:
    return ads.upload(FILE, name="VIP", action="ADD", idType="HASHED_EMAIL")


def names(ads: AdsClient) -> list[str]:
    return [audience["name"] for audience in ads.audiences()["audienceGroups"]]


ROUTES = [*ADS.routes, *MESSAGING.routes]


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_every_fault_strikes_on_every_path(line: EmulatorProcess, route: Route, when: str) -> None:
    path = re.sub(r"\{\w+\}", "1", route.path)
    got: list[int | str] = []

    for do in ("status:503", "status:429", "html", "reset", "hang:0.01", "slow:0", "job:FAILED"):
        order(line, do, when=when, match=f"{route.method} {path}")
        try:
            answer = httpx2.request(route.method, f"{line.url}{path}")
            got.append("html" if b"<title>" in answer.content else answer.status_code)
        except httpx2.TransportError as error:
            got.append(type(error).__name__)

    # Nobody signed in: what answers at all after a slow or failing job is the refusal that is due.
    assert got == [503, 429, "html", "ReadError", "RemoteProtocolError", 401, 401]


def test_too_many_requests_are_told_in_each_apis_way(line: EmulatorProcess) -> None:
    order(line, "status:429", times=2, match="* /*")

    ads, messaging = (httpx2.get(line.url + path) for path in ("/api/v3/x", "/v2/bot/x"))

    assert ads.content == b""
    assert messaging.json()["message"].startswith("The API rate limit has been exceeded")


def test_a_rule_that_line_fails_to_build_is_failed(line: EmulatorProcess, ads: AdsClient) -> None:
    order(line, "job:FAILED", match=f"POST /api/v3{LIST}")

    friends = {"friendStatus": "ACTIVE"}
    ads.post(LIST, {"name": "Friends", "functionType": "ACCOUNT_FRIENDS", "accountFriends": friends})

    assert ads.audiences()["audienceGroups"][0]["status"] == "FAILED"


@pytest.mark.parametrize(("when", "kept"), [("before", []), ("after", ["VIP"])])
@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_status_comes_in_place_of_the_answer(
    line: EmulatorProcess, ads: AdsClient, when: str, kept: list[str], status: int
) -> None:
    order(line, f"status:{status}", when=when)

    response = send(ads)

    assert response.status_code == status
    assert (response.content == b"") is (status == 429)
    assert names(ads) == kept


@pytest.mark.parametrize(("when", "kept"), [("before", []), ("after", ["VIP"])])
def test_a_reset_is_a_reset_on_the_wire(
    line: EmulatorProcess, ads: AdsClient, when: str, kept: list[str]
) -> None:
    order(line, "reset", when=when)

    with pytest.raises((httpx2.ReadError, httpx2.WriteError)) as caught:
        send(ads)

    assert "reset" in repr(caught.value).lower() or "reset" in repr(caught.value.__cause__).lower()
    assert names(ads) == kept


@pytest.mark.parametrize(("when", "kept"), [("before", []), ("after", ["VIP"])])
def test_a_hang_is_silence_and_then_nothing(
    line: EmulatorProcess, ads: AdsClient, when: str, kept: list[str]
) -> None:
    order(line, "hang:0.5", when=when)
    began = time.monotonic()

    with pytest.raises(httpx2.RemoteProtocolError):
        send(ads)

    assert time.monotonic() - began >= 0.5
    assert names(ads) == kept


def test_a_page_of_html_comes_where_json_was_due(line: EmulatorProcess, ads: AdsClient) -> None:
    order(line, "html", when="after")

    response = send(ads)

    assert (response.status_code, response.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert names(ads) == ["VIP"]


def test_a_slow_answer_comes_byte_by_byte_and_whole(line: EmulatorProcess, ads: AdsClient) -> None:
    order(line, "slow:0.02")
    began = time.monotonic()

    response = send(ads)

    assert time.monotonic() - began >= 0.5
    assert (response.status_code, response.json()["name"]) == (202, "VIP")


def test_a_fault_strikes_as_often_as_ordered_and_only_where_it_was_ordered(
    line: EmulatorProcess, ads: AdsClient
) -> None:
    order(line, "status:500", times=2, match=f"GET /api/v3{LIST}")

    statuses = [
        ads.call("GET", path).status_code for path in ["/groups/G100000001/adaccounts", LIST, LIST, LIST]
    ]

    assert statuses == [200, 500, 500, 200]


def test_faults_are_cleared(line: EmulatorProcess, ads: AdsClient) -> None:
    order(line, "status:500", times=9, match="* /api/v3/*")

    line.control("DELETE", "/faults")

    assert ads.call("GET", LIST).status_code == 200


def test_the_log_tells_a_lost_answer_from_work_not_done(line: EmulatorProcess, ads: AdsClient) -> None:
    for when in ("before", "after"):
        order(line, "reset", when=when)
        with pytest.raises(httpx2.TransportError):
            send(ads)

    entries = line.control("GET", "/requests")["requests"]

    assert [(entry["status"], entry["rows"], entry["x_ids"]) for entry in entries] == [
        (None, None, None),
        (None, 1, 1),
    ]
