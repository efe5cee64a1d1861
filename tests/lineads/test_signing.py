from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest
from joserfc import jws
from joserfc.jwk import OctKey

from lineads import signing

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "line-ads-jws-vector.json").read_text("utf-8"))
POSITIVE = pytest.mark.parametrize("vector", VECTORS["positive"], ids=lambda vector: vector["name"])
MOMENT = datetime(2026, 5, 14, 3, 4, 5, tzinfo=UTC)
PATH = "/api/v3/adaccounts/A012345678/custom-audiences"
EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def payload_of(vector: dict[str, Any]) -> str:
    request = vector["request"]
    return signing.payload(
        path=f"{request['path']}?{request['query']}",
        moment=parsedate_to_datetime(request["headers"]["Date"]),
        content_type=request["headers"].get("Content-Type", ""),
        body=(request["body_utf8"] or "the multipart bytes").encode() if request["method"] == "POST" else b"",
    )


@POSITIVE
def test_every_published_request_is_signed_over_the_same_four_lines(vector: dict[str, Any]) -> None:
    assert payload_of(vector) == vector["steps"]["payload_text"]


@POSITIVE
def test_every_published_token_comes_out_to_the_last_character(vector: dict[str, Any]) -> None:
    steps = vector["steps"]

    token = signing.compact(
        steps["jose_header_json"], payload_of(vector), vector["secret_key"], padded=steps["padded"]
    )

    assert token == vector["token"]


@POSITIVE
def test_every_request_gets_the_date_that_was_signed(vector: dict[str, Any]) -> None:
    moment = parsedate_to_datetime(vector["request"]["headers"]["Date"])

    headers = signing.headers(vector["access_key"], vector["secret_key"], payload_of(vector), moment=moment)

    assert headers["Date"] == vector["request"]["headers"]["Date"]
    if vector["steps"]["padded"] and " " not in vector["steps"]["jose_header_json"]:
        assert headers["Authorization"] == vector["request"]["headers"]["Authorization"]


def test_a_library_makes_the_same_unpadded_token() -> None:
    secret = "sk-test-vector-not-a-real-secret"
    text = signing.payload(path=PATH, moment=MOMENT)
    jose = {"alg": "HS256", "kid": "AKTESTVECTOR0001", "typ": "text/plain"}

    expected = jws.serialize_compact(jose, text, OctKey.import_key(secret))

    assert signing.compact(signing.header("AKTESTVECTOR0001"), text, secret, padded=False) == expected


def test_the_query_is_never_signed() -> None:
    assert signing.payload(path=f"{PATH}?page=1", moment=MOMENT).endswith(PATH)


def test_the_boundary_is_never_signed() -> None:
    lines = signing.payload(path=PATH, moment=MOMENT, content_type="multipart/form-data; boundary=x").split(
        "\n"
    )

    assert lines[1] == "multipart/form-data"


def test_the_digest_of_a_multipart_body_is_that_of_nothing() -> None:
    text = signing.payload(path=PATH, moment=MOMENT, content_type="multipart/form-data", body=b"bytes")

    assert text.startswith(EMPTY)


def test_a_changed_body_changes_the_signed_text() -> None:
    texts = {
        signing.payload(path=PATH, moment=MOMENT, content_type=signing.JSON, body=body)
        for body in (b'{"name":"a"}', b'{"name":"b"}')
    }

    assert len(texts) == 2


def test_the_signed_day_is_the_day_in_greenwich() -> None:
    tokyo = datetime(2027, 1, 1, 8, 59, 59, tzinfo=timezone(timedelta(hours=9)))
    text = signing.payload(path=PATH, moment=tokyo)

    assert text.split("\n")[2] == "20261231"
    assert signing.headers("key", "secret", text, moment=tokyo)["Date"] == "Thu, 31 Dec 2026 23:59:59 GMT"


def test_another_secret_or_key_makes_another_signature() -> None:
    text = signing.payload(path=PATH, moment=MOMENT)
    made = [("one", "s1"), ("one", "s2"), ("two", "s1")]

    tokens = {signing.compact(signing.header(key), text, secret).rpartition(".")[2] for key, secret in made}

    assert len(tokens) == 3
