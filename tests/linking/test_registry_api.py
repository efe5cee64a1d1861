"""The register of accounts by REST."""

from __future__ import annotations

from typing import Any

import pytest

from linking.models import Account, Link
from organizations.models import AuditEvent, LegalEntity
from tests import factories
from tests.linking.conftest import acts
from tests.linking.operating import call, told, wrong
from tests.linking.test_registry import COMPANY, OFFICIAL, registered
from users.models import Scope, User

__all__ = ["registered"]

pytestmark = [pytest.mark.db, pytest.mark.django_db]
BODY = {**COMPANY, **OFFICIAL, "kind": "OFFICIAL", "line_id": "@101hillc", "manager": "mia@acme.example"}
ADS = {**COMPANY, "kind": "ADS", "name": "Hill Ads", "line_id": "a100", "manager": "mia@acme.example"}


def read(person: User, account: Account) -> Any:
    return call(person, "GET", f"accounts/{account.pk}/", None, Scope.READ).json()


def test_an_account_is_registered_with_company_and_manager(rui: User, mia: User) -> None:
    answer = call(rui, "POST", "accounts/", {**BODY, "line_id": " ＠101HILLC"})

    said = answer.json()
    assert (answer.status_code, said["line_id"], said["search_id"]) == (201, "@101hillc", "@sunnyhill")
    assert said["legal_entity"]["registration_number"] == "10458575"
    assert said["managers"] == [{"id": str(mia.pk), "name": "Mia", "email": mia.email}]
    assert AuditEvent.objects.get(action="account.registered").source == "api"


@pytest.mark.parametrize("kind", ["ADS", "TALK_HEAD_VIEW"])
def test_ad_accounts_have_ids_of_a_and_digits(rui: User, mia: User, kind: str) -> None:
    answer = call(rui, "POST", "accounts/", {**ADS, "kind": kind})

    assert (answer.status_code, answer.json()["line_id"]) == (201, "A100")
    assert Account.objects.get().kind == kind


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({**BODY, "line_id": "101hillc"}, ["line_id"]),
        ({**BODY, "line_id": "A100"}, ["line_id"]),
        ({**BODY, "premium_id": "sunny"}, ["premium_id"]),
        ({**BODY, "registration_number": "10458576"}, ["registration_number"]),
        ({**BODY, "country": "XX"}, ["country"]),
        ({**BODY, "manager": "nobody@people.example"}, ["manager"]),
        ({**BODY, "name": ""}, ["name"]),
        ({**BODY, "name": "\u200b", "company": "\u2060"}, ["company", "name"]),
        ({**BODY, "kind": "OTHER"}, ["kind"]),
        ({**BODY, "verification": ""}, ["verification"]),
        ({key: BODY[key] for key in BODY if key != "verification"}, ["verification"]),
        ({**ADS, "line_id": "@101hillc"}, ["line_id"]),
        ({**ADS, "premium_id": "@sunny", "verification": "PREMIUM"}, ["premium_id", "verification"]),
    ],
    ids=str,
)
def test_what_is_wrong_stands_at_its_field(rui: User, mia: User, body: Any, fields: list[str]) -> None:
    assert wrong(call(rui, "POST", "accounts/", body)) == (400, fields)
    assert not Account.objects.exists()


@pytest.mark.parametrize(
    ("changes", "field"), [({"premium_id": ""}, "line_id"), ({"line_id": "@other"}, "premium_id")]
)
def test_a_taken_id_stands_at_its_field(
    registered: Account, rui: User, changes: dict[str, str], field: str
) -> None:
    answer = call(rui, "POST", "accounts/", {**BODY, **changes})

    assert (told(answer), wrong(answer)) == ((400, "id_taken"), (400, [field]))


def test_a_change_names_only_what_changes(registered: Account, rui: User) -> None:
    seen = read(rui, registered)["facts_digest"]

    answer = call(rui, "PATCH", f"accounts/{registered.pk}/", {"facts_digest": seen, "name": "Hill"})

    assert (answer.status_code, answer.json()["name"]) == (200, "Hill")
    registered.refresh_from_db()
    assert (registered.name, registered.premium_id, registered.verification) == (
        "Hill",
        "@sunnyhill",
        "VERIFIED",
    )
    assert AuditEvent.objects.get(action="account.changed").details["after"] == {"name": "Hill"}


