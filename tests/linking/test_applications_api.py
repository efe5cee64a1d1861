from __future__ import annotations

import pytest
from django.test import Client

from linking import applications
from linking.models import Account, TalkHeadViewApplication
from tests import factories
from tests.linking.test_applications import talk
from users.models import Scope, User

__all__ = ["talk"]

pytestmark = [pytest.mark.db, pytest.mark.django_db]


def test_by_rest_a_manager_applies_and_reads_the_state(
    talk: Account, mia: User, rui: User, client: Client
) -> None:
    headers = {"Authorization": f"Bearer {factories.token_for(mia, Scope.READ, Scope.REQUEST)}"}
    url = f"/api/v1/accounts/{talk.pk}/application/"

    def state() -> str:
        rows = client.get("/api/v1/accounts/", headers=headers).json()["results"]
        return str(next(row["application"] for row in rows))

    assert state() == "NONE"
    made = client.post(url, {"note": "Order 1"}, "application/json", headers=headers)
    again = client.post(url, {}, "application/json", headers=headers)

    assert (made.status_code, made.json()["state"], made.json()["note"]) == (201, "PENDING", "Order 1")
    assert (again.status_code, again.json()["code"]) == (409, "application_pending")
    assert state() == "PENDING"
    applications.grant(TalkHeadViewApplication.objects.get(), by=rui)
    assert state() == "GRANTED"


def test_by_rest_an_id_names_the_talk_head_view_account_of_two(
    talk: Account, ads: Account, mia: User, alice: User, client: Client
) -> None:
    Account.objects.filter(pk=ads.pk).update(line_id=talk.line_id)
    url = f"/api/v1/accounts/{talk.line_id}/application/"

    for person, status in ((mia, 201), (alice, 404)):
        headers = {"Authorization": f"Bearer {factories.token_for(person, Scope.REQUEST)}"}
        assert client.post(url, {}, "application/json", headers=headers).status_code == status

    assert TalkHeadViewApplication.objects.get().account == talk


def test_by_rest_other_kinds_tell_no_application(ads: Account, mia: User, client: Client) -> None:
    headers = {"Authorization": f"Bearer {factories.token_for(mia, Scope.READ)}"}

    assert [
        row["application"] for row in client.get("/api/v1/accounts/", headers=headers).json()["results"]
    ] == [None]
