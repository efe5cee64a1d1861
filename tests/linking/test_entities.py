from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from linking import entities, services
from linking.errors import (
    CompanyConfirmed,
    CompanyInUse,
    FactsChanged,
    OtherCountry,
    SameCompany,
    WrongNumber,
)
from linking.models import Account, Link
from organizations.models import AuditEvent, LegalEntity, Organization
from tests import factories
from tests.linking.conftest import Asked, acts
from users.models import User

pytestmark = [pytest.mark.db, pytest.mark.django_db]
SignIn = Callable[[User], Client]


def page(act: str, *more: Any) -> str:
    return reverse(f"linking:{act}", args=more)


@pytest.fixture
def mistyped(acme: Organization, official: Account) -> LegalEntity:
    """The company of acme and its account, under a wrong number."""
    return acme.legal_entity


@pytest.fixture
def right(db: None) -> LegalEntity:
    return factories.LegalEntityFactory.create(name="Acme Coffee Inc.", confirmed_at=timezone.now())


def test_a_company_is_confirmed_and_the_confirmation_taken_back(right: LegalEntity, rui: User) -> None:
    entities.unconfirm(right, by=rui)
    assert right.confirmed_at is None

    entities.confirm(right, seen_name=right.name, by=rui)

    assert right.confirmed_at is not None
    assert acts(subject_id=str(right.pk)) == ["legal_entity.unconfirmed", "legal_entity.confirmed"]


def test_what_was_renamed_meanwhile_is_not_confirmed_unseen(mistyped: LegalEntity, rui: User) -> None:
    seen = mistyped.name
    entities.rename(mistyped, name="Acme Ltd.", seen_name=seen, by=rui)

    with pytest.raises(FactsChanged):
        entities.confirm(mistyped, seen_name=seen, by=rui)
    with pytest.raises(FactsChanged):
        entities.rename(mistyped, name="Acme Limited", seen_name=seen, by=rui)

    mistyped.refresh_from_db()
    assert (mistyped.name, mistyped.confirmed_at) == ("Acme Ltd.", None)


def test_a_new_name_is_told_to_the_organizations_of_the_company(
    mistyped: LegalEntity, acme: Organization, rui: User
) -> None:
    before = mistyped.name
    entities.rename(mistyped, name="Acme Ltd.", seen_name=before, by=rui)

    told = AuditEvent.objects.filter(action="legal_entity.renamed")
    assert [event.organization for event in told.order_by("id")] == [None, acme]
    assert told[0].details == {"before": before, "after": "Acme Ltd."}


def test_a_renamed_company_makes_approval_pages_stale(
    asked: Asked, acme: Organization, alice: User, rui: User
) -> None:
    digest, entity = asked.facts_digest, acme.legal_entity
    entities.rename(entity, name="Acme Ltd.", seen_name=entity.name, by=rui)

    with pytest.raises(FactsChanged):
        services.approve_request(asked.link_request, by=alice, typed_code=acme.code, facts_digest=digest)


def test_a_merge_moves_everything_and_deletes_the_emptied_company(
    mistyped: LegalEntity, right: LegalEntity, acme: Organization, official_link: Link, rui: User
) -> None:
    entities.merge(mistyped, right, typed=mistyped.registration_number, by=rui)

    acme.refresh_from_db()
    official_link.account.refresh_from_db()
    assert acme.legal_entity == official_link.account.legal_entity == right
    assert not LegalEntity.objects.filter(registration_number=mistyped.registration_number).exists()
    assert acts(organization=acme) == ["account.changed", "organization.entity_changed"]
    assert AuditEvent.objects.get(action="legal_entity.merged").details == {
        "emptied": f"TW {mistyped.registration_number}",
        "accounts": 1,
        "organizations": 1,
    }


def test_a_merge_makes_approval_pages_stale(
    asked: Asked, mistyped: LegalEntity, right: LegalEntity, acme: Organization, alice: User, rui: User
) -> None:
    digest = asked.facts_digest
    entities.merge(mistyped, right, typed=mistyped.registration_number, by=rui)

    with pytest.raises(FactsChanged):
        services.approve_request(asked.link_request, by=alice, typed_code=acme.code, facts_digest=digest)


def test_a_merge_across_countries_a_confirmed_and_the_same_company_is_refused(
    mistyped: LegalEntity, right: LegalEntity, rui: User
) -> None:
    abroad = factories.LegalEntityFactory.create(country="JP")

    for emptied, into, refusal in (
        (mistyped, abroad, OtherCountry),
        (right, mistyped, CompanyConfirmed),
        (mistyped, mistyped, SameCompany),
    ):
        with pytest.raises(refusal):
            entities.merge(emptied, into, typed=emptied.registration_number, by=rui)

    assert LegalEntity.objects.count() == 3


def test_a_merge_wants_the_number_of_what_is_deleted(
    mistyped: LegalEntity, right: LegalEntity, rui: User
) -> None:
    with pytest.raises(WrongNumber):
        entities.merge(mistyped, right, typed=right.registration_number, by=rui)

    assert mistyped.accounts.exists()


