"""Custom audiences of an ad account: listed, renamed, deleted, their upload jobs."""

from __future__ import annotations

from typing import Any

from emulator.ads import bodies, errors, queries, rules, uploads
from emulator.ads.seen import AdAccountView
from emulator.clock import in_zone
from emulator.emulator import Emulator
from emulator.exchange import Request, Response, answer
from emulator.records import INTERNAL, Audience, Owner, Refused

SORT_KEYS = ("id", "name", "functionType", "estimatedAudienceSize", "created")


def list_all(emulator: Emulator, request: Request) -> Response:
    page, size = queries.page_and_size(request, emulator.settings.max_page)
    key = queries.choice(request, "sortKey", "created", SORT_KEYS)
    order = queries.choice(request, "sortOrder", "desc", ["asc", "desc"])
    name = queries.text(request, "name", "")
    view = AdAccountView(emulator, request.params["account"])
    found = [each for each in view.audiences() if _named(emulator, each, name)]
    found.sort(
        key=lambda audience: (_sorted_by(emulator, audience, key), audience.id), reverse=order == "desc"
    )
    shown = [view.shown(each) for each in queries.page_of(found, page, size)]
    return answer(queries.flat_page(found, page, size) | {"audienceGroups": shown})


def create(emulator: Emulator, request: Request) -> Response:
    """A rule-based audience; uploads have a call of their own."""
    view = AdAccountView(emulator, request.params["account"])
    try:
        fails = INTERNAL if request.job_fails else None
        audience = rules.create(emulator, view, bodies.read(request), fails)
    except Refused as refused:
        raise errors.bad(refused.reason, refused.field) from refused
    return answer(view.shown(audience), 202)


def upload(emulator: Emulator, request: Request) -> Response:
    audience = uploads.take(emulator, request, _owner(request))
    return answer(AdAccountView(emulator, request.params["account"]).shown(audience), 202)


def list_jobs(emulator: Emulator, request: Request) -> Response:
    audience = _audience(emulator, request, request.params["audience"])
    zone = AdAccountView(emulator, request.params["account"]).zone
    jobs = [
        {
            "audienceGroupId": job.audience_id,
            "audienceGroupJobId": job.id,
            "name": job.name,
            "type": job.type,
            "jobStatus": emulator.audiences.job_status(job),
            "failedType": job.failed_type,
            "audienceCount": job.count if job.state == "FINISHED" else 0,
            "created": in_zone(job.created, zone),
        }
        for job in emulator.audiences.jobs(audience.id)
    ]
    return answer({"jobs": jobs})


def rename(emulator: Emulator, request: Request) -> Response:
    audience = _audience(emulator, request, request.params["audience"])
    name = bodies.read(request).text("name")
    try:
        emulator.audiences.check_name(_owner(request), name, except_for=audience.id)
    except Refused as refused:
        raise errors.bad(refused.reason, refused.field) from refused
    emulator.audiences.rename(audience.id, name)
    view = AdAccountView(emulator, request.params["account"])
    return answer(view.shown(_audience(emulator, request, str(audience.id))))


def delete(emulator: Emulator, request: Request) -> Response:
    """Ids in the path, parted by commas, in the query, or both: all of them, or none if one may not go."""
    in_path = request.params.get("audience", "").split(",") if "audience" in request.params else []
    in_query = [each for value in request.query.get("ids", []) for each in value.split(",")]
    named = dict.fromkeys([*in_path, *in_query])
    if not named:
        raise errors.bad("REQUIRED", "ids")
    doomed = {_audience(emulator, request, each, "ids").id for each in named}
    _check_unused(emulator, _owner(request), doomed)
    emulator.audiences.delete(doomed)
    return Response(202)


def _check_unused(emulator: Emulator, owner: Owner, doomed: set[int]) -> None:
    for audience in emulator.audiences.owned_by(owner):
        if audience.id in doomed and audience.in_use:
            raise errors.bad("CANNOT_REMOVE_AUDIENCE_STILL_IN_USE", "ids")
        if audience.id not in doomed and rules.source_of(audience) in doomed:
            reason = "AUDIENCE_GROUPS_CAN_NOT_DELETE_REFFERED_LOOKALIKE_AUDIENCE_GROUP_STILL_EXISTS"
            raise errors.bad(reason, "ids")


def _owner(request: Request) -> Owner:
    return Owner("lap", request.params["account"])


def _audience(emulator: Emulator, request: Request, audience_id: str, field: str = "id") -> Audience:
    """One of the account's own: what others share is there to be listed and compared, not to be changed."""
    audience = emulator.audiences.owned(_owner(request), queries.number(audience_id, field))
    if audience is None:
        raise errors.bad("AUDIENCE_GROUP_NOT_FOUND", field)
    return audience


def _named(emulator: Emulator, audience: Audience, name: str) -> bool:
    if emulator.settings.name_filter == "exact":
        return not name or audience.name == name
    return name.lower() in audience.name.lower()


def _sorted_by(emulator: Emulator, audience: Audience, key: str) -> Any:
    if key == "estimatedAudienceSize":
        return emulator.sizes.matched(audience)
    return getattr(audience, {"functionType": "function_type"}.get(key, key))
