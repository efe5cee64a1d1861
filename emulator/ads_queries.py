"""Query strings of the Ads API, read strictly: what LINE would refuse is refused."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from emulator import ads_errors
from emulator.exchange import Request

Row = TypeVar("Row")
LONGEST_NUMBER = 18


def text(request: Request, name: str, default: str) -> str:
    return request.query.get(name, [default])[-1]


def choice(request: Request, name: str, default: str, allowed: Sequence[str]) -> str:
    value = text(request, name, default)
    if value not in allowed:
        raise ads_errors.bad("INVALID_ENUM", name)
    return value


def flag(request: Request, name: str, *, default: bool) -> bool:
    return choice(request, name, str(default).lower(), ["true", "false"]) == "true"


def number(value: str, name: str) -> int:
    """A number as ids and pages are written: digits only."""
    if not (value.isascii() and value.isdigit() and len(value) <= LONGEST_NUMBER):
        raise ads_errors.bad("INVALID_NUMBER_FORMAT", name)
    return int(value)


def page_and_size(request: Request, most: int) -> tuple[int, int]:
    values = {
        "page": number(text(request, "page", "1"), "page"),
        "size": number(text(request, "size", "100"), "size"),
    }
    for name, value in values.items():
        if value < 1:
            raise ads_errors.bad("TOO_LOW", name)
    if values["size"] > most:
        raise ads_errors.bad("TOO_HIGH", "size")
    return values["page"], values["size"]


def page_of(rows: Sequence[Row], page: int, size: int) -> Sequence[Row]:
    return rows[(page - 1) * size : page * size]
