"""The main job step by step, as people do it on the pages."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.journeys.backstage import Backstage
from tests.journeys.browser import Hand
from tests.journeys.keyboard import Keyboard
from tests.journeys.lists import CustomerList
from tests.journeys.pictures import Pictures
from tests.journeys.stack import Stack

OWNER = "Sunny Hill Ads"
EVERY_CALL = "page=1&size=40"


@dataclass
class Journey:
    """One way through the console: the stack, a browser, and the Official Account that is to be linked."""

    stack: Stack
    backstage: Backstage
    hand: Hand
    pictures: Pictures
    account: str
    basic_id: str
    channel_token: str
    has_scripts: bool

    @property
    def code(self) -> str:
        return str(self.stack.demo["organization"]["id"])

    def login(self, role: str, account: str = "") -> dict[str, Any]:
        users = self.stack.demo["users"]
        return next(
            one for one in users if one["role"] == role and (not account or account in one["accounts"])
        )

    @property
    def audience(self) -> str:
        return f"{self.account} members"

    @property
    def keys(self) -> Keyboard:
        return Keyboard(self.hand.driver)

    def change_to(self, role: str, account: str = "") -> None:
        """Somebody else sits down at the same browser."""
        self.hand.sign_out()
        self.hand.sign_in(self.login(role, account))

    @property
    def manager(self) -> dict[str, Any]:
        return self.login("ACCOUNT_MANAGER", self.stack.demo["messaging"]["basic_id"])

    # 1-2: sign in, the account's side

    def issue_url(self) -> str:
        self.open_account_settings()
        self.ask_for_the_link()
        self.confirm_password(self.manager)
        return self.sees_url()

    def ask_over_rest(self) -> str:
        path = f"/api/v1/accounts/{self.basic_id}/link-requests/"
        body = {"organization_id": self.code}
        asked = self.stack.console(path, method="POST", token=self.manager["token"], body=body)
        return str(asked["url"])

    def open_account_settings(self) -> None:
        self.hand.sign_in(self.manager)
        self.pictures.take("own-accounts")
        self.hand.press(self.account)
        self.hand.menu("Settings")
        self.hand.sees("Organization (LINE Business Manager)", "Not linked.")

    def ask_for_the_link(self) -> None:
        """The account's manager issues the approval URL."""
        self.hand.press("Link")
        self.pictures.take("account-settings")
        self.hand.type("Organization ID", self.code)
        self.hand.press("Issue URL")

    def sees_url(self) -> str:
        self.hand.sees("Link request URL")
        self.pictures.take("issued-url")
        return self.hand.field("Link request URL").get_attribute("value") or ""

    # 3: approval

    def link(self, url: str) -> None:
        """An administrator follows the URL, signs in, reads, approves."""
        administrator = self.login("ADMINISTRATOR")
        self.hand.open(url)
        self.hand.enter_login(administrator)
        self.open_request()
        self.approve()
        self.confirm_password(administrator)
        self.sees_link()

    def open_request(self) -> None:
        self.hand.sees(
            self.account, self.basic_id, "Sunny Hill Coffee Co., Ltd.", "Mei Hsu", "It cannot be undone"
        )
        self.pictures.take("approval")

    def approve(self) -> None:
        self.hand.type("Organization ID", self.code)
        self.hand.press("Approve")

    def confirm_password(self, login: dict[str, Any]) -> None:
        self.hand.sees("Confirm that it is you")
        self.pictures.take("reauthenticate")
        self.hand.type("Password", login["password"])
        self.hand.press("Confirm")

    def sees_link(self) -> None:
        self.hand.sees(f"{self.account} is linked.", "Add resource")
        self.pictures.take("account-linked")

    # 4: API key

    def add_key(self) -> None:
        """A second key, which LINE knows before it is entered."""
        access, secret = f"AK{secrets.token_hex(6).upper()}", secrets.token_urlsafe(24)
        known = {"secret_key": secret, "group": "G200000001", "revoked": False}
        known |= {"ad_accounts": [self.stack.demo["line_ads"]["ad_account"]]}
        self.stack.line(f"/_control/keys/{access}", method="PUT", body=known)
        self.hand.menu("API keys")
        self.pictures.take("key-list")
        self.hand.press("Add API key")
        entries = {
            "Name": "Second group",
            "LINE group ID": "G200000001",
            "Access key": access,
            "Secret key": secret,
        }
        for label, text in entries.items():
            self.hand.type(label, text)
        self.pictures.take("key-new")
        self.hand.press("Add and check")
        self.hand.sees(access, "Linked accounts that it reaches", OWNER)
        assert secret not in self.hand.driver.page_source
        self.pictures.take("key")

    # 5: upload

    def upload(self, customers: CustomerList) -> None:
        self.hand.menu("Audiences")
        self.pictures.take("audience-list")
        self.hand.press("Upload a list")
        self.pictures.take("upload")
        self.hand.attach("File", customers.path)
        self.hand.press("Upload")
        self.hand.sees("The first rows, masked", "How it is read")
        self.pictures.take("reading-guessed")

    def correct_the_reading(self) -> None:
        """The guess is the shop's own number; the person's mobile is what shall be sent."""
        self.hand.sees_heading_chosen("shop phone")
        self.hand.choose("Column", "mobile")
        if not self.has_scripts:
            self.hand.press("Show again")
        self.hand.sees_heading_chosen("mobile")
        self.pictures.take("reading-corrected")

    def choose_destination(self) -> None:
        self.hand.press("Continue")
        self.hand.sees("Choose the destination", "Nothing is sent until you press Send.")
        self.hand.tick(f"New audience in {OWNER}")
        self.hand.type("Audience name", self.audience)
        self.hand.tick("I confirm")
        self.pictures.take("destination")
        self.hand.press("Save and count")

    # 6-7: plan, send, confirm

    def sees_plan(self, customers: CustomerList) -> None:
        self._comes_to("Ready: ")
        wanted = {
            "Rows in the list": customers.rows,
            "With a value": customers.rows - customers.empty,
            "Valid": customers.rows - customers.empty - customers.invalid,
            "Unique": len(customers.numbers),
        }
        for label, count in wanted.items():
            self.hand.sees(f"{label} {count}", within="main")
        self.hand.sees(f"Duplicates −{customers.duplicates}", f"Empty −{customers.empty}", within="main")
        self.pictures.take("plan")

    def send(self, customers: CustomerList) -> None:
        self.hand.press(f"Send {len(customers.numbers)} identifiers")

    def sees_done(self) -> None:
        self._comes_to("Done: LINE has processed")
        self.pictures.take("run-done")

    def _comes_to(self, words: str) -> None:
        """The run's page gets there by itself; without a script a person refreshes it."""
        if self.has_scripts:
            self.hand.sees(words, within="main")
        else:
            self.hand.refreshes_until(words)

    def audience_id(self) -> str:
        """LINE's id of the audience, as the run page shows it."""
        found = re.search(r"\b\d{13}\b", self.hand.text("main"))
        assert found, self.hand.text("main")
        return found.group()

    def held(self, line_id: str) -> dict[str, Any]:
        held: dict[str, Any] = self.stack.line(f"/_control/audiences/{line_id}")
        return held

    # 8: share

    def share(self) -> None:
        self.hand.menu("LINE Official Accounts")
        self.pictures.take("official-list")
        self.hand.press(self.account)
        self.hand.press("Add resource")
        self.hand.tick(self.audience)
        self.pictures.take("add-resource")
        self.hand.press("Add resource")
        self.hand.sees("is now shared with", "Shared resources 1", self.audience, within="main")
        self.pictures.take("account-shared")

    def sees_as_manager(self, line_id: str) -> None:
        self.hand.press(self.account)
        self.hand.menu("Audiences")
        self.hand.sees(self.audience, line_id, "May use, may not change", within="main")
        self.pictures.take("received")

    def shared_at_line(self) -> set[str]:
        """Ids in the Messaging API's list for this account's channel."""
        path = f"/v2/bot/audienceGroup/shared/list?{EVERY_CALL}"
        groups = self.stack.line(path, token=self.channel_token)["audienceGroups"]
        return {str(group["audienceGroupId"]) for group in groups}

    def register_audience(self, name: str) -> None:
        self.backstage.call("register_audience", name=name, owner=self.stack.demo["line_ads"]["ad_account"])

    # 10: history

    def downloaded(self, folder: Path, pattern: str) -> Path:
        """The file, once the browser has it whole: until then it has another ending."""
        self.hand.waits(lambda: any(folder.glob(pattern)), f"download {pattern}")
        return next(folder.glob(pattern))
