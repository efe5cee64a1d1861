from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from linking.models import Link
from organizations.models import Organization
from resources import services
from resources.models import Kind, Resource, Share
from tests import factories
from users.models import Scope, User

pytestmark = [pytest.mark.db, pytest.mark.django_db]
SignIn = Callable[[User], Client]


@pytest.fixture
def audience(ads_link: Link) -> Resource:
    return factories.ResourceFactory.create(owner_account=ads_link.account, name="Buyers")


def test_the_list_shows_what_linked_accounts_own(
    acme: Organization, audience: Resource, bob: User, signed_in: SignIn
) -> None:
    factories.ResourceFactory.create(name="Foreign")

    page = signed_in(bob).get(reverse("resources:audience-list", args=[acme.code]))

    assert b"Buyers" in page.content
    assert b"Foreign" not in page.content


def test_the_filter_lives_in_the_address(
    acme: Organization, audience: Resource, bob: User, signed_in: SignIn
) -> None:
    url = reverse("resources:audience-list", args=[acme.code])

    found = signed_in(bob).get(url, {"q": "buy", "kind": audience.kind})
    missed = signed_in(bob).get(url, {"q": "sellers"})

    assert b"Buyers" in found.content
    assert b"No audience fits this filter" in missed.content


def test_ticked_audiences_are_shared_and_listed(
    acme: Organization, audience: Resource, official_link: Link, bob: User, signed_in: SignIn
) -> None:
    url = reverse("resources:add-resource", args=[acme.code, official_link.account_id])

    answer = signed_in(bob).post(url, {"resource": [str(audience.pk)]}, follow=True)

    assert b"1 resource is now shared with Acme Coffee OA." in answer.content
    assert b"Buyers" in answer.content


def test_refused_candidates_are_greyed_with_the_reason(
    acme: Organization, ads_link: Link, audience: Resource, bob: User, signed_in: SignIn
) -> None:
    page = signed_in(bob).get(reverse("resources:add-resource", args=[acme.code, ads_link.account_id]))

    assert b"This account owns it." in page.content
    assert b'name="resource"' not in page.content


def test_a_resource_of_another_organization_cannot_be_ticked(
    acme: Organization, official_link: Link, bob: User, signed_in: SignIn
) -> None:
    foreign = factories.ResourceFactory.create()
    url = reverse("resources:add-resource", args=[acme.code, official_link.account_id])

    answer = signed_in(bob).post(url, {"resource": [str(foreign.pk)]})

    assert answer.status_code == 400
    assert not Share.objects.exists()


def test_stopping_says_first_what_will_end(
    acme: Organization, audience: Resource, official_link: Link, bob: User, signed_in: SignIn
) -> None:
    share = factories.ShareFactory.create(resource=audience, to_link=official_link)
    client, url = signed_in(bob), reverse("resources:stop-sharing", args=[acme.code])

    asked = client.post(url, {"share": [str(share.pk)]})
    assert b"will no longer see" in asked.content
    assert Share.objects.open().exists()

    client.post(url, {"share": [str(share.pk)], "confirmed": "1"})
    assert not Share.objects.open().exists()


def test_a_viewer_sees_no_buttons(
    acme: Organization, audience: Resource, official_link: Link, carol: User, signed_in: SignIn
) -> None:
    factories.ShareFactory.create(resource=audience, to_link=official_link)

    page = signed_in(carol).get(reverse("resources:account", args=[acme.code, official_link.account_id]))

    assert b"Buyers" in page.content
    assert b"Stop sharing" not in page.content


def test_the_account_side_tells_own_from_shared(
    audience: Resource, official_link: Link, mia: User, signed_in: SignIn
) -> None:
    factories.ShareFactory.create(resource=audience, to_link=official_link)
    client = signed_in(mia)
    url = reverse("resources:received", args=[official_link.account_id])

    assert b"May use, may not change" in client.get(url).content
    assert b"Buyers" not in client.get(url, {"show": "own"}).content
    assert b"Buyers" in client.get(url, {"show": "shared"}).content


def test_a_resource_says_what_depends_on_it(
    acme: Organization, audience: Resource, official_link: Link, ads_link: Link, bob: User, signed_in: SignIn
) -> None:
    url = reverse("resources:uses", args=[acme.code, audience.pk])
    assert "Nothing depends on it" in signed_in(bob).get(url).content.decode()

    services.share_resources(official_link, [audience], by=bob)
    factories.ResourceFactory.create(
        owner_account=ads_link.account,
        kind=Kind.LOOKALIKE,
        details={"lookalike": {"source": {"audienceGroupId": int(audience.line_id or 0)}}},
    )

    shown = signed_in(bob).get(url).content.decode()
    assert ("Accounts that use it" in shown, "Lookalike audiences built on it" in shown) == (True, True)


def test_an_account_tells_what_happened_to_it(
    acme: Organization, ads_link: Link, audience: Resource, official_link: Link, bob: User, signed_in: SignIn
) -> None:
    services.share_resources(official_link, [audience], by=bob)

    page = signed_in(bob).get(reverse("resources:account", args=[acme.code, official_link.account_id]))
    other = signed_in(bob).get(reverse("resources:account", args=[acme.code, ads_link.account_id]))

    assert "Share: started" in page.content.decode().partition("What happened")[2]
    assert "Share: started" not in other.content.decode()


@pytest.mark.parametrize("count", [1, 20])
def test_lists_take_the_same_queries_for_any_number(
    acme: Organization,
    ads_link: Link,
    official_link: Link,
    bob: User,
    count: int,
    signed_in: SignIn,
    django_assert_max_num_queries: Any,
) -> None:
    for resource in factories.ResourceFactory.create_batch(count, owner_account=ads_link.account):
        factories.ShareFactory.create(resource=resource, to_link=official_link, shared_by=bob)
    client = signed_in(bob)

    for name, arguments in [("audience-list", []), ("account", [official_link.account_id])]:
        with django_assert_max_num_queries(15):
            client.get(reverse(f"resources:{name}", args=[acme.code, *arguments]))


def test_the_api_shares_by_public_id_and_stops(
    acme: Organization, audience: Resource, official_link: Link, bob: User, client: Client
) -> None:
    headers = {"Authorization": f"Bearer {factories.token_for(bob, Scope.SHARE, Scope.READ)}"}
    url = f"/api/v1/organizations/{acme.code}/shares/"
    body = {"resource": str(audience.pk), "account": official_link.account.basic_id}

    shared = client.post(url, body, "application/json", headers=headers)
    again = client.post(url, body, "application/json", headers=headers)
    stopped = client.post(f"{url}{shared.json()['id']}/stop/", headers=headers)

    assert (shared.status_code, again.status_code, stopped.status_code) == (201, 409, 200)
    assert again.json()["code"] == "not_shareable"
    assert not Share.objects.open().exists()


@pytest.mark.parametrize("field", ["resource", "account"])
def test_the_api_names_the_unknown_id(
    acme: Organization, audience: Resource, official_link: Link, bob: User, client: Client, field: str
) -> None:
    headers = {"Authorization": f"Bearer {factories.token_for(bob, Scope.SHARE)}"}
    unknown = {"resource": "00000000-0000-4000-8000-000000000000", "account": "A999"}
    body = {"resource": str(audience.pk), "account": official_link.account.basic_id, field: unknown[field]}

    answer = client.post(
        f"/api/v1/organizations/{acme.code}/shares/", body, "application/json", headers=headers
    )

    assert answer.status_code == 400
    assert answer.json()["fields"] == {field: ["Unknown id."]}
