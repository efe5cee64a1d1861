"""JSON bodies of the Ads API, read field by field: each refusal names the field in full."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from emulator.ads import errors
from emulator.exchange import Request, loads

LARGEST = 2**63


class Fields:
    """One object of a body; `path` is where in the body it stands."""

    def __init__(self, data: dict[str, Any], path: str = "") -> None:
        self._data, self._path = data, path

    def name(self, field: str) -> str:
        return f"{self._path}.{field}" if self._path else field

    def has(self, field: str) -> bool:
        return self._data.get(field) is not None

    def get(self, field: str) -> Any:
        """The value, whatever it is; REQUIRED if it is missing or null."""
        if not self.has(field):
            raise errors.bad("REQUIRED", self.name(field))
        return self._data[field]

    def text(self, field: str) -> str:
        value = self.get(field)
        if not isinstance(value, str):
            raise errors.bad("INVALID_FORMAT", self.name(field))
        return value

    def optional_text(self, field: str) -> str | None:
        return self.text(field) if self.has(field) else None

    def choice(self, field: str, allowed: Sequence[str]) -> str:
        value = self.get(field)
        if value not in allowed:
            raise errors.bad("INVALID_ENUM", self.name(field))
        return str(value)

    def flag(self, field: str, *, default: bool) -> bool:
        value = self._data.get(field)
        if value is not None and not isinstance(value, bool):
            raise errors.bad("INVALID_FORMAT", self.name(field))
        return default if value is None else value

    def whole(self, field: str, low: int = 1, high: int = LARGEST) -> int:
        """A whole number. Ids of audiences are text in one answer and numbers in the next: both are read."""
        value = self.get(field)
        if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= len(str(LARGEST)):
            value = int(value)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            raise errors.bad("INVALID_NUMBER_FORMAT", self.name(field))
        return int(self._within(field, value, low, high))

    def number(self, field: str, low: float, high: float) -> float:
        value = self.get(field)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise errors.bad("INVALID_NUMBER_FORMAT", self.name(field))
        return self._within(field, value, low, high)

    def object(self, field: str) -> Fields:
        value = self.get(field)
        if not isinstance(value, dict):
            raise errors.bad("INVALID_FORMAT", self.name(field))
        return Fields(value, self.name(field))

    def array(self, field: str) -> list[Any]:
        value = self.get(field)
        if not isinstance(value, list):
            raise errors.bad("INVALID_FORMAT", self.name(field))
        return value

    def objects(self, field: str) -> list[Fields]:
        found = []
        for at, value in enumerate(self.array(field)):
            if not isinstance(value, dict):
                raise errors.bad("INVALID_FORMAT", f"{self.name(field)}[{at}]")
            found.append(Fields(value, f"{self.name(field)}[{at}]"))
        return found

    def texts(self, field: str) -> list[str]:
        values = self.array(field)
        if not all(isinstance(value, str) for value in values):
            raise errors.bad("INVALID_FORMAT", self.name(field))
        return values

    def _within(self, field: str, value: float, low: float, high: float) -> float:
        if value < low:
            raise errors.bad("TOO_LOW", self.name(field))
        if value > high or value != value:  # noqa: PLR0124 - NaN is nothing a field may be
            raise errors.bad("TOO_HIGH", self.name(field))
        return value


def read(request: Request) -> Fields:
    """The request's JSON object."""
    if not request.content():
        raise errors.bad("REQUIRED_REQUEST_BODY", "body")
    if request.media_type != "application/json":
        raise errors.bad("INVALID_CONTENT_TYPE_HEADER", "Content-Type")
    try:
        data = loads(request.content())
    except ValueError as error:
        raise errors.bad("DECODING_FAILED", "body") from error
    if not isinstance(data, dict):
        raise errors.bad("REQUEST_INPUT_FORMAT_INVALID", "body")
    return Fields(data)
