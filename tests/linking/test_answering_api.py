"""Talk Head View applications by REST: answered by an operator, withdrawn by a manager."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from linking import applications
from linking.models import Account, TalkHeadViewApplication
from tests import factories
from tests.linking.conftest import acts
from tests.linking.operating import call, told, wrong
from tests.linking.test_applications import application, talk
from users.models import Scope, User

__all__ = ["application", "talk"]

pytestmark = [pytest.mark.db, pytest.mark.django_db]


def withdraw(person: User, account: Account) -> Any:
    headers = {"Authorization": f"Bearer {factories.token_for(person, Scope.REQUEST)}"}
    return Client().post(f"/api/v1/accounts/{account.public_id}/application/withdraw/", headers=headers)


def test_what_waits_is_on_top_and_found(rui: User, mia: User, application: TalkHeadViewApplication) -> None:
    applications.refuse(factories.ApplicationFactory.create(), reason="No order.", by=rui)

    rows = call(rui, "GET", "applications/").json()["results"]
    found = call(rui, "GET", "applications/?account=acme%20thv&state=PENDING").json()["results"]

    assert [row["state"] for row in rows] == ["PENDING", "REFUSED"]
    assert [row["id"] for row in found] == [str(application.pk)]
    assert found[0]["asked_by"] == {"id": str(mia.pk), "name": "Mia", "email": mia.email}


def test_an_application_is_granted_once(rui: User, application: TalkHeadViewApplication) -> None:
    url = f"applications/{application.pk}"

    answer = call(rui, "POST", f"{url}/grant/")

    assert (answer.status_code, answer.json()["state"]) == (200, "GRANTED")
    assert answer.json()["closed_by"]["email"] == rui.email
    assert Account.objects.get(pk=application.account_id).granted_at
    assert told(call(rui, "POST", f"{url}/grant/")) == (409, "application_closed")
    assert told(call(rui, "POST", f"{url}/refuse/", {"reason": "No."})) == (409, "application_closed")


def test_an_application_is_refused_with_a_reason(rui: User, application: TalkHeadViewApplication) -> None:
    url = f"applications/{application.pk}/refuse/"

    assert wrong(call(rui, "POST", url, {})) == (400, ["reason"])
    assert wrong(call(rui, "POST", url, {"reason": "\u200b"})) == (400, ["reason"])
    answer = call(rui, "POST", url, {"reason": "No order."})

    assert (answer.json()["state"], answer.json()["reason"]) == ("REFUSED", "No order.")
    assert acts(account_id=application.account_id) == ["application.sent", "application.refused"]


def test_a_manager_withdraws_and_may_apply_again(
    mia: User, talk: Account, application: TalkHeadViewApplication
) -> None:
    answer = withdraw(mia, talk)

    assert (answer.status_code, answer.json()["state"]) == (200, "WITHDRAWN")
    assert told(withdraw(mia, talk)) == (409, "application_closed")
    applications.apply(talk, note="", by=mia)
    assert withdraw(mia, talk).status_code == 200


def test_what_was_answered_is_not_withdrawn(
    mia: User, rui: User, talk: Account, application: TalkHeadViewApplication
) -> None:
    applications.grant(application, by=rui)

    assert told(withdraw(mia, talk)) == (409, "application_closed")


def test_only_managers_of_an_account_with_an_application_withdraw(
    mia: User, alice: User, rui: User, talk: Account, ads: Account
) -> None:
    assert withdraw(mia, talk).status_code == 404  # none was sent
    applications.apply(talk, note="", by=mia)

    assert [withdraw(person, talk).status_code for person in (alice, rui)] == [404, 404]
    assert withdraw(mia, ads).status_code == 404
    assert talk.applications.get().state == "PENDING"
