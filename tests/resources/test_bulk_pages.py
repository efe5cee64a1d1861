"""Choosing over several pages, the check, the report, and shares from a file, on pages and by REST."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from linking.models import Link
from organizations.models import Organization
from resources import bulk, services
from resources.bulk_models import BulkChange
from resources.models import Resource, Share
from tests import factories
from users.models import Scope, User

pytestmark = [pytest.mark.db, pytest.mark.django_db]
SignIn = Callable[[User], Client]
S = BulkChange.State


@pytest.fixture
def audience(ads_link: Link) -> Resource:
    return factories.ResourceFactory.create(owner_account=ads_link.account, name="Buyers")


def at(change: BulkChange, name: str = "bulk") -> str:
    return reverse(f"resources:{name}", args=[change.organization.code, change.pk])


def content(response: Any) -> str:
    streamed = response.streaming_content if response.streaming else [response.content]
    return b"".join(streamed).decode("utf-8-sig")


def test_ticks_of_several_pages_are_kept(
    acme: Organization, ads_link: Link, bob: User, signed_in: SignIn
) -> None:
    rows = [
        factories.ResourceFactory.create(owner_account=ads_link.account, name=f"List {n:03d}")
        for n in range(60)
    ]
    client, change = signed_in(bob), bulk.draft(acme, by=bob)
    first, second = rows[:50], rows[50:]
    shown = {"shown": [str(each.pk) for each in first], "chosen": [str(each.pk) for each in first[:2]]}

    page = client.post(at(change, "bulk-resources"), {**shown, "go": "2"}, follow=True)
    assert "2 resources chosen" in content(page)
    assert "List 055" in content(page)

    shown = {"shown": [str(each.pk) for each in second], "chosen": [str(second[0].pk)]}
    client.post(at(change, "bulk-resources"), {**shown, "go": "1"})
    shown = {"shown": [str(each.pk) for each in first], "chosen": [str(first[0].pk)]}
    client.post(at(change, "bulk-resources"), {**shown, "go": "on"})

    change.refresh_from_db()
    assert set(change.resources) == {str(first[0].pk), str(second[0].pk)}


def test_all_that_fits_the_filter_is_chosen_at_once(
    acme: Organization, ads_link: Link, bob: User, signed_in: SignIn
) -> None:
    for name in ("VIP a", "VIP b", "Others"):
        factories.ResourceFactory.create(owner_account=ads_link.account, name=name)
    client, change = signed_in(bob), bulk.draft(acme, by=bob)

    client.post(at(change, "bulk-resources"), {"q": "vip", "go": "all"})
    change.refresh_from_db()
    assert len(change.resources) == 2

    client.post(at(change, "bulk-resources"), {"go": "none"})
    change.refresh_from_db()
    assert change.resources == []


def test_from_ticked_audiences_to_the_report(
    acme: Organization, audience: Resource, official_link: Link, bob: User, signed_in: SignIn
) -> None:
    client = signed_in(bob)
    begun = client.post(reverse("resources:new-bulk", args=[acme.code]), {"resource": [str(audience.pk)]})
    change = BulkChange.objects.get()
    assert begun["Location"] == at(change, "bulk-accounts")

    client.post(at(change, "bulk-accounts"), {"chosen": [str(official_link.pk)], "go": "on"})
    shown = client.post(at(change, "check-bulk"), follow=True)
    assert "1 share can be changed now" in content(shown)
    assert not Share.objects.exists()

    report = client.post(at(change, "start-bulk"), follow=True)
    assert "Done: 1. Nothing to do: 0. Refused: 0." in content(report)
    assert Share.objects.get().to_link == official_link
    line = next(csv.DictReader(io.StringIO(content(client.get(at(change, "bulk-report"))))))
    assert (line["resource"], line["outcome"]) == (str(audience.pk), "DONE")


def test_what_is_large_is_left_to_a_worker(
    acme: Organization,
    audience: Resource,
    official_link: Link,
    bob: User,
    signed_in: SignIn,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bulk, "AT_ONCE", 0)
    client, change = signed_in(bob), bulk.draft(acme, by=bob)
    bulk.choose(change, resources=[audience.pk], links=[official_link.pk])

    shown = content(client.post(at(change, "check-bulk"), follow=True))
    assert "Every pair is being checked." in shown
    assert "Discard" in shown

    bulk.work(change.pk)
    client.post(at(change, "start-bulk"))
    assert "0 of 1 pairs are settled" in content(client.get(at(change)))

    client.post(at(change, "cancel-bulk"))
    assert "1 pair was left undone" in content(client.get(at(change)))


def test_checking_nothing_says_what_to_do(acme: Organization, bob: User, signed_in: SignIn) -> None:
    answer = signed_in(bob).post(at(bulk.draft(acme, by=bob), "check-bulk"))

    assert answer.status_code == 400
    assert "Choose at least one resource and one account." in content(answer)


@pytest.mark.parametrize("count", [1, 20])
def test_pages_take_the_same_queries_for_any_number(
    acme: Organization,
    ads_link: Link,
    official_link: Link,
    bob: User,
    count: int,
    signed_in: SignIn,
    django_assert_max_num_queries: Any,
) -> None:
    rows = factories.ResourceFactory.create_batch(count, owner_account=ads_link.account)
    change = bulk.draft(acme, by=bob)
    bulk.choose(change, resources=[each.pk for each in rows], links=[official_link.pk])
    bulk.start_check(change, until=None)
    bulk.work(change.pk)
    client = signed_in(bob)

    for name in ("bulk", "bulk-resources", "bulk-accounts"):
        with django_assert_max_num_queries(15):
            client.get(at(change, name))
    with django_assert_max_num_queries(15):
        client.get(reverse("resources:bulk-list", args=[acme.code]))


# --- a table of shares ---


def uploaded(client: Client, acme: Organization, text: str | bytes, **more: str) -> Any:
    data = text.encode() if isinstance(text, str) else text
    form = {"file": SimpleUploadedFile("shares.csv", data, content_type="text/csv"), **more}
    return client.post(reverse("resources:import-shares", args=[acme.code]), form, follow=True)


def test_the_export_read_back_changes_nothing(
    acme: Organization, audience: Resource, official_link: Link, bob: User, signed_in: SignIn
) -> None:
    until = timezone.now() + timedelta(days=9)
    services.share_resources(official_link, [audience], by=bob, until=until)
    client = signed_in(bob)
    table = content(client.get(reverse("resources:export-shares", args=[acme.code])))

    shown = content(uploaded(client, acme, table, stops_others="on"))

    assert "There is nothing to do" in shown
    assert BulkChange.objects.get().items.counted() == {"PENDING": 0, "DONE": 0, "SKIPPED": 1, "REFUSED": 0}


def test_a_file_says_what_starts_and_what_stops_before_it_happens(
    acme: Organization, audience: Resource, official_link: Link, ads_link: Link, bob: User, signed_in: SignIn
) -> None:
    ending = factories.ResourceFactory.create(owner_account=ads_link.account, name="Ending")
    services.share_resources(official_link, [ending], by=bob)
    client = signed_in(bob)
    table = f"resource,account,until\n{audience.pk},{official_link.account.basic_id},2099-01-01T00:00:00Z\n"

    shown = content(uploaded(client, acme, table, stops_others="on"))
    assert "1 share will stop, because it is not in the file." in shown
    assert list(Resource.objects.shared_to(official_link.account)) == [ending]

    client.post(at(BulkChange.objects.get(), "start-bulk"))
    assert list(Resource.objects.shared_to(official_link.account)) == [audience]
    assert Share.objects.open().get().until is not None


def test_without_the_tick_a_file_only_adds(
    acme: Organization, audience: Resource, official_link: Link, ads_link: Link, bob: User, signed_in: SignIn
) -> None:
    other = factories.ResourceFactory.create(owner_account=ads_link.account)
    services.share_resources(official_link, [other], by=bob)
    client = signed_in(bob)

    uploaded(client, acme, f"resource,account\n{audience.pk},{official_link.account_id}\n")
    client.post(at(BulkChange.objects.get(), "start-bulk"))

    assert set(Resource.objects.shared_to(official_link.account)) == {audience, other}


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        ("resource,account\nX,{account}\n", "no resource with this id"),
        ("resource,account\n{foreign},{account}\n", "no resource with this id"),
        ("resource,account\n{resource},@nobody\n", "No account with this id"),
        ("resource,account\n{resource},{account}\n{resource},{account}\n", "stands in the file twice"),
        ("resource,account,until\n{resource},{account},soon\n", "is not a moment to come"),
        ("resource,account,until\n{resource},{account},2020-01-01T00:00:00Z\n", "is not a moment to come"),
        ("resource,account,until\n{resource},{account},2099-13-01T00:00:00Z\n", "is not a moment to come"),
        ("resource,account,until\n{resource},{account},2099-01-01T00:00:00\n", "is not a moment to come"),
        ("resource;account\n{resource};{account}\n", "must name the columns"),
        ("", "empty"),
        ("\n", "must name the columns"),
        ('resource,account\n"{resource},{account}\n', "no resource with this id"),
    ],
)
def test_a_wrong_line_refuses_the_whole_file_and_says_which(
    acme: Organization,
    audience: Resource,
    official_link: Link,
    bob: User,
    signed_in: SignIn,
    table: str,
    sentence: str,
) -> None:
    foreign = factories.ResourceFactory.create()
    text = table.format(resource=audience.pk, account=official_link.account.basic_id, foreign=foreign.pk)

    answer = uploaded(signed_in(bob), acme, text)

    assert answer.status_code == 400
    assert sentence in content(answer)
    assert not BulkChange.objects.exists()


def test_a_file_in_another_encoding_says_so(acme: Organization, bob: User, signed_in: SignIn) -> None:
    answer = uploaded(signed_in(bob), acme, "resource,account\n訂單,x\n".encode("big5"))

    assert "not in UTF-8" in content(answer)


def test_the_api_checks_starts_and_reports(
    acme: Organization, audience: Resource, official_link: Link, bob: User, client: Client
) -> None:
    headers = {"Authorization": f"Bearer {factories.token_for(bob, Scope.SHARE, Scope.READ)}"}
    url = f"/api/v1/organizations/{acme.code}/bulk-shares/"
    body = {"resources": [str(audience.pk)], "accounts": [official_link.account.basic_id]}

    asked = client.post(url, body, "application/json", headers=headers)
    one = f"{url}{asked.json()['id']}/"
    started = client.post(f"{one}start/", headers=headers)
    again = client.post(f"{one}start/", headers=headers)
    items = client.get(f"{one}items/", {"outcome": "DONE"}, headers=headers)

    assert (asked.status_code, asked.json()["state"]) == (202, "CHECKED")
    assert asked.json()["outcomes"]["PENDING"] == 1
    assert (started.status_code, started.json()["state"]) == (202, "DONE")
    assert (again.status_code, again.json()["code"]) == (409, "not_in_this_state")
    assert items.json()["results"][0]["resource"] == str(audience.pk)


@pytest.mark.parametrize("field", ["resources", "accounts"])
def test_the_api_names_unknown_ids_and_begins_nothing(
    acme: Organization, audience: Resource, official_link: Link, bob: User, client: Client, field: str
) -> None:
    headers = {"Authorization": f"Bearer {factories.token_for(bob, Scope.SHARE)}"}
    unknown = {"resources": "00000000-0000-4000-8000-000000000000", "accounts": "A999"}[field]
    body = {"resources": [str(audience.pk)], "accounts": [official_link.account.basic_id], field: [unknown]}

    answer = client.post(
        f"/api/v1/organizations/{acme.code}/bulk-shares/", body, "application/json", headers=headers
    )

    assert (answer.status_code, answer.json()["fields"]) == (400, {field: [unknown]})
    assert not BulkChange.objects.exists()
