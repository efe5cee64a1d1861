"""LINE Tags on the organization's pages and on the account's side."""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from linking.models import Account, Link
from organizations.models import Organization
from resources import tags
from resources.models import Kind, Resource, Share, TagEvent
from tests import factories
from users.models import User

pytestmark = [pytest.mark.db, pytest.mark.django_db]
SignIn = Callable[[User], Client]


@pytest.fixture
def tag(acme: Organization, bob: User) -> Resource:
    return tags.create_tag(acme, "Shop pages", by=bob)


def url(name: str, organization: Organization, *arguments: object) -> str:
    return reverse(f"resources:{name}", args=[organization.code, *arguments])


def main(answer: Any) -> str:
    """What the page itself says, without menu and head."""
    return html.unescape(answer.content.decode().partition("<main")[2])


def test_a_tag_is_made_by_its_name_and_shows_its_code(
    acme: Organization, bob: User, signed_in: SignIn
) -> None:
    answer = signed_in(bob).post(url("new-tag", acme), {"name": "Shop pages"}, follow=True)

    tag = Resource.objects.tags().get()
    assert answer.redirect_chain == [(url("tag", acme, tag.pk), 302)]
    assert f"_lt('send', 'pv', ['{tag.line_id}']);" in main(answer)
    assert "type: 'Conversion'" in main(answer)


def test_a_name_that_cannot_be_read_is_refused_beside_its_field(
    acme: Organization, bob: User, signed_in: SignIn
) -> None:
    answer = signed_in(bob).post(url("new-tag", acme), {"name": "\u2060\u2060"})

    assert answer.status_code == 400
    assert "Give the tag a name of one line" in main(answer)


def test_the_list_tells_owner_contact_and_receivers(
    acme: Organization, tag: Resource, ads_link: Link, bob: User, signed_in: SignIn
) -> None:
    tag.events.filter(kind=TagEvent.Kind.PAGE_VIEW).update(last_contact_at=timezone.now())
    factories.ShareFactory.create(resource=tag, to_link=ads_link)
    factories.TagFactory.create(name="Foreign")
    factories.ResourceFactory.create(owner_account=ads_link.account, name="Buyers")

    shown = " ".join(main(signed_in(bob).get(url("tag-list", acme))).split())

    assert '"Events seen" class="num">1 of 2<' in shown
    assert '"Shared with" class="num">1<' in shown
    assert "just now" in shown
    assert ("Shop pages" in shown, "Foreign" in shown, "Buyers" in shown) == (True, False, False)


def test_the_filter_lives_in_the_address(
    acme: Organization, tag: Resource, ads_link: Link, bob: User, signed_in: SignIn
) -> None:
    factories.TagFactory.create(owner_organization=None, owner_account=ads_link.account, name="Of the ads")
    client, path = signed_in(bob), url("tag-list", acme)

    of_organization = main(client.get(path, {"owner": "bm"}))
    of_ads = main(client.get(path, {"owner": "lap", "q": "ADS"}))

    assert ("Shop pages" in of_organization, "Of the ads" in of_organization) == (True, False)
    assert ("Shop pages" in of_ads, "Of the ads" in of_ads) == (False, True)
    assert "No LINE Tag fits this filter" in main(client.get(path, {"owner": "account"}))


@pytest.mark.parametrize("count", [1, 20])
def test_lists_take_the_same_queries_for_any_number(
    acme: Organization,
    ads_link: Link,
    bob: User,
    mia: User,
    count: int,
    signed_in: SignIn,
    django_assert_max_num_queries: Any,
) -> None:
    for _each in range(count):
        made = tags.create_tag(acme, "Shop pages", by=bob)
        factories.ShareFactory.create(resource=made, to_link=ads_link)
    of_bob, of_mia = signed_in(bob), signed_in(mia)

    with django_assert_max_num_queries(15):
        assert main(of_bob.get(url("tag-list", acme))).count("row-link") == count
    with django_assert_max_num_queries(15):
        received = of_mia.get(reverse("resources:received-tags", args=[ads_link.account_id]))
    assert main(received).count("'pv'") == 2 * count  # to read and to copy


def test_audience_pages_list_no_tags(
    acme: Organization, tag: Resource, ads_link: Link, bob: User, mia: User, signed_in: SignIn
) -> None:
    factories.ShareFactory.create(resource=tag, to_link=ads_link)

    audiences = main(signed_in(bob).get(url("audience-list", acme)))
    received = main(signed_in(mia).get(reverse("resources:received", args=[ads_link.account_id])))

    assert Kind.LINE_TAG.value not in audiences
    assert "Shop pages" not in audiences + received


def test_the_accounts_page_lists_tags_and_leads_to_them(
    acme: Organization, tag: Resource, ads_link: Link, bob: User, signed_in: SignIn
) -> None:
    factories.ShareFactory.create(resource=tag, to_link=ads_link)
    client = signed_in(bob)

    listed = main(client.get(url("account", acme, ads_link.account_id), {"kind": "LINE_TAG"}))

    assert "Shop pages" in listed
    assert client.get(url("audience", acme, tag.pk))["Location"] == url("tag", acme, tag.pk)


