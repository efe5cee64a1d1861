"""Who may open and press what, and that lists stay quick however long they are."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from audiences.models import Connector, Dataset, Run
from linking.models import Account, Link
from organizations.models import Organization
from tests.audiences.feeding import a_batch, a_connector, a_key, a_list, a_run
from users.models import User

SignIn = Callable[[User], Client]
pytestmark = [pytest.mark.db, pytest.mark.django_db]


@pytest.fixture
def account(ads_link: Link) -> Account:
    a_key(ads_link)
    return ads_link.account


@pytest.fixture
def dataset(acme: Organization, bob: User) -> Dataset:
    return a_list(acme, bob)


@pytest.fixture
def connector(dataset: Dataset, account: Account, bob: User) -> Connector:
    return a_connector(dataset, account, bob)


@pytest.fixture
def browser(signed_in: SignIn, bob: User) -> Client:
    return signed_in(bob)


def url(acme: Organization, name: str, *args: Any) -> str:
    return reverse(f"audiences:{name}", args=[acme.code, *args])


READ = ["dataset-list", "connector-list", "run-list", "run-csv"]


@pytest.mark.parametrize("name", READ)
def test_lists_are_for_every_member_and_nobody_else(
    acme: Organization, carol: User, charlie: User, signed_in: SignIn, name: str
) -> None:
    assert signed_in(carol).get(url(acme, name)).status_code == 200
    assert signed_in(charlie).get(url(acme, name)).status_code == 404


@pytest.mark.parametrize(("method", "name"), [("get", "upload"), ("post", "upload")])
def test_a_viewer_cannot_upload(
    acme: Organization, carol: User, signed_in: SignIn, method: str, name: str
) -> None:
    assert getattr(signed_in(carol), method)(url(acme, name)).status_code == 403


@pytest.mark.parametrize("name", ["run-send", "run-cancel", "run-resume"])
def test_buttons_of_a_run_ask_role_membership_method(
    acme: Organization,
    connector: Connector,
    bob: User,
    carol: User,
    charlie: User,
    signed_in: SignIn,
    name: str,
) -> None:
    run = a_run(connector, bob)

    assert signed_in(carol).post(url(acme, name, run.pk)).status_code == 403
    assert signed_in(charlie).post(url(acme, name, run.pk)).status_code == 404
    assert signed_in(bob).get(url(acme, name, run.pk)).status_code == 405


@pytest.mark.parametrize("name", ["run-send", "run-resume", "run-cancel"])
def test_a_run_that_is_over_refuses_every_button(
    acme: Organization, connector: Connector, bob: User, browser: Client, name: str
) -> None:
    run = a_run(connector, bob, Run.State.DONE)

    assert browser.post(url(acme, name, run.pk)).status_code == 409


def test_a_run_of_another_organization_does_not_exist(
    acme: Organization, connector: Connector, bob: User, other: Organization, charlie: User, signed_in: SignIn
) -> None:
    run = a_run(connector, bob)

    assert signed_in(charlie).get(reverse("audiences:run", args=[other.code, run.pk])).status_code == 404


def test_sending_from_the_page(acme: Organization, connector: Connector, bob: User, browser: Client) -> None:
    run = a_run(connector, bob)
    browser.post(url(acme, "run-send", run.pk))
    run.refresh_from_db()

    assert run.state == Run.State.SENDING


@pytest.mark.parametrize("name", ["dataset-list", "connector-list", "run-list"])
@pytest.mark.parametrize("rows", [1, 20])
def test_lists_take_the_same_number_of_queries_for_any_length(
    acme: Organization,
    account: Account,
    bob: User,
    browser: Client,
    django_assert_max_num_queries: Any,
    name: str,
    rows: int,
) -> None:
    for number in range(rows):
        connector = a_connector(a_list(acme, bob), account, bob, audience=f"Audience {number}")
        a_run(connector, bob, Run.State.CANCELLED)

    with django_assert_max_num_queries(15):
        assert browser.get(url(acme, name)).status_code == 200


@pytest.mark.parametrize("rows", [1, 20])
def test_a_run_page_takes_the_same_number_of_queries_for_any_number_of_parts(
    acme: Organization,
    connector: Connector,
    bob: User,
    browser: Client,
    django_assert_max_num_queries: Any,
    rows: int,
) -> None:
    run = a_run(connector, bob, Run.State.SENDING)
    for sequence in range(rows):
        a_batch(run, sequence)

    with django_assert_max_num_queries(15):
        assert browser.get(url(acme, "run", run.pk)).status_code == 200


def test_lists_come_in_pages_of_fifty(
    acme: Organization, connector: Connector, bob: User, browser: Client
) -> None:
    for _ in range(51):
        a_run(connector, bob, Run.State.CANCELLED)
    page = browser.get(url(acme, "run-list"), {"page": "2", "state": "CANCELLED"})

    assert len(page.context["page"].object_list) == 1
    assert "51–51 of 51" in page.content.decode()
