"""Custom conversions: listed, created, renamed, paused."""

from __future__ import annotations

from typing import Any

from emulator.ads import bodies, conditions, errors, queries
from emulator.ads.bodies import Fields
from emulator.ads.seen import AdAccountView
from emulator.clock import in_zone
from emulator.conversions import Conversion
from emulator.emulator import Emulator
from emulator.exchange import Request, Response, answer
from emulator.records import Refused

KIND = conditions.CONVERSION
SORT_KEYS = {
    "customConversionId": "id",
    "name": "name",
    "customConversionStatus": "status",
    "lastContact": "id",  # no conversion ever happens here
    "created": "created",
}
LONGEST_PERIOD = 90  # days
STATUSES = ("RUNNING", "PAUSED")


def list_all(emulator: Emulator, request: Request) -> Response:
    page, size = queries.page_and_size(request, emulator.settings.max_page)
    key = queries.choice(request, "sortKey", "created", list(SORT_KEYS))
    order = queries.choice(request, "sortOrder", "desc", ["asc", "desc"])
    wanted = queries.text(request, "name", "").lower()
    view = AdAccountView(emulator, request.params["account"])
    found = [each for each in emulator.conversions.of(view.account_id) if wanted in each.name.lower()]
    found.sort(key=lambda each: (getattr(each, SORT_KEYS[key]), each.id), reverse=order == "desc")
    shown = [_shown(view, each) for each in queries.page_of(found, page, size)]
    return answer(queries.flat_page(found, page, size) | {"customConversions": shown})


def create(emulator: Emulator, request: Request) -> Response:
    view, body = AdAccountView(emulator, request.params["account"]), bodies.read(request)
    name, description = _words(body, body.text("name"))
    rule = _rule(emulator, view, body)
    try:
        made = emulator.conversions.create(view.account_id, name, description, rule)
    except Refused as refused:
        raise errors.bad(refused.reason, refused.field) from refused
    return answer(_shown(view, _conversion(emulator, view, made)))


def update(emulator: Emulator, request: Request) -> Response:
    view, body = AdAccountView(emulator, request.params["account"]), bodies.read(request)
    old = _conversion(emulator, view, queries.number(request.params["conversion"], "id"))
    name, description = _words(body, body.text("name") if body.has("name") else old.name)
    status = (
        body.choice("customConversionStatus", STATUSES) if body.has("customConversionStatus") else old.status
    )
    description = description if body.has("description") else old.description
    try:
        emulator.conversions.update(old, name=name, description=description, status=status)
    except Refused as refused:
        raise errors.bad(refused.reason, refused.field) from refused
    return answer(_shown(view, _conversion(emulator, view, old.id)))


def _words(body: Fields, name: str) -> tuple[str, str | None]:
    description = body.optional_text("description")
    for field, text, longest in (("name", name, 120), ("description", description or "", 300)):
        reason = f"{KIND}_{field.upper()}"
        if len(text) > longest:
            raise errors.bad(f"{reason}_SIZE_OVER", field)
        if any(ord(letter) < 32 for letter in text):  # noqa: PLR2004 - control characters
            raise errors.bad(f"{reason}_WRONG", field)
    if not name.strip():
        raise errors.bad("REQUIRED", "name")
    return name, description


def _rule(emulator: Emulator, view: AdAccountView, body: Fields) -> dict[str, Any]:
    tag_id = body.optional_text("tagId") or view.tags()[0]["tagId"]
    if view.tag(tag_id) is None:
        raise errors.bad("INVALID_VALUE", "tagId")
    period = body.whole("attributionPeriod", 1, LONGEST_PERIOD) if body.has("attributionPeriod") else 30
    method = body.choice("customConversionMatchMethod", ("URL", "EVENT"))
    rule = {"tagId": tag_id, "attributionPeriod": period, "customConversionMatchMethod": method}
    return rule | (_urls(emulator, body) if method == "URL" else _event(emulator, body, tag_id))


def _urls(emulator: Emulator, body: Fields) -> dict[str, Any]:
    field = "urlConditionGroups"
    if body.has("customConversionEventName"):
        raise errors.bad(f"{KIND}_UNNECESSARY_CONVERSION_EVENT_NAME", "customConversionEventName")
    if not body.has(field) or not body.array(field):
        raise errors.bad(f"{KIND}_MISSING_URL_CONDITION_GROUP", field)
    what = "URL_CONDITION_GROUP_KEYWORDS"
    return {field: conditions.url_groups(body, field, KIND, what, emulator.settings)}


def _event(emulator: Emulator, body: Fields, tag_id: str) -> dict[str, Any]:
    field = "customConversionEventName"
    kind = body.choice("customConversionEventType", ("CONVERSION_EVENT", "CUSTOM_CONVERSION_EVENT"))
    if kind == "CONVERSION_EVENT":
        if body.has(field):
            raise errors.bad(f"{KIND}_UNNECESSARY_CONVERSION_EVENT_NAME", field)
        return {"customConversionEventType": kind}
    name = body.optional_text(field)
    if not name:
        raise errors.bad(f"{KIND}_MISSING_CONVERSION_EVENT_NAME", field)
    if name not in emulator.tags.custom_events(tag_id):
        raise errors.bad(f"{KIND}_CUSTOM_EVENT_NAME_NOT_EXISTS", field)
    return {"customConversionEventType": kind, field: name}


def _conversion(emulator: Emulator, view: AdAccountView, conversion_id: int) -> Conversion:
    found = emulator.conversions.get(view.account_id, conversion_id)
    if found is None:
        raise errors.bad("CUSTOM_CONVERSION_NOT_FOUND", "id")
    return found


def _shown(view: AdAccountView, conversion: Conversion) -> dict[str, Any]:
    rule = conversion.described
    tag = view.tag(rule["tagId"])
    return {
        "customConversionId": conversion.id,
        "name": conversion.name,
        "description": conversion.description,
        "adaccountId": conversion.account,
        "tagOwnerName": tag["ownerName"] if tag else None,
        **rule,
        "customConversionStatus": conversion.status,
        "lastContact": None,
        "created": in_zone(conversion.created, view.zone),
    }
