"""The request signature of the Ads API, checked step by step on LINE's side."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

SEGMENT = re.compile(r"[A-Za-z0-9_-]+={0,2}")
STANDARD_SEGMENT = re.compile(r"[A-Za-z0-9+/_-]+={0,2}")
HEADER_FIELDS = {"alg", "kid", "typ"}
LONGEST_TOKEN = 8192
PAYLOAD_LINES = 4
PARTS = 3


class Unauthorized(Exception):
    """The token does not stand for this request; the message says which check refused it."""


@dataclass(frozen=True)
class Claim:
    """A token whose signature holds, before its payload is compared with the request."""

    access_key: str
    payload: str
    sent_at: datetime


def authenticate(
    headers: Mapping[str, str],
    secret_of: Callable[[str], str | None],
    *,
    now: float,
    window: int,
    standard_alphabet: bool = False,
) -> Claim:
    """Checks 1 to 4: form, key, signature, clock. Needs no body: a long upload is refused unread."""
    signing_input, signature = _split(headers.get("Authorization") or "")
    pattern = STANDARD_SEGMENT if standard_alphabet else SEGMENT
    header, payload = (_decode(segment, pattern) for segment in signing_input.split("."))
    access_key = _key_of(header)
    secret = secret_of(access_key)
    expected = hmac.digest((secret or "").encode(), signing_input.encode(), hashlib.sha256)
    if not hmac.compare_digest(expected, _decode(signature, pattern)) or secret is None:
        raise Unauthorized("signature or access key is wrong")
    return Claim(access_key, payload.decode("utf-8", "replace"), _date(headers, now, window))


def check_payload(claim: Claim, *, digest: str, content_type: str, path: str) -> None:
    """Check 5: what was signed is what was sent."""
    lines = claim.payload.split("\n")
    if len(lines) != PAYLOAD_LINES:
        raise Unauthorized("payload does not have four lines")
    wanted = {"digest": digest, "content type": content_type, "date": f"{claim.sent_at:%Y%m%d}", "path": path}
    for (what, expected), line in zip(wanted.items(), lines, strict=True):
        if not hmac.compare_digest(expected.encode(), line.encode()):
            raise Unauthorized(f"signed {what} differs from the request")


def _split(authorization: str) -> tuple[str, str]:
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or token.count(".") != PARTS - 1 or len(token) > LONGEST_TOKEN:
        raise Unauthorized("not a bearer token of three parts")
    signing_input, _, signature = token.rpartition(".")
    return signing_input, signature


def _decode(segment: str, pattern: re.Pattern[str]) -> bytes:
    if not pattern.fullmatch(segment):
        raise Unauthorized("a part is not base64url")
    bare = segment.rstrip("=").replace("+", "-").replace("/", "_")
    try:
        return base64.urlsafe_b64decode(bare + "=" * (-len(bare) % 4))
    except ValueError as error:
        raise Unauthorized("a part is not base64url") from error


def _key_of(header: bytes) -> str:
    try:
        fields = json.loads(header)
    except (ValueError, RecursionError) as error:
        raise Unauthorized("header is not JSON") from error
    if not isinstance(fields, dict) or set(fields) != HEADER_FIELDS:
        raise Unauthorized("header must have alg, kid and typ")
    if fields["alg"] != "HS256" or fields["typ"] != "text/plain" or not isinstance(fields["kid"], str):
        raise Unauthorized("alg must be HS256 and typ text/plain")
    return fields["kid"]


def _date(headers: Mapping[str, str], now: float, window: int) -> datetime:
    try:
        date = datetime.strptime(headers.get("Date") or "", "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=UTC)
    except ValueError as error:
        raise Unauthorized("Date header is missing or not RFC 1123") from error
    if abs(date.timestamp() - now) > window:
        raise Unauthorized("Date header is outside the clock window")
    return date
