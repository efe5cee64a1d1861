"""`python -m bench.sharing [--quick]`: pages of sharing at the size of a large group, on both databases.

2,000 accounts, 20,000 resources, 200,000 shares, a few standing rules, in a database that is made for it and
gone afterwards. Each page is asked for as a browser would, inside one process, without a network.
"""

import argparse
import gc
import logging
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.suite import postgres_url

ROUNDS = 20
WIDTHS = "{:12} {:34} {:>8} {:>8} {:>8}"
PAIRS_OF_A_JOB = (1_000, 100)  # resources × accounts


@dataclass(frozen=True)
class Size:
    accounts: int
    resources: int
    shares_each: int


LARGE, SMALL = Size(2_000, 20_000, 10), Size(40, 400, 5)


def main() -> int:
    options = _options()
    if options.inside:
        return _measure(SMALL if options.quick else LARGE)
    return 0 if compare(quick=options.quick) else 1


def compare(*, quick: bool = False) -> bool:
    """Print the table; False if a page did not answer."""
    print(WIDTHS.format("database", "page", "median", "p95 ms", "queries"), flush=True)
    for name, database in (("SQLite", _sqlite), ("PostgreSQL", _postgres)):
        with database() as url:
            environment = {**os.environ, "DATABASE_URL": url, "BENCH_DATABASE": name}
            arguments = ["--quick"] if quick else []
            command = [sys.executable, "-m", "bench.sharing", "--inside", *arguments]
            if subprocess.call(command, env=environment):
                return False
    return True


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.sharing")
    parser.add_argument("--quick", action="store_true", help="a small organization, to see that it works")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


@contextmanager
def _sqlite() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        yield f"sqlite:///{Path(folder) / 'bench.sqlite3'}"


@contextmanager
def _postgres() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder, postgres_url(Path(folder)) as url:
        yield url


def _measure(size: Size) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bizmanager.settings")
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    from bench.sharing_data import fill

    logging.disable(logging.CRITICAL)
    settings.DEBUG = False
    settings.ALLOWED_HOSTS = ["*"]
    call_command("migrate", verbosity=0)
    world = fill(size.accounts, size.resources, size.shares_each)
    gc.collect()
    gc.freeze()  # what the filling left behind is not looked through again while pages are timed
    for page, path in world.pages.items():
        _row(page, *_timed(_asker(world.person, path)))
    _bulk(world, *(PAIRS_OF_A_JOB if size is LARGE else (40, 10)))
    return 0


def _row(page: str, times: list[float], queries: int) -> None:
    ranked = sorted(times)
    p95 = ranked[int(len(ranked) * 0.95) - 1]
    figures = (f"{statistics.median(ranked):.0f}", f"{p95:.0f}", queries)
    print(WIDTHS.format(os.environ["BENCH_DATABASE"], page, *figures), flush=True)


def _asker(person: Any, path: str) -> Callable[[], None]:
    from django.test import Client

    client = Client()
    client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")

    def ask() -> None:
        answer = client.get(path)
        assert answer.status_code == 200, (path, answer.status_code)

    return ask


def _timed(ask: Callable[[], None]) -> tuple[list[float], int]:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    ask()
    times = []
    for _round in range(ROUNDS):
        began = time.perf_counter()
        ask()
        times.append((time.perf_counter() - began) * 1000)
    with CaptureQueriesContext(connection) as captured:
        ask()
    return times, len(captured)


def _bulk(world: Any, resources: int, accounts: int) -> None:
    """One job of many shares, checked and done by one worker."""
    from resources import bulk

    change = bulk.draft(world.organization, by=world.person)
    bulk.choose(change, resources=world.unshared[:resources], links=world.links[:accounts])
    began = time.perf_counter()
    bulk.start_check(change, until=None)
    _work_off(change)
    checked = time.perf_counter()
    bulk.start(change, by=world.person)
    _work_off(change)
    done = time.perf_counter()
    pairs = sum(change.items.counted().values())
    text = f"{pairs:,} pairs: check {checked - began:.0f} s, work {done - checked:.0f} s"
    print(f"{os.environ['BENCH_DATABASE']:12} {text}, {change.items.counted()}", flush=True)


def _work_off(change: Any) -> None:
    from resources import bulk
    from resources.models import BulkChange

    while BulkChange.objects.filter(pk=change.pk).under_way().exists():
        bulk.work(change.pk)
    change.refresh_from_db()


if __name__ == "__main__":
    sys.exit(main())
