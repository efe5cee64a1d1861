"""A refresh that is doubled, overtaken, refused or not answered: nothing half done, the reason in a word."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db.models.functions import Now
from django.utils import timezone

from audiences import mirror as mirroring
from audiences import mirrors
from audiences.listing import take_in_audiences
from audiences.mirror_models import LEASE
from audiences.models import Mirror
from audiences.reaching import reached
from audiences.visits import LostMirror, Visit
from tests.audiences.mirroring import audiences, line_says, made_elsewhere, mirror_of, refresh
from tests.audiences.stage import Stage
from tests.lineads.server import reply

pytestmark = [pytest.mark.db, pytest.mark.django_db(transaction=True)]


def test_a_doubled_message_changes_nothing(stage: Stage) -> None:
    made_elsewhere(stage, "Buyers")
    refresh(stage)
    asked = len(stage.requests())

    mirroring.perform(mirror_of(stage).pk)

    assert len(stage.requests()) == asked


def overtaken(stage: Stage) -> Visit:
    """A refresh whose worker was silent for too long, so that another took it over."""
    mirror = Mirror.objects.claim(mirror_of(stage).pk)
    assert mirror
    Mirror.objects.update(leased_until=Now() - timedelta(seconds=1))
    assert Mirror.objects.claim(mirror.pk)
    return Visit(mirror)


def test_a_worker_that_lost_its_claim_does_not_ask_line(stage: Stage) -> None:
    visit = overtaken(stage)

    line = reached(visit.organization, visit.account, deadline=5, before_call=visit.renew)
    with line as visit.line, pytest.raises(LostMirror):
        take_in_audiences(visit)

    assert stage.requests() == []


def test_a_worker_that_lost_its_claim_writes_nothing(stage: Stage) -> None:
    made_elsewhere(stage, "Buyers")
    visit = overtaken(stage)
    visit.asked_at = timezone.now()

    with reached(visit.organization, visit.account, deadline=5) as visit.line, pytest.raises(LostMirror):
        take_in_audiences(visit)

    assert audiences(stage) == {}


def test_a_link_that_ends_meanwhile_ends_the_refresh(stage: Stage) -> None:
    mirror = Mirror.objects.claim(mirror_of(stage).pk)
    assert mirror
    type(mirror.link).objects.filter(pk=mirror.link_id).update(ended_at=timezone.now())

    with pytest.raises(LostMirror), Visit(mirror).writing():
        pass


def test_who_asks_while_a_worker_is_at_it_gets_another_look(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def asked_meanwhile(visit: Visit) -> None:
        Mirror.objects.update(begun_at=Now() - timedelta(seconds=5))
        mirrors.ask_refresh(visit.mirror.link, by=stage.operator)

    monkeypatch.setattr(mirroring, "STEPS", (asked_meanwhile,))

    mirror = refresh(stage)

    assert mirror.succeeded_at
    assert Mirror.objects.due().get() == mirror


def test_a_worker_that_died_is_followed_by_another(stage: Stage) -> None:
    mirror = Mirror.objects.claim(mirror_of(stage).pk)
    assert mirror
    assert not Mirror.objects.due().exists()

    Mirror.objects.update(leased_until=Now() - LEASE)

    assert Mirror.objects.due().get() == mirror


def test_a_link_that_ended_is_not_refreshed(stage: Stage) -> None:
    mirror = mirror_of(stage)
    type(mirror.link).objects.filter(pk=mirror.link_id).update(ended_at=timezone.now())

    mirroring.perform(mirror.pk)

    assert stage.requests() == []


@pytest.mark.parametrize(
    ("answer", "error", "minutes"),
    [
        (reply(401, b""), "key_refused", 1),
        (reply(403, b""), "no_permission", 1),
        (reply(500, b""), "unreachable", 1),
        (reply(200, b"<html>"), "strange_answer", 1),
    ],
)
def test_what_went_wrong_is_kept_in_a_word_and_tried_again_later(
    stage: Stage, answer: Any, error: str, minutes: int
) -> None:
    with line_says(answer):
        mirror = refresh(stage)

    assert (mirror.error, mirror.failures, mirror.leased_until) == (error, 1, None)
    assert timezone.now() < mirror.due_at <= timezone.now() + timedelta(minutes=minutes)
    assert mirror.succeeded_at is None


def test_failures_in_a_row_make_pauses_longer_up_to_an_hour(stage: Stage) -> None:
    mirror_of(stage)
    Mirror.objects.update(failures=30)
    with line_says(reply(500, b"")):
        mirror = refresh(stage)

    left = mirror.due_at - timezone.now()
    assert timedelta(minutes=45) < left <= timedelta(hours=1)


def test_a_429_stops_everybody_who_uses_the_key(stage: Stage) -> None:
    with line_says(reply(429, b"", Retry_After="120")):
        mirror = refresh(stage)
    assert (mirror.error, mirror.failures) == ("rate_limited", 0)
    assert mirror.due_at > timezone.now() + timedelta(seconds=100)

    with line_says(reply(500, b"")):
        assert refresh(stage).error == "rate_limited"  # not even asked


def test_without_a_key_it_says_so(stage: Stage) -> None:
    stage.organization.api_keys.all().delete()

    assert refresh(stage).error == "no_key"
