"""Beside the console: shares are read from its database, and only read."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.db import DatabaseError
from django.utils import timezone

from emulator import console
from emulator.ads.seen import AdAccountView
from emulator.console import AskedOnce, ConsoleShares, SharedResource, Shares, audiences_of, tags_of
from emulator.emulator import Emulator
from emulator.records import NewAudience, Owner
from emulator.settings import Settings
from organizations.models import Organization
from resources.models import Kind, Resource, Share
from tests.factories import (
    AdsAccountFactory,
    LinkFactory,
    OfficialAccountFactory,
    OrganizationFactory,
    ResourceFactory,
    ShareFactory,
)

pytestmark = [pytest.mark.db, pytest.mark.django_db(transaction=True)]


def shared_with(basic_id: str) -> list[SharedResource]:
    """As the emulator asks: in a thread of its own, and so on a connection of its own."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(ConsoleShares().shared_with, basic_id).result()


def asked(kind: Callable[[Shares, str], list[SharedResource]]) -> list[SharedResource]:
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(kind, ConsoleShares(), "@example").result()


@pytest.fixture
def share() -> Share:
    organization = OrganizationFactory.create()
    to_link = LinkFactory.create(
        account=OfficialAccountFactory.create(basic_id="@example"), organization=organization
    )
    owner = AdsAccountFactory.create(name="Example ads", line_id="A100000001")
    from_link = LinkFactory.create(account=owner, organization=organization)
    resource = ResourceFactory.create(name="VIP", line_id="1795316199906", owner_account=owner)
    share: Share = ShareFactory.create(resource=resource, to_link=to_link, from_link=from_link)
    return share


@pytest.mark.usefixtures("share")
def test_a_share_of_the_console_is_seen_by_the_account_it_is_for() -> None:
    expected = SharedResource(
        line_id="1795316199906",
        name="VIP",
        kind="HASHED_PHONE_NUMBER_UPLOAD",
        create_route="AD_MANAGER",
        owner_service="lap",
        owner_code="A100000001",
        owner_name="Example ads",
    )

    assert shared_with("@example") == [expected]
    assert shared_with("@another") == []


def test_a_lookalikes_source_follows_the_shares_of_the_console(share: Share, tmp_path: Path) -> None:
    to_link = LinkFactory.create(
        account=AdsAccountFactory.create(line_id="A100000002"), organization=share.to_link.organization
    )
    line = Emulator(Settings(dir=str(tmp_path), console=True, job_seconds=0))
    vip = line.audiences.create(
        Owner("lap", "A100000001"), NewAudience("VIP", "UPLOAD", size=500), builds=True
    )
    Resource.objects.filter(pk=share.resource.pk).update(line_id=str(vip.id))
    lent = ShareFactory.create(resource=share.resource, to_link=to_link, from_link=share.from_link)
    rule = {"source": {"audienceGroupId": vip.id}, "volumeRate": {"auto": True, "rate": 0.0}}
    new = NewAudience("Alike", "LOOKALIKE", rule=rule, size=1)
    alike = line.audiences.create(Owner("lap", "A100000002"), new, builds=True)

    def source() -> dict[str, object]:
        with ThreadPoolExecutor(1) as pool:
            shown = pool.submit(AdAccountView(line, "A100000002").shown, alike).result()
        found: dict[str, object] = shown["lookalike"]["source"]
        return found

    assert source() == {"audienceGroupId": vip.id, "available": True}
    Share.objects.filter(pk=lent.pk).update(ended_at=timezone.now())
    assert source()["unavailableReason"] == "NOT_SHARED"
    line.close()


def test_an_organization_is_named_by_an_id_of_lines_own(share: Share) -> None:
    own = ResourceFactory.create(
        name="Own", owner_account=None, owner_organization=share.to_link.organization, line_id="7"
    )
    ShareFactory.create(resource=own, to_link=share.to_link)

    [seen] = [each for each in shared_with("@example") if each.name == "Own"]

    assert seen.owner_service == "bm"
    assert re.fullmatch(r"[A-Z0-9]{26}", seen.owner_code)


def test_the_console_is_asked_once_for_each_receiver_of_a_request() -> None:
    class Source:
        asked: list[str] = []

        def shared_with(self, receiver: str) -> list[SharedResource]:
            self.asked.append(receiver)
            return []

    shares = AskedOnce(Source())
    for receiver in ("@a", "@a", "@b"):
        shares.shared_with(receiver)
    shares.forget()
    shares.shared_with("@a")

    assert Source.asked == ["@a", "@b", "@a"]


def test_an_ended_share_is_not_seen(share: Share) -> None:
    Share.objects.filter(pk=share.pk).update(ended_at=timezone.now())

    assert shared_with("@example") == []


def test_a_tag_is_no_audience(share: Share) -> None:
    tag = ResourceFactory.create(
        kind=Kind.LINE_TAG, line_id="0f0e0d0c-1111-2222-3333-444455556666", name="Tag"
    )
    ShareFactory.create(resource=tag, to_link=share.to_link)

    assert [audience.name for audience in asked(audiences_of)] == ["VIP"]
    assert [found.name for found in asked(tags_of)] == ["Tag"]


def test_an_ad_account_sees_what_is_shared_with_it(share: Share) -> None:
    to_link = LinkFactory.create(
        account=AdsAccountFactory.create(line_id="A100000002"), organization=share.to_link.organization
    )
    ShareFactory.create(resource=share.resource, to_link=to_link, from_link=share.from_link)

    assert [audience.name for audience in shared_with("A100000002")] == ["VIP"]


@pytest.mark.usefixtures("share")
def test_the_connection_cannot_write(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(console, "_shared", lambda _: Organization.objects.update(name="Overwritten"))

    with pytest.raises(DatabaseError, match=r"readonly|read-only"):
        shared_with("@example")

    assert not Organization.objects.filter(name="Overwritten").exists()