def test_a_premium_id_and_the_verification_are_changed(registered: Account, rui: User) -> None:
    body = {
        "premium_id": "",
        "verification": "UNVERIFIED",
        "facts_digest": read(rui, registered)["facts_digest"],
    }

    said = call(rui, "PATCH", f"accounts/{registered.pk}/", body).json()

    assert (said["premium_id"], said["search_id"], said["verification"]) == ("", "@101hillc", "UNVERIFIED")


def test_another_company_is_named_whole(registered: Account, rui: User) -> None:
    url, seen = f"accounts/{registered.pk}/", read(rui, registered)["facts_digest"]
    company = {"country": "TW", "registration_number": "04595257", "company": "Hill Tea Co., Ltd."}

    part = call(rui, "PATCH", url, {"registration_number": "04595257", "facts_digest": seen})
    whole = call(rui, "PATCH", url, {**company, "facts_digest": seen})

    assert wrong(part) == (400, ["company", "country"])
    assert whole.json()["legal_entity"]["name"] == "Hill Tea Co., Ltd."
    assert LegalEntity.objects.count() == 2


def test_a_change_of_what_was_not_read_is_refused(registered: Account, rui: User) -> None:
    url, seen = f"accounts/{registered.pk}/", read(rui, registered)["facts_digest"]
    call(rui, "PATCH", url, {"facts_digest": seen, "name": "Hill"})

    assert told(call(rui, "PATCH", url, {"facts_digest": seen, "name": "Other"})) == (409, "facts_changed")
    assert wrong(call(rui, "PATCH", url, {"name": "Other"})) == (400, ["facts_digest"])
    assert wrong(call(rui, "PATCH", url, {"facts_digest": seen, "name": ""})) == (400, ["name"])
    registered.refresh_from_db()
    assert registered.name == "Hill"


def test_what_is_said_again_changes_nothing(registered: Account, rui: User) -> None:
    body = {"facts_digest": read(rui, registered)["facts_digest"], "name": registered.name}

    assert call(rui, "PATCH", f"accounts/{registered.pk}/", body).status_code == 200
    assert acts(account_id=registered.pk) == ["account.registered"]


def test_an_ad_account_has_no_verification(ads: Account, rui: User) -> None:
    body = {"facts_digest": read(rui, ads)["facts_digest"], "verification": "PREMIUM"}

    assert wrong(call(rui, "PATCH", f"accounts/{ads.pk}/", body)) == (400, ["verification"])


def test_managers_come_and_go(registered: Account, rui: User, mia: User, bob: User) -> None:
    managers = f"accounts/{registered.pk}/managers/"

    added = call(rui, "POST", managers, {"email": bob.email})
    again = call(rui, "POST", managers, {"email": bob.email})
    removed = call(rui, "POST", f"{managers}{mia.pk}/remove/")

    assert (added.status_code, len(added.json()["managers"])) == (201, 2)
    assert (told(again), wrong(again)) == ((400, "already_manager"), (400, ["email"]))
    assert [person["email"] for person in removed.json()["managers"]] == [bob.email]
    assert call(rui, "POST", f"{managers}{mia.pk}/remove/").status_code == 404
    assert acts(account_id=registered.pk)[1:] == ["account.manager_added", "account.manager_removed"]


@pytest.mark.parametrize("body", [{}, {"email": "x"}, {"email": "nobody@people.example"}], ids=str)
def test_only_who_signs_in_here_manages(registered: Account, rui: User, body: Any) -> None:
    assert wrong(call(rui, "POST", f"accounts/{registered.pk}/managers/", body)) == (400, ["email"])


def test_the_register_tells_where_an_account_is_linked_now(official_link: Link, rui: User) -> None:
    factories.AdsAccountFactory.create(name="Zebra")

    rows = call(rui, "GET", "accounts/").json()["results"]

    assert [row["organization_id"] for row in rows] == [official_link.organization.code, None]
    assert read(rui, official_link.account)["organization_id"] == official_link.organization.code
