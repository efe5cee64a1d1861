"""`/_control/`: what tests and demonstrations order, and what they may see. Not LINE's."""

from __future__ import annotations

from typing import Any, TypeVar
from zoneinfo import available_timezones

from emulator import faults
from emulator.accounts import ACCOUNT_ID, KeyChange, Unknown
from emulator.audiences import ID_TYPES, Audience
from emulator.console import SharedAudience
from emulator.emulator import Emulator
from emulator.exchange import Refusal, Request, Response, answer, loads
from emulator.identifiers import FORMATS
from emulator.routing import Api, Route

Value = TypeVar("Value")
LONGEST_CLOCK = 10 * 365 * 86_400  # seconds
LARGEST = 2**63  # what the store can hold
LONGEST_NUMBER = 19  # digits of LARGEST


def _wrong(message: str, status: int = 400) -> Refusal:
    return Refusal(answer({"message": message}, status))


def _refuse(status: int) -> Response:
    return answer(
        {"message": {404: "No such call or object.", 405: "Method not allowed."}.get(status, "Failed.")},
        status,
    )


class Json:
    """The request's object, each field asked for with its type."""

    def __init__(self, request: Request) -> None:
        try:
            data = loads(request.content() or b"{}")
        except ValueError as error:
            raise _wrong("The body is not JSON.") from error
        if not isinstance(data, dict):
            raise _wrong("The body is not a JSON object.")
        self._data: dict[str, Any] = data

    def get(self, name: str, kind: type[Value]) -> Value | None:
        value = self._data.get(name)
        if value is None:
            return None
        if kind is float and isinstance(value, int) and not isinstance(value, bool):
            value = float(value) if abs(value) < LARGEST else None
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise _wrong(f"{name} must be a {kind.__name__}.")
        return value

    def need(self, name: str, kind: type[Value]) -> Value:
        value = self.get(name, kind)
        if value is None or value == "":
            raise _wrong(f"{name} is required.")
        return value


def get_audience(emulator: Emulator, request: Request) -> Response:
    audience = _audience(emulator, request.params["audience"])
    count, fingerprint = emulator.members.fingerprint(audience.id, FORMATS[ID_TYPES[audience.function_type]])
    return answer({"count": count, "fingerprint": fingerprint})


def list_requests(emulator: Emulator, request: Request) -> Response:
    since = request.query.get("since", ["0"])[-1]
    if not (since.isascii() and since.isdigit() and len(since) < LONGEST_NUMBER):
        raise _wrong("since must be a number.")
    entries, last = emulator.journal.since(int(since))
    return answer({"requests": entries, "last": last})


def order_fault(emulator: Emulator, request: Request) -> Response:
    data = Json(request)
    pattern, act = data.need("match", str), data.need("do", str)
    times = data.get("times", int)
    moment = data.get("when", str) or "before"
    if not faults.PATTERN.fullmatch(pattern):
        raise _wrong('match must be "METHOD /path", in which * stands for anything.')
    if not faults.ACTS.fullmatch(act):
        raise _wrong("do must be status:NNN, reset, hang:N, html, slow:N or job:FAILED.")
    if moment not in {"before", "after"}:
        raise _wrong("when must be before or after.")
    if times is not None and not 0 <= times < 2**31:
        raise _wrong("times must be a positive number.")
    emulator.faults.order(pattern=pattern, times=1 if times is None else times, moment=moment, act=act)
    return answer({}, 201)


def clear_faults(emulator: Emulator, request: Request) -> Response:
    emulator.faults.clear()
    return Response(204)


def set_clock(emulator: Emulator, request: Request) -> Response:
    """What is left out stays as it is."""
    data, clock = Json(request), emulator.clock
    job, offset = data.get("job_seconds", float), data.get("offset_seconds", float)
    job, offset = (
        clock.job_seconds if job is None else job,
        clock.offset_seconds if offset is None else offset,
    )
    if not 0 <= job <= LONGEST_CLOCK or not -LONGEST_CLOCK <= offset <= LONGEST_CLOCK:
        raise _wrong("job_seconds or offset_seconds is out of range.")
    emulator.set_clock(job_seconds=job, offset_seconds=offset)
    return answer({"job_seconds": job, "offset_seconds": offset})


