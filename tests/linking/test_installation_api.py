"""The operators' door of the REST interface, its lists, and the verdicts on organizations and links."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from linking.models import Link
from organizations import reviews
from organizations.models import AuditEvent, LegalEntity, Organization, Review
from tests import factories
from tests.linking.operating import call, told, wrong
from users.models import REVIEWERS, Scope, User

pytestmark = [pytest.mark.db, pytest.mark.django_db]
LISTS = ["organizations", "links", "accounts", "entities", "applications"]


@pytest.fixture
def waiting(acme: Organization) -> Organization:
    Organization.objects.filter(pk=acme.pk).update(review=Review.IN_REVIEW, reviewed_at=timezone.now())
    return Organization.objects.select_related("legal_entity", "business_info").get(pk=acme.pk)


@pytest.fixture
def open_link(ads_link: Link) -> Link:
    Link.objects.filter(pk=ads_link.pk).update(review=Review.IN_REVIEW, reviewed_at=timezone.now())
    return Link.objects.get(pk=ads_link.pk)


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
@pytest.mark.parametrize("scopes", [[Scope.SHARE], list(Scope)], ids=["without scope", "with all scopes"])
def test_for_others_there_is_no_such_address_whatever_they_send(
    alice: User, method: str, scopes: list[Scope]
) -> None:
    there = call(alice, method, "accounts/", None, *scopes)
    absent = call(alice, method, "nothing-here/", None, *scopes)

    assert (there.status_code, absent.status_code) == (404, 404)
    assert there.content == absent.content
    assert absent.json()["message"]


def test_who_is_no_operator_any_more_is_outside_at_the_next_call(rui: User) -> None:
    headers = {"Authorization": f"Bearer {factories.token_for(rui, Scope.READ)}"}
    assert Client().get("/api/v1/installation/accounts/", headers=headers).status_code == 200

    rui.groups.filter(name=REVIEWERS).delete()

    assert Client().get("/api/v1/installation/accounts/", headers=headers).status_code == 404


@pytest.mark.parametrize("scopes", [[Scope.READ], [Scope.REQUEST, Scope.FEED, Scope.SHARE]], ids=str)
def test_deciding_needs_the_scope_that_lives_a_day(
    rui: User, waiting: Organization, open_link: Link, scopes: list[Scope]
) -> None:
    for path in (f"organizations/{waiting.code}/verify/", f"links/{open_link.pk}/verify/", "accounts/"):
        answer = call(rui, "POST", path, {"facts_digest": reviews.digest(waiting)}, *scopes)
        assert told(answer) == (403, "not_allowed")

    open_link.refresh_from_db()
    assert open_link.review == Review.IN_REVIEW


@pytest.mark.parametrize("count", [1, 20])
@pytest.mark.parametrize("path", LISTS)
def test_lists_take_the_same_few_queries(
    rui: User, path: str, count: int, django_assert_num_queries: Any
) -> None:
    factories.LinkFactory.create_batch(count, review=Review.IN_REVIEW)
    factories.ApplicationFactory.create_batch(count)

    with django_assert_num_queries(6):  # of which one makes the token
        assert call(rui, "GET", f"{path}/").json()["count"] >= count


@pytest.mark.parametrize("path", LISTS)
def test_lists_come_in_pages(rui: User, path: str) -> None:
    factories.LinkFactory.create_batch(2)
    factories.ApplicationFactory.create_batch(2)

    first = call(rui, "GET", f"{path}/?page_size=1").json()
    second = call(rui, "GET", f"{path}/?page_size=1&page=2").json()

    assert [len(first["results"]), len(second["results"])] == [1, 1]
    assert first["results"][0]["id"] != second["results"][0]["id"]
    assert first["next"]


@pytest.mark.parametrize(
    ("path", "count"),
    [
        ("organizations/?text=acme", 1),
        ("organizations/?text=nobody", 0),
        ("organizations/?review=IN_REVIEW", 1),
        ("organizations/?review=VERIFIED", 0),
        ("links/?text=Acme%20Ads&review=IN_REVIEW", 1),
        ("links/?text=nobody", 0),
        ("accounts/?kind=ADS", 1),
        ("accounts/?kind=OFFICIAL", 0),
        ("accounts/?verification=VERIFIED", 0),
        ("accounts/?text=Acme", 1),
        ("entities/?confirmed=yes", 0),
        ("entities/?confirmed=no", 1),
        ("applications/?state=PENDING", 0),
    ],
)
def test_lists_take_the_filters_of_their_pages(
    rui: User, waiting: Organization, open_link: Link, path: str, count: int
) -> None:
    assert call(rui, "GET", path).json()["count"] == count


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("organizations/?review=OPEN", "review"),
        ("links/?review=OPEN", "review"),
        ("accounts/?kind=OTHER", "kind"),
        ("entities/?confirmed=perhaps", "confirmed"),
        ("applications/?state=OPEN", "state"),
        ("accounts/?text=" + "x" * 121, "text"),
    ],
)
def test_a_filter_that_is_none_is_refused_instead_of_ignored(rui: User, path: str, field: str) -> None:
    assert wrong(call(rui, "GET", path)) == (400, [field])


def test_what_waits_is_on_top(rui: User, waiting: Organization) -> None:
    factories.OrganizationFactory.create(name="Aardvark", review=Review.VERIFIED)

    rows = call(rui, "GET", "organizations/").json()["results"]

    assert [row["name"] for row in rows] == ["Acme Coffee", "Aardvark"]


def test_an_organization_is_read_with_all_that_is_compared(
    rui: User, alice: User, waiting: Organization, ads_link: Link
) -> None:
    waiting.business_info.company_name = "Another Name"
    waiting.business_info.save()

    read = call(rui, "GET", f"organizations/{waiting.code}/", None, Scope.READ).json()

    assert (read["id"], read["review"], read["names_equal"]) == (waiting.code, "IN_REVIEW", False)
    assert read["business_info"]["company_name"] == "Another Name"
    assert read["legal_entity"]["registration_number"] == waiting.legal_entity.registration_number
    assert [seat["email"] for seat in read["members"]] == [alice.email]
    assert [account["name"] for account in read["accounts"]] == ["Acme Ads"]


def test_an_organization_passes_on_the_facts_that_were_read(rui: User, waiting: Organization) -> None:
    read = call(rui, "GET", f"organizations/{waiting.code}/").json()

    answer = call(
        rui, "POST", f"organizations/{waiting.code}/verify/", {"facts_digest": read["facts_digest"]}
    )

    assert (answer.status_code, answer.json()["review"]) == (200, "VERIFIED")
    assert LegalEntity.objects.get(pk=waiting.legal_entity_id).confirmed_at
    passed = AuditEvent.objects.get(action="organization.review_passed")
    assert (passed.source, str(passed.person)) == ("api", "Rui")
    assert answer.json()["history"][0]["action"] == "organization.review_passed"


def test_an_organization_is_rejected_with_a_reason(rui: User, waiting: Organization) -> None:
    url, seen = f"organizations/{waiting.code}/reject/", reviews.digest(waiting)

    assert wrong(call(rui, "POST", url, {"facts_digest": seen})) == (400, ["reason"])
    assert wrong(call(rui, "POST", url, {"facts_digest": seen, "reason": " "})) == (400, ["reason"])
    assert wrong(call(rui, "POST", url, {"facts_digest": seen, "reason": "\u200b"})) == (400, ["reason"])
    answer = call(rui, "POST", url, {"facts_digest": seen, "reason": "No such company."})

    assert (answer.json()["review"], answer.json()["review_reason"]) == ("REJECTED", "No such company.")


@pytest.mark.parametrize("act", ["verify", "reject"])
def test_a_verdict_on_other_facts_or_after_another_is_none(
    rui: User, waiting: Organization, act: str
) -> None:
    url = f"organizations/{waiting.code}/{act}/"
    body = {"facts_digest": reviews.digest(waiting), "reason": "No."}
    Organization.objects.filter(pk=waiting.pk).update(name="Acme Tea")

    assert told(call(rui, "POST", url, body)) == (409, "review_changed")

    Organization.objects.filter(pk=waiting.pk).update(review=Review.VERIFIED)
    assert told(call(rui, "POST", url, body)) == (409, "review_closed")
    assert wrong(call(rui, "POST", url, {"reason": "No."})) == (400, ["facts_digest"])


def test_a_link_is_read_with_what_the_rule_asked(rui: User, open_link: Link) -> None:
    read = call(rui, "GET", f"links/{open_link.pk}/", None, Scope.READ).json()

    assert (read["review"], read["account"]["name"]) == ("IN_REVIEW", "Acme Ads")
    assert [check["code"] for check in read["checks"]] == [
        "organization_not_verified",
        "other_legal_entity",
        "names_differ",
        "not_confirmed",
    ]
    assert read["account_legal_entity"] == read["organization_legal_entity"]


@pytest.mark.parametrize(
    ("act", "body", "review"),
    [("verify", None, Review.VERIFIED), ("reject", {"reason": "Other owner."}, Review.REJECTED)],
)
def test_a_link_is_decided_once(rui: User, open_link: Link, act: str, body: Any, review: Review) -> None:
    answer = call(rui, "POST", f"links/{open_link.pk}/{act}/", body)

    assert (answer.status_code, answer.json()["review"]) == (200, review)
    assert AuditEvent.objects.filter(account_id=open_link.account_id).get().source == "api"
    assert told(call(rui, "POST", f"links/{open_link.pk}/{act}/", body)) == (409, "review_closed")


def test_a_link_is_not_rejected_without_a_reason(rui: User, open_link: Link) -> None:
    assert wrong(call(rui, "POST", f"links/{open_link.pk}/reject/", {})) == (400, ["reason"])


def test_no_operator_passes_a_link_of_another_company(rui: User, open_link: Link) -> None:
    open_link.account.legal_entity = factories.LegalEntityFactory.create()
    open_link.account.save()

    assert told(call(rui, "POST", f"links/{open_link.pk}/verify/")) == (409, "review_not_ready")


def test_a_link_that_has_ended_is_not_there(rui: User, open_link: Link) -> None:
    Link.objects.filter(pk=open_link.pk).update(ended_at=timezone.now())

    assert call(rui, "GET", f"links/{open_link.pk}/").status_code == 404
    assert call(rui, "POST", f"links/{open_link.pk}/verify/").status_code == 404
