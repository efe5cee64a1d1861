"""Renaming and deleting what a channel made itself."""

from __future__ import annotations

from emulator.emulator import Emulator
from emulator.exchange import Request, Response, answer
from emulator.messaging import bodies, errors, queries, shapes
from emulator.messaging.lists import owner_of
from emulator.records import Audience, Refused


def rename(emulator: Emulator, request: Request) -> Response:
    audience = _changeable(emulator, request)
    name = bodies.read(request).text("description")
    check_name(emulator, request, name)
    emulator.audiences.rename(audience.id, name)
    return answer({})


def delete(emulator: Emulator, request: Request) -> Response:
    emulator.audiences.delete([_changeable(emulator, request).id])
    return answer({}, 202)


def _changeable(emulator: Emulator, request: Request) -> Audience:
    """What the channel made itself; of others it may only read."""
    audience_id = queries.audience_id(request.params["audience"])
    audience = emulator.audiences.owned(owner_of(request), audience_id)
    if audience is None or audience.create_route != shapes.OWN_ROUTE:
        raise errors.not_found()
    return audience


def check_name(emulator: Emulator, request: Request, name: str) -> None:
    """Empty, too long and odd names are refused; names that are taken are not."""
    try:
        emulator.audiences.check_name(owner_of(request), name, field="description", unique=False)
    except Refused as refused:
        raise errors.bad(refused.reason, refused.field) from refused
