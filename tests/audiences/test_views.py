"""The way from a file to a run in a browser without JavaScript: plain links, forms and redirects."""

import pytest
from django.urls import reverse

from audiences.models import Run
from tests import factories
from tests.audiences.feeding import a_batch, a_connector, a_key, a_list, a_run, file_of

pytestmark = [pytest.mark.db, pytest.mark.django_db]


@pytest.fixture
def account(ads_link):
    a_key(ads_link)
    return ads_link.account


@pytest.fixture
def dataset(acme, bob):
    return a_list(acme, bob)


@pytest.fixture
def connector(dataset, account, bob):
    return a_connector(dataset, account, bob)


@pytest.fixture
def browser(signed_in, bob):
    return signed_in(bob)


def url(acme, name, *args):
    return reverse(f"audiences:{name}", args=[acme.code, *args])


def sent(answer, page, **entries):
    """A page's form with its hidden fields, filled in further."""
    return {**page.context["recipe"], "mode": "ADD", "phone_form": "", "name": "", **entries}


def test_the_wizard_leads_from_a_file_to_a_queued_run(acme, account, browser):
    uploaded = browser.post(url(acme, "upload"), {"file": file_of(b"phone\n0900000001\n")})
    check = browser.get(uploaded["Location"])
    destination = url(acme, "destination", acme.datasets.get().pk)
    choose = browser.get(destination, check.context["form"].data)
    entries = {"destination": f"new:{account.pk}", "audience_name": "Customers May", "consent": "on"}
    saved = browser.post(destination, sent(browser, choose, **entries))

    run = Run.objects.get()
    assert (saved.status_code, saved["Location"]) == (303, url(acme, "run", run.pk))
    assert (run.state, run.destination.name, run.sends_by_itself) == ("QUEUED", "Customers May", False)


def test_the_sample_shows_nobody_in_clear(acme, bob, browser):
    content = "姓名,電話,信箱,備註\n陳美玲,0900000001,mei@customers.example,住台北\n".encode()
    page = browser.get(url(acme, "dataset", a_list(acme, bob, content).pk)).content.decode()

    assert "電話" in page
    for value in ("陳美玲", "0900000001", "mei@customers", "住台北"):
        assert value not in page


def test_a_first_line_of_people_stays_masked_whatever_it_is_called(acme, bob, browser):
    dataset = a_list(acme, bob, b"Mei-ling Chen,0900000001\nJia-hao Lin,0900000002\n")
    query = {"identifier": "phone", "column": "1", "hashed": "no", "country": "TW", "has_header": "yes"}
    query |= {"encoding": "utf-8", "delimiter": "comma"}
    page = browser.get(url(acme, "dataset", dataset.pk), query).content.decode()

    assert "Can be sent" in page
    assert "Chen" not in page


def test_correcting_the_reading_reads_the_file_again(acme, bob, browser):
    dataset = a_list(acme, bob, "電話\n0900000001\n".encode("cp950"))
    guessed = browser.get(url(acme, "dataset", dataset.pk))
    corrected = {**guessed.context["form"].data, "encoding": "utf-8"}
    again = browser.get(url(acme, "dataset", dataset.pk), corrected)

    assert guessed.context["preview"].columns[0] == "電話"
    assert again.context["preview"].columns[0] != "電話"


def test_htmx_gets_only_the_reading(acme, dataset, browser):
    page = browser.get(url(acme, "dataset", dataset.pk), headers={"HX-Request": "true"}).content.decode()

    assert page.lstrip().startswith('<div id="reading"')


@pytest.mark.parametrize("encoding", ["klingon", "utf-7", ""])
def test_an_unknown_encoding_is_an_error_on_the_form(acme, dataset, browser, encoding):
    query = {"encoding": encoding, "column": "99"}
    page = browser.get(url(acme, "dataset", dataset.pk), query)

    assert page.status_code == 200
    assert page.context["preview"] is None


def test_accounts_out_of_reach_are_shown_with_the_reason(acme, dataset, ads_link, browser):
    check = browser.get(url(acme, "dataset", dataset.pk))
    page = browser.get(url(acme, "destination", dataset.pk), check.context["form"].data)

    assert "No API key of this organization reaches this account." in page.content.decode()
    assert not any(item["value"] == "" or item["checked"] for item in page.context["items"])


def test_a_rule_that_says_no_is_said_on_the_form(acme, connector, dataset, account, browser):
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


def test_replacing_a_foreign_audience_shows_its_size_and_asks_for_its_name(acme, dataset, account, browser):
    foreign = factories.ResourceFactory.create(owner_account=account, name="VIP", size="48,200")
    destination = url(acme, "destination", dataset.pk)
    choose = browser.get(destination, browser.get(url(acme, "dataset", dataset.pk)).context["form"].data)
    entries = {"destination": str(foreign.pk), "mode": "REPLACE", "consent": "on"}
    page = browser.post(destination, sent(browser, choose, **entries))
    saved = browser.post(destination, sent(browser, choose, **entries, confirm_name="VIP"))

    assert "48,200" in page.content.decode()
    assert page.context["form"].errors["confirm_name"]
    assert saved.status_code == 303


