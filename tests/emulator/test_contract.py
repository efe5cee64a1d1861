"""Every call of both APIs against its description, with requests made from it and with none of it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import core as hypothesis_core
from requests.adapters import HTTPAdapter
from schemathesis.checks import not_a_server_error

from emulator.ads.api import API as ADS
from emulator.messaging.api import API as MESSAGING
from tests.emulator.broken import Sent, broken_forms, broken_json
from tests.emulator.channel import Channel
from tests.emulator.client import (
    ACCESS_KEY,
    SECRET_KEY,
    AdsClient,
    hashed,
    lines,
)
from tests.emulator.conftest import introduce
from tests.emulator.contract import (
    DESCRIPTIONS,
    FEW,
    FORM,
    JSON,
    METHODS,
    OPERATIONS,
    TOKEN,
    Description,
    Operation,
    World,
    anonymous,
    blanked,
    examples,
    explore,
    label,
    signed_by,
    systematic,
    with_token,
)
from tests.emulator.process import EmulatorProcess
from tests.emulator.seeding import BASIC_ID, settle

WITHOUT_LIMITS = {"EMULATOR_ADS_RATE": "1000000", "EMULATOR_MESSAGING_RATE": "60000000"}
IDS = ("id", "audienceGroupId")  # in paths
NAMING = [operation for operation in OPERATIONS if any(f"{{{name}}}" in operation.path for name in IDS)]
READING = [operation for operation in OPERATIONS if operation.method.upper() == "GET"]
every_call = pytest.mark.parametrize("operation", OPERATIONS, ids=label)
either_api = pytest.mark.parametrize("description", DESCRIPTIONS.values(), ids=DESCRIPTIONS)


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmulatorProcess]:
    with EmulatorProcess(tmp_path_factory.mktemp("contract"), **WITHOUT_LIMITS) as line:
        introduce(line)
        yield line


@pytest.fixture(scope="module")
def ads(process: EmulatorProcess) -> Iterator[AdsClient]:
    client = AdsClient(process.url)
    yield client
    client.close()


@pytest.fixture(scope="module")
def bot(process: EmulatorProcess) -> Iterator[Channel]:
    channel = Channel(process, BASIC_ID, TOKEN)
    yield channel
    channel.close()


@pytest.fixture(scope="module")
def wire() -> Iterator[HTTPAdapter]:
    """Connections that are kept alive."""
    adapter = HTTPAdapter()
    yield adapter
    adapter.close()


@pytest.fixture(autouse=True)
def _what_fails_is_printed() -> Iterator[None]:
    """Schemathesis takes hypothesis its printer, for good: whatever runs after these tests needs it."""
    printer = hypothesis_core.RepresentationPrinter
    yield
    hypothesis_core.RepresentationPrinter = printer


@pytest.fixture(scope="module")
def made() -> list[World]:
    """At most one: the world as long as nobody changed it."""
    return []


@pytest.fixture
def still_world(
    process: EmulatorProcess, ads: AdsClient, bot: Channel, wire: HTTPAdapter, made: list[World]
) -> World:
    """Some of everything on both sides, for tests that leave it as it is."""
    if not made:
        made.append(settle(process, ads, bot, wire))
    return made[0]


@pytest.fixture
def world(
    process: EmulatorProcess, still_world: World, made: list[World], operation: Operation
) -> Iterator[World]:
    """The same, for one test that may change it."""
    yield still_world
    if operation.method.upper() != "GET":
        made.clear()
    if "/link-request" in operation.path:
        introduce(process)  # links that were given up


@either_api
def test_a_description_is_valid_openapi(description: Description) -> None:
    description.schema.validate()


@pytest.mark.parametrize(("name", "api"), [("ads", ADS), ("messaging", MESSAGING)])
def test_what_is_described_is_served_and_nothing_else(name: str, api: Any) -> None:
    described = [(method, blanked(path)) for method, path in DESCRIPTIONS[name].calls()]
    served = [(route.method, blanked(route.path)) for route in api.routes]

    assert sorted(described) == sorted(served)


@every_call
def test_a_call_answers_the_requests_it_is_described_with(world: World, operation: Operation) -> None:
    for case in examples(world, operation):
        answer = world.hold(case)

        assert answer.status_code in {200, 202}, f"{answer.status_code} {answer.text} to {case!r}"


@pytest.mark.parametrize("clock", [{"job_seconds": 10_000}, {"offset_seconds": 200 * 86_400}], ids=str)
def test_what_is_unfinished_or_expired_is_shown_as_described(
    process: EmulatorProcess, ads: AdsClient, still_world: World, made: list[World], clock: dict[str, float]
) -> None:
    made.clear()
    process.control("POST", "/clock", clock)
    if "job_seconds" in clock:
        ads.create("Still to be counted", hashed(0))
        ads.upload(lines(hashed(0)), id=still_world.in_paths["ids"][0], action="ADD", idType="HASHED_EMAIL")
    signed = signed_by(ACCESS_KEY, SECRET_KEY, ahead=clock.get("offset_seconds", 0))
    for operation in READING:
        auth = signed if operation.path.startswith("/api/") else with_token
        answers = [still_world.hold(case, auth=auth) for case in examples(still_world, operation)]

        assert [answer.status_code for answer in answers] == [200]


@every_call
def test_a_call_keeps_to_its_description_at_every_bound(world: World, operation: Operation) -> None:
    for case in systematic(world, operation):
        world.hold(case)


@every_call
def test_a_call_keeps_to_its_description(world: World, operation: Operation) -> None:
    explore(world, operation, 7)


@pytest.mark.slow
@every_call
def test_a_call_keeps_to_its_description_whatever_comes(world: World, operation: Operation) -> None:
    explore(world, operation, 300)


@every_call
def test_whoever_is_not_known_is_refused_as_described(still_world: World, operation: Operation) -> None:
    answer = still_world.hold(next(examples(still_world, operation)), auth=anonymous)

    assert answer.status_code == 401


@pytest.mark.parametrize("operation", list(DESCRIPTIONS["ads"].operations()), ids=label)
def test_a_key_of_others_is_refused_as_described(still_world: World, operation: Operation) -> None:
    auth = signed_by("AKFOREIGN", "sk-of-somebody-else-in-example")

    answer = still_world.hold(next(examples(still_world, operation)), auth=auth)

    assert answer.status_code == 403


@pytest.mark.parametrize("operation", NAMING, ids=label)
def test_an_id_of_nothing_is_refused_as_described(still_world: World, operation: Operation) -> None:
    case = next(examples(still_world, operation))
    case.path_parameters.update({name: "7" for name in IDS if name in case.path_parameters})

    assert still_world.hold(case).status_code == 400


@pytest.mark.parametrize("status", [429, 500])
@every_call
def test_trouble_at_line_looks_as_described(
    process: EmulatorProcess, still_world: World, operation: Operation, status: int
) -> None:
    process.control("POST", "/faults", {"match": "* /*", "do": f"status:{status}"})

    answer = still_world.hold(next(examples(still_world, operation)), but=[not_a_server_error])

    assert answer.status_code == status


@either_api
def test_what_is_not_described_is_refused_in_the_words_of_the_api(
    still_world: World, description: Description
) -> None:
    for method, path, status in _not_described(description):
        answer = requests.request(method, still_world.url + path, timeout=60)

        assert answer.status_code == status, f"{method} {path}"
        assert description.error().is_valid(answer.json()), f"{method} {path}: {answer.text}"
        assert "x-line-request-id" in answer.headers or description.name == "ads"


def _not_described(description: Description) -> Iterator[tuple[str, str, int]]:
    calls = [(method, blanked(path).replace("{}", "[^/]+")) for method, path in description.calls()]
    for path in sorted({blanked(path).replace("{}", "1") for _, path in description.calls()}):
        served = {method for method, pattern in calls if re.fullmatch(pattern, path)}
        yield from ((method, path, 405) for method in {*METHODS, "TRACE", "BREW"} - served)
        yield "GET", f"{path}/no/such/call", 404


def _with_body(media_type: str) -> pytest.MarkDecorator:
    found = [each for each in OPERATIONS if each.get_body_for_media_type(media_type)]
    return pytest.mark.parametrize("operation", found, ids=label)


def _shown(world: World, operation: Operation) -> list[dict[str, Any]]:
    return [case.body for case in examples(world, operation) if isinstance(case.body, dict)]


def _torture(world: World, operation: Operation, made_up: Any, count: int) -> None:
    usual = settings(database=None, deadline=None, suppress_health_check=list(HealthCheck))

    @settings(usual, max_examples=count, derandomize=count < FEW)
    @given(made_up)
    def holds(sent: Sent) -> None:
        world.hold_raw(operation, *sent)

    holds()


@_with_body(FORM)
def test_a_broken_form_is_answered_as_described(world: World, operation: Operation) -> None:
    _torture(world, operation, broken_forms(_shown(world, operation)), 40)


@pytest.mark.slow
@_with_body(FORM)
def test_a_broken_form_is_answered_as_described_however_broken(world: World, operation: Operation) -> None:
    _torture(world, operation, broken_forms(_shown(world, operation)), 1000)


@_with_body(JSON)
def test_broken_json_is_answered_as_described(world: World, operation: Operation) -> None:
    _torture(world, operation, broken_json(_shown(world, operation)), 20)


@pytest.mark.slow
@_with_body(JSON)
def test_broken_json_is_answered_as_described_however_broken(world: World, operation: Operation) -> None:
    _torture(world, operation, broken_json(_shown(world, operation)), 1000)


@_with_body(JSON)
def test_a_body_of_more_than_two_megabytes_is_answered_as_described(
    still_world: World, operation: Operation
) -> None:
    still_world.hold_raw(operation, JSON, json.dumps({"name": "x" * 2**21}).encode())
