from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from linking.models import Account
from organizations import audit, history
from organizations.exports import FORMULA_STARTS, harmless
from organizations.models import AuditEvent, Organization
from organizations.names import seen
from tests import factories
from users.models import User

pytestmark = [pytest.mark.db, pytest.mark.django_db]
SignIn = Callable[[User], Client]


def page(organization: Organization, **filters: Any) -> str:
    query = "&".join(f"{key}={value}" for key, value in filters.items())
    return f"{reverse('organizations:history', args=[organization.code])}?{query}"


def rows(response: Any) -> list[list[str]]:
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))[1:]


@pytest.fixture
def told(acme: Organization, alice: User, bob: User, official: Account) -> None:
    """Three things that happened: a link by alice, a list by bob, something by the console itself."""
    audit.record("link_request.issued", acme, by=alice, organization=acme, account=official)
    audit.record("dataset.received", acme, by=bob, organization=acme)
    audit.record("link_request.expired", acme, by=None, organization=acme)


def shown(response: Any) -> list[str]:
    words = ["Link request: issued", "Dataset: received", "Link request: expired"]
    return [word for word in words if word in response.content.decode()]


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({}, ["Link request: issued", "Dataset: received", "Link request: expired"]),
        ({"group": "linking"}, ["Link request: issued", "Link request: expired"]),
        ({"group": "feeding"}, ["Dataset: received"]),
        ({"account": "coffee"}, ["Link request: issued"]),
        ({"since": "2001-01-01", "until": "2001-12-31"}, []),
        ({"since": "2001-01-01"}, ["Link request: issued", "Dataset: received", "Link request: expired"]),
        ({"group": "nonsense"}, []),
        ({"since": "not a day"}, []),
    ],
)
def test_the_history_is_filtered(
    told: None, acme: Organization, signed_in: SignIn, carol: User, filters: dict[str, str], found: list[str]
) -> None:
    assert shown(signed_in(carol).get(page(acme, **filters))) == found


def test_the_history_is_filtered_by_person(
    told: None, acme: Organization, signed_in: SignIn, carol: User, bob: User
) -> None:
    person = AuditEvent.objects.get(action="dataset.received").person
    assert person

    assert shown(signed_in(carol).get(page(acme, person=person.pk))) == ["Dataset: received"]


def test_people_of_other_organizations_are_no_choice(
    told: None, acme: Organization, other: Organization, charlie: User, signed_in: SignIn, carol: User
) -> None:
    audit.record("dataset.received", other, by=charlie, organization=other)

    page_shown = signed_in(carol).get(page(acme)).content.decode()

    assert "Alice" in page_shown
    assert "Charlie" not in page_shown


def test_a_day_means_the_readers_day(acme: Organization, alice: User, signed_in: SignIn) -> None:
    User.objects.filter(pk=alice.pk).update(time_zone="Asia/Tokyo")
    late = audit.record("dataset.received", acme, by=alice, organization=acme)
    tokyo_day = timezone.localtime(late.at, timezone.get_fixed_timezone(9 * 60)).date()

    client = signed_in(alice)

    assert shown(client.get(page(acme, since=tokyo_day, until=tokyo_day))) == ["Dataset: received"]
    assert shown(client.get(page(acme, since=tokyo_day + timedelta(days=1)))) == []


def test_another_organizations_history_is_not_there(
    told: None, acme: Organization, other: Organization, signed_in: SignIn, charlie: User
) -> None:
    client = signed_in(charlie)

    assert client.get(page(acme)).status_code == 404
    assert client.get(reverse("organizations:history-csv", args=[acme.code])).status_code == 404
    assert shown(client.get(page(other))) == []


def test_the_csv_holds_what_the_filter_shows(
    told: None, acme: Organization, signed_in: SignIn, carol: User
) -> None:
    path = reverse("organizations:history-csv", args=[acme.code])

    response = signed_in(carol).get(path + "?group=linking")

    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert [row[1] for row in rows(response)] == ["Link request: expired", "Link request: issued"]


def test_a_name_that_is_a_formula_arrives_as_text(acme: Organization, alice: User, signed_in: SignIn) -> None:
    account = factories.OfficialAccountFactory.create(name='=HYPERLINK("https://evil.example")')
    audit.record("link_request.issued", account, by=alice, organization=acme, account=account)

    [row] = rows(signed_in(alice).get(reverse("organizations:history-csv", args=[acme.code])))

    assert not any(cell.startswith(FORMULA_STARTS) for cell in row)
    assert any(cell.startswith("'=HYPERLINK") for cell in row)


@given(st.text())
def test_no_cell_is_a_formula(text: str) -> None:
    cell = harmless(text)

    assert not cell.lstrip(" ").startswith(FORMULA_STARTS)
    assert cell.removeprefix("'") == seen(text).removeprefix("'")


@pytest.mark.parametrize("count", [1, 60])
def test_the_history_takes_the_same_few_queries(
    acme: Organization, alice: User, signed_in: SignIn, count: int, django_assert_max_num_queries: Any
) -> None:
    for _ in range(count):
        audit.record("run.done", acme, by=factories.UserFactory.create(), organization=acme)
    client = signed_in(alice)

    with django_assert_max_num_queries(12):
        client.get(page(acme))


def test_every_act_has_words_in_a_group() -> None:
    assert history.in_words("link_request.approved") == "Link request: approved"
    assert history.in_words("something.quite_new") == "something: quite new"


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_the_history_cannot_be_written(
    acme: Organization, signed_in: SignIn, alice: User, method: str
) -> None:
    assert getattr(signed_in(alice), method)(page(acme)).status_code == 405
