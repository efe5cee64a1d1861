"""How fast one access key may ask LINE: one row, shared by all workers, true after any restart."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F, Q
from django.db.models.functions import Now

from audiences.claims import Wait, outside_transactions
from audiences.models import RateBucket
from audiences.reasons import Stop

LONGEST_SLEEP = 2.0  # a worker holds still no longer than this
LONGEST_BLOCK = 3600.0  # LINE may ask for more; we look again after an hour
FORGIVEN_AFTER = timedelta(minutes=1)
TRIES = 100


@dataclass(frozen=True)
class Turn:
    """The bucket after taking one token, perhaps on credit, and how long to sleep for it."""

    tokens: float
    seconds: float


def take(access_key: str) -> None:
    """Wait for this key's turn, sleeping two seconds at most; a longer wait is raised and holds no worker."""
    outside_transactions()
    bucket = RateBucket.objects.get_or_create(access_key=access_key)[0]
    for _try in range(TRIES):
        turn = _reserve(bucket.pk)
        if turn:
            time.sleep(turn.seconds)
            return
    raise Wait(LONGEST_SLEEP)  # so many others were quicker that it can only be a crowd


def _reserve(pk: int) -> Turn | None:
    """One try to take a token; None when another worker changed the row in between."""
    bucket, now = _read(pk)
    if bucket.blocked_until and bucket.blocked_until > now:
        raise Wait((bucket.blocked_until - now).total_seconds(), Stop.RATE_LIMITED)
    turn = next_turn(bucket.tokens, (now - bucket.updated_at).total_seconds())
    if turn.seconds > LONGEST_SLEEP:
        raise Wait(turn.seconds)
    calm = bucket.blocked_until is None or now - bucket.blocked_until > FORGIVEN_AFTER
    same = RateBucket.objects.filter(pk=pk, tokens=bucket.tokens, updated_at=bucket.updated_at)
    refusals = 0 if calm else F("refusals")
    return turn if same.update(tokens=turn.tokens, updated_at=now, refusals=refusals) else None


def _read(pk: int) -> tuple[RateBucket, datetime]:
    bucket = RateBucket.objects.annotate(now=Now()).get(pk=pk)
    return bucket, bucket.now


def next_turn(tokens: float, elapsed: float) -> Turn:
    """A bucket of one: calls are spaced evenly, and no second sees more of them than the rate."""
    rate = settings.LINE_ADS_REQUESTS_PER_SECOND
    left = min(1.0, tokens + max(0.0, elapsed) * rate) - 1.0
    return Turn(left, max(0.0, -left / rate))


def block(access_key: str, retry_after: float | None) -> float:
    """LINE said 429: nobody uses this key for a while. Gives the seconds."""
    bucket = RateBucket.objects.get_or_create(access_key=access_key)[0]
    if retry_after is None:  # LINE documents none: 1, 2, 4 … 60 seconds
        seconds = random.uniform(0.5, 1.0) * min(60.0, 2.0**bucket.refusals)  # noqa: S311  spreads load, guards nothing
    else:
        seconds = min(retry_after, LONGEST_BLOCK)
    until = Now() + timedelta(seconds=seconds)
    shorter = Q(blocked_until=None) | Q(blocked_until__lt=until)
    rows = RateBucket.objects.filter(pk=bucket.pk)
    rows.filter(shorter).update(blocked_until=until)
    rows.filter(refusals__lt=10).update(refusals=F("refusals") + 1)
    return seconds
