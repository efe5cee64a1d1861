from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.utils import timezone

from bizmanager.logs import mask_tokens
from linking import services
from linking.models import Account, LinkRequest
from organizations.models import AuditEvent, Organization
from tests.linking.conftest import Asked
from users.models import User

pytestmark = [pytest.mark.db, pytest.mark.django_db]
SignIn = Callable[[User], Client]


def path(asked: Asked) -> str:
    return f"/approve/{asked.token}/"


def open_url(client: Client, url: str) -> Any:
    first = client.get(url)
    assert (first.status_code, first["Location"]) == (302, "/approve/")
    return client.get("/approve/")


def same(response: Any) -> bytes:
    """The page without CSRF masks, which differ each time by design."""
    return re.sub(rb'(csrfmiddlewaretoken" value="|X-CSRFToken": ")[^"]+', b"", response.content)


def test_the_url_leads_its_administrator_to_the_page_that_decides(
    asked: Asked, signed_in: SignIn, alice: User
) -> None:
    response = open_url(signed_in(alice), path(asked))

    assert response["Location"].endswith(f"/requests/{asked.link_request.pk}/")


def test_who_is_signed_out_comes_back_after_signing_in(asked: Asked, alice: User) -> None:
    alice.set_password("correct horse battery")
    alice.save()
    client = Client()

    assert open_url(client, path(asked))["Location"] == "/account/login/?next=/approve/"
    client.post("/account/login/", {"login": alice.email, "password": "correct horse battery"})

    assert client.get("/approve/")["Location"].endswith(f"/requests/{asked.link_request.pk}/")


@pytest.mark.parametrize("name", ["bob", "carol", "charlie", "mia"])
def test_everybody_else_gets_one_page_whatever_the_token_is(
    request: pytest.FixtureRequest, asked: Asked, signed_in: SignIn, name: str
) -> None:
    client = signed_in(request.getfixturevalue(name))
    account, mia = asked.link_request.account, asked.link_request.issued_by
    nowhere = Asked(*services.issue_request(account, "BM99999999999", by=mia))
    superseded = asked
    tokens = [
        superseded.token,
        nowhere.token,
        "never-issued",
        asked.token.swapcase(),
        asked.token + "=",
        asked.token[:-1],
        asked.link_request.token_digest,
        "%00",
        "x" * 10_000,
    ]

    pages = [open_url(client, f"/approve/{token}/") for token in tokens]

    assert {page.status_code for page in pages} == {404}
    assert len({same(page) for page in pages}) == 1


def test_an_administrator_gets_that_page_too_for_a_request_to_another_organization(
    official: Account, other: Organization, mia: User, signed_in: SignIn, alice: User
) -> None:
    elsewhere = Asked(*services.issue_request(official, other.code, by=mia))
    client = signed_in(alice)

    assert same(open_url(client, path(elsewhere))) == same(open_url(client, "/approve/never-issued/"))


def test_a_removed_administrator_gets_it_too(asked: Asked, signed_in: SignIn, alice: User) -> None:
    client = signed_in(alice)
    alice.memberships.all().delete()

    assert open_url(client, path(asked)).status_code == 404


@pytest.mark.parametrize("state", ["APPROVED", "REJECTED", "CANCELLED", "SUPERSEDED", "EXPIRED", "INVALID"])
def test_its_administrators_are_led_to_the_outcome_of_a_closed_request(
    asked: Asked, signed_in: SignIn, alice: User, state: str
) -> None:
    LinkRequest.objects.update(state=state, closed_at=timezone.now())

    assert open_url(signed_in(alice), path(asked)).status_code == 302


def test_opening_changes_nothing_however_often_and_by_whomever(
    asked: Asked, signed_in: SignIn, alice: User
) -> None:
    before = (LinkRequest.objects.values().get(), AuditEvent.objects.count())

    for client in (Client(), signed_in(alice)):
        for _ in range(5):
            client.get(path(asked), follow=True)
            client.head(path(asked))
            client.options(path(asked))

    assert (LinkRequest.objects.values().get(), AuditEvent.objects.count()) == before


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
@pytest.mark.parametrize("url", ["/approve/", "/approve/x/"])
def test_the_url_takes_no_other_method(signed_in: SignIn, alice: User, method: str, url: str) -> None:
    assert getattr(signed_in(alice), method)(url).status_code == 405


def test_token_pages_leave_no_trace(asked: Asked, signed_in: SignIn, alice: User) -> None:
    client = signed_in(alice)

    assert client.get(path(asked))["Referrer-Policy"] == "no-referrer"
    for response in (client.get(path(asked)), client.get("/approve/"), open_url(client, "/approve/x/")):
        assert "no-store" in response["Cache-Control"]
        assert "noindex" in response["X-Robots-Tag"]


def test_the_page_without_the_token_says_where_its_forms_come_from(signed_in: SignIn, alice: User) -> None:
    """A browser that may send no referrer posts them with `Origin: null`, which is refused."""
    page = open_url(signed_in(alice), "/approve/x/")

    assert page["Referrer-Policy"] == "same-origin"
    assert b'action="/preferences/language/"' in page.content


def test_the_raw_token_is_in_no_row_of_the_database(
    official: Account, acme: Organization, fresh_in: SignIn, mia: User, alice: User
) -> None:
    client = fresh_in(mia)
    client.post(f"/accounts/{official.pk}/settings/link/", {"organization_id": acme.code})
    stored_before_showing = everything_stored()
    shown = client.get(f"/accounts/{official.pk}/settings/").content.decode()
    found = re.search(r"/approve/([\w-]{43})/", shown)
    assert found
    open_url(fresh_in(alice), f"/approve/{found[1]}/")

    assert found[1] not in stored_before_showing
    assert found[1] not in everything_stored()


def everything_stored() -> str:
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        rows = []
        for table in tables:
            cursor.execute(f'SELECT * FROM "{table}"')
            rows += cursor.fetchall()
    sessions = [session.get_decoded() for session in Session.objects.all()]
    return f"{rows} {sessions}"


def test_log_lines_keep_no_token(asked: Asked) -> None:
    line = mask_tokens(None, "info", {"event": "request_finished", "request": f"GET {path(asked)}"})

    assert asked.token not in str(line)


def test_the_token_of_one_person_is_gone_when_another_signs_in(
    asked: Asked, signed_in: SignIn, bob: User, alice: User
) -> None:
    client = signed_in(bob)
    client.get(path(asked))
    client.post("/account/logout/")
    alice.set_password("correct horse battery")
    alice.save()
    client.post("/account/login/", {"login": alice.email, "password": "correct horse battery"})

    assert client.get("/approve/").status_code == 404
