"""LINE's clock, which may be off, and how long its jobs take."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo


@dataclass
class Clock:
    """`now` is what LINE believes; `real` drives jobs, which a clock that is off does not stop."""

    job_seconds: float
    offset_seconds: float = 0.0
    real: Callable[[], float] = time.time
    monotonic: Callable[[], float] = time.monotonic

    def now(self) -> float:
        return self.real() + self.offset_seconds


def in_zone(moment: float, zone: str) -> str:
    return datetime.fromtimestamp(moment, ZoneInfo(zone)).isoformat(timespec="seconds")


def in_utc(moment: float, *, timespec: str = "milliseconds") -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec=timespec).replace("+00:00", "Z")
