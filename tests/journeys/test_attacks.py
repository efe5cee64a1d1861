"""The approval URL in a real browser among scanners, other sites and the next person at the desk."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from selenium.webdriver.common.by import By

from tests.journeys.canary import Canary
from tests.journeys.path import Journey

pytestmark = pytest.mark.browser
Journeys = Callable[..., Journey]
OUTSIDE = """
const here = location.origin;
const addresses = [...document.querySelectorAll("[href], [src], [action]")].map(
  (one) => one.href?.baseVal ?? one.href ?? one.src ?? one.action);
return addresses.map((one) => new URL(one, location)).filter((one) => one.origin !== here).map(String);
"""
LEAVE = """
const way = document.createElement("a");
way.href = arguments[0];
document.body.append(way);
way.click();
"""


@pytest.fixture
def canary() -> Iterator[Canary]:
    with Canary() as other_site:
        yield other_site


def state_of(way: Journey) -> str:
    """Of the newest request of this account, as REST tells the administrator."""
    path = f"/api/v1/organizations/{way.code}/link-requests/"
    listed = way.stack.console(path, token=way.login("ADMINISTRATOR")["token"])["results"]
    return str(next(one["state"] for one in listed if one["account"]["line_id"] == way.basic_id))


def token_of(url: str) -> str:
    return url.rstrip("/").rpartition("/")[2]


def open_as(way: Journey, role: str, url: str) -> None:
    way.hand.open(url)
    way.hand.enter_login(way.login(role))


@pytest.mark.parametrize("role", ["ADMINISTRATOR", "VIEWER"])
def test_no_page_of_an_approval_tells_another_site_of_it(
    journey: Journeys, canary: Canary, role: str
) -> None:
    way = journey(f"Canary {role.lower()}")
    url = way.ask_over_rest()
    open_as(way, role, url)
    driver = way.hand.driver
    shown = f"{driver.current_url} {driver.page_source} {driver.execute_script('return document.referrer')}"

    assert token_of(url) not in shown
    assert driver.execute_script("return history.state") is None
    assert driver.execute_script(OUTSIDE) == []
    driver.execute_script(LEAVE, f"{canary.url}/left")
    way.hand.waits(lambda: driver.title == "Canary", "leave for the other site")
    assert ("/left", "") in canary.told


def test_another_site_neither_frames_nor_posts_an_approval(journey: Journeys, canary: Canary) -> None:
    """On another port of the same host, whose pages the session's cookie goes along with."""
    way = journey("Frame")
    open_as(way, "ADMINISTRATOR", way.ask_over_rest())
    way.open_request()
    driver = way.hand.driver
    page = driver.current_url
    digest = driver.find_element(By.NAME, "facts_digest").get_attribute("value") or ""
    csrf = driver.find_element(By.NAME, "csrfmiddlewaretoken").get_attribute("value") or ""

    driver.get(canary.frames(page))
    driver.switch_to.frame(0)
    assert way.account not in driver.page_source
    driver.switch_to.default_content()

    fields = {"organization_id": way.code, "facts_digest": digest, "csrfmiddlewaretoken": csrf}
    driver.get(canary.posts(f"{page}approve/", fields))
    way.hand.sees("This form is no longer valid")
    assert state_of(way) == "PENDING"


def test_who_sits_down_next_sees_nothing_by_going_back(journey: Journeys) -> None:
    way = journey("Back")
    open_as(way, "ADMINISTRATOR", way.ask_over_rest())
    way.open_request()
    way.hand.sign_out()
    driver = way.hand.driver

    seen = []
    for _step in range(4):
        driver.back()
        seen.append(way.hand.text())

    assert any("Sign in" in page for page in seen)
    assert not any(way.account in page or way.basic_id in page for page in seen)


def test_a_scanner_that_runs_scripts_and_presses_everything_changes_nothing(journey: Journeys) -> None:
    way = journey("Scanner")
    url = way.ask_over_rest()
    driver = way.hand.driver
    for button in range(3):
        way.hand.open(url)
        pressed = driver.find_elements(By.CSS_SELECTOR, "main button, main [type=submit]")
        driver.execute_script("arguments[0].click()", pressed[min(button, len(pressed) - 1)])
        driver.execute_script("for (const form of document.forms) form.noValidate = true")
    driver.delete_all_cookies()

    assert state_of(way) == "PENDING"
    way.link(url)


def test_the_page_for_everybody_else_speaks_ones_language(journey: Journeys) -> None:
    """Its forms come from this site, whatever it says of referrers."""
    way = journey("Language")
    open_as(way, "VIEWER", way.ask_over_rest())
    way.hand.sees("There is nothing here for you.")

    way.hand.speak("ja")

    assert urlsplit(way.hand.driver.current_url).path == "/approve/"
