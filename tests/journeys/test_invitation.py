"""From the invitation to the seat, in a real browser, with the mail that was sent."""

from __future__ import annotations

import email
import re
import secrets
from collections.abc import Callable, Iterator
from email import policy
from pathlib import Path

import pytest

from tests.journeys.path import Journey

pytestmark = pytest.mark.browser
SEPARATOR = b"-" * 79


def mails(folder: Path) -> Iterator[tuple[str, str]]:
    """To whom each one went, and what it says."""
    for path in folder.glob("*"):
        for raw in path.read_bytes().split(SEPARATOR):
            sent = email.message_from_bytes(raw.strip(), policy=policy.default)
            if sent["To"]:
                yield str(sent["To"]), sent.get_content()


def read(way: Journey, address: str, pattern: str) -> str:
    """The first thing like that in the mails to this address, once a worker has sent it."""
    found: list[str] = []

    def arrived() -> bool:
        texts = [text for to, text in mails(way.stack.data / "mail") if to == address]
        found.extend(match[0] for text in texts if (match := re.search(pattern, text)))
        return bool(found)

    way.hand.waits(arrived, f"get a mail with {pattern}")
    return found[0]


def invite(way: Journey, address: str) -> None:
    administrator = way.login("ADMINISTRATOR")
    way.hand.sign_in(administrator)
    way.hand.open(f"/organizations/{way.code}/members/")
    way.hand.choose("Role", "Operator")
    way.hand.type("E-mail", address)
    way.hand.press("Invite")
    way.confirm_password(administrator)


def make_account(way: Journey, address: str = "") -> None:
    way.hand.press("Make an account")
    way.hand.type("Your name", "Dora Mori")
    if address:
        way.hand.type("Email", address)
    password = secrets.token_urlsafe(16)
    for label in ("Password", "Password (again)"):
        way.hand.type(label, password)
    way.hand.press("Make the account")


def joins(way: Journey) -> None:
    way.hand.sees("Join Sunny Hill Coffee?", "Ada Lin", "Operator")
    way.hand.press("Accept the invitation")
    way.hand.sees("You are a member of Sunny Hill Coffee now.")


def test_who_is_invited_by_mail_makes_an_account_and_joins(journey: Callable[..., Journey]) -> None:
    way, address = journey("Invited by mail"), f"dora.{secrets.token_hex(4)}@people.example"
    invite(way, address)
    way.hand.sees(f"The invitation goes to {address} by mail.", "Open invitations")
    way.hand.sign_out()

    way.hand.open(read(way, address, r"http\S+/invite/\S+"))
    make_account(way)

    joins(way)
    assert read(way, way.login("ADMINISTRATOR")["email"], re.escape(address)) == address


def test_who_got_a_link_confirms_the_address_first_without_a_script(journey: Callable[..., Journey]) -> None:
    way, address = journey("Invited by link", scripts=False), f"emil.{secrets.token_hex(4)}@people.example"
    invite(way, "")
    url = way.hand.field("Invitation URL").get_attribute("value") or ""
    way.hand.sign_out()

    way.hand.open(url)
    make_account(way, address)
    way.hand.sees("Enter the code", address)
    way.hand.type("Code", read(way, address, r"\b[A-Z]{4}-[A-Z]{4}\b"))
    way.hand.press("Confirm")

    joins(way)
    way.hand.sign_out()
    way.hand.open(url)
    way.hand.sees("This invitation is not valid.")
