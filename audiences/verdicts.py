"""What a call that did not end well means for its run. The one place that decides about trying again."""

from __future__ import annotations

import random

from audiences.claims import Stopped, Wait
from audiences.reasons import Stop
from lineads.errors import Kind, LineAdsError

MOST_FAILURES = 8
MOST_STRANGE = 3
MOST_BUSY = 30
BUSY_SECONDS = 60.0
LONGEST_BACKOFF = 600.0
CLOCK_TOLERANCE = 300.0  # LINE refuses signatures 900 s off; a third of it is no accident

WAITS = {
    Kind.NOT_SENT: Stop.LINE_UNREACHABLE,
    Kind.UNKNOWN: Stop.ANSWER_LOST,
    Kind.STRANGE: Stop.STRANGE_ANSWER,
    Kind.BUSY: Stop.LINE_BUSY,
}
STOPS = {
    Kind.TLS: Stop.CERTIFICATE,
    Kind.REDIRECT: Stop.REDIRECTED,
    Kind.FORBIDDEN: Stop.NO_PERMISSION,
    Kind.GONE: Stop.AUDIENCE_GONE,
    Kind.TOO_LARGE: Stop.PART_TOO_LARGE,
}
# LINE answers 400 for nearly everything, unknown ids included: its codes decide.
CODES = {
    "AUDIENCE_GROUP_NOT_FOUND": Stop.AUDIENCE_GONE,
    "AUDIENCE_GROUP_NAME_DUPLICATE": Stop.NAME_TAKEN,
    "AUDIENCE_GROUP_NAME_EMPTY": Stop.BAD_NAME,
    "AUDIENCE_GROUP_NAME_SIZE_OVER": Stop.BAD_NAME,
    "AUDIENCE_GROUP_NAME_WRONG": Stop.BAD_NAME,
    "AUDIENCE_GROUP_COUNT_MAX_OVER": Stop.TOO_MANY_AUDIENCES,
    "UPLOAD_AUDIENCE_GROUP_INVALID_AUDIENCE_ID_FORMAT": Stop.BAD_ROWS,
    "INVALID_FILE_CONTENT": Stop.BAD_ROWS,
    "EMPTY_FILE": Stop.BAD_ROWS,
    "FILE_SIZE_LIMIT_EXCEEDED": Stop.PART_TOO_LARGE,
    "UPLOAD_AUDIENCE_GROUP_TOO_MANY_AUDIENCE_IDS": Stop.PART_TOO_LARGE,
    "PARTNER_PERMISSION_DENIED": Stop.NO_PERMISSION,
    "ACCOUNT_NOT_ALLOWED": Stop.NO_PERMISSION,
}


def verdict(error: LineAdsError, failures: int) -> Wait | Stopped:
    """`failures` is how often in a row it went wrong before."""
    if error.kind in WAITS:
        return _again(error.kind, failures + 1)
    return Stopped(_stop(error))


def _again(kind: Kind, failures: int) -> Wait | Stopped:
    if kind == Kind.STRANGE and failures >= MOST_STRANGE:
        return Stopped(Stop.STRANGE_ANSWERS)
    if failures >= (MOST_BUSY if kind == Kind.BUSY else MOST_FAILURES):
        return Stopped(Stop.TRIED_8_TIMES)
    seconds = BUSY_SECONDS if kind == Kind.BUSY else backoff(failures)
    return Wait(seconds, WAITS[kind], counts=True)


def backoff(failures: int) -> float:
    """Full jitter: workers that failed together do not come back together."""
    most = min(LONGEST_BACKOFF, 2.0 * 2.0**failures)
    return random.uniform(0.0, most)  # noqa: S311  spreads load, guards nothing


def _stop(error: LineAdsError) -> Stop:
    if error.kind == Kind.KEY_REFUSED:
        is_clock = abs(error.clock_skew or 0.0) > CLOCK_TOLERANCE
        return Stop.CLOCK_OFF if is_clock else Stop.KEY_REFUSED
    by_code = (CODES[code] for code in error.reasons if code in CODES)
    return next(by_code, STOPS.get(error.kind, Stop.REFUSED))
