"""A refresh takes in the ad account's LINE Tag, too."""

from __future__ import annotations

import pytest
from pytest_django import Settings

from resources.models import Resource
from tests.audiences.mirroring import mirror_of, page, refresh
from tests.audiences.stage import Stage
from tests.lineads import server
from tests.lineads.server import reply

pytestmark = [pytest.mark.db, pytest.mark.django_db(transaction=True)]


def test_the_accounts_tag_and_its_contacts_come_with_a_refresh(stage: Stage) -> None:
    ad_account = stage.account.line_id
    stage.line.control("POST", "/tag-events", {"ad_account": ad_account, "event": "AddToCart"})

    for _twice in range(2):
        mirror = refresh(stage)

    tag = Resource.objects.tags().get()
    assert (tag.owner_account, mirror.error) == (stage.account, "")
    assert tag.events.get(name="AddToCart").last_contact_at


def test_what_line_refuses_of_tags_is_tried_again_later(stage: Stage, settings: Settings) -> None:
    with server.line(page(), reply(500, b"")) as scripted:
        settings.LINE_ADS_BASE_URL = scripted.url
        refresh(stage)

    assert mirror_of(stage).error
    assert not Resource.objects.tags().exists()
