"""One console for the journeys of a test process, one browser for each."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path

import pytest

from tests.journeys import browser
from tests.journeys.backstage import Backstage
from tests.journeys.browser import Hand
from tests.journeys.lists import CustomerList, write_list
from tests.journeys.path import Journey
from tests.journeys.pictures import Pictures
from tests.journeys.stack import Stack

NUMBERS = count(1)
MISSING_BROWSER = "chromium and chromedriver were not found (Debian: apt install chromium chromium-driver)"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """What the console said last stands in the report of a journey that failed."""
    report = yield
    stack = getattr(item, "funcargs", {}).get("stack")
    if report.failed and stack:
        report.sections.append(("The console's log", stack.last_lines()))
    return report


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    if not browser.is_installed():
        (pytest.fail if os.environ.get("CI") else pytest.skip)(MISSING_BROWSER)
    with Stack(tmp_path_factory.mktemp("stack")) as running:
        yield running


@pytest.fixture(scope="session")
def backstage(stack: Stack) -> Iterator[Backstage]:
    with Backstage(stack) as open_door:
        yield open_door


@pytest.fixture
def downloads(tmp_path: Path) -> Path:
    folder = tmp_path / "downloads"
    folder.mkdir()
    return folder


@pytest.fixture
def customers(tmp_path: Path) -> CustomerList:
    return write_list(tmp_path / "members.csv", first=1000 * next(NUMBERS))


@pytest.fixture
def journey(stack: Stack, backstage: Backstage, downloads: Path) -> Iterator[Callable[..., Journey]]:
    """`journey("name")` makes a way of its own, with an Official Account that nobody else links."""
    with ExitStack() as ending:

        def make(name: str, *, scripts: bool = True) -> Journey:
            driver = browser.start(downloads, scripts=scripts)
            ending.callback(driver.quit)
            ending.callback(backstage.call, "forget_languages")
            ending.callback(backstage.call, "let_an_hour_pass")
            number, token = next(NUMBERS), secrets.token_urlsafe(24)
            account, basic_id = f"Sunny Hill {name}", f"@{number:03d}{secrets.token_hex(2)}"
            like = stack.demo["messaging"]["basic_id"]
            manager = next(one["email"] for one in stack.demo["users"] if like in one["accounts"])
            backstage.call("register_official", name=account, basic_id=basic_id, manager=manager, like=like)
            stack.line(f"/_control/channels/{basic_id}", method="PUT", body={"channel_access_token": token})
            pictures = Pictures(driver, name)
            hand = Hand(driver, stack.demo["web"])
            return Journey(stack, backstage, hand, pictures, account, basic_id, token, scripts)

        yield make
