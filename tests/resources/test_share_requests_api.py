"""Share requests by REST, on the organization's side and on the account's."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from linking.models import Account, Link
from organizations.models import Organization
from resources import share_requests
from resources.models import Resource, ShareRequest
from tests import factories
from users.models import Scope, User

pytestmark = [pytest.mark.db, pytest.mark.django_db]


class Caller:
    """A person with a token of every scope."""

    def __init__(self, person: User) -> None:
        self.headers = {"Authorization": f"Bearer {factories.token_for(person, *Scope)}"}

    def post(self, path: str, **body: Any) -> Any:
        return Client().post(f"/api/v1/{path}", body, "application/json", headers=self.headers)

    def get(self, path: str) -> Any:
        return Client().get(f"/api/v1/{path}", headers=self.headers)


@pytest.fixture
def requests(acme: Organization) -> str:
    return f"organizations/{acme.code}/share-requests/"


def test_a_viewer_asks_and_an_operator_grants(
    requests: str, audience: Resource, official_link: Link, carol: User, bob: User
) -> None:
    asker, operator = Caller(carol), Caller(bob)
    wanted = {"account": official_link.account.basic_id, "resource": str(audience.pk), "note": "For autumn"}

    made = asker.post(requests, **wanted)
    assert (made.status_code, made.json()["state"], made.json()["note"]) == (201, "PENDING", "For autumn")
    assert asker.post(requests, **wanted).status_code == 409
    one = f"{requests}{made.json()['id']}/"
    assert asker.post(f"{one}grant/").status_code == 403

    granted = operator.post(f"{one}grant/", until="2099-01-01T00:00:00Z")

    assert (granted.status_code, granted.json()["shared"]) == (200, [str(audience.pk)])
    assert operator.post(f"{one}refuse/", reason="late").json()["code"] == "request_closed"
    assert [row["state"] for row in asker.get(f"{requests}?state=GRANTED").json()["results"]] == ["GRANTED"]
    assert asker.get(f"{requests}?state=PENDING").json()["count"] == 0


def test_everything_is_asked_for_withdrawn_and_refused(
    requests: str, official_link: Link, carol: User, bob: User
) -> None:
    asker, operator = Caller(carol), Caller(bob)
    wanted = {"account": str(official_link.account_id), "everything": True}

    first = asker.post(requests, **wanted).json()
    withdraw = f"{requests}{first['id']}/withdraw/"
    assert (first["what"], operator.post(withdraw).json()["code"]) == ("EVERYTHING", "not_yours")
    assert asker.post(withdraw).json()["state"] == "WITHDRAWN"

    second = asker.post(requests, **wanted).json()
    refused = operator.post(f"{requests}{second['id']}/refuse/", reason="No")
    assert (refused.json()["state"], refused.json()["reason"]) == ("REFUSED", "No")


@pytest.mark.parametrize("body", [{}, {"resource": "00000000-0000-4000-8000-000000000000"}])
def test_asking_names_a_resource_of_the_organization(
    requests: str, official_link: Link, carol: User, body: dict[str, str]
) -> None:
    answer = Caller(carol).post(requests, account=official_link.account.basic_id, **body)

    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["resource"])


def test_a_manager_asks_in_words_and_the_operator_says_what_is_meant(
    requests: str, audience: Resource, official: Account, official_link: Link, mia: User, bob: User
) -> None:
    asker, operator, own = Caller(mia), Caller(bob), f"accounts/{official.basic_id}/share-requests/"
    made = asker.post(own, note="Summer buyers")
    grant = f"{requests}{made.json()['id']}/grant/"
    assert (made.status_code, sorted(set(made.json()) & {"resource", "asked_by"})) == (201, [])

    foreign = factories.ResourceFactory.create()
    assert operator.post(grant, resources=[str(audience.pk), str(foreign.pk)]).status_code == 400
    assert operator.post(grant).json()["code"] == "nothing_chosen"
    assert operator.post(grant, resources=[str(audience.pk)]).status_code == 200

    (row,) = asker.get(own).json()["results"]
    assert (row["state"], row["shared"]) == ("GRANTED", [str(audience.pk)])


def test_a_manager_sees_and_withdraws_only_own_requests(
    audience: Resource, official: Account, official_link: Link, mia: User, carol: User
) -> None:
    asker, own = Caller(mia), f"accounts/{official.pk}/share-requests/"
    (named,) = share_requests.ask([(official_link, audience)], note="", by=carol)
    made = asker.post(own, line_id="1234567890").json()

    assert [row["id"] for row in asker.get(own).json()["results"]] == [made["id"]]
    assert asker.post(f"{own}{named.pk}/withdraw/").status_code == 404
    assert asker.post(f"{own}{made['id']}/withdraw/").json()["state"] == "WITHDRAWN"
    assert asker.post(f"{own}{made['id']}/withdraw/").status_code == 409


def test_the_twenty_first_open_request_is_one_too_many(
    official: Account, official_link: Link, mia: User
) -> None:
    for place in range(20):
        share_requests.ask_in_words(official, note=f"Audience {place}", by=mia)

    answer = Caller(mia).post(f"accounts/{official.pk}/share-requests/", note="One more")

    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_requests")
    assert ShareRequest.objects.count() == 20


def test_a_token_that_only_reads_does_not_ask(requests: str, carol: User) -> None:
    headers = {"Authorization": f"Bearer {factories.token_for(carol, Scope.READ)}"}

    answer = Client().post(f"/api/v1/{requests}", {}, "application/json", headers=headers)

    assert answer.status_code == 403


@pytest.mark.parametrize("count", [1, 20])
def test_the_list_takes_the_same_few_queries(
    requests: str,
    ads_link: Link,
    official_link: Link,
    carol: User,
    count: int,
    django_assert_num_queries: Any,
) -> None:
    for each in factories.ResourceFactory.create_batch(count, owner_account=ads_link.account):
        factories.ShareRequestFactory.create(resource=each, to_link=official_link, asked_by=carol)
    caller = Caller(carol)

    with django_assert_num_queries(7):
        assert caller.get(requests).json()["count"] == count