def put_key(emulator: Emulator, request: Request) -> Response:
    data = Json(request)
    roles = data.get("roles", list)
    if roles is not None and not all(isinstance(role, str) for role in roles):
        raise _wrong("roles must be a list of names.")
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
        raise _wrong(str(error)) from error
    return Response(204)


def _account(given: object) -> dict[str, str]:
    """An ad account by its id, or as an object with an id and what else is known of it."""
    fields: dict[object, object] = given if isinstance(given, dict) else {"id": given}
    account = {str(name): value for name, value in fields.items() if isinstance(value, str)}
    if len(account) < len(fields) or not ACCOUNT_ID.fullmatch(account.get("id", "")):
        raise _wrong("An ad account's id is A and digits.")
    if account.get("timezone", "UTC") not in available_timezones():
        raise _wrong("timezone is not a name of the time zone database.")
    return {
        name: account[name] for name in ("id", "name", "timezone", "currency", "country") if name in account
    }


def put_channel(emulator: Emulator, request: Request) -> Response:
    try:
        emulator.accounts.put_channel(
            request.params["channel"], Json(request).need("channel_access_token", str)
        )
    except Unknown as error:
        raise _wrong(str(error), 409) from error
    return Response(204)


def share(emulator: Emulator, request: Request) -> Response:
    """Share one audience with one official account, or stop it with `"shared": false`."""
    if emulator.settings.console:
        raise _wrong("Shares come from the console now.", 409)
    data = Json(request)
    receiver, audience_id = data.need("basic_id", str), data.need("audience", int)
    if not 0 < audience_id < LARGEST:
        raise _wrong("audience is out of range.")
    if data.get("shared", bool) is False:
        emulator.stored_shares.stop(receiver, audience_id)
    else:
        emulator.stored_shares.put(receiver, _shared(emulator, data, audience_id))
    return Response(204)


def _shared(emulator: Emulator, data: Json, audience_id: int) -> SharedAudience:
    """What is not said is taken from the emulator's own audience of that id."""
    own = emulator.audiences.get(audience_id)
    name, kind, route = (data.get(field, str) for field in ("name", "type", "createRoute"))
    owner = _owner(data, emulator, own)
    if not name and own is None:
        raise _wrong("An audience this emulator does not hold needs a name.")
    return SharedAudience(
        audience_id,
        name=name or (own.name if own else ""),
        kind=kind or (own.function_type if own else "UPLOAD"),
        create_route=route or "AD_MANAGER",
        owner_service=owner["serviceType"],
        owner_code=owner["id"],
        owner_name=owner["name"],
    )


def _owner(data: Json, emulator: Emulator, own: Audience | None) -> dict[str, str]:
    owner: dict[str, Any] | None = data.get("owner", dict)
    if owner is not None:
        return {field: str(owner.get(field, "")) for field in ("serviceType", "id", "name")}
    if own is None:
        raise _wrong("An audience this emulator does not hold needs an owner.")
    account = emulator.accounts.account(own.owner)
    return {"serviceType": own.service, "id": own.owner, "name": account.name if account else own.owner}


def reset(emulator: Emulator, request: Request) -> Response:
    emulator.reset()
    return Response(204)


def _audience(emulator: Emulator, text: str) -> Audience:
    known = text.isascii() and text.isdigit() and len(text) < LONGEST_NUMBER
    audience = emulator.audiences.get(int(text)) if known else None
    if audience is None:
        raise _wrong("No such audience.", 404)
    return audience


API = Api(
    prefix="/_control/",
    routes=(
        Route("GET", "/_control/audiences/{audience}", get_audience),
        Route("GET", "/_control/requests", list_requests),
        Route("POST", "/_control/faults", order_fault),
        Route("DELETE", "/_control/faults", clear_faults),
        Route("POST", "/_control/clock", set_clock),
        Route("PUT", "/_control/keys/{key}", put_key),
        Route("PUT", "/_control/channels/{channel}", put_channel),
        Route("POST", "/_control/shares", share),
        Route("POST", "/_control/reset", reset),
    ),
    refuse=_refuse,
    logged=False,
)
