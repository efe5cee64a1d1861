"""Every published and computed vector of the request signature, and every way to get it wrong."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest

from emulator import signature

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "line-ads-jws-vector.json").read_text())
POSITIVE = {vector["name"]: vector for vector in VECTORS["positive"]}
NEGATIVE = {vector["name"]: vector for vector in VECTORS["negative"]}
KEYS = {vector["access_key"]: vector["secret_key"] for vector in POSITIVE.values()}
Vector = dict[str, Any]


def verify(request: Vector, *, late: float = 0.0, standard_alphabet: bool = False) -> signature.Claim:
    """As LINE would on getting this request, its clock `late` seconds after the Date header."""
    headers = request["headers"]
    content_type = headers.get("Content-Type", "").partition(";")[0]
    body = b"" if content_type == "multipart/form-data" else (request["body_utf8"] or "").encode()
    now = parsedate_to_datetime(headers["Date"]).timestamp() + late
    claim = signature.authenticate(
        headers, KEYS.get, now=now, window=900, standard_alphabet=standard_alphabet
    )
    signature.check_payload(
        claim, digest=hashlib.sha256(body).hexdigest(), content_type=content_type, path=request["path"]
    )
    return claim


def signed(request: Vector, payload: str, *, secret: str = "", **header: str) -> Vector:
    """The request with a token over this payload, made by hand."""
    protected = {"alg": "HS256", "kid": "AKTESTVECTOR0001", "typ": "text/plain"} | header
    key = secret or KEYS["AKTESTVECTOR0001"]
    signing_input = f"{_b64(json.dumps(protected).encode())}.{_b64(payload.encode())}"
    mac = hmac.new(key.encode(), signing_input.encode(), hashlib.sha256).digest()
    return {
        **request,
        "headers": {**request["headers"], "Authorization": f"Bearer {signing_input}.{_b64(mac)}"},
    }


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode()


def _changed(vector: Vector, old: str, new: str) -> Vector:
    """Signed again after `old` became `new` in the payload."""
    payload = vector["steps"]["payload_text"]
    assert old in payload
    return signed(vector["request"], payload.replace(old, new))


@pytest.mark.parametrize("name", POSITIVE)
def test_a_request_signed_as_published_is_accepted(name: str) -> None:
    vector = POSITIVE[name]

    claim = verify(vector["request"])

    assert claim.access_key == vector["access_key"]


LIST = POSITIVE["get-list-with-query"]
UPLOAD = POSITIVE["post-multipart-upload"]
RENAME = POSITIVE["post-json-utf8-rename"]
PAYLOAD = LIST["steps"]["payload_text"]


def _next_day() -> Vector:
    request = LIST["request"]
    return {**request, "headers": {**request["headers"], "Date": "Fri, 15 May 2026 03:04:05 GMT"}}


BROKEN: dict[str, Callable[[], Vector]] = {
    "query-in-canonical-uri": lambda: signed(LIST["request"], f"{PAYLOAD}?{LIST['request']['query']}"),
    "no-api-prefix": lambda: _changed(LIST, "/api/v3", "/v3"),
    "wrong-order": lambda: signed(
        LIST["request"], "\n".join([PAYLOAD.split("\n")[at] for at in (2, 3, 1, 0)])
    ),
    "iso-timestamp": lambda: _changed(LIST, "20260514", "20260514T030405Z"),
    "date-header-mismatch": _next_day,
    "body-tampered": lambda: {**RENAME["request"], "body_utf8": RENAME["request"]["body_utf8"] + " "},
    "multipart-digest-of-body": lambda: _changed(
        UPLOAD, hashlib.sha256(b"").hexdigest(), hashlib.sha256(b"multipart").hexdigest()
    ),
    "multipart-boundary-signed": lambda: _changed(
        UPLOAD, "multipart/form-data", "multipart/form-data; boundary=----bm7f3a9c"
    ),
    "unknown-kid": lambda: signed(LIST["request"], PAYLOAD, kid="AKNOBODY"),
    "alg-none": lambda: signed(LIST["request"], PAYLOAD, alg="none"),
    "wrong-secret": lambda: signed(LIST["request"], PAYLOAD, secret="sk-another-secret"),
}
CLOCKS = {"clock-late": 901.0, "clock-early": -901.0}


def test_every_negative_vector_has_its_test() -> None:
    assert set(NEGATIVE) == {*BROKEN, *CLOCKS, "clock-edge-ok"}


@pytest.mark.parametrize("name", BROKEN)
def test_a_request_signed_wrongly_is_refused(name: str) -> None:
    request = BROKEN[name]()

    with pytest.raises(signature.Unauthorized):
        verify(request)


@pytest.mark.parametrize("late", CLOCKS.values(), ids=CLOCKS)
def test_a_request_from_outside_the_clock_window_is_refused(late: float) -> None:
    with pytest.raises(signature.Unauthorized, match="clock window"):
        verify(LIST["request"], late=late)


@pytest.mark.parametrize("late", [899.0, -899.0])
def test_a_request_from_the_edge_of_the_clock_window_is_accepted(late: float) -> None:
    assert verify(LIST["request"], late=late)


@pytest.mark.parametrize(
    "header",
    [{"alg": "RS256"}, {"typ": "JWT"}, {"crit": "b64"}],
    ids=["another algorithm", "another type", "one field more"],
)
def test_only_the_documented_header_is_accepted(header: dict[str, str]) -> None:
    request = signed(LIST["request"], PAYLOAD, **header)

    with pytest.raises(signature.Unauthorized, match="alg"):
        verify(request)


NO_TOKENS = ["", "Bearer", "Basic a.b.c", "Bearer a.b", "Bearer a.b.c.d", "Bearer é.b.c", "Bearer !.?.="]
NO_TOKENS += [
    "Bearer ..",
    "Bearer a.b.c",
    f"Bearer {'a' * 9000}.b.c",
    "Bearer W10=.W10=.W10=",
    "Bearer e30.e30.e30",
]


@pytest.mark.parametrize("authorization", NO_TOKENS)
def test_what_is_not_a_token_is_refused(authorization: str) -> None:
    headers = {**LIST["request"]["headers"], "Authorization": authorization}

    with pytest.raises(signature.Unauthorized):
        verify({**LIST["request"], "headers": headers})


@pytest.mark.parametrize("date", ["", "2026-05-14T03:04:05Z", "Thu, 14 May 2026 03:04:05 +0000", "yesterday"])
def test_a_date_that_is_not_rfc_1123_is_refused(date: str) -> None:
    headers = {**LIST["request"]["headers"], "Date": date}

    with pytest.raises(signature.Unauthorized, match="Date header"):
        signature.authenticate(headers, KEYS.get, now=1_778_727_845.0, window=900)


def test_the_standard_alphabet_is_accepted_only_when_the_setting_says_so() -> None:
    headers = {**LIST["request"]["headers"], "Authorization": f"Bearer {_in_standard_alphabet()}"}
    request = {**LIST["request"], "headers": headers}

    with pytest.raises(signature.Unauthorized):
        verify(request)
    assert verify(request, standard_alphabet=True)


def _in_standard_alphabet() -> str:
    """A token whose signature holds a letter that base64url does not have."""
    key = KEYS["AKTESTVECTOR0001"].encode()
    for blanks in range(200):
        header = LIST["steps"]["jose_header_json"] + " " * blanks
        text = f"{_b64(header.encode())}.{_b64(PAYLOAD.encode())}"
        mac = base64.b64encode(hmac.new(key, text.encode(), hashlib.sha256).digest()).decode()
        if "+" in mac or "/" in mac:
            return f"{text}.{mac}"
    raise AssertionError("no signature with + or / found")
