"""The calls of the control API, and those of them that need no more than a few lines."""

from __future__ import annotations

from emulator import faults
from emulator.control import accounts, audiences
from emulator.control.bodies import LONGEST_NUMBER, read, refuse, wrong
from emulator.emulator import Emulator
from emulator.exchange import Request, Response, answer
from emulator.routing import Api, Route
from emulator.visitors import is_web_site

LONGEST_CLOCK = 10 * 365 * 86_400  # seconds


def list_requests(emulator: Emulator, request: Request) -> Response:
    since = request.query.get("since", ["0"])[-1]
    if not (since.isascii() and since.isdigit() and len(since) < LONGEST_NUMBER):
        raise wrong("since must be a number.")
    entries, last = emulator.journal.since(int(since))
    return answer({"requests": entries, "last": last})


def order_fault(emulator: Emulator, request: Request) -> Response:
    data = read(request)
    pattern, act = data.need("match", str), data.need("do", str)
    moment, times = data.get("when", str) or "before", data.count("times", 1)
    if not faults.PATTERN.fullmatch(pattern):
        raise wrong('match must be "METHOD /path", in which * stands for anything.')
    if not faults.ACTS.fullmatch(act):
        raise wrong("do must be status:NNN, reset, hang:N, html, slow:N or job:FAILED.")
    if moment not in {"before", "after"}:
        raise wrong("when must be before or after.")
    emulator.faults.order(pattern=pattern, times=times, moment=moment, act=act)
    return answer({}, 201)


def clear_faults(emulator: Emulator, request: Request) -> Response:
    emulator.faults.clear()
    return Response(204)


def set_clock(emulator: Emulator, request: Request) -> Response:
    """What is left out stays as it is."""
    data, clock = read(request), emulator.clock
    job, offset = data.get("job_seconds", float), data.get("offset_seconds", float)
    job, offset = (
        clock.job_seconds if job is None else job,
        clock.offset_seconds if offset is None else offset,
    )
    if not 0 <= job <= LONGEST_CLOCK or not -LONGEST_CLOCK <= offset <= LONGEST_CLOCK:
        raise wrong("job_seconds or offset_seconds is out of range.")
    emulator.set_clock(job_seconds=job, offset_seconds=offset)
    return answer({"job_seconds": job, "offset_seconds": offset})


def reset(emulator: Emulator, request: Request) -> Response:
    emulator.reset()
    return Response(204)


def _guard(emulator: Emulator, request: Request, route: Route) -> None:
    if is_web_site(request):
        raise wrong("Web sites may not call this: use 127.0.0.1 or localhost, and no other page.", 403)


API = Api(
    prefix="/_control/",
    routes=(
        Route("POST", "/_control/audiences", audiences.plant),
        Route("GET", "/_control/audiences/{audience}", audiences.get_audience),
        Route("POST", "/_control/audiences/{audience}", audiences.change),
        Route("DELETE", "/_control/audiences/{audience}", audiences.delete),
        Route("GET", "/_control/requests", list_requests),
        Route("POST", "/_control/faults", order_fault),
        Route("DELETE", "/_control/faults", clear_faults),
        Route("POST", "/_control/clock", set_clock),
        Route("PUT", "/_control/keys/{key}", accounts.put_key),
        Route("PUT", "/_control/ad-accounts/{account}", accounts.put_ad_account),
        Route("PUT", "/_control/channels/{channel}", accounts.put_channel),
        Route("GET", "/_control/link-requests", accounts.list_link_requests),
        Route("POST", "/_control/link-requests/{request}", accounts.decide_link_request),
        Route("POST", "/_control/shares", audiences.share),
        Route("POST", "/_control/tag-events", audiences.report_event),
        Route("PUT", "/_control/messages/{message}", audiences.put_message),
        Route("POST", "/_control/reset", reset),
    ),
    refuse=refuse,
    guard=_guard,
    logged=False,
)
