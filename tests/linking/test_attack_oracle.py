"""No answer tells a stranger whether a token, a request or an organization exists."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from linking import services
from linking.models import Account, Link, LinkRequest
from organizations.models import AuditEvent, Organization, OutgoingMail
from organizations.permissions import Role
from tests.conftest import member
from tests.linking.conftest import Asked
from users.models import Scope, User
from users.tokens import issue_token

pytestmark = [pytest.mark.db, pytest.mark.django_db]
SignIn = Callable[[User], Client]
UNKNOWN = "BM99999999999"


def queries_of(client: Client, token: str) -> list[str]:
    """What the database is asked for the page behind this token, without the values."""
    client.get(f"/approve/{token}/")
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert client.get("/approve/").status_code == 404
    return [re.sub(r"'[^']*'", "?", query["sql"]) for query in asked]


@pytest.mark.parametrize("name", ["bob", "charlie", "mia"])
def test_a_real_token_costs_strangers_the_queries_of_a_made_up_one(
    request: pytest.FixtureRequest, asked: Asked, signed_in: SignIn, name: str
) -> None:
    client = signed_in(request.getfixturevalue(name))
    client.get("/approve/")

    assert queries_of(client, asked.token) == queries_of(client, "made-up")


def test_who_is_signed_out_gets_one_answer_whatever_the_token_is(asked: Asked) -> None:
    answers = []
    for token in (asked.token, "made-up", asked.link_request.token_digest):
        client = Client()
        first = client.get(f"/approve/{token}/")
        second = client.get("/approve/")
        answers.append((first.status_code, first["Location"], second.status_code, second["Location"]))

    assert len(set(answers)) == 1


@pytest.mark.parametrize("url", ["", "approve/", "reject/"])
def test_a_request_of_another_organization_is_like_one_that_never_was(
    asked: Asked, signed_in: SignIn, charlie: User, other: Organization, url: str
) -> None:
    client, never = signed_in(charlie), "6f1c7c0e-0000-4000-8000-000000000000"
    call = client.post if url else client.get
    for code in (asked.link_request.organization_code, UNKNOWN, other.code):
        real, made_up = (
            call(f"/organizations/{code}/requests/{pk}/{url}") for pk in (asked.link_request.pk, never)
        )
        assert real.status_code == made_up.status_code
        assert without_masks(real) == without_masks(made_up)


def without_masks(page: Any) -> bytes:
    """CSRF tokens are masked anew on each page, and forms name the page that they come back to."""
    masks = rb'(csrfmiddlewaretoken" value="|X-CSRFToken": ")[^"]+|name="next" value="[^"]*'
    return re.sub(masks, b"", page.content)


def ask(client: Client, account: Account, code: str, token: str) -> Any:
    return client.post(
        f"/api/v1/accounts/{account.public_id}/link-requests/",
        {"organization_id": code},
        content_type="application/json",
        headers={"Authorization": f"Bearer {token}"},
    )


def test_rest_answers_alike_for_an_unknown_organization(
    official: Account, acme: Organization, client: Client, mia: User
) -> None:
    token = issue_token(mia, name="test", scopes=[Scope.REQUEST], expires_at=None)[1]

    known, unknown = (ask(client, official, code, token) for code in (acme.code, UNKNOWN))

    assert (known.status_code, known.json().keys()) == (unknown.status_code, unknown.json().keys())
    same = [{**answer.json(), "id": "", "url": "", "organization_id": ""} for answer in (known, unknown)]
    assert same[0]["state"] == same[1]["state"] == "PENDING"
    assert len(known.json()["url"]) == len(unknown.json()["url"])


@pytest.mark.parametrize("ending", ["cancel", "expire", "replace"])
def test_what_becomes_of_a_request_does_not_tell_whether_the_organization_exists(
    official: Account, acme: Organization, alice: User, signed_in: SignIn, mia: User, ending: str
) -> None:
    """The issuer's page and mails are the same, though administrators were mailed for one of them."""
    client, seen = signed_in(mia), []
    for code in (acme.code, UNKNOWN):
        link_request = services.issue_request(official, code, by=mia).link_request
        end(link_request, ending, mia)
        page = client.get(f"/accounts/{official.pk}/settings/").content.decode()
        mails = OutgoingMail.objects.filter(to_user=mia).count()
        seen.append((re.sub(r'value="[\w-]{64}"|"[\w-]{64}"', "", page).replace(code, "BM…"), mails))
        OutgoingMail.objects.all().delete()
        LinkRequest.objects.all().delete()

    assert seen[0][1] == seen[1][1]
    assert comparable(seen[0][0]) == comparable(seen[1][0])


def comparable(page: str) -> str:
    """Without what differs on any two pages: ids of rows and moments."""
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|<time[^>]*>", "", page)


def end(link_request: LinkRequest, how: str, by: User) -> None:
    if how == "cancel":
        services.cancel_request(link_request, by=by)
    if how == "replace":
        services.issue_request(link_request.account, link_request.organization_code, by=by)
    if how == "expire":
        LinkRequest.objects.update(expires_at=link_request.issued_at)
        services.expire_requests()


def test_a_move_to_an_unknown_organization_looks_like_one_to_a_known_one(
    official_link: Link, acme: Organization, other: Organization, alice: User, signed_in: SignIn
) -> None:
    client, pages = signed_in(alice), []
    for code in (other.code, UNKNOWN):
        services.start_move(official_link, code, by=alice)
        shown = client.get(f"/organizations/{acme.code}/accounts/{official_link.account_id}/move/")
        listed = client.get(f"/organizations/{acme.code}/requests/")
        text = (shown.content + listed.content).decode().replace(code, "BM…")
        pages.append(comparable(re.sub(r'value="[\w-]{64}"|"[\w-]{64}"', "", text)))
        LinkRequest.objects.all().delete()

    assert pages[0] == pages[1]
    assert "Other Tea" not in pages[0]


def test_the_history_of_one_side_does_not_name_the_other(
    official: Account, acme: Organization, other: Organization, alice: User, mia: User
) -> None:
    """Only the named organization reads of the request; who asked it in vain leaves no trace elsewhere."""
    services.issue_request(official, acme.code, by=mia)
    services.issue_request(official, UNKNOWN, by=mia)

    assert not AuditEvent.objects.filter(organization=other).exists()
    in_vain = AuditEvent.objects.filter(details__organization_code=UNKNOWN)
    assert in_vain.exists()
    assert not in_vain.exclude(organization=None).exists()


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.VIEWER])
def test_the_url_of_ones_own_organization_tells_nothing_to_who_may_not_answer(
    asked: Asked, acme: Organization, signed_in: SignIn, role: Role
) -> None:
    client = signed_in(member(acme, role, "colleague"))
    pages = []
    for token in (asked.token, "made-up"):
        client.get(f"/approve/{token}/")
        pages.append(client.get("/approve/"))

    assert [page.status_code for page in pages] == [404, 404]
    assert without_masks(pages[0]) == without_masks(pages[1])
