"""The way from a file to a run in a browser without JavaScript: plain links, forms and redirects."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from audiences.models import Connector, Dataset, Run
from linking.models import Account, Link
from organizations.models import Organization
from tests import factories
from tests.audiences.feeding import a_connector, a_key, a_list, file_of
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


def sent(answer: Any, page: Any, **entries: Any) -> dict[str, Any]:
    """A page's form with its hidden fields, filled in further."""
    return {**page.context["recipe"], "mode": "ADD", "phone_form": "", "name": "", **entries}


def test_the_wizard_leads_from_a_file_to_a_queued_run(
    acme: Organization, account: Account, browser: Client
) -> None:
    uploaded = browser.post(url(acme, "upload"), {"file": file_of(b"phone\n0900000001\n")})
    check = browser.get(uploaded["Location"])
    destination = url(acme, "destination", acme.datasets.get().pk)
    choose = browser.get(destination, check.context["form"].data)
    entries = {"destination": f"new:{account.pk}", "audience_name": "Customers May", "consent": "on"}
    saved = browser.post(destination, sent(browser, choose, **entries))

    run = Run.objects.get()
    assert (saved.status_code, saved["Location"]) == (303, url(acme, "run", run.pk))
    assert (run.state, run.destination.name, run.sends_by_itself) == ("QUEUED", "Customers May", False)


def test_the_sample_shows_nobody_in_clear(acme: Organization, bob: User, browser: Client) -> None:
    content = "姓名,電話,信箱,備註\n陳美玲,0900000001,mei@customers.example,住台北\n".encode()
    page = browser.get(url(acme, "dataset", a_list(acme, bob, content).pk)).content.decode()

    assert "電話" in page
    for value in ("陳美玲", "0900000001", "mei@customers", "住台北"):
        assert value not in page


def test_a_first_line_of_people_stays_masked_whatever_it_is_called(
    acme: Organization, bob: User, browser: Client
) -> None:
    dataset = a_list(acme, bob, b"Mei-ling Chen,0900000001\nJia-hao Lin,0900000002\n")
    query = {"identifier": "phone", "column": "1", "hashed": "no", "country": "TW", "has_header": "yes"}
    query |= {"encoding": "utf-8", "delimiter": "comma"}
    page = browser.get(url(acme, "dataset", dataset.pk), query).content.decode()

    assert "Can be sent" in page
    assert "Chen" not in page


def test_correcting_the_reading_reads_the_file_again(acme: Organization, bob: User, browser: Client) -> None:
    dataset = a_list(acme, bob, "電話\n0900000001\n".encode("cp950"))
    guessed = browser.get(url(acme, "dataset", dataset.pk))
    corrected = {**guessed.context["form"].data, "encoding": "utf-8"}
    again = browser.get(url(acme, "dataset", dataset.pk), corrected)

    assert guessed.context["preview"].columns[0] == "電話"
    assert again.context["preview"].columns[0] != "電話"


def test_htmx_gets_only_the_reading(acme: Organization, dataset: Dataset, browser: Client) -> None:
    page = browser.get(url(acme, "dataset", dataset.pk), headers={"HX-Request": "true"}).content.decode()

    assert page.lstrip().startswith('<div id="reading"')


@pytest.mark.parametrize("encoding", ["klingon", "utf-7", ""])
def test_an_unknown_encoding_is_an_error_on_the_form(
    acme: Organization, dataset: Dataset, browser: Client, encoding: str
) -> None:
    query = {"encoding": encoding, "column": "99"}
    page = browser.get(url(acme, "dataset", dataset.pk), query)

    assert page.status_code == 200
    assert page.context["preview"] is None


def test_accounts_out_of_reach_are_shown_with_the_reason(
    acme: Organization, dataset: Dataset, ads_link: Link, browser: Client
) -> None:
    check = browser.get(url(acme, "dataset", dataset.pk))
    page = browser.get(url(acme, "destination", dataset.pk), check.context["form"].data)

    assert "No API key of this organization reaches this account." in page.content.decode()
    assert not any(item["value"] == "" or item["checked"] for item in page.context["items"])


