"""What happens every two seconds, and that losing or doubling any of it does not matter."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone
from pytest_django import Settings

from audiences import part_files, retention, services
from audiences import tick as ticking
from audiences.claims import Claim, InsideTransaction
from audiences.models import SENDS, Call, Connector, Heartbeat, Run
from linking.models import LinkRequest
from organizations.storage import SealedWriter
from tests import factories
from tests.audiences.stage import Stage, hashed, set_up

pytestmark = [pytest.mark.db, pytest.mark.django_db(transaction=True)]

S = Run.State


class Told:
    """In place of the broker: remembers what workers would have been told."""

    def __init__(self) -> None:
        self.messages: list[tuple[str, UUID]] = []

    def __call__(self, task: str, run_id: UUID) -> None:
        self.messages.append((task, run_id))

    @property
    def runs(self) -> list[UUID]:
        return [run_id for _task, run_id in self.messages]


def offered() -> Told:
    told = Told()
    ticking.offer_runs(told)
    return told


def queued(connector: Connector) -> Run:
    return Run.objects.create(
        connector=connector,
        dataset=connector.dataset,
        destination=connector.destination,
        consent_version="1",
        consent_by=connector.created_by,
    )


def test_what_waits_is_offered_to_the_right_queue(stage: Stage) -> None:
    planning, sending = queued(stage.connector()), stage.sending(stage.connector(), [hashed(1)])

    assert offered().messages == [
        ("audiences.tasks.plan", planning.pk),
        ("audiences.tasks.send", sending.pk),
    ]


def test_a_run_is_not_offered_again_at_every_tick(stage: Stage) -> None:
    queued(stage.connector())
    offered()

    assert offered().runs == []


def test_a_lost_message_is_made_up_for(stage: Stage) -> None:
    run = queued(stage.connector())
    offered()
    Run.objects.update(offered_at=Now() - timedelta(seconds=31))

    assert offered().runs == [run.pk]


def test_a_run_whose_worker_died_is_offered_again(stage: Stage) -> None:
    run = stage.sending(stage.connector(), [hashed(1)])
    offered()
    Claim.take(run.pk, SENDS)
    assert offered().runs == []
    Run.objects.update(lease_until=Now() - timedelta(seconds=1))

    assert offered().runs == [run.pk]


def test_a_run_that_waits_is_offered_when_its_time_has_come(stage: Stage) -> None:
    run = stage.sending(stage.connector(), [hashed(1)], not_before=timezone.now() + timedelta(minutes=1))
    assert offered().runs == []
    Run.objects.update(not_before=Now())

    assert offered().runs == [run.pk]


def test_a_cancel_is_offered_at_once(stage: Stage) -> None:
    run = stage.sending(stage.connector(), [hashed(1)])
    offered()
    services.cancel_run(run, by=stage.operator)

    assert offered().runs == [run.pk]


def test_one_organization_with_many_runs_does_not_make_another_wait(stage: Stage) -> None:
    for _run in range(20):
        queued(stage.connector())
    other = set_up(stage.line)
    latecomer = queued(other.connector())

    assert latecomer.pk in offered().runs[:2]


def test_the_queue_stays_short(stage: Stage) -> None:
    for _run in range(20):
        queued(stage.connector())

    assert len(offered().runs) == ticking.MOST_WAITING
    assert offered().runs == []


def test_nothing_is_published_inside_a_transaction() -> None:
    with transaction.atomic(), pytest.raises(InsideTransaction):
        ticking.publish("audiences.tasks.plan", UUID(int=0))


def test_a_broker_that_is_away_loses_nothing(stage: Stage, settings: Settings) -> None:
    run = queued(stage.connector())

    def refuse(task: str, run_id: UUID) -> None:
        raise ConnectionError(task)

    with pytest.raises(ConnectionError):
        ticking.offer_runs(refuse)
    assert offered().runs == [run.pk]


def test_a_duty_that_fails_does_not_keep_the_others(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise ConnectionError

    monkeypatch.setattr(ticking, "DUTIES", (fail, ticking.beat))
    ticking.tick()

    assert Heartbeat.objects.filter(name="tick").exists()


def test_a_run_that_sends_by_itself_passes_on(stage: Stage) -> None:
    run = stage.planned(stage.connector(), [hashed(1)], sends_by_itself=True)
    waiting = stage.planned(stage.connector(), [hashed(1)])
    ticking.pass_planned_runs()

    for each in (run, waiting):
        each.refresh_from_db()
    assert (run.state, waiting.state) == (S.SENDING, S.PLANNED)


def test_a_run_that_sends_by_itself_waits_for_the_one_before_it(stage: Stage) -> None:
    connector = stage.connector()
    stage.sending(connector, [hashed(1)])
    run = stage.planned(connector, [hashed(2)], sends_by_itself=True)
    ticking.pass_planned_runs()

    run.refresh_from_db()
    assert run.state == S.PLANNED


def test_overdue_link_requests_are_closed(stage: Stage) -> None:
    factories.LinkRequestFactory.create(overdue=True)
    ticking.tick()

    assert LinkRequest.objects.get().state == LinkRequest.State.EXPIRED


# --- what is forgotten


def is_kept(connector: Connector) -> bool:
    retention.erase_lists()
    connector.dataset.refresh_from_db()
    return connector.dataset.erased_at is None


@pytest.mark.parametrize(("state", "kept"), [(S.DONE, False), (S.CANCELLED, False), (S.FAILED, True)])
def test_a_list_goes_when_its_run_was_sent_or_discarded(stage: Stage, state: Run.State, kept: bool) -> None:
    connector = stage.connector()
    over = {"finished_at": timezone.now(), "reason": "refused"}
    stage.planned(connector, [hashed(1)], state=state, **over)

    assert is_kept(connector) == kept


def test_a_list_stays_while_another_run_needs_it(stage: Stage) -> None:
    connector = stage.connector()
    stage.planned(connector, [hashed(1)], state=S.DONE, finished_at=timezone.now())
    queued(connector)

    assert is_kept(connector)


def test_a_next_list_is_not_used_up_by_the_run_of_the_one_before(stage: Stage) -> None:
    connector = stage.connector()
    stage.planned(connector, [hashed(1)], state=S.DONE, finished_at=timezone.now())
    before, connector.dataset = connector.dataset, stage.dataset(b"2@people.example\n")
    connector.save()

    assert is_kept(connector)
    before.refresh_from_db()
    assert before.erased_at


def test_a_dry_run_does_not_use_up_the_list(stage: Stage) -> None:
    connector = stage.connector()
    stage.planned(connector, [hashed(1)], state=S.CANCELLED, finished_at=timezone.now(), is_dry=True)

    assert is_kept(connector)


def test_a_list_is_kept_a_day_at_most(stage: Stage) -> None:
    connector = stage.connector()
    connector.dataset.expires_at = timezone.now()
    connector.dataset.save()

    assert not is_kept(connector)


def parts_of(run: Run, settings: Settings) -> int:
    retention.erase_parts()
    folder = settings.STORAGE_DIR / part_files.folder_of(run)
    return len([path for path in folder.rglob("*") if path.is_file()])


@pytest.mark.parametrize(("days", "kept"), [(6, 1), (8, 0)])
def test_sent_parts_are_kept_a_week(stage: Stage, settings: Settings, days: int, kept: int) -> None:
    then = timezone.now() - timedelta(days=days)
    over = {"state": S.DONE, "send_started_at": then, "finished_at": then}
    run = stage.planned(stage.connector(), [hashed(1)], **over)

    assert parts_of(run, settings) == kept


def test_discarded_parts_go_at_once_and_with_them_what_a_dead_worker_left(
    stage: Stage, settings: Settings
) -> None:
    run = stage.planned(stage.connector(), [hashed(1)])
    with SealedWriter(f"{part_files.folder_of(run)}/1") as left:
        left.write(b"x")
    services.cancel_run(run, by=stage.operator)

    assert parts_of(run, settings) == 0
    run.refresh_from_db()
    assert run.erased_at is not None


@pytest.mark.parametrize(("state", "end"), [(S.PLANNED, S.CANCELLED), (S.PAUSED, S.CANCELLING)])
def test_a_plan_that_nobody_wants_ends_after_a_week(stage: Stage, state: Run.State, end: Run.State) -> None:
    long_ago = timezone.now() - timedelta(days=8)
    run = stage.planned(stage.connector(), [hashed(1)], state=state, planned_at=long_ago, reason="refused")
    retention.end_stale_runs()

    run.refresh_from_db()
    assert (run.state, run.reason) == (end, "expired")


def test_the_call_log_is_kept_half_a_year() -> None:
    for days in (179, 181):
        Call.objects.create(
            at=timezone.now() - timedelta(days=days),
            access_key="AK",
            method="GET",
            path="/",
            outcome="ok",
            ms=1,
        )
    retention.forget()

    assert Call.objects.count() == 1


def test_what_only_has_to_go_some_day_is_looked_for_once_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[float] = []
    now = [100.0]
    monkeypatch.setattr(ticking.time, "monotonic", lambda: now[0])
    duty = ticking.seldom(lambda: done.append(now[0]))

    for second in (100.0, 102.0, 159.0, 160.0, 162.0):
        now[0] = second
        duty()

    assert done == [100.0, 160.0]
