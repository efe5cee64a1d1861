"""What a client says of an audience, in a JSON body or in the fields of a form."""

from __future__ import annotations

from typing import Any

from emulator.exchange import LONGEST_JSON, Request, loads
from emulator.messaging import errors, queries

LONGEST_UPLOAD_DESCRIPTION = 300
FORM_FLAGS = {"true", "false", "undefined"}  # the last is what the official Node client writes for nothing


class Said:
    """Fields by name. In a form everything is text; `typed` says that types were given."""

    def __init__(self, data: dict[str, Any], *, typed: bool) -> None:
        self._data, self._typed = data, typed

    def get(self, field: str) -> Any:
        return self._data.get(field)

    def need(self, field: str) -> Any:
        value = self._data.get(field)
        if value is None:
            raise errors.malformed(field, "May not be empty")
        return value

    def text(self, field: str) -> str:
        """Empty if it is missing."""
        value = self._data.get(field, "")
        if value is None:
            return ""
        if not isinstance(value, str):
            raise errors.malformed(field, "must be a string")
        return value

    def flag(self, field: str) -> bool:
        value = self._data.get(field)
        if value is None or isinstance(value, bool):
            return bool(value)
        if self._typed or str(value).lower() not in FORM_FLAGS:
            raise errors.malformed(field, "must be true or false")
        return bool(str(value).lower() == "true")

    def audience_id(self) -> int:
        value = self.need("audienceGroupId")
        is_number = type(value) is int if self._typed else value.isascii() and value.isdigit()
        if not is_number:
            raise errors.malformed("audienceGroupId", "must be a number")
        return queries.audience_id(str(value))

    def upload_description(self) -> str:
        text = self.text("uploadDescription")
        if len(text) > LONGEST_UPLOAD_DESCRIPTION:
            raise errors.bad("AUDIENCE_GROUP_UPLOAD_DESCRIPTION_SIZE_OVER", "uploadDescription")
        return text


def read(request: Request) -> Said:
    """The request's JSON object."""
    content = request.content()
    if len(content) > LONGEST_JSON:
        raise errors.of_status(413)
    if content and request.media_type != "application/json":
        raise errors.of_status(415)
    try:
        data = loads(content or b"null")
    except ValueError as error:
        raise errors.error(400, "The request body could not be parsed as JSON") from error
    if not isinstance(data, dict):
        raise errors.malformed("body", "must be an object")
    return Said(data, typed=True)
