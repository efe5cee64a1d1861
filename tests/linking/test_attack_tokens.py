"""Tokens of approval URLs: guessed, altered, reused, and looked for where they must not be."""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Callable
from urllib.parse import quote

import pytest
from django.core import mail
from django.test import Client

from bizmanager.logs import mask_tokens
from linking import services
from linking.approval_views import SESSION_KEY
from linking.models import Account, Link, LinkRequest
from organizations import outbox
from organizations.models import AuditEvent, Organization, OutgoingMail
from tests.linking.conftest import Asked, state_of
from users.models import User, token_digest

pytestmark = [pytest.mark.db, pytest.mark.django_db]
SignIn = Callable[[User], Client]
ALTERED: dict[str, Callable[[str], str]] = {
    "other case": str.swapcase,
    "lower case": str.lower,
    "padded": lambda token: token + "=",
    "cut": lambda token: token[:-1],
    "longer": lambda token: token + "A",
    "encoded twice": lambda token: (
        quote(quote(token, safe="").replace("-", "%2D").replace("_", "%5F")) + "%2520"
    ),
    "space before": lambda token: "%20" + token,
    "space after": lambda token: token + "%20",
    "line end": lambda token: token + "%0A",
    "NUL": lambda token: token + "%00",
    "hash": token_digest,
    "full width": lambda token: quote("".join(chr(ord(letter) + 0xFEE0) for letter in token)),
    "10 kB": lambda token: token * 240,
}


@pytest.mark.parametrize("how", ALTERED)
def test_an_altered_token_opens_nothing(asked: Asked, signed_in: SignIn, alice: User, how: str) -> None:
    client, altered = signed_in(alice), ALTERED[how](asked.token)
    assert altered != asked.token

    first = client.get(f"/approve/{altered}/")

    assert first.status_code in {302, 404}
    assert client.get("/approve/").status_code == 404


def test_a_token_encoded_once_is_the_same_token(asked: Asked, signed_in: SignIn, alice: User) -> None:
    client = signed_in(alice)
    client.get("/approve/" + "".join(f"%{ord(letter):02X}" for letter in asked.token) + "/")

    assert client.get("/approve/")["Location"].endswith(f"/requests/{asked.link_request.pk}/")


def test_tokens_are_drawn_from_256_bits(monkeypatch: pytest.MonkeyPatch, asked: Asked) -> None:
    """Distinct by chance alone: 32 bytes of the system's own randomness for each."""
    drawn: list[int] = []

    def draw(count: int) -> bytes:
        drawn.append(count)
        return b"\7" * count

    monkeypatch.setattr(secrets, "token_bytes", draw)

    again = services.issue_request(
        asked.link_request.account, asked.link_request.organization_code, by=asked.link_request.issued_by
    )

    assert drawn == [32]
    assert again.link_request.token_digest == token_digest(Asked(*again).token)


def test_a_hundred_thousand_tokens_are_distinct() -> None:
    assert len({secrets.token_urlsafe(32) for _ in range(100_000)}) == 100_000


def test_the_token_of_one_request_does_not_answer_another(
    asked: Asked, ads: Account, acme: Organization, mia: User, fresh_in: SignIn, alice: User
) -> None:
    second = Asked(*services.issue_request(ads, acme.code, by=mia))
    client = fresh_in(alice)
    client.get(f"/approve/{asked.token}/")
    form = {"organization_id": acme.code, "facts_digest": second.facts_digest, "token": asked.token}

    client.post(f"/organizations/{acme.code}/requests/{second.link_request.pk}/approve/", form)

    assert (state_of(asked), state_of(second)) == ("PENDING", "APPROVED")


def test_the_session_keeps_a_digest_only(asked: Asked, client: Client) -> None:
    client.get(f"/approve/{asked.token}/")

    assert client.session[SESSION_KEY] == asked.link_request.token_digest
    assert asked.token not in str(dict(client.session))


