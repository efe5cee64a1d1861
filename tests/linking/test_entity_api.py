"""Legal entities by REST, in the hands of the installation's operators."""

from __future__ import annotations

import uuid

import pytest
from django.utils import timezone

from linking.models import Account
from organizations.models import AuditEvent, LegalEntity, Organization
from tests import factories
from tests.linking.operating import call, told, wrong
from tests.linking.test_entities import mistyped, right
from users.models import Scope, User

__all__ = ["mistyped", "right"]

pytestmark = [pytest.mark.db, pytest.mark.django_db]


def test_a_company_is_read_with_who_names_it(
    rui: User, mistyped: LegalEntity, acme: Organization, official: Account
) -> None:
    read = call(rui, "GET", f"entities/{mistyped.pk}/", None, Scope.READ).json()

    assert (read["organization_count"], read["account_count"], read["confirmed_at"]) == (1, 1, None)
    assert [row["id"] for row in read["organizations"]] == [acme.code]
    assert [row["line_id"] for row in read["accounts"]] == [official.basic_id]


def test_a_company_is_confirmed_under_the_name_that_was_read(rui: User, mistyped: LegalEntity) -> None:
    url = f"entities/{mistyped.pk}"

    assert wrong(call(rui, "POST", f"{url}/confirm/", {})) == (400, ["seen_name"])
    assert told(call(rui, "POST", f"{url}/confirm/", {"seen_name": "Other"})) == (409, "facts_changed")
    confirmed = call(rui, "POST", f"{url}/confirm/", {"seen_name": mistyped.name})
    unconfirmed = call(rui, "POST", f"{url}/unconfirm/")

    assert confirmed.json()["confirmed_at"]
    assert (unconfirmed.status_code, unconfirmed.json()["confirmed_at"]) == (200, None)
    assert told(call(rui, "POST", f"{url}/unconfirm/")) == (409, "facts_changed")


def test_a_company_is_renamed(rui: User, mistyped: LegalEntity) -> None:
    url, seen = f"entities/{mistyped.pk}/rename/", mistyped.name

    answer = call(rui, "POST", url, {"name": "Acme Ltd.", "seen_name": seen})

    assert (answer.status_code, answer.json()["name"]) == (200, "Acme Ltd.")
    assert answer.json()["history"][0]["action"] == "legal_entity.renamed"
    assert told(call(rui, "POST", url, {"name": "Other", "seen_name": seen})) == (409, "facts_changed")
    for blank in (" ", "\u200b"):
        assert wrong(call(rui, "POST", url, {"name": blank, "seen_name": seen})) == (400, ["name"])


def test_a_merge_is_looked_at_before_it_is_done(rui: User, mistyped: LegalEntity, right: LegalEntity) -> None:
    shown = call(
        rui, "GET", f"entities/{mistyped.pk}/merge/?into={right.registration_number}", None, Scope.READ
    )

    said = shown.json()
    assert (said["emptied"]["id"], said["into"]["id"]) == (str(mistyped.pk), str(right.pk))
    assert (said["emptied"]["organization_count"], said["emptied"]["account_count"]) == (1, 1)
    assert LegalEntity.objects.filter(pk=mistyped.pk).exists()


def test_two_companies_become_one(
    rui: User, mistyped: LegalEntity, right: LegalEntity, acme: Organization, official: Account
) -> None:
    body = {"into": str(right.pk), "number": mistyped.registration_number}

    answer = call(rui, "POST", f"entities/{mistyped.pk}/merge/", body)

    said = answer.json()
    assert (said["id"], said["organization_count"], said["account_count"]) == (str(right.pk), 1, 1)
    assert call(rui, "GET", f"entities/{mistyped.pk}/").status_code == 404
    assert AuditEvent.objects.get(action="legal_entity.merged").source == "api"


def test_a_merge_waits_for_the_typed_number(rui: User, mistyped: LegalEntity, right: LegalEntity) -> None:
    url = f"entities/{mistyped.pk}/merge/"

    refused = call(rui, "POST", url, {"into": str(right.pk), "number": right.registration_number})

    assert (told(refused), wrong(refused)) == ((400, "wrong_confirmation"), (400, ["number"]))
    assert wrong(call(rui, "POST", url, {})) == (400, ["into", "number"])
    assert LegalEntity.objects.filter(pk=mistyped.pk).exists()


def test_a_confirmed_company_is_not_emptied(rui: User, mistyped: LegalEntity, right: LegalEntity) -> None:
    body = {"into": str(mistyped.pk), "number": right.registration_number}
    seen = f"entities/{right.pk}/merge/?into={mistyped.registration_number}"

    assert told(call(rui, "POST", f"entities/{right.pk}/merge/", body)) == (409, "company_confirmed")
    assert told(call(rui, "GET", seen)) == (409, "company_confirmed")


def test_companies_of_two_countries_stay_two(rui: User, mistyped: LegalEntity) -> None:
    foreign = factories.LegalEntityFactory.create(country="JP", confirmed_at=timezone.now())
    body = {"into": str(foreign.pk), "number": mistyped.registration_number}

    assert told(call(rui, "POST", f"entities/{mistyped.pk}/merge/", body)) == (409, "other_country")


def test_a_company_is_merged_into_another_that_exists(rui: User, mistyped: LegalEntity) -> None:
    url, number = f"entities/{mistyped.pk}/merge/", mistyped.registration_number

    own = call(rui, "POST", url, {"into": str(mistyped.pk), "number": number})
    absent = call(rui, "POST", url, {"into": str(uuid.uuid4()), "number": number})
    unknown = call(rui, "GET", f"{url}?into=1")

    assert [told(answer) for answer in (own, absent, unknown)] == [
        (400, "same_company"),
        (400, "no_such_company"),
        (400, "no_such_company"),
    ]
    assert wrong(call(rui, "GET", url)) == (400, ["into"])
