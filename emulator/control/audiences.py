"""Audiences from outside both APIs: looked into, planted, deleted, put to use, shared; tags and messages."""

from __future__ import annotations

from typing import Any

from emulator.accounts import ACCOUNT_ID
from emulator.console import TAG, SharedResource
from emulator.control.bodies import LARGEST, LONGEST_NUMBER, Json, read, wrong
from emulator.emulator import Emulator
from emulator.exchange import Request, Response, answer
from emulator.identifiers import FORMATS, HASH
from emulator.messaging.lists import SHARED_ROUTES
from emulator.records import ID_TYPES, Audience, NewAudience, Owner, Refused
from emulator.tags import FIXED_NAMES, tag_of

LONGEST_AGO = 3650.0  # days


def get_audience(emulator: Emulator, request: Request) -> Response:
    audience = _audience(emulator, request)
    id_type = ID_TYPES.get(audience.function_type)
    form = FORMATS[id_type] if id_type else HASH  # what is made by a rule holds no ids
    count, fingerprint = emulator.members.fingerprint(audience.id, form)
    return answer({"count": count, "fingerprint": fingerprint})


def plant(emulator: Emulator, request: Request) -> Response:
    """An audience that neither API makes: chat tags, friend paths, uploads of OA Manager."""
    data = read(request)
    owner = _owner_of(Json(data.need("owner", dict)))
    route = data.get("createRoute", str) or "OA_MANAGER"
    if route not in SHARED_ROUTES:
        raise wrong(f"createRoute must be one of: {', '.join(SHARED_ROUTES)}.")
    ad_account = data.get("adaccount", str)
    new = NewAudience(
        data.need("name", str),
        data.need("type", str),
        create_route=route,
        rule={"adaccount": ad_account} if ad_account else None,
        size=data.count("size", 0),
    )
    try:
        audience = emulator.audiences.create(owner, new, builds=True)
    except Refused as refused:
        raise wrong(f"{refused.field}: {refused.reason}", 409) from refused
    return answer({"id": audience.id}, 201)


def change(emulator: Emulator, request: Request) -> Response:
    audience = _audience(emulator, request)
    emulator.audiences.put_in_use(audience.id, in_use=read(request).need("in_use", bool))
    return Response(204)


def delete(emulator: Emulator, request: Request) -> Response:
    """As if somebody deleted it in LINE's own console."""
    emulator.audiences.delete([_audience(emulator, request).id])
    return Response(204)


def share(emulator: Emulator, request: Request) -> Response:
    """Share an audience or a LINE Tag with one account, or stop it with `"shared": false`."""
    if emulator.settings.console:
        raise wrong("Shares come from the console now.", 409)
    data = read(request)
    receiver = data.get("basic_id", str) or data.get("ad_account", str)
    if not receiver:
        raise wrong("basic_id or ad_account is required.")
    tag = data.get("tag", str)
    resource = tag or str(_audience_id(data))
    if data.get("shared", bool) is False:
        emulator.stored_shares.stop(receiver, resource)
    elif tag:
        emulator.stored_shares.put(receiver, _shared_tag(emulator, data, tag))
    else:
        emulator.stored_shares.put(receiver, _shared_audience(emulator, data, int(resource)))
    return Response(204)


def report_event(emulator: Emulator, request: Request) -> Response:
    """A visit to a page with the tag: `event` is pageView, conversion or the name of a custom event.

    `ad_account` means the account's own tag, `tag` any by its id, such as an organization's.
    """
    data = read(request)
    event, tag = data.need("event", str), data.get("tag", str) or _own_tag(data)
    kind = event if event in FIXED_NAMES else "custom"
    emulator.tags.report(tag, kind, event, active=data.get("active", bool) is not False)
    return answer({"tag": tag})


def _own_tag(data: Json) -> str:
    account = data.need("ad_account", str)
    if not ACCOUNT_ID.fullmatch(account):
        raise wrong("An ad account's id is A and digits.")
    return tag_of(account)


def put_message(emulator: Emulator, request: Request) -> Response:
    data = read(request)
    days = data.get("days_ago", float) or 0.0
    if not 0 <= days <= LONGEST_AGO:
        raise wrong("days_ago is out of range.")
    clicked, seen = data.count("clicked", 0), data.count("seen", 0)
    basic_id = data.need("basic_id", str)
    emulator.messages.put(request.params["message"], basic_id, days_ago=days, clicked=clicked, seen=seen)
    return Response(204)


def _audience_id(data: Json) -> int:
    audience_id = data.need("audience", int)
    if not 0 < audience_id < LARGEST:
        raise wrong("audience is out of range.")
    return audience_id


def _shared_audience(emulator: Emulator, data: Json, audience_id: int) -> SharedResource:
    """What is not said is taken from the emulator's own audience of that id."""
    own = emulator.audiences.get(audience_id)
    name, kind, route = (data.get(field, str) for field in ("name", "type", "createRoute"))
    owner = _sharing_owner(data, emulator, own)
    if not name and own is None:
        raise wrong("An audience this emulator does not hold needs a name.")
    return SharedResource(
        str(audience_id),
        name=name or (own.name if own else ""),
        kind=kind or (own.function_type if own else "UPLOAD"),
        create_route=route or (own.create_route if own else "AD_MANAGER"),
        owner_service=owner["serviceType"],
        owner_code=owner["id"],
        owner_name=owner["name"],
    )


def _sharing_owner(data: Json, emulator: Emulator, own: Audience | None) -> dict[str, str]:
    owner: dict[str, Any] | None = data.get("owner", dict)
    if owner is not None:
        return {field: str(owner.get(field, "")) for field in ("serviceType", "id", "name")}
    if own is None:
        raise wrong("An audience this emulator does not hold needs an owner.")
    account = emulator.groups.account(own.owner)
    return {"serviceType": own.service, "id": own.owner, "name": account.name if account else own.owner}


def _shared_tag(emulator: Emulator, data: Json, tag: str) -> SharedResource:
    owner = Json(data.need("owner", dict))
    service, code = owner.need("serviceType", str), owner.need("id", str)
    name = owner.get("name", str) or code
    return SharedResource(tag, f"LINE Tag of {name}", TAG, "BUSINESS_MANAGER", service, code, name)


def _owner_of(given: Json) -> Owner:
    service = given.need("serviceType", str)
    if service not in {"lap", "account"}:
        raise wrong('serviceType must be "lap" or "account".')
    return Owner(service, given.need("id", str))


def _audience(emulator: Emulator, request: Request) -> Audience:
    text = request.params["audience"]
    known = text.isascii() and text.isdigit() and len(text) < LONGEST_NUMBER
    audience = emulator.audiences.get(int(text)) if known else None
    if audience is None:
        raise wrong("No such audience.", 404)
    return audience