def test_a_tag_is_picked_and_shared_like_any_resource(
    acme: Organization, tag: Resource, official_link: Link, bob: User, signed_in: SignIn
) -> None:
    client, path = signed_in(bob), url("add-resource", acme, official_link.account_id)

    assert f'value="{tag.pk}"' in main(client.get(path, {"what": "tags"}))
    client.post(f"{path}?what=tags", {"resource": [str(tag.pk)]})

    assert list(Resource.objects.shared_to(official_link.account)) == [tag]
    assert official_link.account.name in main(client.get(url("tag", acme, tag.pk)))


def test_the_account_side_sees_its_tags_with_code(
    acme: Organization, tag: Resource, official_link: Link, mia: User, signed_in: SignIn
) -> None:
    path = reverse("resources:received-tags", args=[official_link.account_id])
    client = signed_in(mia)
    assert "No LINE Tags here" in main(client.get(path))

    share = factories.ShareFactory.create(resource=tag, to_link=official_link)
    shown = main(client.get(path))
    assert "May use, may not change" in shown
    assert f"_lt('send', 'pv', ['{tag.line_id}']);" in shown

    Share.objects.filter(pk=share.pk).update(ended_at=timezone.now())
    assert "No LINE Tags here" in main(client.get(path))


def test_a_tag_is_renamed_on_its_page(
    acme: Organization, tag: Resource, bob: User, signed_in: SignIn
) -> None:
    client, path = signed_in(bob), url("rename-tag", acme, tag.pk)
    assert 'value="Shop pages"' in main(client.get(path))

    answer = client.post(path, {"name": "Shop and blog"}, follow=True)

    assert "Shop and blog" in main(answer)


def test_deleting_says_first_who_loses_it(
    acme: Organization, tag: Resource, ads_link: Link, bob: User, signed_in: SignIn
) -> None:
    factories.ShareFactory.create(resource=tag, to_link=ads_link)
    client, path = signed_in(bob), url("delete-tag", acme, tag.pk)

    asked = main(client.post(path))
    assert "Accounts that use it</dt><dd>1 <small>will no longer see it" in asked
    assert Share.objects.open().exists()

    client.post(path, {"confirmed": "1"})
    assert not Share.objects.open().exists()
    assert client.post(path, {"confirmed": "1"}).status_code == 409


def test_a_deleted_tag_shows_no_code_and_offers_nothing(
    acme: Organization, tag: Resource, bob: User, signed_in: SignIn
) -> None:
    tags.delete_tag(tag, by=bob)

    shown = main(signed_in(bob).get(url("tag", acme, tag.pk)))

    assert "This tag was deleted." in shown
    assert ("_lt(" in shown, "<form" in shown) == (False, False)


def test_a_custom_event_is_added_and_removed(
    acme: Organization, tag: Resource, bob: User, signed_in: SignIn
) -> None:
    client = signed_in(bob)

    added = client.post(url("add-tag-event", acme, tag.pk), {"name": "AddToCart"}, follow=True)
    assert "type: 'AddToCart'" in main(added)

    event = tag.events.get(kind=TagEvent.Kind.CUSTOM)
    client.post(url("remove-tag-event", acme, event.pk))
    assert not tag.events.filter(pk=event.pk).exists()


@pytest.mark.parametrize("name", ["two words", "</script>", ""])
def test_a_wrong_event_name_is_refused_beside_its_field(
    acme: Organization, tag: Resource, bob: User, name: str, signed_in: SignIn
) -> None:
    answer = signed_in(bob).post(url("add-tag-event", acme, tag.pk), {"name": name})

    assert answer.status_code == 400
    assert 'id="id_name_error"' in main(answer)
    assert b"</script>'" not in answer.content


def test_an_event_name_that_is_taken_is_a_conflict(
    acme: Organization, tag: Resource, bob: User, signed_in: SignIn
) -> None:
    tags.add_event(tag, "AddToCart", by=bob)

    answer = signed_in(bob).post(url("add-tag-event", acme, tag.pk), {"name": "AddToCart"})

    assert answer.status_code == 409


def test_code_of_a_name_from_line_cannot_end_the_script(
    acme: Organization, tag: Resource, bob: User, signed_in: SignIn
) -> None:
    factories.TagEventFactory.create(tag=tag, name="</script><b>'\u2028")

    answer = signed_in(bob).get(url("tag", acme, tag.pk))

    assert "type: '\\u003c\\u002fscript\\u003e\\u003cb\\u003e\\u0027\\u2028'" in main(answer)
    assert b"</script><b>" not in answer.content


def test_a_viewer_reads_the_code_and_changes_nothing(
    acme: Organization, tag: Resource, carol: User, signed_in: SignIn
) -> None:
    client = signed_in(carol)
    shown = main(client.get(url("tag", acme, tag.pk)))

    assert ("_lt(" in shown, "<form" in shown) == (True, False)
    assert "New LINE Tag" not in main(client.get(url("tag-list", acme)))
    for name in ("rename-tag", "delete-tag", "add-tag-event"):
        assert client.post(url(name, acme, tag.pk), {"name": "x"}).status_code == 403


def test_an_accounts_own_tag_is_not_changed_here(
    acme: Organization, ads: Account, ads_link: Link, bob: User, signed_in: SignIn
) -> None:
    own = factories.TagFactory.create(owner_organization=None, owner_account=ads)
    client = signed_in(bob)

    assert "kept in LINE's own screens" in main(client.get(url("tag", acme, own.pk)))
    assert client.post(url("delete-tag", acme, own.pk), {"confirmed": "1"}).status_code == 409
    assert client.post(url("rename-tag", acme, own.pk), {"name": "Mine"}).status_code == 409
