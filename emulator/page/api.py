"""Who asks for the page or for a description of the APIs gets it with headers that let nothing else in."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from string import Template

from emulator.emulator import Emulator
from emulator.exchange import Refusal, Request, Response
from emulator.page import guide, tables
from emulator.routing import Api, Route
from emulator.visitors import is_web_site

HERE = Path(__file__).parent
DESCRIPTIONS = HERE.parent / "openapi"
FRAME = Template((HERE / "page.html").read_text("utf-8"))
STYLE = (HERE / "page.css").read_text("utf-8")
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
HEADERS = {
    "Content-Security-Policy": f"{POLICY}; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


def show(emulator: Emulator, request: Request) -> Response:
    url = _url(emulator, request)
    sections = [make(emulator, url) for make in tables.SECTIONS]
    page = FRAME.substitute(
        guide.words(url),
        style=STYLE,
        clock=tables.clock(emulator, url),
        facts="".join(section.fact() for section in sections),
        sections="".join(section.markup() for section in sections),
    )
    return Response(200, page.encode(), "text/html; charset=utf-8")


def describe(name: str, emulator: Emulator, request: Request) -> Response:
    """An API in OpenAPI's words, as the file says it."""
    try:
        content = (DESCRIPTIONS / f"{name}.yaml").read_bytes()
    except FileNotFoundError:
        return _refuse(404)
    return Response(200, content, "text/yaml; charset=utf-8")


def _url(emulator: Emulator, request: Request) -> str:
    """The address under which the reader has just reached this process: a loopback name, says the guard."""
    return f"http://{request.headers.get('Host') or f'127.0.0.1:{emulator.settings.port}'}"


def _refuse(status: int) -> Response:
    return Response(status, b"Nothing here. See /", "text/plain; charset=utf-8")


def _finish(response: Response) -> Response:
    response.headers |= HEADERS
    return response


def _guard(emulator: Emulator, request: Request, route: Route) -> None:
    if is_web_site(request):
        raise Refusal(_refuse(403))


API = Api(
    prefix="/",
    routes=(
        Route("GET", "/", show),
        Route("GET", "/openapi/ads.yaml", partial(describe, "ads")),
        Route("GET", "/openapi/messaging.yaml", partial(describe, "messaging")),
    ),
    refuse=_refuse,
    guard=_guard,
    finish=_finish,
    logged=False,
)
