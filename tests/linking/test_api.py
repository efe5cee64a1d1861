from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from django.test import Client

from linking import services
from linking.models import Account, Link, LinkRequest
from organizations.models import Organization
from tests import factories
from tests.lineads.server import line, reply
from tests.linking.conftest import Asked
from users.models import Scope, User

pytestmark = [pytest.mark.db, pytest.mark.django_db]
ALL = list(Scope)


def call(method: str, path: str, by: User, body: Any = None, *, scopes: Sequence[Scope] | None = None) -> Any:
    token = factories.token_for(by, *(scopes or ALL))
    content = {"data": body, "content_type": "application/json"} if body is not None else {}
    return getattr(Client(), method)(
        f"/api/v1/{path}", headers={"Authorization": f"Bearer {token}"}, **content
    )


def one(asked: Asked, act: str = "") -> str:
    return f"organizations/{asked.link_request.organization_code}/link-requests/{asked.link_request.pk}/{act}"


@pytest.mark.parametrize("named", ["pk", "basic_id"])
def test_a_manager_asks_and_gets_the_url_once(
    official: Account, acme: Organization, mia: User, named: str
) -> None:
    path = f"accounts/{getattr(official, named)}/link-requests/"

    answer = call("post", path, mia, {"organization_id": acme.code}, scopes=[Scope.REQUEST])

    assert answer.status_code == 201
    assert answer.json()["url"].split("/approve/")[1]
    listed = call("get", path, mia).json()["results"]
    assert [(row["id"], row["state"]) for row in listed] == [(answer.json()["id"], "PENDING")]
    assert "url" not in listed[0]


def test_the_whole_way_by_rest(official: Account, acme: Organization, mia: User, alice: User) -> None:
    body = {"organization_id": acme.code}
    call("post", f"accounts/{official.basic_id}/link-requests/", mia, body)
    waiting = call("get", f"organizations/{acme.code}/link-requests/?state=PENDING", alice).json()["results"][
        0
    ]
    assert waiting["facts"]["account_name"] == official.name
    assert all(check["ok"] for check in waiting["checks"])

    path = f"organizations/{acme.code}/link-requests/{waiting['id']}/approve/"
    given = {**body, "facts_digest": waiting["facts_digest"]}
    answers = [call("post", path, alice, given) for _ in range(2)]

    assert [(answer.status_code, answer.json()["state"]) for answer in answers] == [(200, "APPROVED")] * 2
    linked = call("get", f"organizations/{acme.code}/accounts/", alice).json()["results"]
    assert [row["account"]["line_id"] for row in linked] == [official.basic_id]
    mine = call("get", "accounts/", mia).json()["results"]
    assert [row["organization_id"] for row in mine] == [acme.code]


def test_stale_facts_are_a_conflict(asked: Asked, alice: User) -> None:
    given = {"organization_id": asked.link_request.organization_code, "facts_digest": asked.facts_digest}
    Account.objects.update(name="Renamed")

    answer = call("post", one(asked, "approve/"), alice, given)

    assert (answer.status_code, answer.json()["code"]) == (409, "facts_changed")
    assert not Link.objects.exists()


def test_a_wrong_confirmation_names_its_field(asked: Asked, alice: User) -> None:
    given = {"organization_id": "BM1", "facts_digest": asked.facts_digest}

    answer = call("post", one(asked, "approve/"), alice, given)

    assert answer.status_code == 400
    assert "organization_id" in answer.json()["fields"]


@pytest.mark.parametrize(("name", "status"), [("bob", 403), ("carol", 403), ("charlie", 404), ("mia", 404)])
@pytest.mark.parametrize("act", ["approve/", "reject/"])
def test_only_administrators_answer(
    request: pytest.FixtureRequest, asked: Asked, name: str, status: int, act: str
) -> None:
    given = {"organization_id": "x", "facts_digest": "x", "reason": "x"}

    assert call("post", one(asked, act), request.getfixturevalue(name), given).status_code == status


def test_approval_takes_a_token_that_may_approve(asked: Asked, alice: User) -> None:
    scopes = [scope for scope in Scope if scope != Scope.APPROVE]

    assert call("post", one(asked, "approve/"), alice, {}, scopes=scopes).status_code == 403


