"""Refusals in the words of the Ads API."""

from __future__ import annotations

from emulator.exchange import Refusal, Response, answer

REASONS = {400: "INVALID_REQUEST", 404: "ENTITY_NOT_FOUND_INVALID_ID", 405: "INVALID_REQUEST"}


def error(status: int, reason: str, field: str | None = None) -> Response:
    return answer({"errors": [{"reason": reason, **({"property": field} if field else {})}]}, status)


def bad(reason: str, field: str) -> Refusal:
    return Refusal(error(400, reason, field))


def too_many() -> Refusal:
    return Refusal(refuse(429))


def refuse(status: int) -> Response:
    if status == 429:  # noqa: PLR2004 - the one status without a body
        return Response(429)
    return error(status, REASONS.get(status, "UNKNOWN"))
