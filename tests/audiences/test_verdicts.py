"""What became of a call decides: again, later, or a person."""

from __future__ import annotations

import pytest

from audiences.claims import Stopped, Wait
from audiences.reasons import Stop
from audiences.verdicts import backoff, verdict
from lineads.errors import Kind, LineAdsError


def error(kind: Kind, *reasons: str, clock_skew: float | None = None) -> LineAdsError:
    return LineAdsError(kind, "as a test says", reasons=reasons, clock_skew=clock_skew)


@pytest.mark.parametrize("kind", [Kind.NOT_SENT, Kind.UNKNOWN, Kind.STRANGE, Kind.BUSY])
def test_what_may_pass_is_tried_again_and_counted(kind: Kind) -> None:
    found = verdict(error(kind), 0)

    assert isinstance(found, Wait)
    assert found.counts
    assert found.reason


@pytest.mark.parametrize(
    ("kind", "failures", "reason"),
    [
        (Kind.UNKNOWN, 7, Stop.TRIED_8_TIMES),
        (Kind.NOT_SENT, 7, Stop.TRIED_8_TIMES),
        (Kind.STRANGE, 2, Stop.STRANGE_ANSWERS),
        (Kind.BUSY, 29, Stop.TRIED_8_TIMES),
    ],
)
def test_patience_ends(kind: Kind, failures: int, reason: Stop) -> None:
    assert isinstance(verdict(error(kind), failures - 1), Wait)
    found = verdict(error(kind), failures)

    assert isinstance(found, Stopped)
    assert found.reason == reason


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (error(Kind.TLS), Stop.CERTIFICATE),
        (error(Kind.REDIRECT), Stop.REDIRECTED),
        (error(Kind.FORBIDDEN), Stop.NO_PERMISSION),
        (error(Kind.GONE), Stop.AUDIENCE_GONE),
        (error(Kind.TOO_LARGE), Stop.PART_TOO_LARGE),
        (error(Kind.KEY_REFUSED), Stop.KEY_REFUSED),
        (error(Kind.KEY_REFUSED, clock_skew=-301.0), Stop.CLOCK_OFF),
        (error(Kind.KEY_REFUSED, clock_skew=299.0), Stop.KEY_REFUSED),
        (error(Kind.INVALID), Stop.REFUSED),
        (error(Kind.INVALID, "UNHEARD_OF"), Stop.REFUSED),
        (error(Kind.INVALID, "UNHEARD_OF", "AUDIENCE_GROUP_NOT_FOUND"), Stop.AUDIENCE_GONE),
        (error(Kind.INVALID, "AUDIENCE_GROUP_NAME_DUPLICATE"), Stop.NAME_TAKEN),
        (error(Kind.INVALID, "AUDIENCE_GROUP_COUNT_MAX_OVER"), Stop.TOO_MANY_AUDIENCES),
        (error(Kind.INVALID, "INVALID_FILE_CONTENT"), Stop.BAD_ROWS),
    ],
)
def test_what_cannot_pass_stops_at_once(found: LineAdsError, reason: Stop) -> None:
    stopped = verdict(found, 0)

    assert isinstance(stopped, Stopped)
    assert stopped.reason == reason


def test_pauses_grow_to_ten_minutes_and_spread() -> None:
    longest = [max(backoff(failures) for _try in range(300)) for failures in (1, 4, 30)]

    assert longest[0] <= 4.0
    assert 4.0 < longest[1] <= 32.0
    assert 400.0 < longest[2] <= 600.0
    assert min(backoff(30) for _try in range(300)) < 100.0
