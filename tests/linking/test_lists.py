"""The inbox of requests and the account lists: what stands there, and what filters leave."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from linking.models import Link
from organizations.models import Organization
from tests import factories
from tests.linking.conftest import Asked
from users.models import User

pytestmark = [pytest.mark.db, pytest.mark.django_db]
SignIn = Callable[[User], Client]


@pytest.mark.parametrize("filters", ["", "?state=PENDING", "?account=coffee", "?state=NONSENSE"])
def test_the_inbox_lists_and_filters(
    asked: Asked, signed_in: SignIn, alice: User, acme: Organization, filters: str
) -> None:
    shown = signed_in(alice).get(reverse("linking:request-list", args=[acme.code]) + filters)

    assert asked.link_request.account.name in shown.content.decode()


def test_the_inbox_filters_away_what_does_not_fit(
    asked: Asked, signed_in: SignIn, alice: User, acme: Organization
) -> None:
    shown = signed_in(alice).get(reverse("linking:request-list", args=[acme.code]) + "?state=REJECTED")

    assert "No request fits this filter" in shown.content.decode()


@pytest.mark.parametrize("count", [1, 20])
def test_lists_take_the_same_few_queries_for_any_number_of_rows(
    acme: Organization, alice: User, signed_in: SignIn, count: int, django_assert_max_num_queries: Any
) -> None:
    for _ in range(count):
        factories.LinkRequestFactory.create(organization=acme)
        factories.LinkFactory.create(organization=acme)
        key = factories.LinkFactory.create(organization=acme).account
        acme.api_keys.create(name="Key", group_id="G1", access_key=key.line_id).accounts.add(key)
    client = signed_in(alice)

    for name, *more in (["request-list"], ["account-list", "ads"], ["key-list"]):
        with django_assert_max_num_queries(13):
            assert client.get(reverse(f"linking:{name}", args=[acme.code, *more])).status_code == 200


@pytest.mark.parametrize("kind", ["official", "ads", "talk-head-view"])
def test_each_service_has_its_list(
    official_link: Link, ads_link: Link, signed_in: SignIn, carol: User, kind: str
) -> None:
    shown = signed_in(carol).get(
        reverse("linking:account-list", args=[official_link.organization.code, kind])
    )

    names = {"official": official_link.account.name, "ads": ads_link.account.name}
    assert shown.status_code == 200
    content = shown.content.decode().split("<main")[1]
    assert [name in content for name in names.values()] == [kind == one for one in names]


def test_accounts_are_filtered_by_review(official_link: Link, signed_in: SignIn, alice: User) -> None:
    path = reverse("linking:account-list", args=[official_link.organization.code, "official"])

    shown = signed_in(alice).get(path + "?review=REJECTED")

    assert "No account fits this filter" in shown.content.decode()
