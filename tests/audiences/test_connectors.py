from dataclasses import replace
from typing import Any

import pytest

from audiences import connectors, previews
from audiences.connectors import NewAudience
from audiences.models import Connector, Dataset, Run
from audiences.services import ConsentMissing
from linking.models import Account, Link
from organizations.models import Organization
from resources.models import Kind, Resource
from tests import factories
from tests.audiences.feeding import a_connector, a_key, a_list, a_run
from users.models import User

pytestmark = [pytest.mark.db, pytest.mark.django_db]


@pytest.fixture
def account(ads_link: Link) -> Account:
    a_key(ads_link)
    return ads_link.account


@pytest.fixture
def dataset(acme: Organization, bob: User) -> Dataset:
    return a_list(acme, bob)


@pytest.fixture
def foreign(account: Account) -> Resource:
    """An audience that LINE Ad Manager filled."""
    return factories.ResourceFactory.create(owner_account=account, name="VIP")


def test_a_connector_brings_its_new_audience(dataset: Dataset, account: Account, bob: User) -> None:
    connector = a_connector(dataset, account, bob, audience="Customers May")

    audience = connector.destination
    assert (audience.kind, audience.status, audience.line_id) == (Kind.PHONE_UPLOAD, "NEW", None)
    assert (audience.owner_account, audience.phone_form) == (account, account.phone_form)


def test_saving_is_in_the_history_of_both_sides(
    acme: Organization, dataset: Dataset, account: Account, bob: User
) -> None:
    a_connector(dataset, account, bob)

    event = acme.audit_events.get(action="connector.saved")
    assert (event.account_id, event.details) == (account.pk, {"mode": "ADD"})


def test_a_connector_without_a_name_is_named_after_file_and_audience(
    dataset: Dataset, account: Account, bob: User
) -> None:
    first = a_connector(dataset, account, bob, audience="Customers May")
    second = a_connector(dataset, account, bob, destination=first.destination)

    assert first.name == "customers → Customers May"
    assert second.name == "customers → Customers May (2)"


def test_two_connectors_of_an_organization_cannot_share_a_name(
    dataset: Dataset, account: Account, bob: User
) -> None:
    a_connector(dataset, account, bob, name="Weekly")

    with pytest.raises(connectors.NameTaken):
        a_connector(dataset, account, bob, name="Weekly", audience="Another")
    assert not Resource.objects.filter(name="Another").exists()


def test_two_audiences_of_an_account_cannot_share_a_name(
    dataset: Dataset, account: Account, bob: User
) -> None:
    a_connector(dataset, account, bob, audience="Customers May")

    with pytest.raises(connectors.NameTaken) as refused:
        a_connector(dataset, account, bob, audience="Customers May")
    assert list(refused.value.fields) == ["audience_name"]


def test_an_account_that_no_key_reaches_is_refused(dataset: Dataset, ads_link: Link, bob: User) -> None:
    with pytest.raises(connectors.OutOfReach):
        a_connector(dataset, ads_link.account, bob)


def test_an_account_of_another_organization_is_refused(
    dataset: Dataset, other: Organization, bob: User
) -> None:
    elsewhere = factories.LinkFactory.create(organization=other)
    a_key(elsewhere)

    with pytest.raises(connectors.OutOfReach):
        a_connector(dataset, elsewhere.account, bob)


def test_an_audience_of_another_kind_is_refused(dataset: Dataset, account: Account, bob: User) -> None:
    mails = factories.ResourceFactory.create(owner_account=account, kind=Kind.EMAIL_UPLOAD)

    with pytest.raises(connectors.OtherKind):
        a_connector(dataset, account, bob, destination=mails)


def test_replacing_an_audience_filled_elsewhere_asks_for_its_name(
    dataset: Dataset, account: Account, bob: User, foreign: Resource
) -> None:
    with pytest.raises(connectors.NotOurs):
        a_connector(dataset, account, bob, destination=foreign, mode="REPLACE")

    a_connector(dataset, account, bob, destination=foreign, mode="REPLACE", confirm_name="VIP")


