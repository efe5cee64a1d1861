"""How much at once: requests in a while, REPLACE requests at a time."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Hashable


class Buckets:
    """Token buckets: `burst` at once, `rate` a second in the long run."""

    def __init__(self, *, rate: float, burst: float, monotonic: Callable[[], float]) -> None:
        self._rate, self._burst, self._monotonic = rate, burst, monotonic
        self._levels: dict[Hashable, tuple[float, float]] = {}
        self._lock = threading.Lock()

    def take(self, whose: Hashable) -> bool:
        now = self._monotonic()
        with self._lock:
            level, since = self._levels.get(whose, (self._burst, now))
            level = min(self._burst, level + (now - since) * self._rate)
            self._levels[whose] = (level - 1 if level >= 1 else level, now)
        return level >= 1

    def refill(self) -> None:
        with self._lock:
            self._levels.clear()


class Slots:
    """At most so many at a time."""

    def __init__(self) -> None:
        self._taken: Counter[Hashable] = Counter()
        self._lock = threading.Lock()

    def enter(self, whose: Hashable, most: Callable[[], int]) -> bool:
        """`most` is asked while nobody enters or leaves: who has just left may count in it."""
        with self._lock:
            if self._taken[whose] >= most():
                return False
            self._taken[whose] += 1
            return True

    def leave(self, whose: Hashable) -> None:
        with self._lock:
            self._taken[whose] -= 1
