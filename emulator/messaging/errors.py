"""Refusals in the words of the Messaging API: a sentence, and codes with the field they are about."""

from __future__ import annotations

from emulator.exchange import Refusal, Response, answer

UNAUTHORIZED = (
    "Authentication failed due to the following reason: invalid token. "
    "Confirm that the access token in the authorization header is valid."
)
BY_STATUS = {
    400: "The request is invalid",
    404: "Not found",
    405: "Method not allowed",
    413: "Request entity too large",
    415: "Unsupported media type",
    429: "The API rate limit has been exceeded. Try again later.",
}
BY_CODE = {
    "AUDIENCE_GROUP_NOT_FOUND": "audience group not found",
    "AUDIENCE_GROUP_NAME_SIZE_OVER": "size over audienceGroupName",
}


def error(status: int, message: str, *details: dict[str, str]) -> Refusal:
    return Refusal(answer({"message": message, **({"details": list(details)} if details else {})}, status))


def bad(code: str, field: str, message: str = "") -> Refusal:
    """400; the sentence is LINE's where it is known, and else repeats the code."""
    return error(400, message or BY_CODE.get(code, code), {"message": code, "property": field})


def malformed(field: str, what: str) -> Refusal:
    """400 for a body whose fields do not have the form they should."""
    return error(400, "The request body has 1 error(s)", {"message": what, "property": field})


def of_status(status: int) -> Refusal:
    return Refusal(refuse(status))


def not_found() -> Refusal:
    return bad("AUDIENCE_GROUP_NOT_FOUND", "audienceGroupId")


def refuse(status: int) -> Response:
    return answer({"message": BY_STATUS.get(status, "Internal server error")}, status)