def test_history_and_mails_to_both_sides_hold_no_token(alice: User, asked: Asked, mia: User) -> None:
    services.approve_request(
        asked.link_request,
        by=alice,
        typed_code=asked.link_request.organization_code,
        facts_digest=asked.facts_digest,
    )
    for waiting in OutgoingMail.objects.all():
        outbox.deliver(waiting.pk)

    told = [f"{message.subject}{message.body}" for message in mail.outbox]
    written = json.dumps([str(event) for event in AuditEvent.objects.values()])
    assert {message.to[0] for message in mail.outbox} == {alice.email, mia.email}
    assert not any(part in text for part in (asked.token, asked.link_request.token_digest) for text in told)
    assert asked.token not in written
    assert asked.link_request.token_digest not in written


def test_no_page_and_no_header_repeats_the_token(asked: Asked, signed_in: SignIn, charlie: User) -> None:
    for client in (Client(), signed_in(charlie)):
        for response in (client.get(f"/approve/{asked.token}/"), client.get("/approve/", follow=True)):
            assert asked.token not in f"{response.content.decode()}{dict(response.headers)}{client.cookies}"


def test_an_error_while_a_url_is_opened_is_logged_without_the_token(
    asked: Asked, client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_token: str) -> str:
        raise ValueError("broken")

    monkeypatch.setattr("linking.approval_views.token_digest", broken)
    client.raise_request_exception = False
    with caplog.at_level(logging.DEBUG):
        response = client.get(f"/approve/{asked.token}/")

    assert response.status_code == 500
    assert asked.token not in response.content.decode()
    lines = [mask_tokens(None, "error", {"event": str(record.getMessage())}) for record in caplog.records]
    assert lines
    assert asked.token not in str(lines)


def test_guessing_from_one_address_is_slowed_down_and_locks_nobody_else_out(
    asked: Asked, signed_in: SignIn, alice: User
) -> None:
    guesser = Client(REMOTE_ADDR="192.0.2.66")
    answers = [guesser.get(f"/approve/guess-{number}/").status_code for number in range(100)]

    assert answers == [302] * 60 + [429] * 40
    assert Client(REMOTE_ADDR="192.0.2.67").get(f"/approve/{asked.token}/").status_code == 302
    administrator = signed_in(alice)
    administrator.defaults["REMOTE_ADDR"] = "192.0.2.66"
    administrator.get(f"/approve/{asked.token}/")
    assert administrator.get("/approve/").status_code == 302


def test_a_refused_guess_says_when_to_come_back_and_keeps_nothing(client: Client) -> None:
    for number in range(61):
        answer = client.get(f"/approve/guess-{number}/")

    assert answer.status_code == 429
    assert b"Wait a minute" in answer.content
    assert (answer["Referrer-Policy"], answer["X-Robots-Tag"]) == ("strict-origin", "noindex, nofollow")
    assert "no-store" in answer["Cache-Control"]
    assert client.session[SESSION_KEY] == token_digest("guess-59")


@pytest.mark.parametrize("cookies", [True, False])
def test_scanners_open_it_five_hundred_times_and_it_still_waits(
    asked: Asked, fresh_in: SignIn, alice: User, cookies: bool
) -> None:
    before = LinkRequest.objects.values().get()
    for address in range(50):
        scanner = Client(REMOTE_ADDR=f"198.51.100.{address}", HTTP_USER_AGENT="preview")
        for method in ("get", "head", "options", "get", "head", "get", "head", "get", "options", "get"):
            getattr(scanner, method)(f"/approve/{asked.token}/", follow=method == "get")
            if not cookies:
                scanner.cookies.clear()

    assert LinkRequest.objects.values().get() == before
    client = fresh_in(alice)
    page = client.get(f"/approve/{asked.token}/", follow=True).redirect_chain[-1][0]
    form = {"organization_id": asked.link_request.organization_code, "facts_digest": asked.facts_digest}
    assert client.post(f"{page}approve/", form).status_code == 302
    assert Link.objects.count() == 1
