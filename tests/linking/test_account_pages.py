from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from linking import services
from linking.models import Account, Link, LinkRequest
from organizations.models import Organization
from tests import factories
from tests.linking.conftest import Asked
from users.models import User

pytestmark = [pytest.mark.db, pytest.mark.django_db]
SignIn = Callable[[User], Client]
State = LinkRequest.State


def page(account: Account, act: str = "account-settings") -> str:
    return reverse(f"linking:{act}", args=[account.pk])


def test_the_person_sees_the_accounts_she_manages(
    official: Account, ads: Account, signed_in: SignIn, mia: User
) -> None:
    stranger = factories.OfficialAccountFactory.create(name="Somebody else's")

    shown = signed_in(mia).get(reverse("linking:own-accounts")).content.decode()

    assert official.name in shown
    assert ads.name in shown
    assert stranger.name not in shown


def test_an_issued_url_is_shown_exactly_once(
    official: Account, acme: Organization, fresh_in: SignIn, mia: User
) -> None:
    client = fresh_in(mia)

    client.post(page(official, "issue-request"), {"organization_id": acme.code})

    first = client.get(page(official)).content.decode()
    assert re.search(r"/approve/[\w-]{43}/", first)
    assert "/approve/" not in client.get(page(official)).content.decode()


def test_the_url_of_one_account_does_not_show_on_the_page_of_another(
    official: Account, ads: Account, acme: Organization, fresh_in: SignIn, mia: User
) -> None:
    client = fresh_in(mia)
    client.post(page(official, "issue-request"), {"organization_id": acme.code})

    assert "/approve/" not in client.get(page(ads)).content.decode()
    assert "/approve/" in client.get(page(official)).content.decode()


def test_a_forged_host_does_not_get_into_the_url(
    official: Account, acme: Organization, fresh_in: SignIn, mia: User, settings: Any
) -> None:
    settings.SITE_URL, settings.ALLOWED_HOSTS = "https://manager.example", ["*"]
    client = fresh_in(mia)

    client.post(page(official, "issue-request"), {"organization_id": acme.code}, HTTP_HOST="evil.example")

    shown = client.get(page(official)).content.decode()
    assert "https://manager.example/approve/" in shown
    assert "evil.example" not in shown


def test_an_unknown_organization_looks_the_same_as_a_known_one(
    official: Account, ads: Account, acme: Organization, fresh_in: SignIn, mia: User
) -> None:
    client, pages = fresh_in(mia), []
    for code in (acme.code, "BM99999999999"):
        answer = client.post(page(official, "issue-request"), {"organization_id": code})
        shown = client.get(page(official)).content.decode().replace(code, "BM…")
        pages.append(
            (answer.status_code, answer["Location"], re.sub(r"/approve/[\w-]+|[\w-]{64}", "", shown)[:6000])
        )
        LinkRequest.objects.all().delete()

    assert pages[0] == pages[1]


def test_issuing_waits_for_a_fresh_password(
    official: Account, acme: Organization, signed_in: SignIn, mia: User
) -> None:
    answer = signed_in(mia).post(page(official, "issue-request"), {"organization_id": acme.code})

    assert answer["Location"].startswith("/account/reauthenticate/")
    assert not LinkRequest.objects.exists()


@pytest.mark.parametrize("typed", ["", "acme", "BM1"])
def test_an_id_of_another_shape_is_explained_beside_the_field(
    official: Account, fresh_in: SignIn, mia: User, typed: str
) -> None:
    answer = fresh_in(mia).post(page(official, "issue-request"), {"organization_id": typed})

    assert answer.status_code == 400
    assert b"field-error" in answer.content


def test_a_rule_that_says_no_names_the_fix(
    official: Account, acme: Organization, fresh_in: SignIn, mia: User
) -> None:
    Account.objects.update(verification="UNVERIFIED")

    answer = fresh_in(mia).post(page(official, "issue-request"), {"organization_id": acme.code})

    assert answer.status_code == 409
    assert b"Apply for a verified account" in answer.content


def test_the_account_side_cancels_and_asks_again(asked: Asked, fresh_in: SignIn, mia: User) -> None:
    client, account = fresh_in(mia), asked.link_request.account
    cancel = reverse("linking:cancel-request", args=[account.pk, asked.link_request.pk])

    assert client.post(cancel).status_code == 302
    assert client.post(cancel).status_code == 409
    assert LinkRequest.objects.get().state == State.CANCELLED
    assert client.get(cancel).status_code == 405


@pytest.mark.parametrize("name", ["alice", "charlie"])
def test_strangers_find_no_account(
    request: pytest.FixtureRequest, asked: Asked, signed_in: SignIn, name: str
) -> None:
    client, account = signed_in(request.getfixturevalue(name)), asked.link_request.account
    cancel = reverse("linking:cancel-request", args=[account.pk, asked.link_request.pk])

    assert client.get(page(account)).status_code == 404
    assert client.post(page(account, "issue-request"), {"organization_id": "x"}).status_code == 404
    assert client.post(cancel).status_code == 404


def test_a_request_is_cancelled_only_through_its_own_account(
    asked: Asked, ads: Account, signed_in: SignIn, mia: User
) -> None:
    cancel = reverse("linking:cancel-request", args=[ads.pk, asked.link_request.pk])

    assert signed_in(mia).post(cancel).status_code == 404


def test_a_linked_account_shows_where_it_belongs_and_offers_no_link(
    official_link: Link, signed_in: SignIn, mia: User
) -> None:
    shown = signed_in(mia).get(page(official_link.account)).content.decode()

    assert official_link.organization.code in shown
    assert "Issue URL" not in shown


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("official", ["Organization (LINE Business Manager)", "Issue URL", "Organization ID"]),
        ("ads", ["Advanced settings", "Business Manager (optional)", "Apply", "linked at once"]),
    ],
)
def test_each_service_speaks_in_its_own_words(
    request: pytest.FixtureRequest, signed_in: SignIn, mia: User, kind: str, words: list[str]
) -> None:
    shown = signed_in(mia).get(page(request.getfixturevalue(kind))).content.decode()

    assert [word for word in words if word not in shown] == []


def test_an_administrators_own_ad_account_is_linked_at_once(
    ads: Account, acme: Organization, fresh_in: SignIn, alice: User
) -> None:
    ads.managers.create(user=alice)

    shown = fresh_in(alice).post(page(ads, "issue-request"), {"organization_id": acme.code}, follow=True)

    assert "linked already" in shown.content.decode()
    assert services.key_for(acme, ads) is None
    assert ads.open_link is not None


@pytest.mark.parametrize("count", [1, 15])
def test_the_settings_page_takes_the_same_few_queries(
    official: Account, mia: User, signed_in: SignIn, count: int, django_assert_max_num_queries: Any
) -> None:
    for _ in range(count):
        factories.LinkRequestFactory.create(
            account=official, state="CANCELLED", closed_at=official.created_at
        )
    client = signed_in(mia)

    with django_assert_max_num_queries(12):
        client.get(page(official))
