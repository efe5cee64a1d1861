"""A refresh: one ad account as LINE has it now, taken in step by step.

Killed, doubled or late, it leaves nothing half done: each step writes what LINE said and is done again next
time, each write proves the claim, and what is older than what is known already changes nothing.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db.models import Case, F, When
from django.db.models.functions import Now

from audiences.claims import Wait
from audiences.hitches import Hitch, Hitched, hitch_of
from audiences.listing import take_in_audiences
from audiences.models import Mirror
from audiences.reaching import reached
from audiences.reasons import Stop
from audiences.tag_listing import take_in_tags
from audiences.uploaded import note_last_uploads
from audiences.visits import LostMirror, Visit
from lineads.errors import LineAdsError

CALL_SECONDS = 30.0
LONGEST_PAUSE = timedelta(hours=1)
log = structlog.get_logger(__name__)

# What a refresh does, in this order. A step asks LINE through `visit.ask` while no transaction is open,
# writes inside `visit.writing`, and may run again at any time. What it raises ends the refresh, which is
# tried later.
STEPS: tuple[Callable[[Visit], None], ...] = (
    take_in_audiences,
    note_last_uploads,
    take_in_tags,
)


def perform(mirror_id: int) -> None:
    """Safe to call any number of times, from anywhere."""
    mirror = Mirror.objects.claim(mirror_id)
    if mirror is None:
        return
    visit = Visit(mirror)
    try:
        with reached(
            visit.organization, visit.account, deadline=CALL_SECONDS, before_call=visit.renew
        ) as line:
            visit.line = line
            for step in STEPS:
                step(visit)
    except LostMirror:
        log.info("mirror_lost", mirror=mirror_id)
    except Wait as wait:
        _wait(mirror, wait)
    except Hitched as hitched:
        _fail(mirror, hitched.hitch)
    except LineAdsError as error:
        _fail(mirror, hitch_of(error))
    else:
        _succeed(mirror)


def _let_go(mirror: Mirror, **fields: Any) -> None:
    Mirror.objects.held(mirror).update(leased_until=None, **fields)


def _succeed(mirror: Mirror) -> None:
    # Who asked after we began may mean something that came too late for us.
    again = Case(When(asked_at__gt=F("begun_at"), then=Now()), default=Now() + _every())
    _let_go(mirror, due_at=again, succeeded_at=Now(), error="", failed_at=None, failures=0)


def _every() -> timedelta:
    """Spread a little, so that accounts that began together do not stay together."""
    return timedelta(minutes=settings.MIRROR_MINUTES) * random.uniform(0.9, 1.1)  # noqa: S311  guards nothing


def _wait(mirror: Mirror, wait: Wait) -> None:
    """LINE's pace or our own: no failure, but people are told why it takes longer."""
    why = {"error": Hitch.RATE_LIMITED, "failed_at": Now()} if wait.reason == Stop.RATE_LIMITED else {}
    _let_go(mirror, due_at=Now() + timedelta(seconds=max(1.0, wait.seconds)), **why)


def _fail(mirror: Mirror, hitch: Hitch) -> None:
    pause = min(LONGEST_PAUSE, timedelta(minutes=2 ** min(mirror.failures, 10)))
    spread = pause * random.uniform(0.8, 1.0)  # noqa: S311  guards nothing
    failed = {"error": hitch, "failed_at": Now(), "failures": F("failures") + 1}
    _let_go(mirror, due_at=Now() + spread, **failed)
    log.warning("mirror_failed", mirror=mirror.pk, reason=hitch.value)
