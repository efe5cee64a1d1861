"""Who is at the door: programs of this machine, or a web site that reaches in through somebody's browser."""

from __future__ import annotations

import re

from emulator.exchange import Request

LOOPBACK = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?", re.IGNORECASE)


def is_web_site(request: Request) -> bool:
    """A foreign page that posts to us names itself in Origin; a foreign name that points to us, in Host."""
    host, origin = request.headers.get("Host"), request.headers.get("Origin")
    names = [host, origin and origin.partition("://")[2]]
    return any(name is not None and not LOOPBACK.fullmatch(name) for name in names)
