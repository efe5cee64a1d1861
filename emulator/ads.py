"""Ads API v3: ad accounts of a group, and custom audiences."""

from __future__ import annotations

import hashlib
from typing import Any

from emulator import ads_auth, ads_errors, ads_queries, ads_uploads
from emulator.accounts import AD_TECH, DATA_PROVIDER, REPORTING, AdAccount
from emulator.audiences import ID_TYPES, Audience, Owner, Refused
from emulator.clock import in_zone
from emulator.emulator import Emulator
from emulator.exchange import Request, Response, answer, loads
from emulator.identifiers import FORMATS
from emulator.routing import Api, Route

SORT_KEYS = ("id", "name", "functionType", "estimatedAudienceSize", "created")
ACCOUNT_SORT_KEYS = {"id": "id", "name": "name", "configuredStatus": "id", "currency": "currency"} | {
    "timezone": "timezone",
    "createdDate": "created",
}


def list_ad_accounts(emulator: Emulator, request: Request) -> Response:
    page, size = ads_queries.page_and_size(request, emulator.settings.max_page)
    linked = ads_queries.flag(request, "includeLinked", default=True)
    ads_queries.flag(request, "includeRemoved", default=False)  # nothing is ever removed here
    key, _, order = ads_queries.text(request, "sort", "createdDate,desc").partition(",")
    if key not in ACCOUNT_SORT_KEYS or order.lower() not in {"asc", "desc", ""}:
        raise ads_errors.bad("INVALID_ENUM", "sort")
    wanted = ads_queries.text(request, "name", "").lower()
    reached = emulator.accounts.reached_by(request.params["group"]) if linked else []
    found = [account for account in reached if wanted in account.name.lower()]
    found.sort(key=lambda account: (getattr(account, ACCOUNT_SORT_KEYS[key]), account.id))
    if order.lower() == "desc":
        found.reverse()
    paging = {
        "page": page,
        "size": size,
        "totalElements": len(found),
        "sorts": [f"{key},{order.upper() or 'ASC'}"],
    }
    return answer(
        {"paging": paging, "datas": [_account(each) for each in ads_queries.page_of(found, page, size)]}
    )


def _account(account: AdAccount) -> dict[str, Any]:
    since = in_zone(account.created, account.timezone)
    return {
        "id": account.id,
        "name": account.name,
        "configuredStatus": "ACTIVE",
        "productType": "PERFORMANCE",
        "availableCampaignObjective": ["VISIT_MY_WEBSITE", "GAIN_FRIENDS"],
        "currency": account.currency,
        "timezone": account.timezone,
        "country": account.country,
        "lineAccount": None,
        "deliveryStatus": "ACTIVE",
        "deliveryStatusReasons": [{"code": "ACTIVE"}],
        "createdDate": since,
        "modifiedDate": since,
        "removedDate": None,
    }


def list_audiences(emulator: Emulator, request: Request) -> Response:
    page, size = ads_queries.page_and_size(request, emulator.settings.max_page)
    key = ads_queries.choice(request, "sortKey", "created", SORT_KEYS)
    order = ads_queries.choice(request, "sortOrder", "desc", ["asc", "desc"])
    name = ads_queries.text(request, "name", "")
    found = [each for each in emulator.audiences.owned_by(_owner(request)) if _named(emulator, each, name)]
    found.sort(
        key=lambda audience: (_sorted_by(emulator, audience, key), audience.id), reverse=order == "desc"
    )
    return answer(
        {
            "page": page,
            "size": size,
            "totalElements": len(found),
            "hasNextPage": page * size < len(found),
            "audienceGroups": [shown(emulator, each) for each in ads_queries.page_of(found, page, size)],
        }
    )


def upload(emulator: Emulator, request: Request) -> Response:
    audience = ads_uploads.take(emulator, request, _owner(request))
    return answer(shown(emulator, audience), 202)


def list_jobs(emulator: Emulator, request: Request) -> Response:
    audience = _audience(emulator, request, request.params["audience"])
    zone = _zone(emulator, audience)
    jobs = [
        {
            "audienceGroupId": job.audience_id,
            "audienceGroupJobId": job.id,
            "name": job.name,
            "type": job.type,
            "jobStatus": emulator.audiences.job_status(job),
            "failedType": "INTERNAL_ERROR" if job.state == "FAILED" else None,
            "audienceCount": job.count if job.state == "FINISHED" else 0,
            "created": in_zone(job.created, zone),
        }
        for job in emulator.audiences.jobs(audience.id)
    ]
    return answer({"jobs": jobs})