def test_a_token_that_may_only_ask_links_nothing_at_once(
    ads: Account, acme: Organization, alice: User
) -> None:
    ads.managers.create(user=alice)
    path, body = f"accounts/{ads.pk}/link-requests/", {"organization_id": acme.code}

    asking = call("post", path, alice, body, scopes=[Scope.REQUEST]).json()
    approving = call("post", path, alice, body, scopes=[Scope.REQUEST, Scope.APPROVE]).json()

    assert (asking["state"], bool(asking["url"])) == ("PENDING", True)
    assert (approving["state"], approving["url"]) == ("APPROVED", None)


def test_rejection_gives_the_reason_back(asked: Asked, alice: User, mia: User) -> None:
    answer = call("post", one(asked, "reject/"), alice, {"reason": "Not ours"})

    assert (answer.json()["state"], answer.json()["reason"]) == ("REJECTED", "Not ours")
    assert call("post", one(asked, "reject/"), alice, {"reason": "Again"}).status_code == 409


def test_the_account_side_cancels(asked: Asked, mia: User, alice: User) -> None:
    path = f"link-requests/{asked.link_request.pk}/cancel/"

    assert call("post", path, alice).status_code == 404
    assert call("post", path, mia).json()["state"] == "CANCELLED"
    assert call("post", path, mia).status_code == 409


@pytest.mark.parametrize("named", ["@nobody", "A000000000", "00000000-0000-4000-8000-000000000000"])
def test_an_account_that_one_does_not_manage_does_not_exist(mia: User, named: str) -> None:
    factories.OfficialAccountFactory.create(basic_id="@nobody")

    assert call("get", f"accounts/{named}/link-requests/", mia).status_code == 404
    assert call("post", f"accounts/{named}/link-requests/", mia, {"organization_id": "x"}).status_code == 404


def test_keys_are_listed_without_secrets_and_entered_on_the_page_only(
    acme: Organization, alice: User
) -> None:
    services.add_key(acme, by=alice, name="K", group_id="G1", access_key="AK", secret_key="sk-made-up")
    path = f"organizations/{acme.code}/api-keys/"

    listed = call("get", path, alice)

    assert listed.json()["results"][0]["access_key"] == "AK"
    assert "sk-made-up" not in listed.content.decode()
    assert call("post", path, alice, {"name": "x"}).status_code in {403, 405}


def test_a_key_is_checked(settings: Any, acme: Organization, alice: User, bob: User, ads_link: Link) -> None:
    key = services.add_key(acme, by=alice, name="K", group_id="G1", access_key="AK", secret_key="sk-made-up")
    with line(reply(200, {"datas": [{"id": ads_link.account.line_id}]})) as server:
        settings.LINE_ADS_BASE_URL = server.url
        answer = call("post", f"organizations/{acme.code}/api-keys/{key.pk}/check/", bob)

    assert answer.json()["check_state"] == "WORKS"
    assert [account["id"] for account in answer.json()["accounts"]] == [str(ads_link.account_id)]


@pytest.mark.parametrize("count", [1, 20])
def test_lists_take_the_same_few_queries(
    acme: Organization, alice: User, count: int, django_assert_max_num_queries: Any
) -> None:
    for _ in range(count):
        factories.LinkRequestFactory.create(organization=acme)
        account = factories.LinkFactory.create(organization=acme).account
        account.managers.create(user=alice)
    token = factories.token_for(alice, *ALL)

    for path in (
        f"organizations/{acme.code}/link-requests/",
        f"organizations/{acme.code}/accounts/",
        "accounts/",
    ):
        with django_assert_max_num_queries(8):
            answer = Client().get(f"/api/v1/{path}", headers={"Authorization": f"Bearer {token}"})
        assert answer.json()["count"] == count


def test_an_overdue_request_reads_as_expired_before_the_tick_has_closed_it(
    acme: Organization, alice: User
) -> None:
    factories.LinkRequestFactory.create(organization=acme, overdue=True)

    row = call("get", f"organizations/{acme.code}/link-requests/", alice).json()["results"][0]

    assert (row["state"], row["checks"]) == ("EXPIRED", [])
    assert LinkRequest.objects.get().state == "PENDING"
