"""Audiences and jobs as the Messaging API shows them."""

from __future__ import annotations

from typing import Any

from emulator.console import SharedResource, tags_of
from emulator.emulator import Emulator
from emulator.records import ID_TYPES, Audience
from emulator.tags import tag_of

SHOWN_FROM = 20  # smaller counts are shown as 0
EXACT_TYPES = {"USER_ID_UPLOAD", "CHAT_TAG"}  # but not of these
OWN_ROUTE = "MESSAGING_API"
WEB_TYPES = {"WEBTRAFFIC", "TRACKINGTAG_WEBTRAFFIC"}


def own(emulator: Emulator, audience: Audience) -> dict[str, Any]:
    is_ours = audience.create_route == OWN_ROUTE
    permission = "READ_WRITE" if is_ours else "READ"
    return group(emulator, audience) | {"createRoute": audience.create_route, "permission": permission}


def created(emulator: Emulator, audience: Audience) -> dict[str, Any]:
    """The answer to a create."""
    shown = own(emulator, audience)
    return {name: value for name, value in shown.items() if name not in {"status", "audienceCount"}}


def shared(
    emulator: Emulator, share: SharedResource, receiver: str, *, whole: bool = False
) -> dict[str, Any]:
    """Name and route as shared; state and size from the emulator's own audience where it has it."""
    held = emulator.audiences.get(int(share.line_id))
    shown = group(emulator, held) if held else _unknown(share)
    shown |= {"description": share.name, "createRoute": share.create_route, "permission": "READ"}
    if held and held.service == "lap":
        shown["activated"] = int(held.created)
    if held and held.function_type in WEB_TYPES:
        shown["webtraffic"] = _web_traffic(emulator, held, receiver, whole=whole)
    return shown


def group(emulator: Emulator, audience: Audience) -> dict[str, Any]:
    status = emulator.audiences.status(audience)
    matched = emulator.sizes.matched(audience)
    is_told = matched >= SHOWN_FROM or audience.function_type in EXACT_TYPES
    expires = emulator.audiences.expires_at(audience)
    rule = audience.described
    sent: dict[str, Any] = {name: rule[name] for name in ("requestId", "clickUrl") if name in rule}
    return {
        "audienceGroupId": audience.id,
        "type": _type(audience.function_type),
        "description": audience.name,
        "status": status,
        **({"failedType": audience.failed_type} if status == "FAILED" else {}),
        "audienceCount": matched if is_told else 0,
        "created": int(audience.created),
        "isIfaAudience": audience.function_type == "UPLOAD",
        **({} if expires is None else {"expireTimestamp": int(expires)}),
        **sent,
    }


def jobs(emulator: Emulator, audience: Audience) -> list[dict[str, Any]]:
    return [
        {
            "audienceGroupJobId": job.id,
            "audienceGroupId": job.audience_id,
            "description": job.name or None,
            "type": job.type,
            "jobStatus": emulator.audiences.job_status(job),
            "failedType": job.failed_type,
            "audienceCount": job.count if job.state == "FINISHED" else 0,
            "created": int(job.created),
        }
        for job in emulator.audiences.jobs(audience.id)
    ]


def _unknown(share: SharedResource) -> dict[str, Any]:
    """Of an audience that was not made through this emulator nothing more can be said."""
    line_id = int(share.line_id)
    return {
        "audienceGroupId": line_id,
        "type": _type(share.kind),
        "description": share.name,
        "status": "READY",
        "audienceCount": 0,
        "created": line_id // 1000 if line_id > 10**12 else 0,
        "isIfaAudience": share.kind == "UPLOAD",
    }


def _web_traffic(emulator: Emulator, audience: Audience, receiver: str, *, whole: bool) -> dict[str, Any]:
    rule = audience.described
    tag = rule.get("tagId", tag_of(audience.owner))
    is_shared = any(each.line_id == tag for each in tags_of(emulator.shares, receiver))
    shown = {
        "webtrafficIsMyTag": False,
        "webtrafficBmTagSharingStatus": "SHARED" if is_shared else "UNSHARED",
        "webtrafficIsTagDeleted": False,
        "webtrafficTagCreateRoute": "AD_MANAGER",
    }
    if not whole:
        return shown
    owner = emulator.groups.account(audience.owner)
    known = {
        "webtrafficVisitType": rule.get("visitType"),
        "webtrafficRetentionDays": rule.get("retentionDays"),
        "webtrafficTagEventType": rule.get("tagEventType"),
        "webtrafficCustomEventName": rule.get("customEventName"),
        "webtrafficMatchingType": rule.get("matchingType"),
        "webtrafficConditionGroup": rule.get("conditionGroup"),
        "webtrafficTagId": tag,
        "webtrafficTagOwnerName": owner.name if owner else audience.owner,
    }
    return shown | {name: value for name, value in known.items() if value is not None}


def _type(kind: str) -> str:
    """The Messaging API has one type for uploads, whatever they hold."""
    return "UPLOAD" if kind in ID_TYPES else kind
