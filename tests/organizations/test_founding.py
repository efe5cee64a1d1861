"""Organizations begin on a page and by REST, and end only while they were never used."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from linking.models import LinkRequest
from organizations import founding
from organizations.errors import NotAllowed
from organizations.founding import OrganizationUsed, TooManyOrganizations, WrongCode
from organizations.legal_entities import WrongRegistrationNumber
from organizations.models import AuditEvent, LegalEntity, Organization, Review
from organizations.permissions import Role
from tests import factories
from users.models import User

pytestmark = [pytest.mark.db, pytest.mark.django_db]
SignIn = Callable[[User], Client]
TEA: dict[str, str] = {
    "name": "Hill Tea",
    "region": "TW",
    "country": "TW",
    "registration_number": "10458575",
    "company_name": "Hill Tea Co., Ltd.",
}


def found(by: User, **changed: str) -> Organization:
    return founding.found(**{**TEA, **changed}, by=by)


def test_who_founds_an_organization_is_its_administrator(mia: User) -> None:
    made = found(mia)

    assert made.memberships.get().role == Role.ADMINISTRATOR
    assert (made.review, made.business_info.company_name) == (Review.UNVERIFIED, "Hill Tea Co., Ltd.")
    event = AuditEvent.objects.get(action="organization.created")
    assert (event.organization, event.details) == (made, {"legal_entity": "TW 10458575"})


def test_two_organizations_of_one_company_share_its_legal_entity(mia: User, alice: User) -> None:
    assert found(mia).legal_entity == found(alice, registration_number="1045 8575").legal_entity


def test_a_wrong_number_founds_nothing(mia: User) -> None:
    with pytest.raises(WrongRegistrationNumber):
        found(mia, registration_number="12345678")

    assert not LegalEntity.objects.exists()
    assert not Organization.objects.exists()


def test_ten_an_hour_are_enough_for_anybody(mia: User, alice: User) -> None:
    for _turn in range(founding.MOST_AN_HOUR):
        found(mia)

    with pytest.raises(TooManyOrganizations):
        found(mia)
    assert found(alice)


def test_a_hundred_in_all_are_enough_too(
    mia: User, acme: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(founding, "MOST_ORGANIZATIONS", 1)
    acme.memberships.create(user=mia, role=Role.VIEWER)

    with pytest.raises(TooManyOrganizations):
        found(mia)


def test_an_unused_organization_is_deleted_and_its_history_stays(mia: User) -> None:
    made = found(mia)

    founding.delete(made, typed_code=made.code, by=mia)

    assert not Organization.objects.exists()
    told = AuditEvent.objects.filter(subject_id=str(made.pk)).values_list("action", flat=True)
    assert set(told) == {"organization.created", "organization.deleted"}


def test_what_was_asked_of_it_in_vain_ends_with_it(mia: User, alice: User, acme: Organization) -> None:
    pending = factories.LinkRequestFactory.create(organization=acme)
    closed = factories.LinkRequestFactory.create(
        organization=acme, state="REJECTED", closed_at=timezone.now()
    )

    founding.delete(acme, typed_code=acme.code, by=alice)

    pending.refresh_from_db()
    assert (pending.state, pending.organization, pending.reason) == (
        LinkRequest.State.INVALID,
        None,
        "organization_deleted",
    )
    closed.refresh_from_db()
    assert (closed.state, closed.organization) == (LinkRequest.State.REJECTED, None)


def test_a_used_organization_stays_and_says_what_it_holds(
    acme: Organization, alice: User, ads_link: Any
) -> None:
    factories.LinkRequestFactory.create(organization=acme)

    with pytest.raises(OrganizationUsed, match="Link"):
        founding.delete(acme, typed_code=acme.code, by=alice)

    assert Organization.objects.filter(pk=acme.pk).exists()
    assert LinkRequest.objects.get().state == LinkRequest.State.PENDING
    assert not AuditEvent.objects.filter(action="organization.deleted").exists()


def test_deleting_asks_for_the_id(acme: Organization, alice: User) -> None:
    with pytest.raises(WrongCode):
        founding.delete(acme, typed_code="BM00000000000", by=alice)


def test_operators_delete_nothing(acme: Organization, alice: User, bob: User) -> None:
    with pytest.raises(NotAllowed):
        founding.delete(acme, typed_code=acme.code, by=bob)


def test_a_person_with_nothing_founds_an_organization_on_the_page(mia: User, signed_in: SignIn) -> None:
    client = signed_in(mia)
    assert reverse("organizations:new") in client.get("/").content.decode()

    shown = client.post(reverse("organizations:new"), TEA, follow=True)

    made = Organization.objects.get()
    assert shown.redirect_chain == [(reverse("organizations:business-info", args=[made.code]), 302)]
    assert "Complete its business info" in shown.content.decode()


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"registration_number": "12345678"}, "registration_number"),
        ({"name": ""}, "name"),
        ({"name": "Hill\x00Tea"}, "name"),
        ({"name": "\u200b \u202e"}, "name"),
        ({"country": "US"}, "country"),
        ({"company_name": "x" * 121}, "company_name"),
    ],
)
def test_a_mistake_is_marked_where_it_is(
    mia: User, signed_in: SignIn, changed: dict[str, str], field: str
) -> None:
    answer = signed_in(mia).post(reverse("organizations:new"), {**TEA, **changed})

    assert answer.status_code == 400
    assert field in answer.context["form"].errors
    assert not Organization.objects.exists()


def test_the_page_deletes_and_leads_home(mia: User, fresh_in: SignIn) -> None:
    made = found(mia)
    client = fresh_in(mia)
    page = reverse("organizations:delete", args=[made.code])

    refused = client.post(page, {"organization_id": "BM00000000001"})
    assert (refused.status_code, b"Type it as it stands" in refused.content) == (400, True)
    assert client.post(page, {"organization_id": made.code})["Location"] == "/"
    assert client.get(page).status_code == 404


def test_a_used_one_says_so_on_the_page(
    acme: Organization, alice: User, ads_link: Any, fresh_in: SignIn
) -> None:
    answer = fresh_in(alice).post(
        reverse("organizations:delete", args=[acme.code]), {"organization_id": acme.code}
    )

    assert (answer.status_code, b"cannot be deleted any more" in answer.content) == (409, True)