def test_an_audience_of_another_organization_cannot_be_chosen(acme, dataset, account, other, browser):
    link = factories.LinkFactory.create(organization=other)
    a_key(link)
    foreign = factories.ResourceFactory.create(owner_account=link.account, name="Their secret list")
    destination = url(acme, "destination", dataset.pk)
    choose = browser.get(destination, browser.get(url(acme, "dataset", dataset.pk)).context["form"].data)
    page = browser.post(destination, sent(browser, choose, destination=str(foreign.pk), consent="on"))

    assert page.context["form"].errors["destination"]
    assert "Their secret list" not in page.content.decode()


def test_a_new_list_goes_the_way_of_its_connector(acme, connector, browser):
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


def test_a_connector_runs_again_while_its_list_is_kept(acme, connector, browser):
    answer = browser.post(url(acme, "connector-run", connector.pk), {"consent": "on"})

    assert answer["Location"] == url(acme, "run", Run.objects.get().pk)


def test_nothing_runs_without_consent(acme, connector, browser):
    assert browser.post(url(acme, "connector-run", connector.pk)).status_code == 400
    assert not Run.objects.exists()


def test_erasing_a_list_from_its_page(acme, dataset, browser):
    answer = browser.post(url(acme, "dataset-erase", dataset.pk), follow=True)
    dataset.refresh_from_db()

    assert dataset.erased_at
    assert "“customers.csv” is erased." in answer.content.decode()
    assert "This list is no longer kept" in browser.get(url(acme, "dataset", dataset.pk)).content.decode()


READ = ["dataset-list", "connector-list", "run-list", "run-csv"]


@pytest.mark.parametrize("name", READ)
def test_lists_are_for_every_member_and_nobody_else(acme, carol, charlie, signed_in, name):
    assert signed_in(carol).get(url(acme, name)).status_code == 200
    assert signed_in(charlie).get(url(acme, name)).status_code == 404


@pytest.mark.parametrize(("method", "name"), [("get", "upload"), ("post", "upload")])
def test_a_viewer_cannot_upload(acme, carol, signed_in, method, name):
    assert getattr(signed_in(carol), method)(url(acme, name)).status_code == 403


@pytest.mark.parametrize("name", ["run-send", "run-cancel", "run-resume"])
def test_buttons_of_a_run_ask_role_membership_method(acme, connector, bob, carol, charlie, signed_in, name):
    run = a_run(connector, bob)

    assert signed_in(carol).post(url(acme, name, run.pk)).status_code == 403
    assert signed_in(charlie).post(url(acme, name, run.pk)).status_code == 404
    assert signed_in(bob).get(url(acme, name, run.pk)).status_code == 405


@pytest.mark.parametrize("name", ["run-send", "run-resume", "run-cancel"])
def test_a_run_that_is_over_refuses_every_button(acme, connector, bob, browser, name):
    run = a_run(connector, bob, Run.State.DONE)

    assert browser.post(url(acme, name, run.pk)).status_code == 409


def test_a_run_of_another_organization_does_not_exist(acme, connector, bob, other, charlie, signed_in):
    run = a_run(connector, bob)

    assert signed_in(charlie).get(reverse("audiences:run", args=[other.code, run.pk])).status_code == 404


def test_sending_from_the_page(acme, connector, bob, browser):
    run = a_run(connector, bob)
    browser.post(url(acme, "run-send", run.pk))
    run.refresh_from_db()

    assert run.state == Run.State.SENDING


@pytest.mark.parametrize("name", ["dataset-list", "connector-list", "run-list"])
@pytest.mark.parametrize("rows", [1, 20])
def test_lists_take_the_same_number_of_queries_for_any_length(
    acme, account, bob, browser, django_assert_max_num_queries, name, rows
):
    for number in range(rows):
        connector = a_connector(a_list(acme, bob), account, bob, audience=f"Audience {number}")
        a_run(connector, bob, Run.State.CANCELLED)

    with django_assert_max_num_queries(15):
        assert browser.get(url(acme, name)).status_code == 200


@pytest.mark.parametrize("rows", [1, 20])
def test_a_run_page_takes_the_same_number_of_queries_for_any_number_of_parts(
    acme, connector, bob, browser, django_assert_max_num_queries, rows
):
    run = a_run(connector, bob, Run.State.SENDING)
    for sequence in range(rows):
        a_batch(run, sequence)

    with django_assert_max_num_queries(15):
        assert browser.get(url(acme, "run", run.pk)).status_code == 200


def test_lists_come_in_pages_of_fifty(acme, connector, bob, browser):
    for _ in range(51):
        a_run(connector, bob, Run.State.CANCELLED)
    page = browser.get(url(acme, "run-list"), {"page": 2, "state": "CANCELLED"})

    assert len(page.context["page"].object_list) == 1
    assert "51–51 of 51" in page.content.decode()
