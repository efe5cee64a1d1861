"""LINE Tags made, renamed, deleted; their events named and removed."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from linking.models import Link
from organizations import impact
from organizations.models import AuditEvent, Organization
from resources import services, tags
from resources.models import Kind, Resource, Share, TagEvent
from tests import factories
from users.models import User

pytestmark = [pytest.mark.db, pytest.mark.django_db]
WRONG_NAMES = ["", "x" * 21, "two words", "'", "</script>", "購入", "a\u2028b", "-a", "a\n"]


@pytest.fixture
def tag(acme: Organization, bob: User) -> Resource:
    return tags.create_tag(acme, "Shop pages", by=bob)


def last_act() -> AuditEvent:
    return AuditEvent.objects.newest_first()[0]


def test_a_new_tag_is_the_organizations_and_can_be_shared_at_once(
    acme: Organization, tag: Resource, official_link: Link, ads_link: Link, bob: User
) -> None:
    for link in (official_link, ads_link):
        services.share_resources(link, [tag], by=bob)

    assert (tag.owner_organization, tag.create_route) == (acme, Resource.CreateRoute.BUSINESS_MANAGER)
    assert [str(each.line_id) for each in Resource.objects.shared_to(ads_link.account)] == [tag.line_id]
    assert Resource.objects.shared_to(official_link.account).get() == tag


def test_a_new_tag_has_the_two_events_that_always_exist(tag: Resource) -> None:
    assert sorted(tag.events.values_list("kind", "name")) == [("conversion", ""), ("pageView", "")]
    assert last_act().action == "line_tag.created"


@pytest.mark.parametrize("name", ["", " \t", "\u200b\u2060", "x" * 121])
def test_a_tag_needs_a_name_that_can_be_read(acme: Organization, bob: User, name: str) -> None:
    with pytest.raises(tags.NoName):
        tags.create_tag(acme, name, by=bob)

    assert not Resource.objects.exists()


def test_a_tag_is_renamed_and_the_history_tells_both_names(tag: Resource, bob: User) -> None:
    tags.rename_tag(tag, "Shop\u202e and blog", by=bob)

    assert Resource.objects.get().name == "Shop and blog"
    assert last_act().details == {"before": "Shop pages", "after": "Shop and blog"}


def test_the_same_name_again_leaves_no_entry(tag: Resource, bob: User) -> None:
    tags.rename_tag(tag, "Shop pages", by=bob)

    assert last_act().action == "line_tag.created"


def test_a_deleted_tag_ends_its_shares_and_nobody_sees_it(
    tag: Resource, ads_link: Link, official_link: Link, bob: User
) -> None:
    for link in (official_link, ads_link):
        services.share_resources(link, [tag], by=bob)

    tags.delete_tag(tag, by=bob)

    assert not Share.objects.open().exists()
    assert not Resource.objects.seen_at_line_by(ads_link.account.line_id).exists()
    assert Resource.objects.get().deleted_at
    assert AuditEvent.objects.filter(action="share.stopped").count() == 2
    assert AuditEvent.objects.get(action="resource.deleted").person.user_id == bob.pk


def test_a_deleted_tag_changes_no_more(tag: Resource, bob: User) -> None:
    tags.delete_tag(tag, by=bob)

    for act in (
        lambda: tags.delete_tag(tag, by=bob),
        lambda: tags.rename_tag(tag, "Again", by=bob),
        lambda: tags.add_event(tag, "AddToCart", by=bob),
    ):
        with pytest.raises(tags.TagDeleted):
            act()

    assert AuditEvent.objects.filter(action="resource.deleted").count() == 1
    assert not tag.events.filter(kind=TagEvent.Kind.CUSTOM).exists()


def test_an_accounts_own_tag_is_changed_at_line(ads_link: Link, bob: User) -> None:
    own = factories.TagFactory.create(owner_organization=None, owner_account=ads_link.account)

    with pytest.raises(tags.KeptAtLine):
        tags.rename_tag(own, "Mine", by=bob)
    with pytest.raises(tags.KeptAtLine):
        tags.delete_tag(own, by=bob)


@pytest.mark.parametrize("name", ["AddToCart", "a", "step-2_done", "x" * 20])
def test_a_custom_event_takes_a_plain_name(tag: Resource, bob: User, name: str) -> None:
    assert tags.add_event(tag, name, by=bob) in tag.events.filter(kind=TagEvent.Kind.CUSTOM, name=name)
    assert (last_act().action, last_act().details) == ("line_tag.event_added", {"event": name})


@pytest.mark.parametrize("name", WRONG_NAMES)
def test_other_names_are_refused(tag: Resource, bob: User, name: str) -> None:
    with pytest.raises(tags.WrongEventName):
        tags.add_event(tag, name, by=bob)


def test_a_name_is_taken_once_for_each_tag(acme: Organization, tag: Resource, bob: User) -> None:
    tags.add_event(tag, "AddToCart", by=bob)
    tags.add_event(tags.create_tag(acme, "Blog", by=bob), "AddToCart", by=bob)

    with pytest.raises(tags.EventNamed):
        tags.add_event(tag, "AddToCart", by=bob)


def test_a_tag_has_at_most_fifty_custom_events(tag: Resource, bob: User) -> None:
    factories.TagEventFactory.create_batch(tags.MOST_EVENTS, tag=tag)

    with pytest.raises(tags.TooManyEvents):
        tags.add_event(tag, "One-more", by=bob)


def test_an_event_that_never_came_is_removed(tag: Resource, bob: User) -> None:
    event = tags.add_event(tag, "AddToCart", by=bob)

    tags.remove_event(event, by=bob)

    assert not tag.events.filter(kind=TagEvent.Kind.CUSTOM).exists()
    assert last_act().action == "line_tag.event_removed"


def test_an_event_that_pages_reported_stays(tag: Resource, bob: User) -> None:
    event = factories.TagEventFactory.create(tag=tag, last_contact_at=timezone.now())

    for kept in (event, tag.events.get(kind=TagEvent.Kind.PAGE_VIEW)):
        with pytest.raises(tags.EventInUse):
            tags.remove_event(kept, by=bob)


@pytest.mark.parametrize(("kind", "name"), [("custom", ""), ("pageView", "x")])
def test_the_database_wants_a_name_for_custom_events_only(tag: Resource, kind: str, name: str) -> None:
    tag.events.all().delete()

    with pytest.raises(IntegrityError), transaction.atomic():
        TagEvent.objects.create(tag=tag, kind=kind, name=name)


def test_audiences_and_tags_are_listed_apart(acme: Organization, tag: Resource, ads_link: Link) -> None:
    audience = factories.ResourceFactory.create(owner_account=ads_link.account)
    own = Resource.objects.of_organization(acme)

    assert (own.audiences().get(), own.tags().get()) == (audience, tag)


def test_the_impact_names_web_traffic_audiences_that_the_tag_fills(
    acme: Organization, tag: Resource, ads_link: Link, bob: User
) -> None:
    on_it = {"webtraffic": {"tagId": tag.line_id, "visitType": "VISIT_ALL"}}
    web = {"kind": Kind.WEBTRAFFIC, "details": on_it}
    factories.ResourceFactory.create(owner_account=ads_link.account, **web)
    factories.ResourceFactory.create(owner_account=ads_link.account, kind=Kind.WEBTRAFFIC)
    factories.ResourceFactory.create(owner_account=ads_link.account, status="DELETED", **web)
    factories.ResourceFactory.create(**web)

    assert [(str(line.label), line.count) for line in impact.of(tag)] == [
        ("Web traffic audiences built on it", 1)
    ]
