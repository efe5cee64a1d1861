"""What an official account has, and what is shared to it: lists and single audiences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from emulator.console import SharedResource
from emulator.emulator import Emulator
from emulator.exchange import Request, Response, answer
from emulator.messaging import errors, queries, shapes
from emulator.records import Audience, Owner

STATUSES = ("IN_PROGRESS", "READY", "FAILED", "EXPIRED", "INACTIVE", "ACTIVATING")
ROUTES = ("OA_MANAGER", "MESSAGING_API", "POINT_AD", "AD_MANAGER")
SHARED_ROUTES = (*ROUTES, "BUSINESS_MANAGER", "YAHOO_DISPLAY_ADS")
LARGEST_SIZE = 40
DEFAULT_SIZE = 20


def owner_of(request: Request) -> Owner:
    return Owner("account", request.params["basic_id"])


def list_own(emulator: Emulator, request: Request) -> Response:
    if "page" not in request.query:
        raise errors.bad("REQUIRED", "page", "page: must not be null")
    external_too = queries.flag(request, "includesExternalPublicGroups", default=True)
    listed = [
        each for each in _own(emulator, request) if external_too or each.create_route == shapes.OWN_ROUTE
    ]
    return _page(request, [shapes.own(emulator, each) for each in listed], ROUTES)


def list_shared(emulator: Emulator, request: Request) -> Response:
    owned_too = queries.flag(request, "includesOwnedAudienceGroups", default=False)
    listed = _own(emulator, request) if owned_too else []
    owned = [shapes.own_among_shared(emulator, each) for each in listed]
    receiver = request.params["basic_id"]
    shares = _shares(emulator, request)
    held = emulator.audiences.held(int(each.line_id) for each in shares)
    shared = [shapes.shared(emulator, each, receiver, held.get(int(each.line_id))) for each in shares]
    return _page(request, [*owned, *filter(shapes.has_word, shared)], SHARED_ROUTES)


def get_own(emulator: Emulator, request: Request) -> Response:
    audience_id = queries.audience_id(request.params["audience"])
    audience = emulator.audiences.owned(owner_of(request), audience_id)
    if audience is None:
        raise errors.not_found()
    shown: dict[str, Any] = {"audienceGroup": shapes.own(emulator, audience, whole=True)}
    shown["jobs"] = shapes.jobs(emulator, audience)
    return answer(shown | _ad_account(audience))


def get_shared(emulator: Emulator, request: Request) -> Response:
    audience_id = queries.audience_id(request.params["audience"])
    share = next((each for each in _shares(emulator, request) if int(each.line_id) == audience_id), None)
    held = emulator.audiences.get(audience_id)
    group = shapes.shared(emulator, share, request.params["basic_id"], held, whole=True) if share else {}
    if share is None or not shapes.has_word(group):
        raise errors.not_found()
    return answer(
        {
            "audienceGroup": group,
            "jobs": shapes.jobs(emulator, held) if held else [],
            "owner": {"serviceType": share.owner_service, "id": share.owner_code, "name": share.owner_name},
        }
    )


def _ad_account(audience: Audience) -> dict[str, Any]:
    """Of audiences that an ad account made for this official account."""
    name = audience.described.get("adaccount")
    return {"adaccount": {"name": name}} if name else {}


def _own(emulator: Emulator, request: Request) -> list[Audience]:
    return emulator.audiences.owned_by(owner_of(request))


def _shares(emulator: Emulator, request: Request) -> list[SharedResource]:
    return emulator.shared_audiences(request.params["basic_id"])


def _page(request: Request, groups: Sequence[dict[str, Any]], routes: Sequence[str]) -> Response:
    page, size = (
        queries.number(request, "page", 1),
        queries.number(request, "size", DEFAULT_SIZE, LARGEST_SIZE),
    )
    status, route = (
        queries.choice(request, "status", STATUSES),
        queries.choice(request, "createRoute", routes),
    )
    wanted = request.query.get("description", [""])[-1].lower()
    found = [
        group
        for group in groups
        if wanted in group["description"].lower()
        and status in {None, group["status"]}
        and route in {None, group["createRoute"]}
    ]
    found.sort(key=lambda group: (group["created"], group["audienceGroupId"]), reverse=True)
    return answer(
        {
            "audienceGroups": found[(page - 1) * size : page * size],
            "hasNextPage": page * size < len(found),
            "totalCount": len(found),
            "readWriteAudienceGroupTotalCount": sum(group["permission"] == "READ_WRITE" for group in found),
            "size": size,
            "page": page,
        }
    )
