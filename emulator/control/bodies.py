"""JSON for the control API, and its refusals: one sentence each."""

from __future__ import annotations

from typing import Any, TypeVar

from emulator.exchange import Refusal, Request, Response, answer, loads

Value = TypeVar("Value")
LARGEST = 2**63  # what the store can hold
LONGEST_NUMBER = 19  # digits of LARGEST
MESSAGES = {404: "No such call or object.", 405: "Method not allowed."}


def wrong(message: str, status: int = 400) -> Refusal:
    return Refusal(answer({"message": message}, status))


def refuse(status: int) -> Response:
    return answer({"message": MESSAGES.get(status, "Failed.")}, status)


class Json:
    """An object of the body, each field asked for with its type."""

    def __init__(self, data: Any) -> None:
        if not isinstance(data, dict):
            raise wrong("The body is not a JSON object.")
        self._data: dict[str, Any] = data

    def get(self, name: str, kind: type[Value]) -> Value | None:
        value = self._data.get(name)
        if value is None:
            return None
        if kind is float and isinstance(value, int) and not isinstance(value, bool):
            value = float(value) if abs(value) < LARGEST else None
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise wrong(f"{name} must be a {kind.__name__}.")
        return value

    def need(self, name: str, kind: type[Value]) -> Value:
        value = self.get(name, kind)
        if value is None or value == "":
            raise wrong(f"{name} is required.")
        return value

    def count(self, name: str, default: int) -> int:
        value = self.get(name, int)
        if value is not None and not 0 <= value < 2**31:
            raise wrong(f"{name} must be a positive number.")
        return default if value is None else value


def read(request: Request) -> Json:
    try:
        return Json(loads(request.content() or b"{}"))
    except ValueError as error:
        raise wrong("The body is not JSON.") from error
