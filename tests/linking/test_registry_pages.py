"""The register's pages, as the installation's operators use them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from linking import registry
from linking.models import Account, Link
from organizations.models import Organization
from tests import factories
from tests.linking.test_registry import COMPANY, OFFICIAL, Kind, registered
from users.models import User

__all__ = ["registered"]

pytestmark = [pytest.mark.db, pytest.mark.django_db]
SignIn = Callable[[User], Client]
ENTERED = {**COMPANY, **OFFICIAL, "public_id": "@101hillc", "manager": "mia@acme.example"}


def page(act: str, *more: Any) -> str:
    return reverse(f"linking:{act}", args=more)


def test_the_operator_registers_on_a_page(fresh_in: SignIn, rui: User, mia: User) -> None:
    client = fresh_in(rui)
    assert client.get(page("register-new", Kind.OFFICIAL)).status_code == 200

    shown = client.post(
        page("register-account", Kind.OFFICIAL), {**ENTERED, "public_id": " ＠101HILLC"}, follow=True
    )

    assert Account.objects.get().basic_id == "@101hillc"
    assert [
        word
        for word in ("Sunny Hill", "10458575", "Mia", "Registered")
        if word.lower() not in shown.content.decode().lower()
    ] == []


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"public_id": "101hillc"}, "public_id"),
        ({"public_id": "@101 hill"}, "public_id"),
        ({"premium_id": "sunny"}, "premium_id"),
        ({"registration_number": "10458576"}, "registration_number"),
        ({"manager": "nobody@people.example"}, "manager"),
        ({"name": ""}, "name"),
        ({"name": "\u200b"}, "name"),
        ({"company": "\u2060"}, "company"),
    ],
    ids=str,
)
def test_what_is_wrong_stands_beside_its_field(
    fresh_in: SignIn, rui: User, mia: User, wrong: dict[str, str], field: str
) -> None:
    answer = fresh_in(rui).post(page("register-account", Kind.OFFICIAL), {**ENTERED, **wrong})

    assert answer.status_code == 400
    assert f'id="id_{field}_error"' in answer.content.decode()
    assert not Account.objects.exists()


def test_a_taken_id_stands_beside_its_field(registered: Account, fresh_in: SignIn, rui: User) -> None:
    answer = fresh_in(rui).post(page("register-account", Kind.OFFICIAL), {**ENTERED, "premium_id": ""})

    assert answer.status_code == 400
    assert 'id="id_public_id_error"' in answer.content.decode()


@pytest.mark.parametrize("kind", [Kind.ADS, Kind.TALK_HEAD_VIEW])
def test_ad_accounts_have_ids_of_a_and_digits(
    fresh_in: SignIn, rui: User, mia: User, kind: Account.Kind
) -> None:
    client, entered = fresh_in(rui), {**COMPANY, "name": "Ads", "manager": mia.email}

    assert client.post(page("register-account", kind), {**entered, "public_id": "@123"}).status_code == 400
    client.post(page("register-account", kind), {**entered, "public_id": "a100"})

    assert Account.objects.get().line_id == "A100"
    assert Account.objects.get().kind == kind


def test_registering_waits_for_a_fresh_password(signed_in: SignIn, rui: User, mia: User) -> None:
    answer = signed_in(rui).post(page("register-account", Kind.OFFICIAL), ENTERED)

    assert answer["Location"].startswith("/account/reauthenticate/")
    assert not Account.objects.exists()


def test_the_operator_changes_an_account_on_its_page(
    registered: Account, fresh_in: SignIn, rui: User
) -> None:
    client, url = fresh_in(rui), page("change-account", registered.pk)
    form = client.get(page("registered", registered.pk)).context["change_form"].initial

    assert client.post(url, {**form, "name": "Hill"}).status_code == 302
    assert client.post(url, {**form, "name": "Hill again"}).status_code == 409
    assert client.post(url, {**form, "name": ""}).status_code == 400
    assert client.post(url, {**form, "registration_number": "1"}).status_code == 400

    registered.refresh_from_db()
    assert registered.name == "Hill"


def test_managers_are_kept_on_the_accounts_page(
    registered: Account, fresh_in: SignIn, rui: User, mia: User, bob: User
) -> None:
    client = fresh_in(rui)
    remove = page("remove-manager", registered.pk, mia.pk)

    assert client.post(page("add-manager", registered.pk), {"email": bob.email}).status_code == 302
    assert client.post(page("add-manager", registered.pk), {"email": bob.email}).status_code == 400
    assert client.post(page("add-manager", registered.pk), {"email": "x"}).status_code == 400
    assert client.post(remove).status_code == 302
    assert client.post(remove).status_code == 404

    assert [seat.user for seat in registered.managers.all()] == [bob]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"text": "@SUNNY"}, ["Sunny Hill"]),
        ({"text": "A77"}, ["Tea Ads"]),
        ({"text": "Hill Coffee"}, ["Sunny Hill"]),
        ({"text": "10458575"}, ["Sunny Hill"]),
        ({"kind": "ADS"}, ["Tea Ads"]),
        ({"verification": "VERIFIED"}, ["Sunny Hill"]),
        ({"text": "nothing like it"}, []),
        ({}, ["Sunny Hill", "Tea Ads"]),
    ],
    ids=str,
)
def test_the_register_is_searched(
    registered: Account, signed_in: SignIn, rui: User, wanted: dict[str, str], found: list[str]
) -> None:
    factories.AdsAccountFactory.create(name="Tea Ads", line_id="A77")

    answer = signed_in(rui).get(page("register"), wanted)

    assert [account.name for account in answer.context["page"]] == found


def test_the_register_tells_where_an_account_is_linked_now(
    official_link: Link, other: Organization, signed_in: SignIn, rui: User
) -> None:
    factories.LinkFactory.create(
        account=official_link.account,
        organization=other,
        linked_at=official_link.linked_at,
        ended_at=official_link.linked_at,
    )

    answer = signed_in(rui).get(page("register"))

    assert [account.organization_code for account in answer.context["page"]] == [
        official_link.organization.code
    ]


@pytest.mark.parametrize("count", [1, 20])
def test_the_register_takes_the_same_few_queries(
    signed_in: SignIn, rui: User, count: int, django_assert_num_queries: Any
) -> None:
    for _ in range(count):
        factories.LinkFactory.create()
    client = signed_in(rui)

    with django_assert_num_queries(8):
        client.get(page("register"))


@pytest.mark.parametrize("count", [1, 20])
def test_an_accounts_page_takes_the_same_few_queries(
    official: Account, signed_in: SignIn, rui: User, count: int, django_assert_num_queries: Any
) -> None:
    for _ in range(count):
        registry.add_manager(official, factories.UserFactory.create().email, by=rui)
    client = signed_in(rui)

    with django_assert_num_queries(10):
        client.get(page("registered", official.pk))


def test_the_way_in_is_shown_to_operators_alone(
    acme: Organization, alice: User, signed_in: SignIn, rui: User
) -> None:
    assert page("register") in signed_in(rui).get("/").content.decode()
    assert page("register") not in signed_in(alice).get("/", follow=True).content.decode()


def test_an_operator_who_is_also_a_member_chooses_and_finds_the_way_in_everywhere(
    acme: Organization, rui: User, signed_in: SignIn
) -> None:
    acme.memberships.create(user=rui, role="VIEWER")
    client = signed_in(rui)

    assert page("register") in client.get("/").content.decode()
    assert page("register") in client.get(reverse("overview", args=[acme.code])).content.decode()
