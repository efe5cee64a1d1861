"""The Ads API's signature over the wire: other libraries make it, and every published way to get it wrong."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.utils import formatdate, parsedate_to_datetime
from typing import Any

import httpx2
import pytest
from joserfc import jws
from joserfc.jwk import OctKey
from jwt.api_jws import PyJWS

from lineads.client import LineAds
from lineads.errors import Kind, LineAdsError
from lineads.shapes import CustomAudience
from tests.emulator.client import ACCESS_KEY, ACCOUNT, GROUP, SECRET_KEY, fingerprint, hashed, lines, reasons
from tests.emulator.process import EmulatorProcess
from tests.emulator.test_signature import BROKEN, CLOCKS, KEYS, LIST, POSITIVE, Vector

AUDIENCES = f"/api/v3/adaccounts/{ACCOUNT}/custom-audiences"
HEADER = {"alg": "HS256", "kid": ACCESS_KEY, "typ": "text/plain"}
DELAY = 20  # seconds that a request may take on its way, on a busy machine
Sign = Callable[[str], str]


def by_joserfc(payload: str) -> str:
    return jws.serialize_compact(HEADER, payload, OctKey.import_key(SECRET_KEY))


def by_pyjwt(payload: str) -> str:
    return PyJWS().encode(payload.encode(), SECRET_KEY, "HS256", headers=HEADER)


def by_hand(payload: str) -> str:
    """As LINE's own sample: blanks in the header, and all three parts padded."""
    signing_input = f"{padded(json.dumps(HEADER).encode())}.{padded(payload.encode())}"
    mac = hmac.new(SECRET_KEY.encode(), signing_input.encode(), hashlib.sha256).digest()
    return f"{signing_input}.{padded(mac)}"


def by_hand_unpadded(payload: str) -> str:
    signing_input = ".".join(part.rstrip("=") for part in by_hand(payload).split(".")[:2])
    mac = hmac.new(SECRET_KEY.encode(), signing_input.encode(), hashlib.sha256).digest()
    return f"{signing_input}.{padded(mac).rstrip('=')}"


def padded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode()


def headers(sign: Sign, target: str, content: bytes = b"", kind: str = "") -> dict[str, str]:
    now = time.time()
    day, path = time.strftime("%Y%m%d", time.gmtime(now)), target.partition("?")[0]
    token = sign("\n".join([hashlib.sha256(content).hexdigest(), kind, day, path]))
    typed = {"Content-Type": kind} if kind else {}
    return {"Authorization": f"Bearer {token}", "Date": formatdate(now, usegmt=True), **typed}


def send(line: EmulatorProcess, sign: Sign, call: str, data: Any = None) -> httpx2.Response:
    method, _, target = call.partition(" ")
    content = b"" if data is None else json.dumps(data, ensure_ascii=False).encode()
    signed = headers(sign, target, content, "application/json" if content else "")
    return httpx2.request(method, line.url + target, content=content or None, headers=signed)


def created(line: EmulatorProcess, sign: Sign) -> str:
    fields = {"name": "VIP", "action": "ADD", "idType": "HASHED_EMAIL"}
    file = ("ids.txt", lines(hashed("a", "b")), "text/plain")
    form = httpx2.Request("POST", f"{line.url}{AUDIENCES}/upload", data=fields, files={"file": file})
    signed = headers(sign, f"{AUDIENCES}/upload", kind="multipart/form-data")
    sent = signed | {"Content-Type": form.headers["Content-Type"]}  # what is signed has no boundary
    made = httpx2.post(form.url, content=form.read(), headers=sent)
    assert made.status_code == 202, made.text
    return str(made.json()["id"])


@pytest.mark.parametrize("sign", [by_joserfc, by_pyjwt, by_hand, by_hand_unpadded])
def test_an_audience_lives_its_whole_life_whoever_signs(line: EmulatorProcess, sign: Sign) -> None:
    audience = created(line, sign)

    renamed = send(line, sign, f"POST {AUDIENCES}/{audience}", {"name": "常客"})
    listed = send(line, sign, f"GET {AUDIENCES}?name=常客&sortKey=created")
    jobs = send(line, sign, f"GET {AUDIENCES}/{audience}/upload-job")
    deleted = send(line, sign, f"DELETE {AUDIENCES}/{audience}?ids={audience}")

    assert [each.status_code for each in (renamed, listed, jobs, deleted)] == [200, 200, 200, 202]
    assert [each["id"] for each in listed.json()["audienceGroups"]] == [audience]
    assert [each["jobStatus"] for each in jobs.json()["jobs"]] == ["FINISHED"]


@pytest.mark.parametrize("sign", [by_joserfc, by_pyjwt, by_hand, by_hand_unpadded])
def test_a_token_stands_for_one_body_only(line: EmulatorProcess, sign: Sign) -> None:
    signed = headers(sign, f"{AUDIENCES}/1", b'{"name":"VIP"}', "application/json")

    answer = httpx2.post(f"{line.url}{AUDIENCES}/1", content=b'{"name":"Vip"}', headers=signed)

    assert (answer.status_code, reasons(answer)) == (401, [("AUTHORIZATION_FAILED", "Authorization")])


@pytest.fixture
def product(line: EmulatorProcess) -> Iterator[LineAds]:
    """The client that the console uses."""
    client = LineAds(line.url, ACCESS_KEY, SECRET_KEY)
    yield client
    client.close()


@dataclass(frozen=True)
class Whole:
    """A file in one piece, as that client takes it."""

    content: bytes

    def __len__(self) -> int:
        return len(self.content)

    def __iter__(self) -> Iterator[bytes]:
        return iter([self.content])