def test_a_rule_that_says_no_is_said_on_the_form(
    acme: Organization, connector: Connector, dataset: Dataset, account: Account, browser: Client
) -> None:
    check = browser.get(url(acme, "dataset", dataset.pk))
    destination = url(acme, "destination", dataset.pk)
    choose = browser.get(destination, check.context["form"].data)
    entries = {
        "destination": f"new:{account.pk}",
        "audience_name": connector.destination.name,
        "consent": "on",
    }
    page = browser.post(destination, sent(browser, choose, **entries))

    assert page.context["form"].errors["audience_name"] == ["This name is already used. Choose another one."]


def test_replacing_a_foreign_audience_shows_its_size_and_asks_for_its_name(
    acme: Organization, dataset: Dataset, account: Account, browser: Client
) -> None:
    foreign = factories.ResourceFactory.create(owner_account=account, name="VIP", size="48,200")
    destination = url(acme, "destination", dataset.pk)
    choose = browser.get(destination, browser.get(url(acme, "dataset", dataset.pk)).context["form"].data)
    entries = {"destination": str(foreign.pk), "mode": "REPLACE", "consent": "on"}
    page = browser.post(destination, sent(browser, choose, **entries))
    saved = browser.post(destination, sent(browser, choose, **entries, confirm_name="VIP"))

    assert "48,200" in page.content.decode()
    assert page.context["form"].errors["confirm_name"]
    assert saved.status_code == 303


def test_an_audience_of_another_organization_cannot_be_chosen(
    acme: Organization, dataset: Dataset, account: Account, other: Organization, browser: Client
) -> None:
    link = factories.LinkFactory.create(organization=other)
    a_key(link)
    foreign = factories.ResourceFactory.create(owner_account=link.account, name="Their secret list")
    destination = url(acme, "destination", dataset.pk)
    choose = browser.get(destination, browser.get(url(acme, "dataset", dataset.pk)).context["form"].data)
    page = browser.post(destination, sent(browser, choose, destination=str(foreign.pk), consent="on"))

    assert page.context["form"].errors["destination"]
    assert "Their secret list" not in page.content.decode()


def test_a_new_list_goes_the_way_of_its_connector(
    acme: Organization, connector: Connector, browser: Client
) -> None:
    uploaded = browser.post(
        url(acme, "upload"), {"file": file_of(b"0900000007\n", "june.csv"), "connector": connector.pk}
    )
    check = browser.get(uploaded["Location"])
    june = acme.datasets.get(name="june.csv")
    query = {**check.context["form"].data, "has_header": "no", "column": "0", "connector": connector.pk}
    saved = browser.post(url(acme, "destination", june.pk), {**query, "consent": "on"})

    connector.refresh_from_db()
    assert saved.status_code == 303
    assert (connector.dataset, Run.objects.get().connector) == (june, connector)


def test_a_connector_runs_again_while_its_list_is_kept(
    acme: Organization, connector: Connector, browser: Client
) -> None:
    answer = browser.post(url(acme, "connector-run", connector.pk), {"consent": "on"})

    assert answer["Location"] == url(acme, "run", Run.objects.get().pk)


def test_nothing_runs_without_consent(acme: Organization, connector: Connector, browser: Client) -> None:
    assert browser.post(url(acme, "connector-run", connector.pk)).status_code == 400
    assert not Run.objects.exists()


def test_erasing_a_list_from_its_page(acme: Organization, dataset: Dataset, browser: Client) -> None:
    answer = browser.post(url(acme, "dataset-erase", dataset.pk), follow=True)
    dataset.refresh_from_db()

    assert dataset.erased_at
    assert "“customers.csv” is erased." in answer.content.decode()
    assert "This list is no longer kept" in browser.get(url(acme, "dataset", dataset.pk)).content.decode()


def test_a_choice_that_cannot_be_read_goes_back_without_the_forms_token(
    acme: Organization, bob: User, signed_in: SignIn
) -> None:
    dataset = a_list(acme, bob)

    entries = {"column": "99", "csrfmiddlewaretoken": "t" * 64, "unknown": "x"}
    answer = signed_in(bob).post(url(acme, "destination", dataset.pk), entries)

    assert answer.status_code == 302
    assert "column=99" in answer["Location"]
    assert "csrf" not in answer["Location"]
