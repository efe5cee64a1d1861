"""The lists of what somebody should look at: ends soon, too small, shared with nobody."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from linking import services as linking
from linking.models import Link
from organizations.models import Organization
from resources.forms import AudienceFilter
from resources.kinds import Kind
from resources.models import Resource
from tests import factories
from users.models import User

pytestmark = [pytest.mark.db, pytest.mark.django_db]


def only(concern: str, acme: Organization) -> set[str]:
    rows = AudienceFilter({"only": concern}).narrowed(Resource.objects.all(), acme)
    return {resource.name for resource in rows}


def test_what_ends_within_two_weeks_and_has_not_ended(acme: Organization) -> None:
    for name, days in (("Soon", 13), ("Later", 15), ("Over", -1)):
        factories.ResourceFactory.create(name=name, expires_at=timezone.now() + timedelta(days=days))
    factories.ResourceFactory.create(name="Never")

    assert only("ends_soon", acme) == {"Soon"}


def test_what_is_ready_and_too_small(acme: Organization) -> None:
    for size in ("-", "0", "99", "100 or fewer", "101", "1000"):
        factories.ResourceFactory.create(name=size, size=size)
    factories.ResourceFactory.create(name="Not ready", size="7", status=Resource.Status.IN_PROGRESS)

    assert only("too_small", acme) == {"0", "99", "100 or fewer"}


def test_what_is_shared_with_nobody(
    acme: Organization, official_link: Link, ads_link: Link, bob: User
) -> None:
    owned = {"owner_account": ads_link.account}
    shared = factories.ResourceFactory.create(**owned, name="Shared")
    factories.ShareFactory.create(resource=shared, to_link=official_link)
    ended = factories.ResourceFactory.create(**owned, name="Ended")
    factories.ShareFactory.create(resource=ended, to_link=official_link, ended_at=timezone.now())
    factories.ResourceFactory.create(**owned, name="Lookalike", kind=Kind.LOOKALIKE)
    factories.ResourceFactory.create(owner_account=official_link.account, name="Of the receiver")
    assert only("shared_with_nobody", acme) == {"Ended", "Lookalike", "Of the receiver"}

    linking.share_everything(official_link, by=bob)

    assert only("shared_with_nobody", acme) == {"Lookalike", "Of the receiver"}
