"""The page at `/`: what this emulator holds, and how to point a client at it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from emulator.clock import in_utc
from emulator.emulator import Emulator
from emulator.exchange import Request, Response
from emulator.routing import Api, Route

REQUESTS_SHOWN = 30
STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b}"
    "table{border-collapse:collapse;width:100%;margin:.5rem 0 2rem}th,td{text-align:left;padding:.3rem .6rem;"
    "border-bottom:1px solid #ddd;font-variant-numeric:tabular-nums}div{overflow-x:auto}"
    "code,pre{background:#f4f4f4}"
    "pre{padding:.8rem;overflow-x:auto}"
)

PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>LINE emulator</title><style>{style}</style></head><body>
<h1>LINE emulator</h1>
<p>LINE's side for development and tests. It is not connected to LINE.</p>
<p>Give your client this address in place of LINE's; sign and authorize as you would there.</p>
<pre>Ads API        http://{host}/api/v3/...             instead of https://ads.line.me
Messaging API  http://{host}/v2/bot/audienceGroup/...  instead of https://api.line.me
Control        http://{host}/_control/...            keys, channels, faults, clock</pre>
{clock}{tables}</body></html>"""


def show(emulator: Emulator, request: Request) -> Response:
    host = request.headers.get("Host") or f"127.0.0.1:{emulator.settings.port}"
    tables = [
        _table("Access keys", ["Access key", "Group", "Roles", "Ad accounts", "Revoked"], _keys(emulator)),
        _table("Channels", ["Basic ID"], ([basic_id] for basic_id in emulator.accounts.channels())),
        _table("Audiences", ["Id", "Owner", "Name", "Type", "Status", "Size"], _audiences(emulator)),
        _table("Last requests", ["No.", "At", "Method", "Path", "Rows", "Status"], _requests(emulator)),
    ]
    page = PAGE.format(style=STYLE, host=escape(host), clock=_clock(emulator), tables="".join(tables))
    return Response(200, page.encode(), "text/html; charset=utf-8")


def _table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = "".join(_row("td", row) for row in rows)
    return (
        f"<h2>{title}</h2><div><table>{_row('th', columns)}{lines or _row('td', ['None yet'])}</table></div>"
    )


def _row(cell: str, values: Sequence[object]) -> str:
    cells = "".join(f"<{cell}>{escape('' if value is None else str(value))}</{cell}>" for value in values)
    return f"<tr>{cells}</tr>"


def _clock(emulator: Emulator) -> str:
    clock = emulator.clock
    now = f"<p>LINE's clock: <code>{in_utc(clock.now())}</code>, off by {clock.offset_seconds:g} s; "
    return f"{now}jobs take {clock.job_seconds:g} s.</p>"


def _keys(emulator: Emulator) -> Iterable[Sequence[object]]:
    for key in emulator.accounts.all_keys():
        accounts = [account.id for account in emulator.groups.reached_by(str(key["group_id"]))]
        yield [
            key["access_key"],
            key["group_id"],
            key["roles"],
            ", ".join(accounts),
            "yes" if key["revoked"] else "no",
        ]


def _audiences(emulator: Emulator) -> Iterable[Sequence[object]]:
    for each in emulator.audiences.all()[:200]:
        size = emulator.sizes.text(each)
        yield [each.id, each.owner, each.name, each.function_type, emulator.audiences.status(each), size]


def _requests(emulator: Emulator) -> Iterable[Sequence[object]]:
    entries, _ = emulator.journal.since(0, REQUESTS_SHOWN)
    for entry in reversed(entries):
        yield [entry[name] for name in ("number", "at", "method", "path", "rows", "status")]


def _refuse(status: int) -> Response:
    return Response(status, b"Nothing here. See /", "text/plain")


API = Api(prefix="/", routes=(Route("GET", "/", show),), refuse=_refuse, logged=False)
