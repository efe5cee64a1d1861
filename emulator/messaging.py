"""Messaging API, "Manage Audience": what an official account has, and what is shared to it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from emulator import ads
from emulator.audiences import Audience, Owner
from emulator.console import SharedAudience
from emulator.emulator import Emulator
from emulator.exchange import Refusal, Request, Response, answer
from emulator.routing import Api, Route

STATUSES = ("IN_PROGRESS", "READY", "FAILED", "EXPIRED", "INACTIVE", "ACTIVATING")
ROUTES = ("OA_MANAGER", "MESSAGING_API", "POINT_AD", "AD_MANAGER")
SHARED_ROUTES = (*ROUTES, "BUSINESS_MANAGER", "YAHOO_DISPLAY_ADS")
UPLOADS = {"UPLOAD", "HASHED_PHONE_NUMBER_UPLOAD", "HASHED_EMAIL_UPLOAD", "USER_ID_UPLOAD"}
DAY = 86_400
SHOWN_FROM = 20  # smaller counts are shown as 0
LARGEST_SIZE = 40
DEFAULT_SIZE = 20
UNAUTHORIZED = (
    "Authentication failed due to the following reason: invalid token. "
    "Confirm that the access token in the authorization header is valid."
)
MESSAGES = {
    404: "Not found",
    405: "Method not allowed",
    429: "The API rate limit has been exceeded. Try again later.",
}


def error(status: int, message: str, *details: dict[str, str]) -> Refusal:
    return Refusal(answer({"message": message, **({"details": list(details)} if details else {})}, status))


def _refuse(status: int) -> Response:
    return answer({"message": MESSAGES.get(status, "Internal server error")}, status)


def _finish(response: Response) -> Response:
    response.headers["x-line-request-id"] = str(uuid.uuid4())
    return response


def _guard(emulator: Emulator, request: Request, route: Route) -> None:
    scheme, _, token = (request.headers.get("Authorization") or "").partition(" ")
    basic_id = emulator.accounts.channel(token.strip()) if scheme.lower() == "bearer" else None
    if basic_id is None:
        raise error(401, UNAUTHORIZED)
    if not emulator.messaging_rate.take((basic_id, route.method, route.path)):
        raise error(429, MESSAGES[429])
    request.params["basic_id"] = basic_id


def list_own(emulator: Emulator, request: Request) -> Response:
    if "page" not in request.query:
        raise error(400, "page: must not be null", {"message": "REQUIRED", "property": "page"})
    _flag(request, "includesExternalPublicGroups")
    return _page(request, _own(emulator, request), ROUTES)


def list_shared(emulator: Emulator, request: Request) -> Response:
    owned = _own(emulator, request) if _flag(request, "includesOwnedAudienceGroups") else []
    shared = [_shared_group(emulator, each) for each in _shares(emulator, request)]
    return _page(request, [*owned, *shared], SHARED_ROUTES)


def get_own(emulator: Emulator, request: Request) -> Response:
    audience = emulator.audiences.owned(_owner(request), _id(request))
    if audience is None:
        raise _not_found()
    return answer({"audienceGroup": _own_group(emulator, audience), "jobs": _jobs(emulator, audience)})


def get_shared(emulator: Emulator, request: Request) -> Response:
    audience_id = _id(request)
    share = next((each for each in _shares(emulator, request) if each.line_id == audience_id), None)
    if share is None:
        raise _not_found()
    own = emulator.audiences.get(share.line_id)
    owner = {"serviceType": share.owner_service, "id": share.owner_code, "name": share.owner_name}
    jobs = _jobs(emulator, own) if own else []
    return answer({"audienceGroup": _shared_group(emulator, share), "jobs": jobs, "owner": owner})


def _own(emulator: Emulator, request: Request) -> list[dict[str, Any]]:
    return [_own_group(emulator, each) for each in emulator.audiences.owned_by(_owner(request))]


def _own_group(emulator: Emulator, audience: Audience) -> dict[str, Any]:
    return _group(emulator, audience) | {"createRoute": "MESSAGING_API", "permission": "READ_WRITE"}


def _shares(emulator: Emulator, request: Request) -> list[SharedAudience]:
    """One row per audience, though it may be shared in more than one way."""
    shared = emulator.shares.shared_with(request.params["basic_id"])
    return list({each.line_id: each for each in shared}.values())


def _shared_group(emulator: Emulator, share: SharedAudience) -> dict[str, Any]:
    """Name and route as shared; state and size from the emulator's own audience where it has it."""
    own = emulator.audiences.get(share.line_id)
    group = _group(emulator, own) if own else _unknown_group(share)
    return group | {"description": share.name, "createRoute": share.create_route, "permission": "READ"}


