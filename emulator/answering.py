"""From request to answer: the fault that was ordered, the API that is meant, the line in the journal."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from emulator import page
from emulator.ads.api import API as ADS
from emulator.control.api import API as CONTROL
from emulator.emulator import Emulator
from emulator.exchange import Disconnected, Refusal, Request, Response
from emulator.faults import Fault
from emulator.messaging.api import API as MESSAGING
from emulator.routing import Api, find

logger = logging.getLogger("emulator")

APIS: tuple[Api, ...] = (ADS, MESSAGING, CONTROL, page.API)
HTML = b"<!doctype html><title>Maintenance</title><h1>We will be back soon</h1>"


class Lost(Exception):
    """There will be no answer."""

    def __init__(self, *, after: float = 0.0, reset: bool = False) -> None:
        super().__init__("the answer is lost")
        self.after, self.reset = after, reset


@dataclass
class Reply:
    response: Response
    pause: float = 0.0  # seconds between its bytes


def refusal(path: str, status: int) -> Response:
    """What the API that is meant says to a request that is not HTTP as it should be."""
    api = _api_of(path)
    return api.finish(api.refuse(status))


def respond(emulator: Emulator, request: Request) -> Reply:
    """Raises Lost if a fault swallows the answer."""
    emulator.shares.forget()
    api = _api_of(request.path)
    if not api.logged:
        return Reply(_answer(emulator, api, request))
    fault = emulator.faults.take(request.method, request.path)
    try:
        reply = _with_fault(emulator, api, request, fault)
    except Lost:
        emulator.journal.write(request.method, request.path, request.entry, None)
        raise
    emulator.journal.write(request.method, request.path, request.entry, reply.response.status)
    return reply


def _api_of(path: str) -> Api:
    return next((api for api in APIS if path.startswith(api.prefix)), page.API)


def _with_fault(emulator: Emulator, api: Api, request: Request, fault: Fault | None) -> Reply:
    if fault is None:
        return Reply(_answer(emulator, api, request))
    request.job_fails = fault.act == "job"
    if fault.act in {"job", "slow"}:
        return Reply(_answer(emulator, api, request), fault.number if fault.act == "slow" else 0.0)
    if fault.moment == "after":
        _answer(emulator, api, request)
    return Reply(_instead(fault, api))


def _instead(fault: Fault, api: Api) -> Response:
    """What comes in place of the true answer."""
    if fault.act == "html":
        return Response(200, HTML, "text/html; charset=utf-8")
    if fault.act == "status":
        status = int(fault.value)
        return api.finish(api.refuse(status) if status >= 400 else Response(status))  # noqa: PLR2004 - errors
    raise Lost(after=fault.number if fault.act == "hang" else 0.0, reset=fault.act == "reset")


def _answer(emulator: Emulator, api: Api, request: Request) -> Response:
    try:
        route = find(api, request)
        if isinstance(route, int):
            return api.finish(api.refuse(route))
        api.guard(emulator, request, route)
        return api.finish(route.handler(emulator, request))
    except Refusal as refusal:
        return api.finish(refusal.response)
    except (Disconnected, ConnectionError, TimeoutError):
        return api.finish(api.refuse(400))  # whoever only stopped talking may still listen
    except Exception:
        logger.exception("%s %s failed", request.method, request.path)
        return api.finish(api.refuse(500))
