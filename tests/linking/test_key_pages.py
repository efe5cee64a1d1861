from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from linking import services
from linking.models import ApiKey, Link
from organizations.models import Organization
from tests.lineads.server import Server, line, reply
from users.models import User

pytestmark = [pytest.mark.db, pytest.mark.django_db]
SignIn = Callable[[User], Client]
SECRET = "sk-made-up-secret-of-nobody"
ENTERED = {"name": "Group", "group_id": "G123", "access_key": "AKMADEUP", "secret_key": SECRET}


@pytest.fixture
def at_line(settings: Any, ads_link: Link) -> Iterator[Server]:
    """LINE lists acme's ad account, twice if asked twice."""
    listed = reply(200, {"datas": [{"id": ads_link.account.line_id, "name": "Ads"}]})
    with line(listed, listed) as server:
        settings.LINE_ADS_BASE_URL = server.url
        yield server


@pytest.fixture
def api_key(acme: Organization, alice: User) -> ApiKey:
    return services.add_key(acme, by=alice, **ENTERED)


def page(organization: Organization, act: str, *more: Any) -> str:
    return reverse(f"linking:{act}", args=[organization.code, *more])


def test_a_key_is_entered_checked_and_shown_without_its_secret(
    at_line: Server, acme: Organization, fresh_in: SignIn, alice: User, ads_link: Link
) -> None:
    client = fresh_in(alice)
    assert client.get(page(acme, "key-new")).status_code == 200

    shown = client.post(page(acme, "add-key"), ENTERED, follow=True).content.decode()

    assert "the key works" in shown
    assert ads_link.account.name in shown
    assert ENTERED["access_key"] in shown
    assert SECRET not in shown


def test_a_secret_never_lies_in_the_session_while_the_password_is_asked(
    acme: Organization, signed_in: SignIn, alice: User, api_key: ApiKey
) -> None:
    client = signed_in(alice)
    for path in (page(acme, "add-key"), page(acme, "replace-secret", api_key.pk)):
        answer = client.post(path, {**ENTERED, "access_key": "AKNEW"})
        assert answer["Location"].startswith("/account/reauthenticate/?next=")

    assert SECRET not in str([session.get_decoded() for session in Session.objects.all()])
    assert ApiKey.objects.count() == 1


def test_a_form_with_an_error_does_not_send_the_secret_back(
    acme: Organization, fresh_in: SignIn, alice: User
) -> None:
    answer = fresh_in(alice).post(page(acme, "add-key"), {**ENTERED, "group_id": "G 1"})

    assert answer.status_code == 400
    assert SECRET not in answer.content.decode()


def test_the_same_access_key_is_not_entered_twice(
    api_key: ApiKey, acme: Organization, fresh_in: SignIn, alice: User
) -> None:
    answer = fresh_in(alice).post(page(acme, "add-key"), ENTERED)

    assert answer.status_code == 400
    assert "Replace its secret key" in answer.content.decode()


def test_an_operator_checks_a_key(
    at_line: Server, api_key: ApiKey, acme: Organization, signed_in: SignIn, bob: User
) -> None:
    shown = signed_in(bob).post(page(acme, "check-key", api_key.pk), follow=True).content.decode()

    assert "the key works" in shown
    assert "Replace the secret key" not in shown


def test_a_secret_is_replaced(
    at_line: Server, api_key: ApiKey, acme: Organization, fresh_in: SignIn, alice: User
) -> None:
    client = fresh_in(alice)
    assert client.get(page(acme, "secret-new", api_key.pk)).status_code == 200

    client.post(page(acme, "replace-secret", api_key.pk), {"secret_key": "another-made-up"})

    assert api_key.versions.filter(state="RETIRED", sealed_secret="").count() == 1
    assert api_key.versions.filter(state="ACTIVE").count() == 1


@pytest.mark.parametrize(
    ("name", "act", "status"),
    [
        ("bob", "add-key", 403),
        ("bob", "replace-secret", 403),
        ("carol", "check-key", 403),
        ("charlie", "add-key", 404),
        ("charlie", "check-key", 404),
        ("charlie", "replace-secret", 404),
    ],
)
def test_others_change_no_key(
    request: pytest.FixtureRequest,
    api_key: ApiKey,
    acme: Organization,
    signed_in: SignIn,
    name: str,
    act: str,
    status: int,
) -> None:
    more = [] if act == "add-key" else [api_key.pk]

    answer = signed_in(request.getfixturevalue(name)).post(page(acme, act, *more), ENTERED)

    assert answer.status_code == status


def test_a_key_of_another_organization_does_not_exist_here(
    api_key: ApiKey, other: Organization, signed_in: SignIn, charlie: User
) -> None:
    assert signed_in(charlie).get(page(other, "key", api_key.pk)).status_code == 404


@pytest.mark.parametrize("act", ["add-key", "check-key", "replace-secret"])
def test_keys_are_changed_by_post_only(
    api_key: ApiKey, acme: Organization, signed_in: SignIn, alice: User, act: str
) -> None:
    more = [] if act == "add-key" else [api_key.pk]

    assert signed_in(alice).get(page(acme, act, *more)).status_code == 405


def test_a_key_that_line_refuses_says_what_to_do(
    settings: Any, api_key: ApiKey, acme: Organization, signed_in: SignIn, alice: User
) -> None:
    with line(reply(401)) as server:
        settings.LINE_ADS_BASE_URL = server.url
        shown = signed_in(alice).post(page(acme, "check-key", api_key.pk), follow=True).content.decode()

    assert "Compare both with LINE Ad Manager" in shown
    assert [line.tone for line in services.overview(acme)[0].lines] == ["bad"]