def upload(product: LineAds, *names: str, action: str = "ADD", **target: str) -> CustomAudience:
    file = Whole(lines(hashed(*names)))
    return product.upload(
        ACCOUNT, file=file, filename="ids.txt", id_type="HASHED_EMAIL", action=action, **target
    )


def test_the_products_own_client_needs_no_change(product: LineAds, line: EmulatorProcess) -> None:
    made = upload(product, "a", name="VIP")

    upload(product, "b", "c", action="REPLACE", audience_id=made.id)
    renamed = product.rename(ACCOUNT, made.id, "常客")
    found = product.find_audience(ACCOUNT, made.id)

    assert (found, [each.id for each in product.audiences_named(ACCOUNT, "常客")]) == (renamed, [made.id])
    jobs = [(job.type, job.status) for job in product.upload_jobs(ACCOUNT, made.id)]
    assert jobs == [("DIFF_REPLACE", "FINISHED"), ("DIFF_ADD", "FINISHED")]
    held = line.control("GET", f"/audiences/{made.id}")
    assert held == {"count": 2, "fingerprint": fingerprint(hashed("b", "c"))}
    assert ACCOUNT in [account.id for account in product.group_ad_accounts(GROUP)]
    product.delete(ACCOUNT, made.id)
    assert product.find_audience(ACCOUNT, made.id) is None


def test_the_products_own_client_is_told_what_was_wrong(product: LineAds, line: EmulatorProcess) -> None:
    upload(product, "a", name="VIP")

    with pytest.raises(LineAdsError) as taken:
        upload(product, "a", name="VIP")
    line.control("POST", "/clock", {"offset_seconds": 1000})
    with pytest.raises(LineAdsError) as late:
        product.list_audiences(ACCOUNT)

    assert (taken.value.kind, taken.value.reasons) == (Kind.INVALID, ("AUDIENCE_GROUP_NAME_DUPLICATE",))
    assert (late.value.kind, late.value.reasons) == (Kind.KEY_REFUSED, ("AUTHORIZATION_FAILED",))
    assert abs((late.value.clock_skew or 0) - 1000) < DELAY


@pytest.fixture
def vectors(line: EmulatorProcess) -> EmulatorProcess:
    """An emulator that knows the key, the group and the ad account of the vectors."""
    key = {"secret_key": KEYS["AKTESTVECTOR0001"], "group": "G012345678", "ad_accounts": ["A012345678"]}
    line.control("PUT", "/keys/AKTESTVECTOR0001", key)
    return line


def replay(line: EmulatorProcess, request: Vector, *, late: float = 0.0) -> httpx2.Response:
    """The request as it stands in the vectors, LINE's clock `late` seconds after its Date header."""
    there = parsedate_to_datetime(request["headers"]["Date"]).timestamp() + late
    line.control("POST", "/clock", {"offset_seconds": there - time.time()})
    query = f"?{request['query']}" if request["query"] else ""
    url = f"{line.url}{request['path']}{query}"
    return httpx2.request(request["method"], url, content=_content(request), headers=request["headers"])


def _content(request: Vector) -> bytes | None:
    if "multipart_fields" not in request:
        return (request["body_utf8"] or "").encode() or None
    parts = ""
    for field in request["multipart_fields"]:
        named = "; ".join(f'{name}="{field[name]}"' for name in ("name", "filename") if name in field)
        parts += f"------bm7f3a9c\r\nContent-Disposition: form-data; {named}\r\n\r\n{field['value']}\r\n"
    return f"{parts}------bm7f3a9c--\r\n".encode()


# The others are for campaigns, which are not emulated. There is no audience with the id in the vectors.
ANSWERS = {
    "get-list-with-query": 200,
    "get-list-with-query-unpadded": 200,
    "post-multipart-upload": 202,
    "post-json-utf8-rename": 400,
    "delete-one": 400,
    "get-upload-job": 400,
    "utc-date-boundary": 200,
}


@pytest.mark.parametrize("name", ANSWERS)
def test_a_request_signed_as_in_the_vectors_is_let_in(vectors: EmulatorProcess, name: str) -> None:
    answer = replay(vectors, POSITIVE[name]["request"])

    assert answer.status_code == ANSWERS[name], answer.text
    assert "X-Emulator-Reason" not in answer.headers


REFUSED_FOR = {
    "query-in-canonical-uri": "signed path",
    "no-api-prefix": "signed path",
    "wrong-order": "signed digest",
    "iso-timestamp": "signed date",
    "date-header-mismatch": "signed date",
    "body-tampered": "signed digest",
    "multipart-digest-of-body": "signed digest",
    "multipart-boundary-signed": "signed content type",
    "unknown-kid": "access key",
    "alg-none": "alg must be HS256",
    "wrong-secret": "signature",
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_request_signed_wrongly_is_refused(vectors: EmulatorProcess, name: str) -> None:
    answer = replay(vectors, BROKEN[name]())

    assert (answer.status_code, reasons(answer)) == (401, [("AUTHORIZATION_FAILED", "Authorization")])
    assert REFUSED_FOR[name] in answer.headers["X-Emulator-Reason"]


@pytest.mark.parametrize("late", CLOCKS.values(), ids=CLOCKS)
def test_a_request_from_outside_the_clock_window_is_refused(vectors: EmulatorProcess, late: float) -> None:
    further = DELAY if late > 0 else -DELAY

    outside = replay(vectors, LIST["request"], late=late + further)
    inside = replay(vectors, LIST["request"], late=late - further)

    assert (outside.status_code, inside.status_code) == (401, 200)
    assert "clock window" in outside.headers["X-Emulator-Reason"]
