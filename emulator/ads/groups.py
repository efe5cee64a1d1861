"""Groups, their ad accounts, and requests to act for more of them."""

from __future__ import annotations

from typing import Any

from emulator.ads import bodies, errors, queries
from emulator.clock import in_utc, in_zone
from emulator.emulator import Emulator
from emulator.exchange import Request, Response, answer
from emulator.groups import HIDDEN, AdAccount, Group, LinkRequest
from emulator.records import Refused

ACCOUNT_SORT_KEYS = {"id": "id", "name": "name", "configuredStatus": "status", "currency": "currency"} | {
    "timezone": "timezone",
    "createdDate": "created",
}
GROUP_SORT_KEYS = {"id": "id", "name": "name", "createdDate": "created"}
REQUEST_SORT_KEYS = {"id": "id", "targetAdaccountId": "account_id", "status": "status"} | {
    "createdDate": "created"
}
ACTIONS = {"cancel": ("WAITING_APPROVAL", "CANCELED"), "unlink": ("LINKED", "UNLINKED")}
LONGEST_NAME = 120


def list_ad_accounts(emulator: Emulator, request: Request) -> Response:
    below = queries.flag(request, "includeLinked", default=True)
    removed_too = queries.flag(request, "includeRemoved", default=False)
    wanted = queries.text(request, "name", "").lower()
    found = [
        account
        for account in emulator.groups.reached_by(request.params["group"], below=below)
        if wanted in account.name.lower() and (removed_too or account.removed is None)
    ]
    most = emulator.settings.max_page
    return answer(queries.sorted_page(request, found, ACCOUNT_SORT_KEYS, _account, most))


def list_children(emulator: Emulator, request: Request) -> Response:
    wanted = {each for value in request.query.get("ids", []) for each in value.split(",")}
    found = [
        each for each in emulator.groups.children(request.params["group"]) if not wanted or each.id in wanted
    ]
    show = _shown_by(emulator)
    return answer(queries.sorted_page(request, found, GROUP_SORT_KEYS, show, emulator.settings.max_page))


def create_child(emulator: Emulator, request: Request) -> Response:
    name = _name(request)
    try:
        child = emulator.groups.create_child(request.params["group"], name)
    except Refused as refused:
        raise errors.bad(refused.reason, refused.field) from refused
    return answer(_shown_by(emulator)(child))


def update(emulator: Emulator, request: Request) -> Response:
    """The answer is a list with the one group."""
    group = request.params["group"]
    emulator.groups.rename(group, _name(request))
    found = [each for each in [emulator.groups.get(group)] if each]
    paging = {"page": 1, "size": 1, "totalElements": len(found), "sorts": ["createdDate,DESC"]}
    return answer({"paging": paging, "datas": [_shown_by(emulator)(each) for each in found]})


def list_link_requests(emulator: Emulator, request: Request) -> Response:
    """Those that were cancelled or unlinked are hidden, unless removed ones are asked for."""
    removed_too = queries.flag(request, "includeRemoved", default=False)
    found = [
        each
        for each in emulator.groups.link_requests(request.params["group"])
        if removed_too or each.status not in HIDDEN
    ]
    most = emulator.settings.max_page
    return answer(queries.sorted_page(request, found, REQUEST_SORT_KEYS, link_request, most))


def request_link(emulator: Emulator, request: Request) -> Response:
    account_id = bodies.read(request).text("targetAdaccountId")
    try:
        request_id = emulator.groups.ask(request.params["group"], account_id)
    except Refused as refused:
        raise errors.bad(refused.reason, refused.field) from refused
    return _request_answer(emulator, request, request_id)


def update_link_request(emulator: Emulator, request: Request) -> Response:
    action = request.params["action"]
    if action not in ACTIONS:
        raise errors.bad("INVALID_ENUM", "actionType")
    request_id = queries.number(request.params["request"], "id")
    if emulator.groups.link_request(request_id, request.params["group"]) is None:
        raise errors.bad("ENTITY_NOT_FOUND_INVALID_ID", "id")
    start, end = ACTIONS[action]
    if not emulator.groups.move(request_id, start=start, end=end):
        raise errors.bad("REQUEST_INPUT_INVALID", "actionType")
    return _request_answer(emulator, request, request_id)


def _request_answer(emulator: Emulator, request: Request, request_id: int) -> Response:
    found = emulator.groups.link_request(request_id, request.params["group"])
    if found is None:
        raise errors.bad("ENTITY_NOT_FOUND_INVALID_ID", "id")
    return answer(link_request(found))


def _name(request: Request) -> str:
    name = bodies.read(request).text("name")
    if not name.strip():
        raise errors.bad("REQUIRED", "name")
    if len(name) > LONGEST_NAME:
        raise errors.bad("REQUEST_INPUT_SIZE", "name")
    if not name.isprintable():
        raise errors.bad("REQUEST_INPUT_FORMAT_INVALID", "name")
    return name


def _shown_by(emulator: Emulator) -> Any:
    def show(group: Group) -> dict[str, Any]:
        ancestors = emulator.groups.ancestors(group.id)
        parent = emulator.groups.get(group.parent) if group.parent else None
        return {
            "id": group.id,
            "name": group.name,
            "parentGroupId": group.parent,
            "parentGroupName": parent.name if parent else None,
            "depth": len(ancestors),
            "createdDate": in_zone(group.created, emulator.settings.timezone),
            "modifiedDate": in_zone(group.modified, emulator.settings.timezone),
            "removedDate": None,
        }

    return show


def _account(account: AdAccount) -> dict[str, Any]:
    line = {"name": account.line_name or account.name, "lineId": account.line_id} if account.line_id else None
    removed = in_zone(account.removed, account.timezone) if account.removed else None
    return {
        "id": account.id,
        "name": account.name,
        "configuredStatus": account.status,
        "productType": "PERFORMANCE",
        "availableCampaignObjective": ["VISIT_MY_WEBSITE", "GAIN_FRIENDS"],
        "currency": account.currency,
        "timezone": account.timezone,
        "country": account.country,
        "lineAccount": line,
        "deliveryStatus": account.status,
        "deliveryStatusReasons": [{"code": account.status}],
        "createdDate": in_zone(account.created, account.timezone),
        "modifiedDate": in_zone(account.modified, account.timezone),
        "removedDate": removed,
    }


def link_request(found: LinkRequest) -> dict[str, Any]:
    return {
        "id": found.id,
        "sourceGroupId": found.group_id,
        "sourceGroupName": found.group_name,
        "targetAdaccountId": found.account_id,
        "targetAdaccountName": found.account_name,
        "status": found.status,
        "targetType": "ADACCOUNT",
        "createdDate": in_utc(found.created, timespec="seconds"),
        "modifiedDate": in_utc(found.modified, timespec="seconds"),
        "removedDate": None if found.removed is None else in_utc(found.removed, timespec="seconds"),
    }
