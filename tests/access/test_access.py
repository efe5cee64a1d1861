"""Every address × method × person × own, foreign and absent object, from the one table in `matrix.py`."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from linking.models import Account
from organizations.models import Organization
from organizations.permissions import SCOPE_FOR, Action, Role, allowed
from tests import factories
from tests.access.matrix import MATRIX, Row
from tests.access.world import ABSENT, Corner, corner
from tests.conftest import member
from users.models import Scope, User

pytestmark = [pytest.mark.db, pytest.mark.django_db]
LIBRARY = ("account_", "mfa_", "usersessions_")  # django-allauth's own pages
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def named_views(patterns: Any, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix
            yield from named_views(pattern.url_patterns, inner)
        else:
            yield f"{prefix}{pattern.name}", pattern


VIEWS = {
    name: pattern
    for name, pattern in named_views(get_resolver().url_patterns)
    if not name.startswith(LIBRARY)
}


def test_every_address_has_a_row() -> None:
    assert sorted(set(VIEWS) - set(MATRIX)) == []


def test_every_row_has_an_address() -> None:
    assert sorted(set(MATRIX) - set(VIEWS)) == []


@pytest.mark.parametrize("name", sorted(set(MATRIX) & set(VIEWS)))
def test_the_view_says_what_the_row_says(name: str) -> None:
    view, row = VIEWS[name].callback, MATRIX[name]
    viewset = getattr(view, "cls", None)
    if viewset is not None and hasattr(viewset, "required") and row.door != "public":
        said = viewset.required if row.door == "organization" else viewset.scopes
        assert said == row.methods
    elif hasattr(view, "door"):
        assert (view.door.kind, view.door.is_fresh) == (row.door, row.is_fresh)
        assert view.door.action in {None, *row.methods.values()}
    else:
        assert row.door == "public"


@dataclass
class Cast:
    """The people, and who of them stands where."""

    acme: Corner
    other: Corner
    members: dict[Role, User]
    charlie: User
    mia: User
    nobody: User
    rui: User


@pytest.fixture
def cast(acme: Organization, other: Organization, charlie: User, mia: User, rui: User) -> Cast:
    members = {role: member(acme, role, role.lower()) for role in Role}
    stranger_manager = factories.UserFactory.create()
    return Cast(
        corner(acme, members[Role.ADMINISTRATOR], mia),
        corner(other, charlie, stranger_manager),
        members,
        charlie,
        mia,
        factories.UserFactory.create(email="nobody@people.example"),
        rui,
    )


def address(name: str, here: Corner, *, absent: bool = False) -> str:
    """The path of this view for the corner's object, or for one that does not exist."""
    keys = set(VIEWS[name].pattern.converters)
    own = MATRIX[name].own or "account"
    is_gone = absent and own == "organization"
    values: dict[str, Any] = {"code": "BM00000000000" if is_gone else here.organization.code}
    account = ACCOUNT_OF.get(own, "account")
    for key in keys - {"code"}:
        found = here.objects[account if key in ACCOUNT_KEYS else own].pk
        values[key] = FIXED.get(key) or (ABSENT if absent else found)
    return reverse(name, kwargs={key: values[key] for key in keys})


FIXED = {"kind": Account.Kind.ADS, "offer": "friends", "token": "t" * 43}
ACCOUNT_KEYS = {"account_id", "account"}
ACCOUNT_OF = {
    "link_request": "waiting_account",
    "talk_head_view": "talk_head_view",
    "application": "talk_head_view",
}


def ask(method: str, url: str, person: User | None, *, scopes: list[Scope] | None = None) -> Any:
    if url.startswith("/api/"):
        token = factories.token_for(person, *(list(Scope) if scopes is None else scopes)) if person else ""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return Client().generic(method, url, b"{}", "application/json", headers=headers)
    client = Client()
    if person:
        sign_in_freshly(client, person)
    return client.generic(method, url)


def sign_in_freshly(client: Client, person: User) -> None:
    """As after a password given this minute, so that fresh pages are really entered."""
    client.force_login(person, "allauth.account.auth_backends.AuthenticationBackend")
    session = client.session
    given = {"method": "password", "at": time.time(), "reauthenticated": True}
    session["account_authentication_methods"] = [given]
    session["account_authentication_methods_user"] = str(person.pk)
    session.save()


def rows(*doors: str) -> list[Any]:
    return [
        pytest.param(name, method, id=f"{method} {name}")
        for name, row in MATRIX.items()
        if row.door in doors
        for method in row.methods
    ]


@pytest.mark.parametrize(("name", "method"), rows("person", "manager", "organization", "scope", "reviewer"))
def test_who_is_not_signed_in_stays_outside(cast: Cast, name: str, method: str) -> None:
    answer = ask(method, address(name, cast.acme), None)

    is_api = answer.wsgi_request.path.startswith("/api/")
    assert answer.status_code == (401 if is_api else 302)
    assert is_api or answer["Location"].startswith("/account/login/")


@pytest.mark.parametrize(("name", "method"), rows("organization"))
def test_members_may_do_what_their_role_includes(cast: Cast, name: str, method: str) -> None:
    action = MATRIX[name].methods[method]
    assert isinstance(action, Action)

    for role, person in cast.members.items():
        answer = ask(method, address(name, cast.acme), person)
        scope_there = not answer.wsgi_request.path.startswith("/api/") or action in SCOPE_FOR
        assert answer.status_code < 500
        assert (answer.status_code != 403) == (action in allowed(role) and scope_there), (
            role,
            answer.content[:200],
        )
        assert answer.status_code != 404


