"""The installation's operators in a real browser: an application granted, a company verified."""

from __future__ import annotations

import secrets
from collections.abc import Callable

import pytest

from tests.journeys.path import Journey
from tests.journeys.test_invitation import read

pytestmark = pytest.mark.browser
TALK_HEAD_VIEW = "A100000003"


def test_a_talk_head_view_account_is_granted_and_linked(journey: Callable[..., Journey]) -> None:
    way = journey("Talk Head View")
    manager, reviewer = way.login("ACCOUNT_MANAGER", TALK_HEAD_VIEW), way.login("REVIEWER")
    name, line_id = f"{way.account} ads", f"A{secrets.randbelow(10**9):09d}"
    call = {"name": name, "line_id": line_id, "manager": manager["email"], "like": TALK_HEAD_VIEW}
    way.backstage.call("register_talk_head_view", **call)
    way.hand.sign_in(manager)
    way.hand.press(name)
    way.hand.menu("Settings")
    way.hand.press("Apply for linking")
    way.hand.sees("The application is sent.")

    way.change_to("REVIEWER")
    way.hand.open("/installation/talk-head-view/")
    way.pictures.take("applications")
    way.hand.press(name)
    way.hand.press("Grant")
    way.confirm_password(reviewer)
    way.hand.sees("may be linked now")

    way.hand.sign_out()
    way.hand.sign_in(manager)
    way.hand.press(name)
    way.hand.menu("Settings")
    way.hand.press("Advanced settings")
    way.hand.type("Organization ID", way.code)
    way.hand.press("Apply")
    way.confirm_password(manager)
    way.hand.sees("Link request URL")
    url = way.hand.copied_value()

    way.hand.sign_out()
    administrator = way.login("ADMINISTRATOR")
    way.hand.open(url)
    way.hand.enter_login(administrator)
    way.hand.sees(f"Link {name}?")
    way.approve()
    way.confirm_password(administrator)
    way.hand.sees(f"{name} is linked.")
    assert way.pictures.too_wide == {}


def test_a_company_is_founded_described_and_verified(journey: Callable[..., Journey]) -> None:
    way = journey("Verified Tea")
    # Whose start page lists accounts anyhow: one more organization changes no other journey.
    founder, reviewer = way.login("ACCOUNT_MANAGER", TALK_HEAD_VIEW), way.login("REVIEWER")
    address = f"info-{secrets.token_hex(4)}@tea.example"
    way.hand.sign_in(founder)
    way.hand.open("/organizations/new/")
    entries = {"Organization name": "Verified Tea", "Registration number": "53212539"}
    for label, text in {**entries, "Company name": "Verified Tea Co., Ltd."}.items():
        way.hand.type(label, text)
    way.hand.press("Create the organization")
    way.hand.sees("Verified Tea exists now.", "The business info is complete")
    code = way.hand.driver.current_url.split("/")[4]
    for label, text in {
        "Address": "1 Example Road",
        "Phone": "02 0000 0000",
        "E-mail of the company": address,
    }.items():
        way.hand.type(label, text)
    way.hand.press("Save the business info")
    way.confirm_password(founder)
    way.hand.sees("The business info is saved.", address)

    way.hand.sign_out()
    way.hand.open(read(way, address, r"http\S+/confirm-address/\S+"))
    way.hand.press("Confirm the address")
    way.hand.sees("The address is confirmed")
    way.backstage.call("take_in", name="Verified Tea OA", code=code)

    way.hand.sign_in(reviewer)
    way.hand.open("/installation/organizations/")
    way.hand.press("Verified Tea")
    way.hand.sees("What to compare", "Verified Tea Co., Ltd.", "Verified Tea OA", founder["email"])
    way.pictures.take("verdict")
    way.hand.press("Let it pass")
    way.confirm_password(reviewer)
    way.hand.sees("The review of Verified Tea has passed.")

    way.hand.sign_out()
    way.hand.sign_in(founder)
    way.hand.open(f"/organizations/{code}/business-info/")
    way.hand.sees("Verified", "cannot be changed")
    way.hand.open(f"/organizations/{code}/accounts/official/")
    way.hand.sees("Verified Tea OA", "Verified", within="main")
    assert way.pictures.too_wide == {}
