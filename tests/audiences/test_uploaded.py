"""When an upload ends: 180 days after its last list, whoever sent it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.audiences.mirroring import audiences, entry, line_says, made_elsewhere, page, refresh
from tests.audiences.stage import Stage, hashed
from tests.lineads.server import reply

pytestmark = [pytest.mark.db, pytest.mark.django_db(transaction=True)]


def test_when_an_upload_ends_depends_on_its_last_list(stage: Stage) -> None:
    line_id = made_elsewhere(stage, "Old one")
    created = timezone.now() - timedelta(days=170)
    told = entry(int(line_id), functionType="HASHED_EMAIL_UPLOAD", created=created.isoformat())
    job = {
        "audienceGroupId": 1,
        "audienceGroupJobId": 2,
        "jobStatus": "FINISHED",
        "created": (created + timedelta(days=50)).isoformat(),
    }

    with line_says(page(told), reply(200, {"jobs": [job]})):
        refresh(stage)

    (found,) = audiences(stage).values()
    assert found.expires_at == created + timedelta(days=230)


def test_a_list_that_line_tells_nothing_of_does_not_stop_the_refresh(stage: Stage) -> None:
    refused = reply(400, {"errors": [{"reason": "AUDIENCE_GROUP_NOT_FOUND", "property": "id"}]})

    with line_says(page(entry(1, functionType="UPLOAD")), refused):
        mirror = refresh(stage)

    assert (mirror.error, mirror.succeeded_at is None) == ("", False)


def test_our_own_upload_moves_the_end(stage: Stage) -> None:
    connector = stage.connector()

    stage.existing(connector, hashed(1))

    ends = connector.destination.expires_at
    assert ends
    assert abs(ends - timezone.now() - timedelta(days=180)) < timedelta(minutes=5)
