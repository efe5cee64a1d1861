"""Passkeys in a real browser: made, used at sign-in, removed. They need a host name, so not 127.0.0.1."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.common.virtual_authenticator import VirtualAuthenticatorOptions

from tests.journeys import browser
from tests.journeys.browser import Hand
from tests.journeys.stack import Stack

pytestmark = pytest.mark.browser


@pytest.fixture
def driver(downloads: Path) -> Iterator[webdriver.Chrome]:
    """A browser on a device that holds passkeys, and whose owner touches it whenever asked."""
    driver = browser.start(downloads)
    device = VirtualAuthenticatorOptions(
        protocol="ctap2", transport="internal", has_resident_key=True, has_user_verification=True,
        is_user_verified=True,
    )  # fmt: skip
    driver.add_virtual_authenticator(device)
    yield driver
    driver.quit()


def sign_in(hand: Hand, login: dict[str, str]) -> None:
    hand.open("/account/login/")
    hand.type("Email", login["email"])
    hand.type("Password", login["password"])
    hand.press("Sign in")


def test_a_passkey_is_made_signs_in_and_is_removed(stack: Stack, driver: webdriver.Chrome) -> None:
    viewer = next(one for one in stack.demo["users"] if one["role"] == "VIEWER")
    hand = Hand(driver, stack.demo["web"].replace("127.0.0.1", "localhost"))
    sign_in(hand, viewer)
    hand.sees("Overview")
    hand.open("/account/2fa/webauthn/add/")
    hand.give_password(viewer)
    hand.type("Name of the passkey", "Desk")
    hand.press("Add the passkey")
    hand.sees("10 recovery codes are left")

    hand.leave()
    sign_in(hand, viewer)
    hand.sees("Show your second factor")
    hand.press("Use the passkey")
    hand.sees("Overview")

    hand.open("/account/2fa/webauthn/")
    hand.sees("Desk", "Last used")
    hand.press("Remove")
    hand.give_password(viewer)
    hand.press("Remove the passkey")
    hand.sees("The passkey is removed")


def test_an_address_by_number_says_why_it_takes_no_passkey(stack: Stack, driver: webdriver.Chrome) -> None:
    operator = next(one for one in stack.demo["users"] if one["role"] == "OPERATOR")
    hand = Hand(driver, stack.demo["web"])
    sign_in(hand, operator)
    hand.sees("Overview")
    hand.open("/account/2fa/webauthn/add/")
    hand.give_password(operator)

    hand.press("Add the passkey")

    hand.sees("This address of the console cannot hold passkeys")