def _group(emulator: Emulator, audience: Audience) -> dict[str, Any]:
    status = emulator.audiences.status(audience)
    matched = ads.matched(emulator, audience)
    return {
        "audienceGroupId": audience.id,
        "type": _type(audience.function_type),
        "description": audience.name,
        "status": status,
        **({"failedType": audience.failed_type} if status == "FAILED" else {}),
        "audienceCount": matched if matched >= SHOWN_FROM else 0,
        "created": int(audience.created),
        "isIfaAudience": audience.function_type == "UPLOAD",
        "expireTimestamp": int(audience.uploaded) + emulator.settings.expiry_days * DAY,
    }


def _unknown_group(share: SharedAudience) -> dict[str, Any]:
    """Of an audience that was not made through this emulator nothing more can be said."""
    return {
        "audienceGroupId": share.line_id,
        "type": _type(share.kind),
        "description": share.name,
        "status": "READY",
        "audienceCount": 0,
        "created": share.line_id // 1000 if share.line_id > 10**12 else 0,
        "isIfaAudience": share.kind == "UPLOAD",
    }


def _type(kind: str) -> str:
    """The Messaging API has no types for hashed uploads."""
    return "UPLOAD" if kind in UPLOADS else kind


def _jobs(emulator: Emulator, audience: Audience) -> list[dict[str, Any]]:
    return [
        {
            "audienceGroupJobId": job.id,
            "audienceGroupId": job.audience_id,
            "description": job.name or None,
            "type": "DIFF_ADD" if job.type == "DIFF_ADD" else job.type,
            "jobStatus": emulator.audiences.job_status(job),
            "failedType": "INTERNAL_ERROR" if job.state == "FAILED" else None,
            "audienceCount": job.count if job.state == "FINISHED" else 0,
            "created": int(job.created),
        }
        for job in emulator.audiences.jobs(audience.id)
    ]


def _page(request: Request, groups: Sequence[dict[str, Any]], routes: Sequence[str]) -> Response:
    page, size = _number(request, "page", 1), _number(request, "size", DEFAULT_SIZE, LARGEST_SIZE)
    status, route = _choice(request, "status", STATUSES), _choice(request, "createRoute", routes)
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


def _number(request: Request, name: str, default: int, most: int = 2**31) -> int:
    text = request.query.get(name, [str(default)])[-1]
    if not (text.isascii() and text.removeprefix("-").isdigit() and len(text) <= 18):  # noqa: PLR2004 - 64 bits
        raise error(400, f"{name}: must be a number", {"message": "INVALID_NUMBER_FORMAT", "property": name})
    if int(text) < 1:
        message = f"{name}: must be greater than or equal to 1"
        raise error(400, message, {"message": "TOO_LOW", "property": name})
    if int(text) > most:
        message = f"{name}: must be less than or equal to {most}"
        raise error(400, message, {"message": "TOO_HIGH", "property": name})
    return int(text)


def _choice(request: Request, name: str, allowed: Sequence[str]) -> str | None:
    text = request.query.get(name, [""])[-1]
    if text and text not in allowed:
        raise error(400, f"{name}: invalid value", {"message": "INVALID_ENUM", "property": name})
    return text or None


def _flag(request: Request, name: str) -> bool:
    """In any case: the official Python client writes True."""
    text = request.query.get(name, ["false"])[-1].lower()
    if text not in {"true", "false"}:
        raise error(400, f"{name}: must be true or false", {"message": "INVALID_VALUE", "property": name})
    return text == "true"


def _owner(request: Request) -> Owner:
    return Owner("account", request.params["basic_id"])


def _id(request: Request) -> int:
    text = request.params["audience"]
    if not (text.isascii() and text.isdigit() and len(text) <= 18):  # noqa: PLR2004 - 64 bits
        raise _not_found()
    return int(text)


def _not_found() -> Refusal:
    detail = {"message": "AUDIENCE_GROUP_NOT_FOUND", "property": "audienceGroupId"}
    return error(400, "audience group not found", detail)


GROUP = "/v2/bot/audienceGroup"
API = Api(
    prefix="/v2/",
    routes=(
        Route("GET", f"{GROUP}/list", list_own),
        Route("GET", f"{GROUP}/shared/list", list_shared),
        Route("GET", f"{GROUP}/shared/{{audience}}", get_shared),
        Route("GET", f"{GROUP}/{{audience}}", get_own),
    ),
    refuse=_refuse,
    guard=_guard,
    finish=_finish,
)
