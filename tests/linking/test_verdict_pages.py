"""The operators' pages of reviews: what waits, what to compare, the verdict."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from linking.models import Link
from organizations.models import Organization, Review
from organizations.reviews import digest
from tests import factories
from users.models import User

pytestmark = [pytest.mark.db, pytest.mark.django_db]
SignIn = Callable[[User], Client]


@pytest.fixture
def waiting(acme: Organization) -> Organization:
    Organization.objects.filter(pk=acme.pk).update(review=Review.IN_REVIEW, reviewed_at=timezone.now())
    return Organization.objects.select_related("legal_entity", "business_info").get(pk=acme.pk)


@pytest.fixture
def open_link(ads_link: Link) -> Link:
    Link.objects.filter(pk=ads_link.pk).update(review=Review.IN_REVIEW, reviewed_at=timezone.now())
    return Link.objects.get(pk=ads_link.pk)


@pytest.mark.parametrize("count", [1, 20])
@pytest.mark.parametrize("page", ["organization-reviews", "link-reviews"])
def test_the_queues_take_the_same_few_queries(
    rui: User, signed_in: SignIn, django_assert_num_queries: Any, page: str, count: int
) -> None:
    factories.LinkFactory.create_batch(count, review=Review.IN_REVIEW)
    client = signed_in(rui)

    with django_assert_num_queries(8):
        client.get(reverse(f"linking:{page}"))


def test_what_waits_is_on_top_and_counted(rui: User, waiting: Organization, signed_in: SignIn) -> None:
    factories.OrganizationFactory.create(name="Aardvark", review=Review.VERIFIED)

    shown = signed_in(rui).get(reverse("linking:organization-reviews"))

    assert [row.name for row in shown.context["page"]] == ["Acme Coffee", "Aardvark"]
    assert [item.count for item in shown.context["menu"]][:2] == [1, 0]


@pytest.mark.parametrize(("asked", "found"), [("Acme", 1), ("nobody", 0)])
def test_the_queues_are_searched(
    rui: User, waiting: Organization, open_link: Link, signed_in: SignIn, asked: str, found: int
) -> None:
    client = signed_in(rui)
    for page in ("organization-reviews", "link-reviews"):
        shown = client.get(reverse(f"linking:{page}"), {"text": asked, "review": "IN_REVIEW"})
        assert shown.context["page"].paginator.count == found


def test_the_page_shows_what_to_compare(
    rui: User, alice: User, waiting: Organization, ads_link: Link, signed_in: SignIn
) -> None:
    waiting.business_info.company_name = "Another Name"
    waiting.business_info.save()

    content = signed_in(rui).get(reverse("linking:organization-review", args=[waiting.pk])).content.decode()

    assert "differs from that of the legal entity" in content
    assert alice.email in content
    assert ads_link.account.name in content


def test_a_company_passes(rui: User, alice: User, waiting: Organization, fresh_in: SignIn) -> None:
    url = reverse("linking:decide-organization", args=[waiting.pk])

    shown = fresh_in(rui).post(url, {"shown": digest(waiting), "passed": "1"}, follow=True)

    assert "has passed" in shown.content.decode()
    waiting.refresh_from_db()
    assert waiting.review == Review.VERIFIED


def test_a_rejection_without_a_reason_is_marked(rui: User, waiting: Organization, fresh_in: SignIn) -> None:
    answer = fresh_in(rui).post(
        reverse("linking:decide-organization", args=[waiting.pk]), {"shown": digest(waiting)}
    )

    assert (answer.status_code, b"Say why" in answer.content) == (400, True)
    waiting.refresh_from_db()
    assert waiting.review == Review.IN_REVIEW


def test_a_verdict_on_other_facts_shows_them_again(
    rui: User, waiting: Organization, fresh_in: SignIn
) -> None:
    seen = digest(waiting)
    Organization.objects.filter(pk=waiting.pk).update(name="Acme Tea")

    url = reverse("linking:decide-organization", args=[waiting.pk])
    answer = fresh_in(rui).post(url, {"shown": seen, "passed": "1"})

    assert (answer.status_code, b"Acme Tea" in answer.content) == (409, True)
    waiting.refresh_from_db()
    assert waiting.review == Review.IN_REVIEW


@pytest.mark.parametrize(
    ("sent", "review"),
    [({"passed": "1"}, Review.VERIFIED), ({"reason": "Other owner."}, Review.REJECTED)],
)
def test_a_link_is_decided(
    rui: User, open_link: Link, fresh_in: SignIn, sent: dict[str, str], review: Review
) -> None:
    client = fresh_in(rui)

    shown = client.post(reverse("linking:decide-link", args=[open_link.pk]), sent, follow=True)

    assert shown.redirect_chain == [(reverse("linking:link-reviews"), 302)]
    open_link.refresh_from_db()
    assert open_link.review == review
    again = client.post(reverse("linking:decide-link", args=[open_link.pk]), sent)
    assert (again.status_code, b"does not wait for a decision" in again.content) == (409, True)


def test_a_link_is_not_rejected_without_a_reason(rui: User, open_link: Link, fresh_in: SignIn) -> None:
    answer = fresh_in(rui).post(reverse("linking:decide-link", args=[open_link.pk]))

    assert (answer.status_code, b"Say why" in answer.content) == (400, True)