@pytest.mark.parametrize(("name", "method"), rows("organization", "manager"))
def test_strangers_cannot_tell_foreign_from_absent(cast: Cast, name: str, method: str) -> None:
    row = MATRIX[name]
    person = cast.mia if row.door == "manager" else cast.members[Role.ADMINISTRATOR]
    if row.door == "organization" and not (row.own or VIEWS[name].pattern.converters):
        pytest.skip("names no object")

    foreign = ask(method, address(name, cast.other), person)
    absent = ask(method, address(name, cast.other, absent=True), person)
    stranger = ask(method, address(name, cast.acme), cast.nobody)

    assert [foreign.status_code, absent.status_code, stranger.status_code] == [404, 404, 404]
    assert blank(foreign) == blank(absent)


@pytest.mark.parametrize(
    "name", [name for name, row in MATRIX.items() if row.door == "organization" and row.own]
)
def test_an_object_of_another_organization_is_absent_from_ones_own(cast: Cast, name: str) -> None:
    method = next(iter(MATRIX[name].methods))
    mixed = Corner(cast.acme.organization, cast.other.objects)

    answer = ask(method, address(name, mixed), cast.members[Role.ADMINISTRATOR])

    assert answer.status_code == 404


@pytest.mark.parametrize(("name", "method"), rows("manager"))
def test_account_managers_come_in(cast: Cast, name: str, method: str) -> None:
    answer = ask(method, address(name, cast.acme), cast.mia)

    assert answer.status_code not in {403, 404, 405}
    assert answer.status_code < 500


@pytest.mark.parametrize(("name", "method"), rows("reviewer"))
def test_the_installations_operators_come_in(cast: Cast, name: str, method: str) -> None:
    answer = ask(method, address(name, cast.acme), cast.rui)

    assert answer.status_code not in {403, 404, 405}
    assert answer.status_code < 500


@pytest.mark.parametrize(("name", "method"), rows("reviewer"))
def test_for_others_the_operators_pages_are_not_there(cast: Cast, name: str, method: str) -> None:
    here = "/api/v1" if name.startswith("api-") else ""
    for person in (cast.nobody, cast.mia, *cast.members.values()):
        there = ask(method, address(name, cast.acme), person)
        absent = ask(method, f"{here}/installation/nothing-here/", person)

        assert (there.status_code, absent.status_code) == (404, 404)
        assert blank(there) == blank(absent)


@pytest.mark.parametrize(("name", "method"), [row for row in rows("reviewer") if MATRIX[row.values[0]].own])
def test_operators_get_a_404_for_what_does_not_exist(cast: Cast, name: str, method: str) -> None:
    assert ask(method, address(name, cast.acme, absent=True), cast.rui).status_code == 404


@pytest.mark.parametrize("name", [name for name in MATRIX if not name.endswith(("schema", "docs"))])
def test_other_methods_are_refused(cast: Cast, name: str) -> None:
    row: Row = MATRIX[name]
    person = cast.mia if row.door in {"manager", "scope"} else cast.members[Role.ADMINISTRATOR]
    person = cast.rui if row.door == "reviewer" else person

    for method in set(METHODS) - set(row.methods):
        assert ask(method, address(name, cast.acme), person).status_code == 405, method


@pytest.mark.parametrize("name", [name for name, row in MATRIX.items() if name.startswith("api-")])
def test_a_token_without_the_scope_is_refused(cast: Cast, name: str) -> None:
    row = MATRIX[name]
    if row.door == "public":
        pytest.skip("needs no token")
    person = cast.rui if row.door == "reviewer" else cast.members[Role.ADMINISTRATOR]
    for method in row.methods:
        answer = ask(method, address(name, cast.acme), person, scopes=[])
        assert answer.status_code == 403


def test_a_removed_member_is_a_stranger_on_the_next_request(cast: Cast) -> None:
    viewer = cast.members[Role.VIEWER]
    client = Client()
    client.force_login(viewer, "allauth.account.auth_backends.AuthenticationBackend")
    url = address("overview", cast.acme)
    assert client.get(url).status_code == 200

    viewer.memberships.all().delete()

    assert client.get(url).status_code == 404


@pytest.mark.parametrize("name", ["overview", "resources:account", "healthz", "home"])
def test_every_answer_carries_the_guarding_headers(cast: Cast, name: str) -> None:
    answer = ask("GET", address(name, cast.acme), cast.members[Role.ADMINISTRATOR])

    policy = answer["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"


def blank(answer: Any) -> bytes:
    """The page without what differs by design: CSRF tokens and the request's own path."""
    body = re.sub(rb'(csrfmiddlewaretoken" value="|X-CSRFToken": ")[^"]+', b"", answer.content)
    return body.replace(answer.wsgi_request.path.encode(), b"")


def test_accounts_are_addressed_by_public_id_in_the_api(cast: Cast) -> None:
    account: Account = cast.acme.objects["account"]

    answer = ask("GET", f"/api/v1/accounts/{account.line_id}/audiences/", cast.mia)

    assert answer.status_code == 200
    assert {row["permission"] for row in answer.json()["results"]} == {"READ_WRITE"}