def test_adding_to_an_audience_filled_elsewhere_needs_no_name(
    dataset: Dataset, account: Account, bob: User, foreign: Resource
) -> None:
    assert a_connector(dataset, account, bob, destination=foreign).destination == foreign


def test_replacing_an_audience_that_this_console_replaced_before_needs_no_name(
    dataset: Dataset, account: Account, bob: User, foreign: Resource
) -> None:
    first = a_connector(dataset, account, bob, destination=foreign, mode="REPLACE", confirm_name="VIP")
    a_run(first, bob, Run.State.DONE)

    assert a_connector(dataset, account, bob, destination=foreign, mode="REPLACE", name="Again")


def test_the_first_list_settles_the_phone_form_of_an_audience(
    dataset: Dataset, account: Account, bob: User
) -> None:
    first = a_connector(dataset, account, bob, phone_form="E164_DIGITS")

    assert first.destination.phone_form == "E164_DIGITS"
    with pytest.raises(connectors.OtherForm):
        a_connector(dataset, account, bob, destination=first.destination, phone_form="E164_PLUS")


def test_an_email_list_has_no_phone_form(acme: Organization, account: Account, bob: User) -> None:
    mails = a_list(acme, bob, b"email\nmei@customers.example\n")

    assert a_connector(mails, account, bob, phone_form="E164_PLUS").destination.phone_form == ""


def test_without_consent_neither_connector_nor_audience_is_saved(
    acme: Organization, dataset: Dataset, account: Account, bob: User
) -> None:
    choices: dict[str, Any] = {
        "dataset": dataset,
        "recipe": previews.guess(dataset),
        "destination": NewAudience(account, "May"),
    }

    with pytest.raises(ConsentMissing):
        connectors.send_list(acme, by=bob, consent=False, **choices)
    assert not acme.connectors.exists()
    assert not Resource.objects.filter(name="May").exists()


def test_a_connector_takes_its_next_list(
    acme: Organization, dataset: Dataset, account: Account, bob: User
) -> None:
    connector = a_connector(dataset, account, bob)
    sent = a_run(connector, bob, Run.State.DONE)
    following = a_list(acme, bob, b"0900000009\n", "june.csv")

    run = connectors.send_next_list(
        connector, by=bob, dataset=following, recipe=previews.guess(following), consent=True
    )

    connector.refresh_from_db()
    sent.refresh_from_db()
    assert (connector.dataset, connector.has_header, run.connector) == (following, False, connector)
    assert (run.dataset, sent.dataset) == (following, dataset)
    assert acme.audit_events.filter(action="connector.renewed").exists()


@pytest.mark.parametrize("state", ["QUEUED", "PLANNED", "SENDING", "PAUSED"])
def test_the_list_stays_while_a_run_has_not_ended(
    acme: Organization, dataset: Dataset, account: Account, bob: User, state: str
) -> None:
    connector = a_connector(dataset, account, bob)
    a_run(connector, bob, state, reason="key_refused")
    following = a_list(acme, bob, name="june.csv")

    with pytest.raises(connectors.StillRunning):
        connectors.renew_connector(connector, by=bob, dataset=following, recipe=previews.guess(following))
    assert Connector.objects.get(pk=connector.pk).dataset == dataset


def test_a_next_list_of_another_kind_is_refused(dataset: Dataset, account: Account, bob: User) -> None:
    connector = a_connector(dataset, account, bob)
    mails = replace(previews.guess(dataset), identifier="email")

    with pytest.raises(connectors.OtherKind):
        connectors.renew_connector(connector, by=bob, dataset=dataset, recipe=mails)


def test_a_connector_says_its_last_run(
    acme: Organization, dataset: Dataset, account: Account, bob: User
) -> None:
    connector = a_connector(dataset, account, bob)
    a_run(connector, bob, Run.State.CANCELLED)
    latest = a_run(connector, bob, Run.State.PLANNED)

    listed = acme.connectors.with_last_run().get()
    assert (listed.last_run_id, listed.last_run_label) == (latest.pk, "Ready to send")
