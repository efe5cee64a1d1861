"""LINE Tags an ad account may use, and the events of one of them."""

from __future__ import annotations

from typing import Any

from emulator.ads import errors, queries
from emulator.ads.seen import AdAccountView
from emulator.clock import in_zone
from emulator.emulator import Emulator
from emulator.exchange import Request, Response, answer
from emulator.tags import FIXED_NAMES, TagEvent


def list_tags(emulator: Emulator, request: Request) -> Response:
    return answer({"data": AdAccountView(emulator, request.params["account"]).tags()})


def list_events(emulator: Emulator, request: Request) -> Response:
    view = AdAccountView(emulator, request.params["account"])
    tag = view.tag(queries.text(request, "tagId", view.tags()[0]["tagId"]))
    if tag is None:
        raise errors.bad("ENTITY_NOT_FOUND_INVALID_ID", "tagId")
    events = emulator.tags.events(tag["tagId"])
    fixed = {
        kind: next((each for each in events if each.kind == kind), TagEvent(kind, name, "INACTIVE", None))
        for kind, name in FIXED_NAMES.items()
    }
    custom = [_shown(each, view.zone) for each in events if each.kind == "custom"]
    shown = {kind: _shown(event, view.zone) for kind, event in fixed.items()}
    return answer(shown | {"customEvents": custom, "eventValues": []})


def _shown(event: TagEvent, zone: str) -> dict[str, Any]:
    contact = None if event.contact is None else in_zone(event.contact, zone)
    return {"name": event.name, "status": event.status, "errorReason": None, "lastContactAt": contact}
