"""When to ask LINE again whether it has processed something: soon at first, seldom later, for a day."""

from __future__ import annotations

from datetime import datetime

from audiences.claims import Stopped, Wait
from audiences.reasons import Stop

POLL_AT: tuple[float, ...] = (1, 3, 7, 15, 31, 61)  # seconds since LINE took it: pauses of 1, 2, 4, 8, 16, 30
MINUTES_UNTIL = 661.0  # then every minute for ten minutes, then every ten
MINUTE = 60.0
TEN_MINUTES = 600.0
DAY = 86_400.0
SHORTEST = 0.2


def first_look() -> Wait:
    return Wait(POLL_AT[0])


def next_poll(elapsed: float) -> float:
    """Seconds until the next look. A function of time alone, so a worker that takes over knows it too."""
    for at in POLL_AT:
        if at > elapsed:
            return max(SHORTEST, at - elapsed)
    return MINUTE if elapsed < MINUTES_UNTIL else TEN_MINUTES


def look_later(now: datetime, since: datetime) -> Wait | Stopped:
    elapsed = (now - since).total_seconds()
    return Stopped(Stop.NOT_CONFIRMED) if elapsed > DAY else Wait(next_poll(elapsed))
