"""Audiences of those who clicked or saw a message."""

from __future__ import annotations

from typing import Any

from emulator.emulator import Emulator
from emulator.exchange import Request, Response, answer
from emulator.messages import Message
from emulator.messaging import bodies, errors, shapes
from emulator.messaging.bodies import Said
from emulator.messaging.changes import check_name
from emulator.messaging.lists import owner_of
from emulator.records import INSUFFICIENT, INTERNAL, NewAudience, Refused

DAY = 86_400
LONGEST_URL = 2_000


def create_click(emulator: Emulator, request: Request) -> Response:
    said = bodies.read(request)
    url = said.text("clickUrl")
    if len(url) > LONGEST_URL:
        raise errors.malformed("clickUrl", f"Length must be between 0 and {LONGEST_URL}")
    return _create(emulator, request, said, "CLICK", {"clickUrl": url} if url else {})


def create_impression(emulator: Emulator, request: Request) -> Response:
    return _create(emulator, request, bodies.read(request), "IMP", {})


def _create(emulator: Emulator, request: Request, said: Said, kind: str, more: dict[str, Any]) -> Response:
    name = said.text("description")
    check_name(emulator, request, name)
    message = _message(emulator, request, said)
    rule = {"requestId": message.request_id, **more}
    owner = owner_of(request)
    if any(
        each.function_type == kind and each.described == rule for each in emulator.audiences.owned_by(owner)
    ):
        raise errors.bad("AUDIENCE_GROUP_REQUESTID_DUPLICATE", "requestId")
    people = message.clicked if kind == "CLICK" else message.seen
    new = NewAudience(name, kind, create_route=shapes.OWN_ROUTE, rule=rule, size=people)
    fails = INSUFFICIENT if people < emulator.settings.click_minimum else None
    fails = INTERNAL if request.job_fails else fails
    try:
        audience = emulator.audiences.create(owner, new, builds=True, fails=fails)
    except Refused as refused:
        raise errors.bad(refused.reason, "description") from refused
    return answer(shapes.created(emulator, audience), 202)


def _message(emulator: Emulator, request: Request, said: Said) -> Message:
    """The message with this request id, if it was this account's and not long ago."""
    said.need("requestId")
    message = emulator.messages.get(said.text("requestId"))
    if message is None:
        raise errors.bad("REQUEST_NOT_FOUND", "requestId")
    if message.basic_id != request.params["basic_id"]:
        raise errors.bad("WRONG_BOT_ID", "requestId")
    if emulator.clock.now() - message.sent > emulator.settings.message_days * DAY:
        raise errors.bad("TOO_OLD_MESSAGES", "requestId")
    return message
