"""Query strings and ids of the Messaging API."""

from __future__ import annotations

from collections.abc import Sequence

from emulator.exchange import Request
from emulator.messaging import errors

LONGEST_NUMBER = 18  # digits that 64 bits surely hold


def number(request: Request, name: str, default: int, most: int = 2**31) -> int:
    text = request.query.get(name, [str(default)])[-1]
    if not (text.isascii() and text.removeprefix("-").isdigit() and len(text) <= LONGEST_NUMBER):
        raise errors.bad("INVALID_NUMBER_FORMAT", name, f"{name}: must be a number")
    if int(text) < 1:
        raise errors.bad("TOO_LOW", name, f"{name}: must be greater than or equal to 1")
    if int(text) > most:
        raise errors.bad("TOO_HIGH", name, f"{name}: must be less than or equal to {most}")
    return int(text)


def choice(request: Request, name: str, allowed: Sequence[str]) -> str | None:
    text = request.query.get(name, [""])[-1]
    if text and text not in allowed:
        raise errors.bad("INVALID_ENUM", name, f"{name}: invalid value")
    return text or None


def flag(request: Request, name: str, *, default: bool) -> bool:
    """In any case: the official Python client writes True."""
    text = request.query.get(name, [str(default)])[-1].lower()
    if text not in {"true", "false"}:
        raise errors.bad("INVALID_VALUE", name, f"{name}: must be true or false")
    return text == "true"


def audience_id(text: str) -> int:
    """What is no id is the id of no audience."""
    if not (text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER):
        raise errors.not_found()
    return int(text)
