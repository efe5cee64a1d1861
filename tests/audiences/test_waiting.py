"""How long a worker holds on, and how soon it looks again."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from audiences import claims, polls, run_models
from audiences.claims import Stopped, Wait
from audiences.polls import next_poll


def test_the_looks_come_soon_at_first_and_seldom_later() -> None:
    moments, elapsed = [], 0.0
    while elapsed < 3000:
        elapsed += next_poll(elapsed)
        moments.append(round(elapsed))

    assert moments[:8] == [1, 3, 7, 15, 31, 61, 121, 181]
    assert moments[-1] - moments[-2] == 600


def test_after_a_day_a_person_is_asked() -> None:
    now = timezone.now()

    assert isinstance(polls.look_later(now, now - timedelta(hours=23)), Wait)
    assert isinstance(polls.look_later(now, now - timedelta(hours=25)), Stopped)


def test_a_lease_outlasts_any_call_that_may_begin_in_it() -> None:
    assert run_models.LEASE.total_seconds() > claims.REQUEST_SECONDS
    assert claims.TASK_SECONDS + claims.REQUEST_SECONDS < 600  # Celery's own limit
