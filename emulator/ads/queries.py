"""Query strings and pages of the Ads API, read strictly: what LINE would refuse is refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from emulator.ads import errors
from emulator.exchange import Request

Row = TypeVar("Row")
LONGEST_NUMBER = 18


def text(request: Request, name: str, default: str) -> str:
    return request.query.get(name, [default])[-1]


def choice(request: Request, name: str, default: str, allowed: Sequence[str]) -> str:
    value = text(request, name, default)
    if value not in allowed:
        raise errors.bad("INVALID_ENUM", name)
    return value


def flag(request: Request, name: str, *, default: bool) -> bool:
    return choice(request, name, str(default).lower(), ["true", "false"]) == "true"


def number(value: str, name: str) -> int:
    """A number as ids and pages are written: digits only."""
    if not (value.isascii() and value.isdigit() and len(value) <= LONGEST_NUMBER):
        raise errors.bad("INVALID_NUMBER_FORMAT", name)
    return int(value)


def page_and_size(request: Request, most: int) -> tuple[int, int]:
    values = {
        "page": number(text(request, "page", "1"), "page"),
        "size": number(text(request, "size", "100"), "size"),
    }
    for name, value in values.items():
        if value < 1:
            raise errors.bad("TOO_LOW", name)
    if values["size"] > most:
        raise errors.bad("TOO_HIGH", "size")
    return values["page"], values["size"]


def page_of(rows: Sequence[Row], page: int, size: int) -> Sequence[Row]:
    return rows[(page - 1) * size : page * size]


def flat_page(found: Sequence[object], page: int, size: int) -> dict[str, Any]:
    """The head of a list of audiences or conversions."""
    more = page * size < len(found)
    return {"page": page, "size": size, "totalElements": len(found), "hasNextPage": more}


def sorted_page(
    request: Request,
    found: list[Row],
    keys: Mapping[str, str],
    show: Callable[[Row], dict[str, Any]],
    most: int,
) -> dict[str, Any]:
    """`{"paging", "datas"}`; `keys`: what `sort` may name, with the attributes behind it."""
    page, size = page_and_size(request, most)
    key, _, order = text(request, "sort", "createdDate,desc").partition(",")
    if key not in keys or order.lower() not in {"asc", "desc", ""}:
        raise errors.bad("INVALID_ENUM", "sort")
    found.sort(key=lambda row: (getattr(row, keys[key]), str(getattr(row, "id", ""))))
    if order.lower() == "desc":
        found.reverse()
    sorts = [f"{key},{order.upper() or 'ASC'}"]
    paging = {"page": page, "size": size, "totalElements": len(found), "sorts": sorts}
    return {"paging": paging, "datas": [show(each) for each in page_of(found, page, size)]}