def test_who_comes_second_to_a_merge_is_told(mistyped: LegalEntity, right: LegalEntity, rui: User) -> None:
    entities.merge(LegalEntity.objects.get(pk=mistyped.pk), right, typed=mistyped.registration_number, by=rui)

    with pytest.raises(FactsChanged):
        entities.merge(mistyped, right, typed=mistyped.registration_number, by=rui)


def test_a_company_that_something_else_still_names_is_not_deleted(
    mistyped: LegalEntity, right: LegalEntity, rui: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entities, "_move_accounts", lambda emptied, into, by: 0)

    with pytest.raises(CompanyInUse):
        entities.merge(mistyped, right, typed=mistyped.registration_number, by=rui)

    assert Organization.objects.get().legal_entity == mistyped


def test_the_operator_confirms_renames_and_takes_back_on_the_page(
    mistyped: LegalEntity, fresh_in: SignIn, rui: User
) -> None:
    client, name = fresh_in(rui), mistyped.name

    assert client.post(page("confirm-entity", mistyped.pk), {"seen_name": "else"}).status_code == 409
    assert client.post(page("confirm-entity", mistyped.pk), {"seen_name": name}).status_code == 302
    assert client.post(page("rename-entity", mistyped.pk), {"name": "", "seen_name": name}).status_code == 400
    assert (
        client.post(page("rename-entity", mistyped.pk), {"name": "Acme", "seen_name": name}).status_code
        == 302
    )
    assert (
        client.post(page("rename-entity", mistyped.pk), {"name": "Tea", "seen_name": name}).status_code == 409
    )
    assert client.post(page("unconfirm-entity", mistyped.pk)).status_code == 302
    assert client.post(page("unconfirm-entity", mistyped.pk)).status_code == 409

    shown = client.get(page("entity", mistyped.pk)).content.decode()
    assert [word for word in ("Acme", "Acme Coffee OA", "Legal entity: renamed") if word not in shown] == []


def test_the_merge_is_looked_at_before_it_is_done(
    mistyped: LegalEntity, right: LegalEntity, acme: Organization, fresh_in: SignIn, rui: User
) -> None:
    client, now = fresh_in(rui), page("merge-entities", mistyped.pk)
    shown = client.get(page("merge", mistyped.pk), {"into": f" {right.registration_number} "})

    assert [
        word for word in (right.name, acme.code, "Acme Coffee OA") if word not in shown.content.decode()
    ] == []
    assert client.post(now, {"into": str(right.pk), "number": ""}).status_code == 400
    assert client.post(now, {"into": str(right.pk), "number": "1"}).status_code == 400
    assert client.post(now, {"number": mistyped.registration_number}).status_code == 400
    assert LegalEntity.objects.filter(pk=mistyped.pk).exists()

    done = client.post(now, {"into": str(right.pk), "number": mistyped.registration_number})

    assert done["Location"] == page("entity", right.pk)
    assert client.post(now, {"into": str(right.pk), "number": "1"}).status_code == 404


@pytest.mark.parametrize(("into", "status"), [("", 400), ("999", 400), ("own", 400), ("abroad", 409)])
def test_a_merge_that_cannot_be_is_explained_before_it_is_confirmed(
    mistyped: LegalEntity, signed_in: SignIn, rui: User, into: str, status: int
) -> None:
    abroad = factories.LegalEntityFactory.create(country="JP", registration_number="7000012050002")
    numbers = {"own": mistyped.registration_number, "abroad": abroad.registration_number}

    answer = signed_in(rui).get(page("merge", mistyped.pk), {"into": numbers.get(into, into)})

    assert answer.status_code == status
    assert "Who uses it" in answer.content.decode()


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"text": "coffee inc"}, ["Acme Coffee Inc."]),
        ({"text": "70000"}, ["Tea"]),
        ({"confirmed": "yes"}, ["Acme Coffee Inc."]),
        ({"confirmed": "no"}, ["Tea"]),
        ({"confirmed": "maybe"}, ["Acme Coffee Inc.", "Tea"]),
    ],
    ids=str,
)
def test_legal_entities_are_searched(
    right: LegalEntity, signed_in: SignIn, rui: User, wanted: dict[str, str], found: list[str]
) -> None:
    factories.LegalEntityFactory.create(name="Tea", country="JP", registration_number="7000012050002")

    answer = signed_in(rui).get(page("entities"), wanted)

    assert [entity.name for entity in answer.context["page"]] == found


def test_the_list_counts_who_uses_each(
    acme: Organization, official: Account, ads: Account, signed_in: SignIn, rui: User
) -> None:
    answer = signed_in(rui).get(page("entities"))

    assert [(row.organization_count, row.account_count) for row in answer.context["page"]] == [(1, 2)]


@pytest.mark.parametrize("count", [1, 20])
def test_the_list_takes_the_same_few_queries(
    signed_in: SignIn, rui: User, count: int, django_assert_num_queries: Any
) -> None:
    for _ in range(count):
        factories.OrganizationFactory.create()
    client = signed_in(rui)

    with django_assert_num_queries(8):
        client.get(page("entities"))
