"""Who may make a call of the Ads API: signature, then role and account, then rate, in LINE's order."""

from __future__ import annotations

import hashlib

from emulator import signature
from emulator.accounts import Key
from emulator.ads import errors
from emulator.emulator import Emulator
from emulator.exchange import LONGEST_JSON, Refusal, Request
from emulator.routing import Route


def guard(emulator: Emulator, request: Request, route: Route) -> None:
    key = _authenticated(emulator, request)
    _authorized(emulator, request, route, key)
    if not emulator.ads_rate.take((key.access_key, route.method, route.path)):
        raise errors.too_many()


def _authenticated(emulator: Emulator, request: Request) -> Key:
    settings = emulator.settings
    try:
        claim = signature.authenticate(
            request.headers,
            emulator.accounts.secret,
            now=emulator.clock.now(),
            window=settings.clock_window,
            standard_alphabet=settings.standard_base64,
        )
        signature.check_payload(
            claim, digest=_digest(request), content_type=request.media_type, path=request.path
        )
    except signature.Unauthorized as why:
        response = errors.error(401, "AUTHORIZATION_FAILED", "Authorization")
        response.headers["X-Emulator-Reason"] = str(why)  # ours: says which check refused
        raise Refusal(response) from why
    return emulator.accounts.key(claim.access_key)


def _digest(request: Request) -> str:
    """Of the body, unless it is multipart: then, as for no body, of nothing."""
    if request.media_type == "multipart/form-data" or not request.body.present:
        return hashlib.sha256(b"").hexdigest()
    content = request.content()
    if len(content) > LONGEST_JSON:
        raise errors.bad("REQUEST_INPUT_SIZE", "body")
    return hashlib.sha256(content).hexdigest()


def _authorized(emulator: Emulator, request: Request, route: Route, key: Key) -> None:
    if not route.roles & key.roles:
        raise Refusal(errors.error(403, "PARTNER_PERMISSION_DENIED"))
    if "account" in request.params:
        _check_account(emulator, request.params["account"], key)
    if "group" in request.params:
        _check_group(emulator, request.params["group"], key)


def _check_account(emulator: Emulator, account_id: str, key: Key) -> None:
    account = emulator.groups.reached(key.group, account_id)
    if account is None:
        raise Refusal(errors.error(403, "ACCOUNT_NOT_ALLOWED", "adaccountId"))
    if account.removed is not None:
        raise errors.bad("REMOVED_ENTITY", "adaccountId")


def _check_group(emulator: Emulator, group: str, key: Key) -> None:
    """A key acts for its group and for those below it."""
    if group in emulator.groups.tree(key.group):
        return
    if emulator.groups.get(group) is None:
        raise errors.bad("INVALID_GROUP_ID", "groupId")
    raise Refusal(errors.error(403, "ACCOUNT_NOT_ALLOWED", "groupId"))
