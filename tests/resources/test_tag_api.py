"""LINE Tags by REST."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from linking.models import Link
from organizations.models import Organization
from resources import tags
from resources.models import Resource, Share
from tests import factories
from users.models import Scope, User

pytestmark = [pytest.mark.db, pytest.mark.django_db]


@pytest.fixture
def tag(acme: Organization, bob: User) -> Resource:
    return tags.create_tag(acme, "Shop pages", by=bob)


class Caller:
    def __init__(self, client: Client, person: User) -> None:
        token = factories.token_for(person, Scope.READ, Scope.SHARE)
        self._client, self._headers = client, {"Authorization": f"Bearer {token}"}

    def __call__(self, method: str, path: str, body: Any = None) -> Any:
        call = getattr(self._client, method.lower())
        data = {"data": body, "content_type": "application/json"} if body is not None else {}
        return call(f"/api/v1/{path}", headers=self._headers, **data)


def test_a_tag_is_made_renamed_and_deleted(acme: Organization, bob: User, client: Client) -> None:
    ask, path = Caller(client, bob), f"organizations/{acme.code}/tags/"

    made = ask("POST", path, {"name": "Shop pages"})
    one = f"{path}{made.json()['id']}/"
    renamed = ask("PATCH", one, {"name": "Shop and blog"})
    deleted = [ask("DELETE", one), ask("DELETE", one)]

    assert (made.status_code, made.json()["owner_service"], made.json()["owner_id"]) == (201, "bm", acme.code)
    assert renamed.json()["name"] == "Shop and blog"
    assert [answer.status_code for answer in deleted] == [204, 409]
    assert deleted[1].json()["code"] == "tag_deleted"
    assert ask("GET", path).json()["count"] == 0
    assert ask("GET", one).json()["status"] == "DELETED"


def test_one_tag_comes_with_its_events_and_their_code(
    acme: Organization, tag: Resource, bob: User, client: Client
) -> None:
    tag.events.filter(kind="pageView").update(last_contact_at=timezone.now(), is_active=True)

    found = Caller(client, bob)("GET", f"organizations/{acme.code}/tags/{tag.pk}/").json()

    assert (found["tag_id"], found["events_seen"]) == (tag.line_id, 1)
    assert [(each["kind"], each["is_active"]) for each in found["events"]] == [
        ("pageView", True),
        ("conversion", False),
    ]
    assert all(tag.line_id in each["code"] for each in found["events"])


def test_the_list_has_only_tags_of_the_organization(
    acme: Organization, tag: Resource, ads_link: Link, bob: User, client: Client
) -> None:
    factories.TagFactory.create()
    factories.ResourceFactory.create(owner_account=ads_link.account)

    found = Caller(client, bob)("GET", f"organizations/{acme.code}/tags/").json()

    assert [each["id"] for each in found["results"]] == [str(tag.pk)]


def test_a_custom_event_is_named_once_and_removed(
    acme: Organization, tag: Resource, bob: User, client: Client
) -> None:
    ask, path = Caller(client, bob), f"organizations/{acme.code}/tags/"
    events = f"{path}{tag.pk}/events/"

    added, again = ask("POST", events, {"name": "AddToCart"}), ask("POST", events, {"name": "AddToCart"})
    one = f"{path}events/{added.json()['id']}/"
    removed = [ask("DELETE", one), ask("DELETE", one)]

    assert (added.status_code, again.status_code, again.json()["code"]) == (201, 409, "event_exists")
    assert "type: 'AddToCart'" in added.json()["code"]
    assert [answer.status_code for answer in removed] == [204, 404]


@pytest.mark.parametrize(("path", "name"), [("", " "), ("events/", "two words"), ("events/", "x" * 21)])
def test_a_wrong_name_is_marked(
    acme: Organization, tag: Resource, bob: User, client: Client, path: str, name: str
) -> None:
    method = "POST" if path else "PATCH"

    answer = Caller(client, bob)(method, f"organizations/{acme.code}/tags/{tag.pk}/{path}", {"name": name})

    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == ["name"]


def test_a_viewer_changes_nothing(acme: Organization, tag: Resource, carol: User, client: Client) -> None:
    ask, path = Caller(client, carol), f"organizations/{acme.code}/tags/"

    answers = [ask("POST", path, {"name": "x"}), ask("DELETE", f"{path}{tag.pk}/")]

    assert [answer.status_code for answer in answers] == [403, 403]


def test_a_tag_is_shared_by_the_ordinary_call_and_seen_by_the_account(
    acme: Organization, tag: Resource, official_link: Link, bob: User, mia: User, client: Client
) -> None:
    basic_id = official_link.account.basic_id

    shared = Caller(client, bob)(
        "POST", f"organizations/{acme.code}/shares/", {"resource": str(tag.pk), "account": basic_id}
    )
    seen = Caller(client, mia)("GET", f"accounts/{basic_id}/tags/").json()["results"]
    audiences = Caller(client, mia)("GET", f"accounts/{basic_id}/audiences/").json()["results"]

    assert (shared.status_code, Share.objects.open().count()) == (201, 1)
    assert [each["tag_id"] for each in seen] == [tag.line_id]
    assert len(seen[0]["events"]) == 2
    assert audiences == []


@pytest.mark.parametrize("count", [1, 20])
def test_lists_take_the_same_queries_for_any_number(
    acme: Organization,
    ads_link: Link,
    bob: User,
    mia: User,
    client: Client,
    count: int,
    django_assert_max_num_queries: Any,
) -> None:
    for _each in range(count):
        made = tags.create_tag(acme, "Shop pages", by=bob)
        factories.ShareFactory.create(resource=made, to_link=ads_link)
    of_bob, of_mia = Caller(client, bob), Caller(client, mia)

    with django_assert_max_num_queries(10):
        listed = of_bob("GET", f"organizations/{acme.code}/tags/")
    with django_assert_max_num_queries(12):
        received = of_mia("GET", f"accounts/{ads_link.account.line_id}/tags/")

    assert [listed.json()["count"], received.json()["count"]] == [count, count]
