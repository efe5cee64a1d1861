"""The pace of one access key, shared by all workers."""

from __future__ import annotations

import threading
import time
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models.functions import Now
from pytest_django import Settings

from audiences import rate
from audiences.claims import Wait
from audiences.models import RateBucket

pytestmark = [pytest.mark.db, pytest.mark.django_db(transaction=True)]

KEY = "AKEXAMPLE0001"


def test_calls_are_spaced_by_the_rate(settings: Settings) -> None:
    settings.LINE_ADS_REQUESTS_PER_SECOND = 20.0
    rate.take(KEY)
    started = time.monotonic()
    for _call in range(4):
        rate.take(KEY)

    assert time.monotonic() - started >= 0.19


def test_a_key_that_rested_has_one_call_at_once_and_no_more(settings: Settings) -> None:
    settings.LINE_ADS_REQUESTS_PER_SECOND = 2.0

    assert rate.next_turn(1.0, elapsed=3600.0) == rate.Turn(tokens=0.0, seconds=0.0)
    assert rate.next_turn(0.0, elapsed=0.0) == rate.Turn(tokens=-1.0, seconds=0.5)


def test_a_clock_that_jumps_back_gives_nothing_away(settings: Settings) -> None:
    settings.LINE_ADS_REQUESTS_PER_SECOND = 2.0

    assert rate.next_turn(0.0, elapsed=-60.0).seconds == 0.5


def test_a_long_wait_holds_no_worker(settings: Settings) -> None:
    settings.LINE_ADS_REQUESTS_PER_SECOND = 0.1
    rate.take(KEY)

    with pytest.raises(Wait) as wait:
        rate.take(KEY)
    assert 2.0 < wait.value.seconds <= 10.0


def test_after_a_429_every_worker_of_the_key_waits(settings: Settings) -> None:
    rate.block(KEY, 120.0)

    with pytest.raises(Wait) as wait:
        rate.take(KEY)
    assert 110.0 < wait.value.seconds <= 120.0
    rate.take("AKEXAMPLE0002")


def test_line_cannot_ask_for_more_than_an_hour() -> None:
    assert rate.block(KEY, 86_400.0) == 3600.0


def test_a_shorter_block_does_not_shorten_a_longer_one() -> None:
    rate.block(KEY, 600.0)
    rate.block(KEY, 1.0)

    with pytest.raises(Wait) as wait:
        rate.take(KEY)
    assert wait.value.seconds > 500.0


def test_without_a_time_from_line_the_pauses_double() -> None:
    pauses = [rate.block(KEY, None) for _refusal in range(8)]

    assert all(0.5 * 2**n <= pause <= 2**n for n, pause in enumerate(pauses[:6]))
    assert max(pauses) <= 60.0


def test_a_calm_minute_is_forgiven() -> None:
    rate.block(KEY, None)
    RateBucket.objects.update(blocked_until=Now() - timedelta(minutes=2))
    rate.take(KEY)

    assert RateBucket.objects.get().refusals == 0


@pytest.mark.race
@pytest.mark.skipif("connection.vendor == 'sqlite'", reason="threads cannot share SQLite's test database")
def test_many_workers_together_keep_the_pace(settings: Settings) -> None:
    settings.LINE_ADS_REQUESTS_PER_SECOND = 20.0
    moments: list[float] = []
    rate.take(KEY)

    def work() -> None:
        for _call in range(3):
            rate.take(KEY)
            moments.append(time.monotonic())
        connection.close()

    started = time.monotonic()
    threads = [threading.Thread(target=work) for _worker in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(moments) == 15
    assert max(moments) - started >= 15 / 20 - 0.01
