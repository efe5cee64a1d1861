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
ACTIVATED_ROUTES = {"AD_MANAGER", "POINT_AD"}
WEB_TYPES = {"WEBTRAFFIC", "TRACKINGTAG_WEBTRAFFIC"}
TAG_ROUTES = {"bm": "BUSINESS_MANAGER", "lap": "AD_MANAGER", "account": "OA_MANAGER"}
TYPES = {
    *("UPLOAD", "CLICK", "IMP", "CHAT_TAG", "FRIEND_PATH", "RESERVATION", "APP_EVENT", "VIDEO_VIEW"),
    *("WEBTRAFFIC", "TRACKINGTAG_WEBTRAFFIC", "IMAGE_CLICK", "RICHMENU_IMP", "RICHMENU_CLICK", "POP_AD_IMP"),
}


def own(emulator: Emulator, audience: Audience, *, whole: bool = False) -> dict[str, Any]:
    """`whole` is the answer about one audience, not a list's."""
    permission = "READ_WRITE" if audience.create_route == OWN_ROUTE else "READ"
    shown = _group(emulator, audience, whole=whole)
    return _with_route(shown, audience.create_route) | {"permission": permission}


def own_among_shared(emulator: Emulator, audience: Audience) -> dict[str, Any]:
    """What the shared calls say of an audience that is the account's own."""
    is_web = audience.function_type in WEB_TYPES
    more = {"webtraffic": _web_traffic(emulator, audience, audience.owner, whole=False)} if is_web else {}
    return own(emulator, audience) | more


def created(emulator: Emulator, audience: Audience) -> dict[str, Any]:
    """The answer to a create."""
    shown = own(emulator, audience)
    return {name: value for name, value in shown.items() if name not in {"status", "audienceCount"}}


def shared(
    emulator: Emulator, share: SharedResource, receiver: str, held: Audience | None, *, whole: bool = False
) -> dict[str, Any]:
    """Name and route as shared; state and size from the emulator's own audience where it has it."""
    shown = _group(emulator, held, whole=whole) if held else _unknown(share)
    shown |= {"description": share.name, "permission": "READ"}
    if shown["type"] in WEB_TYPES:
        shown["webtraffic"] = (
            _web_traffic(emulator, held, receiver, whole=whole) if held else _any_tag(share.owner_service)
        )
    return _with_route(shown, share.create_route)


def jobs(emulator: Emulator, audience: Audience) -> list[dict[str, Any]]:
    return [
        {
            "audienceGroupJobId": job.id,
            "audienceGroupId": job.audience_id,
            "description": job.name or None,
            "type": "DIFF_ADD",  # the only one this API has a word for
            "jobStatus": emulator.audiences.job_status(job),
            "failedType": job.failed_type,
            "audienceCount": job.count if job.state == "FINISHED" else 0,
            "created": int(job.created),
        }
        for job in emulator.audiences.jobs(audience.id)
    ]


def has_word(shown: dict[str, Any]) -> bool:
    """Lookalikes, audiences of friends and Talk Head View have none: official accounts cannot use them."""
    return shown["type"] in TYPES


def _group(emulator: Emulator, audience: Audience, *, whole: bool) -> dict[str, Any]:
    status = emulator.audiences.status(audience)
    matched = emulator.sizes.matched(audience)
    is_told = matched >= SHOWN_FROM or audience.function_type in EXACT_TYPES
    expires = emulator.audiences.expires_at(audience)
    rule = audience.described
    sent: dict[str, Any] = {name: rule[name] for name in ("requestId", "clickUrl") if name in rule}
    has_failed = audience.failed_type and (status == "FAILED" or (status == "EXPIRED" and not whole))
    return {
        "audienceGroupId": audience.id,
        "type": _type(audience.function_type),
        "description": audience.name,
        "status": status,
        **({"failedType": audience.failed_type} if has_failed else {}),
        "audienceCount": matched if is_told else 0,
        "created": int(audience.created),
        "isIfaAudience": audience.function_type == "UPLOAD",
        **({} if expires is None else {"expireTimestamp": int(expires)}),
        **sent,
    }


def _with_route(shown: dict[str, Any], route: str) -> dict[str, Any]:
    activated = {"activated": shown["created"]} if route in ACTIVATED_ROUTES else {}
    return shown | {"createRoute": route} | activated


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
    is_mine = tag == tag_of(receiver)
    is_shared = any(each.line_id == tag for each in tags_of(emulator.shares, receiver))
    service, owner_name = _owner_of(emulator, audience, tag)
    shown = _any_tag(service) | {"webtrafficIsMyTag": is_mine}
    shown |= {"webtrafficBmTagSharingStatus": "SHARED" if is_shared else "UNSHARED"}
    if not whole:
        return shown
    known = {
        "webtrafficVisitType": rule.get("visitType"),
        "webtrafficRetentionDays": rule.get("retentionDays"),
        "webtrafficTagEventType": rule.get("tagEventType"),
        "webtrafficCustomEventName": rule.get("customEventName"),
        "webtrafficMatchingType": rule.get("matchingType"),
        "webtrafficConditionGroup": rule.get("conditionGroup"),
        "webtrafficTagId": tag,
        "webtrafficTagOwnerName": owner_name,
    }
    return shown | {name: value for name, value in known.items() if value is not None}


def _any_tag(service: str) -> dict[str, Any]:
    """What is said of a tag of which no more is known than its owner's service."""
    return {
        "webtrafficIsMyTag": False,
        "webtrafficBmTagSharingStatus": "UNSHARED",
        "webtrafficIsTagDeleted": False,
        "webtrafficTagCreateRoute": TAG_ROUTES.get(service, "AD_MANAGER"),
    }


def _owner_of(emulator: Emulator, audience: Audience, tag: str) -> tuple[str, str]:
    """Service and name of the tag's owner: the audience's, or who shares the tag with that account."""
    for each in tags_of(emulator.shares, audience.owner):
        if each.line_id == tag:
            return each.owner_service, each.owner_name
    account = emulator.groups.account(audience.owner)
    return audience.service, account.name if account else audience.owner


def _type(kind: str) -> str:
    """The Messaging API has one type for uploads, whatever they hold."""
    return "UPLOAD" if kind in ID_TYPES else kind
