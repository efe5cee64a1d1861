"""What LINE tells of tags becomes resources and contacts; against the emulator, as it runs beside us."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from emulator.ads.seen import AdAccountView
from emulator.emulator import Emulator
from emulator.settings import Settings
from lineads.client import LineAds
from lineads.shapes import LineTag, TagEvents
from lineads.shapes import TagEvent as Told
from linking.models import Link
from organizations.models import AuditEvent, Organization
from resources import services, tag_refresh, tags
from resources.models import Resource, Share, TagEvent
from tests import factories
from tests.emulator.client import ACCESS_KEY, GROUP, SECRET_KEY
from tests.emulator.process import EmulatorProcess
from users.models import User

pytestmark = [pytest.mark.db, pytest.mark.django_db]
NOW = datetime(2026, 5, 14, 3, 4, 5, tzinfo=UTC)
OWN = LineTag("01234567-8901-2345-6789-012345678901", "Acme Ads", "A1", "LAP", is_own=True)
SHARED = replace(OWN, id="11111111-8901-2345-6789-012345678901", is_own=False)


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmulatorProcess]:
    with EmulatorProcess(tmp_path_factory.mktemp("line")) as process:
        yield process


@pytest.fixture
def client(line: EmulatorProcess, ads_link: Link) -> Iterator[LineAds]:
    line.control("POST", "/reset")
    key = {"secret_key": SECRET_KEY, "group": GROUP, "ad_accounts": [ads_link.account.line_id]}
    line.control("PUT", f"/keys/{ACCESS_KEY}", key)
    found = LineAds(line.url, ACCESS_KEY, SECRET_KEY)
    yield found
    found.close()


def told(view: Told | None = None, *custom: Told) -> TagEvents:
    return TagEvents(view, None, custom)


def seen(at: datetime | None, name: str = "", *, is_active: bool = True, error: str = "") -> Told:
    return Told(name, is_active, error, at)


def test_an_accounts_own_tag_comes_over_with_its_events(
    line: EmulatorProcess, client: LineAds, ads_link: Link
) -> None:
    for event in ("pageView", "AddToCart"):
        line.control("POST", "/tag-events", {"ad_account": ads_link.account.line_id, "event": event})

    tag_refresh.refresh_tags(client, ads_link.account)

    tag = Resource.objects.tags().get()
    assert (tag.owner_account, tag.status, tag.create_route) == (ads_link.account, "READY", "AD_MANAGER")
    assert tag.line_id == client.line_tags(ads_link.account.line_id)[0].id
    came = tag.events.exclude(last_contact_at=None).order_by("name").values_list("name", "is_active")
    assert list(came) == [("", True), ("AddToCart", True)]
    assert tag.events.get(kind="conversion").last_contact_at is None


def test_an_organizations_tag_learns_of_its_events_through_an_account_that_it_is_shared_to(
    line: EmulatorProcess, client: LineAds, acme: Organization, ads_link: Link, bob: User
) -> None:
    tag = tags.create_tag(acme, "Shop pages", by=bob)
    ad_account = ads_link.account.line_id
    owner = {"serviceType": "bm", "id": "ORG", "name": acme.name}
    line.control("POST", "/shares", {"ad_account": ad_account, "tag": tag.line_id, "owner": owner})
    line.control("POST", "/tag-events", {"tag": tag.line_id, "event": "conversion"})

    tag_refresh.refresh_tags(client, ads_link.account)

    assert tag.events.get(kind="conversion").is_active
    assert Resource.objects.tags().filter(owner_organization=acme).get() == tag


def test_refreshing_again_changes_nothing(client: LineAds, ads_link: Link) -> None:
    tag_refresh.refresh_tags(client, ads_link.account)
    before = list(Resource.objects.values()), AuditEvent.objects.count()

    tag_refresh.refresh_tags(client, ads_link.account)

    assert (list(Resource.objects.values()), AuditEvent.objects.count()) == before


def test_a_tag_that_line_no_longer_lists_is_deleted_with_its_shares_once(
    acme: Organization, ads_link: Link, official_link: Link, bob: User
) -> None:
    tag_refresh.note_tags(ads_link.account, [OWN])
    services.share_resources(official_link, [Resource.objects.get()], by=bob)

    for _twice in range(2):
        tag_refresh.note_tags(ads_link.account, [SHARED])

    assert Resource.objects.get().status == Resource.Status.DELETED
    assert not Share.objects.open().exists()
    event = AuditEvent.objects.get(action="resource.deleted")
    assert (event.person, event.organization, event.account_id) == (None, acme, ads_link.account_id)


def test_a_tag_that_line_lists_again_lives_again_without_its_shares(
    ads_link: Link, official_link: Link, bob: User
) -> None:
    tag_refresh.note_tags(ads_link.account, [OWN])
    services.share_resources(official_link, [Resource.objects.get()], by=bob)
    tag_refresh.note_tags(ads_link.account, [])

    tag_refresh.note_tags(ads_link.account, [OWN])

    tag = Resource.objects.get()
    assert (tag.status, tag.deleted_at) == (Resource.Status.READY, None)
    assert not Share.objects.open().exists()


def test_a_tag_is_called_as_line_calls_its_owner(ads_link: Link) -> None:
    tag_refresh.note_tags(ads_link.account, [OWN])
    tag_refresh.note_tags(ads_link.account, [replace(OWN, owner_name="Acme\u202e Ads TW")])
    assert Resource.objects.get().name == "Acme Ads TW"

    tag_refresh.note_tags(ads_link.account, [replace(OWN, owner_name="")])
    assert Resource.objects.get().name == ads_link.account.name


def test_a_tag_known_to_be_anothers_is_not_taken(acme: Organization, ads_link: Link) -> None:
    factories.TagFactory.create(owner_organization=acme, line_id=OWN.id)

    tag_refresh.note_tags(ads_link.account, [OWN])

    assert Resource.objects.get().owner_organization == acme


def test_other_accounts_tags_are_left_alone(ads_link: Link) -> None:
    factories.TagFactory.create(owner_organization=None, owner_account=factories.AdsAccountFactory.create())
    audience = factories.ResourceFactory.create(owner_account=ads_link.account)

    tag_refresh.note_tags(ads_link.account, [])

    assert not Resource.objects.filter(status=Resource.Status.DELETED).exists()
    assert Resource.objects.audiences().get() == audience


def test_an_older_contact_does_not_replace_a_later_one(acme: Organization) -> None:
    tag = factories.TagFactory.create(owner_organization=acme)
    for at in (NOW, NOW - timedelta(hours=1), None):
        tag_refresh.note_events(tag, told(seen(at, is_active=False, error="NOT_FOUND")))

    event = TagEvent.objects.get()
    assert (event.last_contact_at, event.is_active, event.error_reason) == (NOW, False, "NOT_FOUND")


def test_events_named_here_stay_when_line_has_not_seen_them(tag_and_event: TagEvent) -> None:
    tag_refresh.note_events(tag_and_event.tag, told(None, seen(NOW, "Other")))

    names = tag_and_event.tag.events.order_by("name").values_list("name", "last_contact_at")
    assert list(names) == [("Other", NOW), (tag_and_event.name, None)]


@pytest.fixture
def tag_and_event(acme: Organization) -> TagEvent:
    tag = factories.TagFactory.create(owner_organization=acme)
    return factories.TagEventFactory.create(tag=tag, name="ours")


@pytest.mark.django_db(transaction=True)
def test_line_is_asked_outside_of_transactions_and_each_write_is_entered(
    acme: Organization, ads_link: Link
) -> None:
    happened: list[str] = []

    class Line:
        def line_tags(self, ad_account: str) -> list[LineTag]:
            happened.append(f"asked {connection.in_atomic_block}")
            return [OWN]

        def tag_events(self, ad_account: str, tag_id: str) -> TagEvents:
            happened.append(f"asked {connection.in_atomic_block}")
            return told()

    class Writing:
        def __enter__(self) -> None:
            happened.append("writes")

        def __exit__(self, *_: Any) -> None:
            pass

    tag_refresh.refresh_tags(Line(), ads_link.account, writing=Writing)

    assert happened == ["asked False", "writes", "asked False", "writes"]


@pytest.mark.django_db(transaction=True)
def test_line_lists_a_tag_that_the_console_shares_for_as_long_as_it_does(
    acme: Organization, ads_link: Link, bob: User, tmp_path: Path
) -> None:
    emulator = Emulator(Settings(dir=str(tmp_path), console=True))
    ad_account = ads_link.account.line_id

    def listed() -> list[tuple[str, str, bool]]:
        emulator.shares.forget()
        with ThreadPoolExecutor(1) as pool:
            found = pool.submit(AdAccountView(emulator, ad_account).tags).result()
        return [(each["tagId"], each["ownerCustomerType"], each["myTag"]) for each in found[1:]]

    tag = tags.create_tag(acme, "Shop pages", by=bob)
    assert listed() == []
    services.share_resources(ads_link, [tag], by=bob)
    assert listed() == [(tag.line_id, "BM", False)]
    tags.delete_tag(tag, by=bob)
    assert listed() == []
    emulator.close()
