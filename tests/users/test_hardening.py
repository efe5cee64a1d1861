"""What strangers and clumsy programs send at the edge of the console."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.core import mail
from django.test import Client

from bizmanager.logs import mask_tokens
from organizations import outbox
from organizations.models import Organization, OutgoingMail
from tests import factories
from users.models import Scope, User

pytestmark = [pytest.mark.db, pytest.mark.django_db]
SignIn = Callable[[User], Client]


@pytest.mark.parametrize(
    "address",
    [
        "/organizations/BM%00/",
        "/?q=%00",
        "/api/v1/organizations/%00/history/",
        "/api/v1/accounts/%00/audiences/",
    ],
)
def test_an_address_with_a_nul_is_a_bad_request(address: str, signed_in: SignIn, alice: User) -> None:
    token = factories.token_for(alice, *Scope)

    assert signed_in(alice).get(address, headers={"Authorization": f"Bearer {token}"}).status_code == 400


def test_a_session_cookie_with_a_nul_is_a_bad_request(client: Client) -> None:
    assert client.get("/", HTTP_COOKIE='sessionid="aaaaaaaaaa\\000"').status_code == 400


@pytest.mark.parametrize("address", ["/account/email/", "/account/2fa/", "/account/password/change/"])
def test_no_page_of_a_signed_in_person_is_kept(address: str, signed_in: SignIn, alice: User) -> None:
    assert "no-store" in signed_in(alice).get(address)["Cache-Control"]


def test_no_answer_of_the_api_is_kept(client: Client, alice: User) -> None:
    token = factories.token_for(alice, Scope.READ)

    answer = client.get("/api/v1/organizations/", headers={"Authorization": f"Bearer {token}"})

    assert "no-store" in answer["Cache-Control"]


def delivered(expected: int) -> str:
    """What a worker sends once the request, which opens no SMTP, is over."""
    assert mail.outbox == []
    for waiting in OutgoingMail.objects.all():
        outbox.deliver(waiting.pk)
    assert len(mail.outbox) == expected
    return "\n".join(f"{sent.to} {sent.subject}\n{sent.body}" for sent in mail.outbox)


def test_the_password_link_leads_to_the_configured_site(client: Client, alice: User) -> None:
    client.post("/account/password/reset/", {"email": alice.email}, HTTP_HOST="127.0.0.1:6666")

    sent = delivered(1)
    assert f"{settings.SITE_URL}/account/password/reset/key/" in sent
    assert "127.0.0.1:6666/" not in sent


def test_the_password_link_works(client: Client, alice: User) -> None:
    client.post("/account/password/reset/", {"email": alice.email})
    path = next(word for word in delivered(1).split() if "/reset/key/" in word)

    assert client.get(path.removeprefix(settings.SITE_URL)).status_code == 302


def test_log_lines_keep_no_password_link() -> None:
    line = mask_tokens(None, "info", {"request": "GET /account/password/reset/key/1a-secret/"})

    assert line == {"request": "GET /account/password/reset/key/…/"}


@pytest.mark.parametrize("query", ["version=a%0d%0ab:c", "lang=../x"])
def test_the_schema_heeds_no_query(query: str, client: Client) -> None:
    assert client.get(f"/api/v1/schema/?{query}").status_code == 200


def test_the_pages_of_the_schema_are_only_read(client: Client) -> None:
    assert client.options("/api/v1/docs/").status_code == 405


@pytest.mark.parametrize("body", ["[" * 100_000, '{"a":' * 20_000])
def test_a_body_that_is_too_deep_is_refused(
    body: str, client: Client, acme: Organization, alice: User
) -> None:
    answer = _share(client, acme, alice, body)

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")


def _share(client: Client, organization: Organization, person: User, body: str) -> Any:
    token = factories.token_for(person, Scope.SHARE)
    return client.post(
        f"/api/v1/organizations/{organization.code}/shares/",
        body,
        content_type="application/json",
        headers={"Authorization": f"Bearer {token}"},
    )


@pytest.mark.parametrize("query", ["since=0001-01-01", "until=9999-12-31"])
@pytest.mark.parametrize("page", ["history/", "history.csv"])
def test_the_ends_of_the_calendar_filter_no_history(
    page: str, query: str, acme: Organization, alice: User, signed_in: SignIn
) -> None:
    answer = signed_in(alice).get(f"/organizations/{acme.code}/{page}?{query}")

    assert answer.status_code == 200
    assert b"".join(answer)
