"""Organizations, business info, safeguards and reviews by REST."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from linking.models import Link
from organizations.models import LegalEntity, Organization, Review
from tests import factories
from tests.organizations.test_founding import TEA
from tests.organizations.test_reviews import wanted
from users.models import Scope, User

pytestmark = [pytest.mark.db, pytest.mark.django_db]


def call(by: User, method: str, path: str, body: Any = None, scope: Scope = Scope.APPROVE) -> Any:
    headers = {"Authorization": f"Bearer {factories.token_for(by, Scope.READ, scope)}"}
    data = {} if body is None else body
    client = Client(headers=headers)
    return client.generic(method, f"/api/v1/{path}", json.dumps(data), content_type="application/json")


def test_an_organization_is_founded_and_listed(mia: User) -> None:
    made = call(mia, "POST", "organizations/", TEA)

    assert made.status_code == 201
    listed = call(mia, "GET", "organizations/").json()["results"]
    assert [(one["id"], one["review"]) for one in listed] == [(made.json()["id"], "UNVERIFIED")]


def test_founding_needs_the_scope_that_asks_for_the_password(mia: User) -> None:
    assert call(mia, "POST", "organizations/", TEA, scope=Scope.SHARE).status_code == 403


def test_a_wrong_number_is_named_by_its_field(mia: User) -> None:
    answer = call(mia, "POST", "organizations/", {**TEA, "registration_number": "12345678"})

    assert (answer.status_code, answer.json()["code"]) == (400, "wrong_registration_number")
    assert "check digit" in answer.json()["fields"]["registration_number"][0]


def test_business_info_is_saved_and_says_what_the_review_waits_for(acme: Organization, alice: User) -> None:
    path = f"organizations/{acme.code}/business-info/"

    saved = call(alice, "PUT", path, wanted(acme)).json()

    assert (saved["registration_number"], saved["email_proved_at"]) == ("10458575", None)
    waits = [check["code"] for check in saved["conditions"] if not check["ok"]]
    assert waits == ["email_not_proved", "nothing_linked"]
    assert call(alice, "POST", f"{path}send-mail/").status_code == 200
    assert call(alice, "GET", path).json() == saved


def test_a_review_that_is_not_rejected_is_not_asked_for_again(acme: Organization, alice: User) -> None:
    answer = call(alice, "POST", f"organizations/{acme.code}/review/")

    assert (answer.status_code, answer.json()["code"]) == (409, "review_not_ready")


def test_safeguards_are_read_and_changed(acme: Organization, alice: User) -> None:
    path = f"organizations/{acme.code}/safeguards/"
    now = call(alice, "GET", path).json()
    assert set(now.values()) == {False}

    assert call(alice, "PUT", path, {**now, "one_person_may_move": True}).json()["one_person_may_move"]
    assert call(alice, "PUT", path, {**now, "needs_two_approvals": True}).status_code == 409
    assert call(alice, "PUT", path, {}).status_code == 400


def test_an_unused_organization_is_deleted(acme: Organization, alice: User) -> None:
    path = f"organizations/{acme.code}/delete/"

    assert call(alice, "POST", path, {"organization_id": "BM00000000000"}).status_code == 400
    assert call(alice, "POST", path, {"organization_id": acme.code}).status_code == 204
    assert not Organization.objects.exists()


def test_a_linking_review_is_read_and_asked_for_again(
    acme: Organization, alice: User, ads_link: Link
) -> None:
    Organization.objects.filter(pk=acme.pk).update(review=Review.VERIFIED)
    LegalEntity.objects.filter(pk=acme.legal_entity_id).update(confirmed_at=timezone.now())
    Link.objects.update(review=Review.REJECTED, review_reason="other_legal_entity")
    path = f"organizations/{acme.code}/accounts/{ads_link.account_id}/review/"

    told = call(alice, "GET", path).json()
    assert told["review_reason"].startswith("The account's contracting legal entity")
    assert [check["ok"] for check in told["checks"]] == [True] * 4
    assert call(alice, "POST", path).json()["review"] == "VERIFIED"
    assert call(alice, "POST", path).json()["code"] == "review_closed"
