"""The descriptions of both APIs, requests made from them, and what every answer owes them."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPResponse
from typing import Any

import requests
import schemathesis
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from requests.adapters import HTTPAdapter
from schemathesis import Case, CheckContext, GenerationMode, Response
from schemathesis.checks import not_a_server_error
from schemathesis.config import GenerationConfig
from schemathesis.core.parameters import ParameterLocation
from schemathesis.schemas import APIOperation, BaseSchema
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.emulator.client import ACCESS_KEY, SECRET_KEY, signed_headers
from tests.emulator.process import ROOT

Operation = APIOperation[Any, Any, Any, Any]
AnyCase = Case[Any]

FOLDER = ROOT / "emulator" / "openapi"
METHODS = ("GET", "PUT", "POST", "DELETE", "PATCH")
JSON, FORM = "application/json", "multipart/form-data"
TOKEN = "channel-token-of-the-contract"
LONG = 100  # characters
FEW = 50  # examples; so many are the same each time
ERROR_SCHEMAS = {"ads": "Errors", "messaging": "Error"}


@dataclass(frozen=True)
class Description:
    """One of the two APIs, as its file describes it."""

    name: str
    document: dict[str, Any]
    schema: BaseSchema

    def calls(self) -> set[tuple[str, str]]:
        paths = self.document["paths"].items()
        return {(method, path) for path, item in paths for method in METHODS if method.lower() in item}

    def operations(self) -> Iterator[Operation]:
        for found in self.schema.get_all_operations():
            yield found.ok()

    def error(self) -> Draft202012Validator:
        """What a refusal looks like, also that of a call which is not described."""
        schema = {"$ref": f"#/components/schemas/{ERROR_SCHEMAS[self.name]}"}
        return Draft202012Validator({**schema, "components": self.document["components"]})


def _read(name: str) -> Description:
    path = FOLDER / f"{name}.yaml"
    schema = schemathesis.openapi.from_path(path)
    schema.config.generation.update(with_security_parameters=False)  # we sign, whatever is generated
    refusals = schema.config.checks.negative_data_rejection
    refusals.expected_statuses = [*refusals.expected_statuses, "413"]
    return Description(name, yaml.safe_load(path.read_text(encoding="utf-8")), schema)


DESCRIPTIONS = {name: _read(name) for name in ERROR_SCHEMAS}
OPERATIONS = [operation for description in DESCRIPTIONS.values() for operation in description.operations()]


def label(operation: Operation) -> str:
    return str(operation.label).replace("/api/v3/", "").replace("/v2/bot/", "")


def description_of(operation: Operation) -> Description:
    return DESCRIPTIONS["ads" if str(operation.path).startswith("/api/") else "messaging"]


def blanked(path: str) -> str:
    return re.sub(r"\{\w+\}", "{}", path)


def signed_by(access_key: str, secret_key: str, *, ahead: float = 0.0) -> Callable[[Any], Any]:
    """Signs what goes out: the path as it is escaped, the bytes of the body; by a clock that may be ahead."""

    def sign(prepared: Any) -> Any:
        body = prepared.body or b""
        body = body.encode() if isinstance(body, str) else body
        sent = prepared.headers.get("Content-Type", "").partition(";")[0].strip().lower() if body else ""
        content, path = b"" if sent == FORM else body, prepared.path_url.partition("?")[0]
        keys, at = (access_key, secret_key), time.time() + ahead
        prepared.headers.update(signed_headers(path, content=content, content_type=sent, keys=keys, at=at))
        return prepared

    return sign


signed = signed_by(ACCESS_KEY, SECRET_KEY)


def anonymous(prepared: Any) -> Any:
    return prepared


def with_token(prepared: Any) -> Any:
    prepared.headers["Authorization"] = f"Bearer {TOKEN}"
    return prepared


def empty_where_no_body_is_described(_: CheckContext, response: Response, case: AnyCase) -> None:
    answer = case.operation.responses.find_by_status_code(response.status_code)
    if answer is not None and "content" not in answer.definition:
        assert response.content == b"", f"{response.status_code} with the body {response.content[:200]!r}"


CHECKS: list[Any] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    empty_where_no_body_is_described,
    negative_data_rejection,
]


@dataclass(frozen=True)
class World:
    """A running emulator, and what is there to be named in place of what is made up."""

    url: str
    in_paths: Mapping[str, Sequence[Any]]  # by parameter, or for ids by the word before them
    in_bodies: Mapping[str, Mapping[str, Sequence[Any]]]  # of each API, by field
    of_examples: Mapping[Any, Any]  # by the value that stands in the description
    wire: HTTPAdapter

    def hold(self, case: AnyCase, *, auth: Any = None, but: Sequence[Any] = ()) -> Response:
        """Call, and raise for whatever the description does not allow."""
        auth = auth or (signed if description_of(case.operation).name == "ads" else with_token)
        sent = requests.Request(auth=auth, **case.as_transport_kwargs(base_url=self.url)).prepare()
        response = Response.from_requests(self.wire.send(sent, timeout=60), verify=True)
        lenient = [negative_data_rejection] if _may_be_read_as_valid(case) else []
        case.validate_response(response, checks=CHECKS, excluded_checks=[*but, *lenient])
        return response

    def hold_raw(
        self, operation: Operation, content_type: str, body: bytes, length: int | None = None
    ) -> None:
        """Send this and no more, whatever length was announced, and raise as `hold` does."""
        case = operation.Case(path_parameters=self.path(operation))
        media_type = content_type.partition(";")[0].strip().lower() if body else ""
        content = b"" if media_type == FORM else body
        headers = signed_headers(case.formatted_path, content=content, content_type=media_type)
        if description_of(operation).name != "ads":
            headers["Authorization"] = f"Bearer {TOKEN}"
        announced = len(body) if length is None else length
        headers |= {"Host": "line", "Content-Type": content_type, "Content-Length": str(announced)}
        rows = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        head = f"{operation.method.upper()} {case.formatted_path} HTTP/1.1\r\n{rows}\r\n"
        case.validate_response(_talk(self.url, head.encode() + body), checks=CHECKS)

    def path(self, operation: Operation, pick: int = 0) -> dict[str, Any]:
        """Path parameters that lead to something."""
        words = str(operation.path).split("/")
        place = [word for word in words if word in self.in_paths][-1:]
        names = [word[1:-1] for word in words if word.startswith("{")]
        known = {name: self.in_paths.get(name) or self.in_paths[place[0]] for name in names}
        return {name: values[pick % len(values)] for name, values in known.items()}

    def lead(self, case: AnyCase, pick: int) -> None:
        """Make the path lead to something, unless it is the path that is wrong."""
        case.freeze_metadata()  # it counts as valid or not as it was generated
        assert case.meta is not None
        if not case.meta.is_negative_at(ParameterLocation.PATH):
            case.path_parameters.update(self.path(case.operation, pick))

    def mean(self, case: AnyCase, pick: int) -> None:
        """Make the body name what is there, unless it is the body that is wrong."""
        assert case.meta is not None
        if isinstance(case.body, dict) and not case.meta.is_negative_at(ParameterLocation.BODY):
            known = self.in_bodies[description_of(case.operation).name]
            case.body.update(_by_field(case.body, known, pick))

    def shown(self, value: Any) -> Any:
        """A body with the values of the description replaced by those that are there."""
        if isinstance(value, dict):
            return {name: self.shown(each) for name, each in value.items()}
        if isinstance(value, list):
            return [self.shown(each) for each in value]
        return self.of_examples.get(value, value) if isinstance(value, str | int) else value


def _talk(url: str, sent: bytes) -> Response:
    with socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), timeout=20) as client:
        with suppress(OSError):  # whoever refuses early need not listen to the end
            client.sendall(sent)
            client.shutdown(socket.SHUT_WR)
        answer = HTTPResponse(client)
        answer.begin()
        headers = {name: [value] for name, value in answer.getheaders()}
        request = requests.Request("GET", url).prepare()
        return Response(answer.status, headers, answer.read(), request, elapsed=0, verify=False)


def _by_field(value: Any, known: Mapping[str, Sequence[Any]], pick: int) -> Any:
    if isinstance(value, list):
        return [_by_field(each, known, pick + at) for at, each in enumerate(value)]
    if not isinstance(value, dict):
        return value
    return {
        name: known[name][pick % len(known[name])] if name in known else _by_field(each, known, pick)
        for name, each in value.items()
    }


def _may_be_read_as_valid(case: AnyCase) -> bool:
    """An empty value in a query and a null in a body are as good as nothing: LINE may accept them."""
    if "" in case.query.values():
        return True
    if not isinstance(case.body, dict) or case.media_type != JSON:
        return False
    said = _without_nulls(case.body)
    schema = case.operation.get_body_for_media_type(JSON).validation_schema
    return bool(said != case.body and Draft202012Validator(schema).is_valid(said))


def _without_nulls(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_nulls(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {name: _without_nulls(each) for name, each in value.items() if each is not None}


def examples(world: World, operation: Operation) -> Iterator[AnyCase]:
    """The requests that the description shows; one without a body where it shows none."""
    call = description_of(operation).document["paths"][operation.path][operation.method.lower()]
    contents = call.get("requestBody", {}).get("content", {})
    query = {each.name: world.in_paths.get(each.name, [1]) for each in operation.query if each.is_required}
    for media_type, content in contents.items() or [(None, {})]:
        several = [each["value"] for each in content.get("examples", {}).values()]
        for body in several or [content.get("example")]:
            sent = {} if body is None else {"body": world.shown(body), "media_type": media_type}
            yield operation.Case(path_parameters=world.path(operation), query=query, **sent)


def systematic(world: World, operation: Operation) -> Iterator[AnyCase]:
    """Each bound, each value of each list, each thing left out: one at a time, the same every time."""
    modes, usual = list(GenerationMode), GenerationConfig()
    found = operation.schema.iter_coverage_cases(operation, generation_modes=modes, generation_config=usual)
    for pick, case in enumerate(found):
        world.lead(case, pick)
        if isinstance(case.body, dict):
            case.body.update(world.shown(case.body) | _anew(case.body, pick))
        yield case


def _anew(body: dict[str, Any], number: int) -> dict[str, Any]:
    """A name that nothing has yet, unless the name may be what the case is about."""
    name = body.get("name")
    ordinary = isinstance(name, str) and 1 < len(name) < LONG
    return {"name": f"{name} {number}"} if ordinary else {}


def explore(world: World, operation: Operation, count: int) -> None:
    """Valid and invalid requests at random; one in eight names what need not be there."""
    usual = settings(database=None, deadline=None, suppress_health_check=list(HealthCheck))

    def holds(case: AnyCase, pick: int) -> None:
        if pick:
            world.lead(case, pick)
            world.mean(case, pick)
        world.hold(case)

    for mode in GenerationMode:
        case = operation.as_strategy(generation_mode=mode)
        run = given(case=case, pick=st.integers(0, 7))(holds)
        settings(usual, max_examples=count, derandomize=count < FEW)(run)()
