"""An ad account's audiences here are what LINE lists: taken in, renamed, ended, and never somebody else's."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models.functions import Now
from django.utils import timezone

from audiences.models import Connector, Run
from organizations.models import AuditEvent
from resources.models import Kind, Resource, Share
from tests import factories
from tests.audiences.mirroring import (
    audiences,
    entry,
    foreign_client,
    line_says,
    made_elsewhere,
    page,
    refresh,
)
from tests.audiences.stage import Stage, hashed
from tests.lineads.server import reply

pytestmark = [pytest.mark.db, pytest.mark.django_db(transaction=True)]
S = Resource.Status


def gone_for_long(stage: Stage) -> None:
    """Let what this console knows of LINE be a day old."""
    yesterday = timezone.now() - timedelta(days=1)
    Resource.objects.update(created_at=yesterday, refreshed_at=yesterday)


def test_what_others_made_at_line_appears_here(stage: Stage) -> None:
    line_id = made_elsewhere(stage, "Buyers May", people=500)

    mirror = refresh(stage)

    found = audiences(stage)["Buyers May"]
    assert (found.line_id, found.kind, found.status) == (line_id, Kind.EMAIL_UPLOAD, S.READY)
    assert found.create_route == Resource.CreateRoute.AD_MANAGER
    assert found.size.isdecimal()
    assert (mirror.error, mirror.leased_until) == ("", None)
    assert mirror.succeeded_at
    assert mirror.due_at > timezone.now() + timedelta(minutes=13)
    assert AuditEvent.objects.get(action="account.audiences_found").details == {"count": 1}


def test_a_second_refresh_finds_nothing_new(stage: Stage) -> None:
    made_elsewhere(stage, "Buyers May")
    refresh(stage)

    refresh(stage)

    assert Resource.objects.audiences().count() == 1
    assert AuditEvent.objects.filter(action="account.audiences_found").count() == 1


def test_what_a_lookalike_is_built_on_comes_along(stage: Stage) -> None:
    source = made_elsewhere(stage, "Source", people=5000)
    client = foreign_client(stage)
    rule = {"source": {"audienceGroupId": int(source)}, "volumeRate": {"auto": False, "rate": 0.03}}
    body = {"name": "Like it", "functionType": "LOOKALIKE", "lookalike": rule}
    answer = client.post(f"/adaccounts/{stage.account.line_id}/custom-audiences", body)
    client.close()
    assert answer.status_code == 202, answer.text

    refresh(stage)

    lookalike = audiences(stage)["Like it"].details["lookalike"]
    assert lookalike["source"] == {"audienceGroupId": int(source), "available": True}


def test_a_rename_at_line_reaches_us_and_the_history(stage: Stage) -> None:
    line_id = made_elsewhere(stage, "Old name")
    refresh(stage)
    client = stage.client()
    client.rename(stage.account.line_id, line_id, "New name")
    client.close()

    refresh(stage)

    assert list(audiences(stage)) == ["New name"]
    details = AuditEvent.objects.get(action="resource.renamed").details
    assert details == {"before": "Old name", "after": "New name"}


def test_what_two_whole_listings_lack_is_gone_and_its_shares_end(stage: Stage) -> None:
    line_id = made_elsewhere(stage, "Doomed")
    refresh(stage)
    found = audiences(stage)["Doomed"]
    share = factories.ShareFactory.create(
        resource=found, to_link=factories.LinkFactory.create(organization=stage.organization)
    )
    feeding = stage.connector(destination=found)
    stage.line.control("DELETE", f"/audiences/{line_id}")

    refresh(stage)
    assert "Doomed" in audiences(stage)
    refresh(stage)

    assert "Doomed" not in audiences(stage)
    share.refresh_from_db()
    feeding.refresh_from_db()
    assert share.ended_at
    assert (feeding.state, feeding.pause_reason) == (Connector.State.PAUSED, "audience_gone")
    assert AuditEvent.objects.get(action="resource.deleted").details == {"reason": "gone_at_line"}
    refresh(stage)
    assert AuditEvent.objects.filter(action="resource.deleted").count() == 1


def test_half_a_listing_ends_nothing_and_takes_in_what_it_saw(stage: Stage) -> None:
    with line_says(page(entry(1), entry(2))):
        refresh(stage)
    for _half in range(3):
        with line_says(page(entry(1, name="Seen"), more=True, total=2), reply(500, b"")):
            mirror = refresh(stage)

    assert mirror.error == "unreachable"
    assert set(audiences(stage)) == {"Seen", "Audience 2"}


def test_pages_that_moved_while_we_read_do_not_count_as_whole(stage: Stage) -> None:
    with line_says(page(entry(1), entry(2))):
        refresh(stage)
    for _torn in range(3):
        with line_says(page(entry(1), total=2)):
            refresh(stage)

    assert "Audience 2" in audiences(stage)


def test_an_audience_that_others_own_is_not_taken(stage: Stage) -> None:
    theirs = factories.ResourceFactory.create(line_id="77", name="Theirs")

    with line_says(page(entry(77, name="Theirs"))):
        refresh(stage)

    assert audiences(stage) == {}
    theirs.refresh_from_db()
    assert theirs.refreshed_at is None


@pytest.mark.parametrize("kind", ["IMP", "CLICK", "CHAT_TAG", "FRIEND_PATH", "THV_EVENT"])
def test_kinds_that_ad_accounts_cannot_make_came_by_sharing(stage: Stage, kind: str) -> None:
    with line_says(page(entry(1, functionType=kind))):
        mirror = refresh(stage)

    assert (audiences(stage), mirror.left_out) == ({}, 0)


UNKNOWN = [{"status": "SLEEPING"}, {"functionType": "TELEPATHY"}, {"status": "NEW"}]


@pytest.mark.parametrize("unknown", UNKNOWN)
def test_words_that_the_console_does_not_know_are_left_out_and_counted(
    stage: Stage, unknown: dict[str, str]
) -> None:
    with line_says(page(entry(1), entry(2, **unknown))):
        mirror = refresh(stage)

    assert list(audiences(stage)) == ["Audience 1"]
    assert (mirror.left_out, mirror.error) == (1, "")


def test_an_unknown_state_of_a_known_audience_changes_only_name_and_size(stage: Stage) -> None:
    with line_says(page(entry(1))):
        refresh(stage)

    with line_says(page(entry(1, name="Renamed", status="SLEEPING", estimatedAudienceSize="900"))):
        mirror = refresh(stage)

    found = audiences(stage)["Renamed"]
    assert (found.status, found.size, mirror.left_out) == (S.READY, "900", 1)


def test_what_no_database_can_hold_is_cleaned(stage: Stage) -> None:
    names = {"name": "Nul\0" + "x" * 200, "webtraffic": {"tagOwnerName": "\0"}}

    with line_says(page(entry(1, **names, estimatedAudienceSize="9" * 50))):
        refresh(stage)

    (found,) = audiences(stage).values()
    assert found.name == "Nul" + "x" * 117
    assert found.details == {}


def test_the_reason_of_a_failure_is_kept(stage: Stage) -> None:
    with line_says(page(entry(1, status="FAILED", failedType="INTERNAL_ERROR"))):
        refresh(stage)

    (found,) = audiences(stage).values()
    assert (found.status, found.failed_type) == (S.FAILED, "INTERNAL_ERROR")


def test_the_word_expired_wins_over_our_own_reckoning(stage: Stage) -> None:
    with line_says(page(entry(1))):
        refresh(stage)
    Resource.objects.update(expires_at=timezone.now() + timedelta(days=100))

    with line_says(page(entry(1, status="EXPIRED"))):
        refresh(stage)

    (found,) = audiences(stage).values()
    assert found.status == S.EXPIRED
    assert found.expires_at
    assert found.expires_at < timezone.now()
    assert AuditEvent.objects.filter(action="resource.expired").count() == 1


def test_an_audience_that_a_run_is_creating_is_left_to_the_run(stage: Stage) -> None:
    connector = stage.connector()
    run = stage.sending(connector, [hashed(1)])
    name = connector.destination.name
    with line_says(page(entry(1, name=name, functionType="HASHED_EMAIL_UPLOAD"))):
        refresh(stage)
    assert Resource.objects.get().line_id is None

    Run.objects.filter(pk=run.pk).update(state=Run.State.CANCELLED, finished_at=Now())
    with line_says(page(entry(1, name=name, functionType="HASHED_EMAIL_UPLOAD")), reply(200, {"jobs": []})):
        refresh(stage)
    assert Resource.objects.filter(line_id="1", name=name).exists()


@pytest.mark.parametrize("state", [Run.State.SENDING, Run.State.CONFIRMING])
def test_the_state_of_what_a_run_is_filling_is_the_runs_word(stage: Stage, state: Run.State) -> None:
    connector = stage.connector()
    Resource.objects.update(line_id="1", status=S.IN_PROGRESS)
    stage.planned(connector, [hashed(1)], state=state)
    told = entry(1, name="Renamed", functionType="HASHED_EMAIL_UPLOAD", status="FAILED", failedType="X")

    with line_says(page(told), reply(200, {"jobs": []})):
        refresh(stage)

    found = audiences(stage)["Renamed"]
    assert (found.status, found.failed_type, found.size) == (S.IN_PROGRESS, "", "250")


def test_what_a_run_is_filling_does_not_go_missing(stage: Stage) -> None:
    connector = stage.connector()
    Resource.objects.update(line_id="1", status=S.IN_PROGRESS)
    stage.planned(connector, [hashed(1)], state=Run.State.CONFIRMING)
    gone_for_long(stage)

    for _listing in range(3):
        with line_says(page(), reply(200, {"jobs": []})):
            refresh(stage)

    assert len(audiences(stage)) == 1


def test_what_is_known_to_be_newer_is_not_overwritten(stage: Stage) -> None:
    with line_says(page(entry(1))):
        refresh(stage)
    Resource.objects.update(name="Renamed just now", refreshed_at=Now() + timedelta(minutes=1))

    with line_says(page(entry(1))):
        refresh(stage)

    assert list(audiences(stage)) == ["Renamed just now"]


def test_what_line_still_has_long_after_its_end_here_comes_back_without_its_shares(stage: Stage) -> None:
    with line_says(page(entry(1))):
        refresh(stage)
    Resource.objects.update(status=S.DELETED, deleted_at=Now())

    with line_says(page(entry(1))):
        refresh(stage)
    assert audiences(stage) == {}

    Resource.objects.update(deleted_at=Now() - timedelta(hours=2))
    with line_says(page(entry(1))):
        refresh(stage)
    assert audiences(stage)["Audience 1"].deleted_at is None
    assert not Share.objects.open().exists()
    assert AuditEvent.objects.filter(action="resource.restored").count() == 1


def test_a_run_and_a_refresh_agree(stage: Stage) -> None:
    connector = stage.connector()
    stage.existing(connector, hashed(*range(300)))

    refresh(stage)

    assert Resource.objects.audiences().get().create_route == Resource.CreateRoute.BUSINESS_MANAGER