def rename(emulator: Emulator, request: Request) -> Response:
    audience = _audience(emulator, request, request.params["audience"])
    name = _json_object(request).get("name")
    if not isinstance(name, str):
        raise ads_errors.bad("REQUIRED" if name is None else "INVALID_FORMAT", "name")
    try:
        emulator.audiences.check_name(_owner(request), name, except_for=audience.id)
        emulator.audiences.rename(audience.id, name)
    except Refused as refused:
        raise ads_errors.bad(refused.reason, refused.field) from refused
    return answer(shown(emulator, _audience(emulator, request, str(audience.id))))


def delete(emulator: Emulator, request: Request) -> Response:
    """Ids in the path, parted by commas, in the query, or both: all of them, or none if one is unknown."""
    in_path = request.params.get("audience", "").split(",") if "audience" in request.params else []
    in_query = [each for value in request.query.get("ids", []) for each in value.split(",")]
    named = dict.fromkeys([*in_path, *in_query])
    if not named:
        raise ads_errors.bad("REQUIRED", "ids")
    emulator.audiences.delete([_audience(emulator, request, each, "ids").id for each in named])
    return Response(202)


def _json_object(request: Request) -> dict[str, Any]:
    if not request.content():
        raise ads_errors.bad("REQUIRED_REQUEST_BODY", "body")
    if request.media_type != "application/json":
        raise ads_errors.bad("INVALID_CONTENT_TYPE_HEADER", "Content-Type")
    try:
        data = loads(request.content())
    except ValueError as error:
        raise ads_errors.bad("DECODING_FAILED", "body") from error
    if not isinstance(data, dict):
        raise ads_errors.bad("REQUEST_INPUT_FORMAT_INVALID", "body")
    return data


def _owner(request: Request) -> Owner:
    return Owner("lap", request.params["account"])


def _audience(emulator: Emulator, request: Request, audience_id: str, field: str = "id") -> Audience:
    audience = emulator.audiences.owned(_owner(request), ads_queries.number(audience_id, field))
    if audience is None:
        raise ads_errors.bad("AUDIENCE_GROUP_NOT_FOUND", field)
    return audience


def _zone(emulator: Emulator, audience: Audience) -> str:
    account = emulator.accounts.account(audience.owner)
    return account.timezone if account else emulator.settings.timezone


def _named(emulator: Emulator, audience: Audience, name: str) -> bool:
    if emulator.settings.name_filter == "exact":
        return not name or audience.name == name
    return name.lower() in audience.name.lower()


def _sorted_by(emulator: Emulator, audience: Audience, key: str) -> Any:
    if key == "estimatedAudienceSize":
        return matched(emulator, audience)
    return getattr(audience, {"functionType": "function_type"}.get(key, key))


def shown(emulator: Emulator, audience: Audience) -> dict[str, Any]:
    status = emulator.audiences.status(audience)
    return {
        "id": str(audience.id),
        "name": audience.name,
        "functionType": audience.function_type,
        "status": status,
        **({"failedType": audience.failed_type} if status == "FAILED" else {}),
        "estimatedAudienceSize": size_text(matched(emulator, audience), emulator.settings.small_audience),
        "created": in_zone(audience.created, _zone(emulator, audience)),
    }


def matched(emulator: Emulator, audience: Audience) -> int:
    """How many of its ids LINE would know: a share that differs by audience but not by day."""
    members = audience.members
    if audience.status == "IN_PROGRESS":
        return 0
    if members is None:
        members = emulator.members.estimate(audience.id, FORMATS[ID_TYPES[audience.function_type]])
    settings = emulator.settings
    seed = hashlib.sha256(f"{settings.match_seed}:{audience.id}".encode()).digest()
    share = int.from_bytes(seed[:4], "big") / 2**32
    return int(
        members * (settings.match_rate_low + share * (settings.match_rate_high - settings.match_rate_low))
    )


def size_text(size: int, small: int) -> str:
    if not size:
        return "-"
    return f"{small} or fewer" if size <= small else str(size)


ACCOUNT = "/api/v3/adaccounts/{account}/custom-audiences"
API = Api(
    prefix="/api/",
    routes=(
        Route(
            "GET", "/api/v3/groups/{group}/adaccounts", list_ad_accounts, DATA_PROVIDER, AD_TECH, REPORTING
        ),
        Route("GET", ACCOUNT, list_audiences, DATA_PROVIDER, AD_TECH),
        Route("POST", f"{ACCOUNT}/upload", upload, DATA_PROVIDER),
        Route("GET", f"{ACCOUNT}/{{audience}}/upload-job", list_jobs, DATA_PROVIDER),
        Route("POST", f"{ACCOUNT}/{{audience}}", rename, DATA_PROVIDER),
        Route("DELETE", f"{ACCOUNT}/{{audience}}", delete, DATA_PROVIDER),
        Route("DELETE", ACCOUNT, delete, DATA_PROVIDER),
    ),
    guard=ads_auth.guard,
    refuse=ads_errors.refuse,
)
