from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from audiences import datasets
from audiences.models import Dataset, Run
from audiences.reading import UnreadableList
from linking.models import Link
from organizations import bytestore, storage
from organizations.models import Organization
from tests.audiences.feeding import PHONES, a_connector, a_key, a_list, a_run
from users.models import User

Erase = Callable[..., str]
pytestmark = [pytest.mark.db, pytest.mark.django_db]


@pytest.fixture
def dataset(acme: Organization, bob: User) -> Dataset:
    return a_list(acme, bob)


@pytest.fixture
def erased_file(dataset: Dataset, django_capture_on_commit_callbacks: Any) -> Erase:
    def erase(**by: Any) -> str:
        name = dataset.sealed_name
        with django_capture_on_commit_callbacks(execute=True):
            assert datasets.erase_content(dataset, **by)
        return name

    return erase


def test_a_list_is_kept_sealed_for_a_day(dataset: Dataset) -> None:
    assert storage.SealedReader(dataset.sealed_name).read() == PHONES
    assert dataset.expires_at - dataset.uploaded_at <= timedelta(hours=24)
    assert dataset.byte_count == len(PHONES)


def test_the_row_holds_no_cell_of_the_list(acme: Organization, bob: User) -> None:
    dataset = a_list(acme, bob, b"Mei-ling Chen,0900000001\nJia-hao Lin,0900000002\n")

    kept = str(Dataset.objects.filter(pk=dataset.pk).values().get())
    assert "Chen" not in kept
    assert "0900000001" not in kept


def test_receiving_a_list_is_in_the_history(acme: Organization, bob: User, dataset: Dataset) -> None:
    event = acme.audit_events.get(action="dataset.received")

    assert (event.person.name, event.details) == ("Bob", {"bytes": len(PHONES)})


@pytest.mark.parametrize(
    "content", [b"", b"\n\n\n", b"\xef\xbb\xbf", b"PK\x03\x04 sheet", b"%PDF-1.7", b"\x1f\x8b\x08"]
)
def test_a_file_that_is_no_list_leaves_nothing_behind(acme: Organization, bob: User, content: bytes) -> None:
    with pytest.raises(UnreadableList):
        a_list(acme, bob, content)

    assert not acme.datasets.exists()
    assert list(bytestore.names()) == []


def test_erasing_ends_the_content_and_says_who_did_it(
    acme: Organization, bob: User, dataset: Dataset, erased_file: Erase
) -> None:
    name = erased_file(by=bob)

    assert dataset.erased_at
    assert name not in bytestore.names()
    assert acme.audit_events.get(action="dataset.erased").person.name == "Bob"


def test_an_erased_list_cannot_be_opened(bob: User, dataset: Dataset, erased_file: Erase) -> None:
    erased_file(by=bob)

    with pytest.raises(datasets.ListErased):
        datasets.open_list(dataset)


def test_erasing_twice_changes_nothing(acme: Organization, dataset: Dataset, erased_file: Erase) -> None:
    erased_file()

    assert not datasets.erase_content(dataset)
    assert acme.audit_events.filter(action="dataset.erased").count() == 1


@pytest.mark.parametrize("state", [Run.State.QUEUED, Run.State.PLANNING])
def test_a_list_stays_while_a_run_reads_it(bob: User, dataset: Dataset, ads_link: Link, state: str) -> None:
    a_key(ads_link)
    a_run(a_connector(dataset, ads_link.account, bob), bob, state)

    with pytest.raises(datasets.ListInUse):
        datasets.erase_content(dataset, by=bob)
    assert not datasets.erase_content(dataset)
    assert Dataset.objects.kept().filter(pk=dataset.pk, expires_at__gt=timezone.now()).exists()
