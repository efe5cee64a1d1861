"""The main job from beginning to end in a real browser, on the console as `make run` starts it."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.journeys.lists import CustomerList
from tests.journeys.path import Journey

pytestmark = pytest.mark.browser

# Newest first, as the history shows them.
STEPS = [
    "Share: started", "Run: done", "Run: waiting for LINE", "Resource: created", "Run: being sent",
    "Run: planned", "Run: being prepared", "Run: queued", "Connector: saved", "Dataset: received",
    "API key: checked", "API key: added", "Link: opened", "Link request: approved", "Link request: issued",
]  # fmt: skip


def test_the_main_job_is_done_by_hand_from_link_to_share(
    journey: Callable[..., Journey], customers: CustomerList, downloads: Path
) -> None:
    way = journey("Roastery")
    way.hand.open("/")
    way.pictures.take("sign-in")

    url = way.issue_url()
    way.hand.press("Copy")
    way.hand.sign_out()
    assert way.hand.paste("Email") == url
    way.link(url)
    way.add_key()
    way.change_to("OPERATOR")
    line_id = feed_and_share(way, customers)
    sees_history(way, downloads)

    way.change_to("ACCOUNT_MANAGER", way.stack.demo["messaging"]["basic_id"])
    way.sees_as_manager(line_id)
    assert way.pictures.too_wide == {}


def test_the_main_job_is_done_without_a_script(
    journey: Callable[..., Journey], customers: CustomerList
) -> None:
    way = journey("Bakery", scripts=False)

    url = way.issue_url()
    way.hand.sign_out()
    way.link(url)
    way.add_key()
    way.change_to("OPERATOR")
    line_id = feed_and_share(way, customers)

    way.change_to("ACCOUNT_MANAGER", way.stack.demo["messaging"]["basic_id"])
    way.sees_as_manager(line_id)


def feed_and_share(way: Journey, customers: CustomerList) -> str:
    """From the file to the other account's list; LINE's id of the audience."""
    before = way.stack.last_request
    way.upload(customers)
    way.correct_the_reading()
    way.choose_destination()
    way.sees_plan(customers)
    assert way.stack.writes_since(before) == []

    way.send(customers)
    way.sees_done()
    line_id = way.audience_id()
    assert way.held(line_id) == {"count": len(customers.numbers), "fingerprint": customers.fingerprint}
    assert [one["rows"] for one in way.stack.writes_since(before)] == [len(customers.numbers)]

    assert way.shared_at_line() == set()
    way.share()
    assert way.shared_at_line() == {line_id}
    return line_id


def sees_history(way: Journey, downloads: Path) -> None:
    """Every step stands there, and in the file that can be downloaded."""
    way.hand.menu("History")
    way.hand.sees(*STEPS, within="main")
    way.pictures.take("history")
    way.hand.press("Download as CSV")
    with way.downloaded(downloads, "*.csv").open(encoding="utf-8-sig", newline="") as rows:
        written = [" ".join(row) for row in csv.reader(rows)]
    for subject in (way.account, way.audience):
        assert any(subject in line for line in written), written[:20]
    assert len(written) > len(STEPS)


def test_a_request_is_approved_by_keyboard_alone(journey: Callable[..., Journey]) -> None:
    way = journey("Kiosk")
    administrator = way.login("ADMINISTRATOR")

    way.hand.open(way.ask_over_rest())
    way.keys.to("Email").type(administrator["email"])
    way.keys.to("Password").type(administrator["password"]).enter()
    way.hand.sees(f"Link {way.account}?")
    way.keys.to("Organization ID").type(way.code)
    way.keys.to("Approve").enter()
    way.hand.sees("Confirm that it is you")
    way.keys.to("Password").type(administrator["password"]).enter()

    way.hand.sees(f"{way.account} is linked.")
