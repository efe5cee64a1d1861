"""Beside the console: shares are read from its database, and only read."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import DatabaseError
from django.utils import timezone

from emulator import console
from emulator.console import ConsoleShares, SharedAudience
from organizations.models import Organization
from resources.models import Kind, Share
from tests.factories import (
    AdsAccountFactory,
    LinkFactory,
    OfficialAccountFactory,
    OrganizationFactory,
    ResourceFactory,
    ShareFactory,
)

pytestmark = [pytest.mark.db, pytest.mark.django_db(transaction=True)]


def shared_with(basic_id: str) -> list[SharedAudience]:
    """As the emulator asks: in a thread of its own, and so on a connection of its own."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(ConsoleShares().shared_with, basic_id).result()


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
    expected = SharedAudience(
        line_id=1795316199906,
        name="VIP",
        kind="HASHED_PHONE_NUMBER_UPLOAD",
        create_route="AD_MANAGER",
        owner_service="lap",
        owner_code="A100000001",
        owner_name="Example ads",
    )

    assert shared_with("@example") == [expected]
    assert shared_with("@another") == []


def test_an_ended_share_is_not_seen(share: Share) -> None:
    Share.objects.filter(pk=share.pk).update(ended_at=timezone.now())

    assert shared_with("@example") == []


def test_a_tag_is_no_audience(share: Share) -> None:
    tag = ResourceFactory.create(kind=Kind.LINE_TAG, line_id="0f0e0d0c-1111-2222-3333-444455556666")
    ShareFactory.create(resource=tag, to_link=share.to_link)

    assert [audience.name for audience in shared_with("@example")] == ["VIP"]


@pytest.mark.usefixtures("share")
def test_the_connection_cannot_write(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(console, "_audiences", lambda _: Organization.objects.update(name="Overwritten"))

    with pytest.raises(DatabaseError, match=r"readonly|read-only"):
        shared_with("@example")

    assert not Organization.objects.filter(name="Overwritten").exists()
