"""Keys, ad accounts, channels, link requests: who there is, and what the advertiser decides."""

from __future__ import annotations

import functools
from typing import Any
from zoneinfo import available_timezones

from emulator.accounts import ACCOUNT_ID, KeyChange, Unknown
from emulator.ads.groups import link_request
from emulator.control.bodies import LONGEST_NUMBER, read, wrong
from emulator.emulator import Emulator
from emulator.exchange import Request, Response, answer

ACCOUNT_FIELDS = ("id", "name", "timezone", "currency", "country", "line_id", "line_name")


def put_key(emulator: Emulator, request: Request) -> Response:
    data = read(request)
    roles = data.get("roles", list)
    if roles is not None and not all(isinstance(role, str) for role in roles):
        raise wrong("roles must be a list of names.")
    accounts = data.get("ad_accounts", list)
    change = KeyChange(
        secret_key=data.get("secret_key", str),
        group=data.get("group", str),
        ad_accounts=None if accounts is None else [_account(account) for account in accounts],
        roles=roles,
        revoked=data.get("revoked", bool),
    )
    try:
        emulator.accounts.put_key(request.params["key"], change)
    except Unknown as error:
        raise wrong(str(error)) from error
    return Response(204)


def put_ad_account(emulator: Emulator, request: Request) -> Response:
    """An account that no group may act for yet, or another state of one that is known."""
    data = read(request)
    given = {name: data.get(name, str) for name in ACCOUNT_FIELDS[1:]}
    account = _account({"id": request.params["account"]} | {k: v for k, v in given.items() if v is not None})
    removed = data.get("removed", bool)
    if removed is not None:
        account["removed"] = "1" if removed else "0"
    emulator.groups.put_account(account)
    return Response(204)


@functools.cache
def _zones() -> set[str]:
    """Read from hundreds of files."""
    return available_timezones()


def _account(given: object) -> dict[str, str]:
    """An ad account by its id, or as an object with an id and what else is known of it."""
    fields: dict[object, object] = given if isinstance(given, dict) else {"id": given}
    account = {str(name): value for name, value in fields.items() if isinstance(value, str)}
    if len(account) < len(fields) or not ACCOUNT_ID.fullmatch(account.get("id", "")):
        raise wrong("An ad account's id is A and digits.")
    if account.get("timezone", "UTC") not in _zones():
        raise wrong("timezone is not a name of the time zone database.")
    return {name: account[name] for name in ACCOUNT_FIELDS if name in account}


def put_channel(emulator: Emulator, request: Request) -> Response:
    token = read(request).need("channel_access_token", str)
    try:
        emulator.accounts.put_channel(request.params["channel"], token)
    except Unknown as error:
        raise wrong(str(error), 409) from error
    return Response(204)


def list_link_requests(emulator: Emulator, request: Request) -> Response:
    return answer({"link_requests": [link_request(each) for each in emulator.groups.link_requests()]})


def decide_link_request(emulator: Emulator, request: Request) -> Response:
    """What the advertiser answers in LINE's own console."""
    approve, text = read(request).need("approve", bool), request.params["request"]
    request_id = int(text) if text.isascii() and text.isdigit() and len(text) < LONGEST_NUMBER else 0
    if emulator.groups.link_request(request_id) is None:
        raise wrong("No such link request.", 404)
    end = "LINKED" if approve else "REJECTED"
    if not emulator.groups.move(request_id, start="WAITING_APPROVAL", end=end):
        raise wrong("This link request does not wait for an answer.", 409)
    found: Any = emulator.groups.link_request(request_id)
    return answer(link_request(found))
