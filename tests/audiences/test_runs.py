"""What people can do with runs, and what the history and the overview say of it."""

from __future__ import annotations

import pytest

from audiences import consent, datasets, services
from audiences.models import Connector, Run
from linking.models import Link
from organizations.models import AuditEvent
from resources.models import Resource
from tests.audiences.stage import Stage, hashed

pytestmark = [pytest.mark.db, pytest.mark.django_db(transaction=True)]

S = Run.State


def history(run: Run) -> list[str]:
    told = AuditEvent.objects.filter(subject_id=str(run.pk)).order_by("id")
    return [event.action for event in told]


def the_link(stage: Stage) -> Link:
    return stage.account.links.get()


def test_a_run_says_who_allowed_it_and_by_which_text(stage: Stage) -> None:
    run = services.start_run(stage.connector(), by=stage.operator, consent=True)

    assert (run.state, run.consent_by, run.consent_version) == (S.QUEUED, stage.operator, consent.VERSION)
    assert history(run) == ["run.queued"]


def test_without_consent_nothing_is_queued(stage: Stage) -> None:
    with pytest.raises(services.ConsentMissing):
        services.start_run(stage.connector(), by=stage.operator, consent=False)

    assert not Run.objects.exists()


def test_a_double_click_starts_one_run(stage: Stage) -> None:
    connector = stage.connector()
    first = services.start_run(connector, by=stage.operator, consent=True)

    assert services.start_run(connector, by=stage.operator, consent=True) == first


def test_one_time_of_a_schedule_has_one_run(stage: Stage) -> None:
    connector = stage.connector()
    run = services.start_run(connector, by=stage.operator, consent=True)
    Run.objects.update(slot=run.created_at, state=S.PLANNED)

    with pytest.raises(services.SlotTaken):
        services.start_run(connector, by=stage.operator, consent=True, slot=run.created_at)


def test_a_paused_connector_does_not_start(stage: Stage) -> None:
    connector = stage.connector(state=Connector.State.PAUSED, pause_reason="link_ended")

    with pytest.raises(services.ConnectorPaused):
        services.start_run(connector, by=stage.operator, consent=True)


def test_an_erased_list_does_not_start(stage: Stage) -> None:
    connector = stage.connector()
    datasets.erase_content(connector.dataset)

    with pytest.raises(services.ListGone):
        services.start_run(connector, by=stage.operator, consent=True)


def test_a_deleted_audience_does_not_start(stage: Stage) -> None:
    connector = stage.connector()
    connector.destination.status = Resource.Status.DELETED

    with pytest.raises(services.DestinationGone):
        services.start_run(connector, by=stage.operator, consent=True)


def test_sending_needs_a_plan(stage: Stage) -> None:
    run = services.start_run(stage.connector(), by=stage.operator, consent=True)

    with pytest.raises(services.RunMovedOn):
        services.send_run(run, by=stage.operator)


def test_sending_needs_a_key_that_reaches_the_account(stage: Stage) -> None:
    run = stage.planned(stage.connector(), [hashed(1)])
    stage.organization.api_keys.all().delete()

    with pytest.raises(services.NoKey):
        services.send_run(run, by=stage.operator)


def test_only_one_run_fills_an_audience_at_a_time(stage: Stage) -> None:
    connector = stage.connector()
    first, second = (stage.planned(connector, [hashed(name)]) for name in (1, 2))
    services.send_run(first, by=stage.operator)

    with pytest.raises(services.SyncAlreadyActive):
        services.send_run(second, by=stage.operator)
    second.refresh_from_db()
    assert (second.state, history(second)) == (S.PLANNED, [])


@pytest.mark.parametrize("state", [S.QUEUED, S.PLANNING, S.PLANNED])
def test_what_has_not_reached_line_is_cancelled_at_once(stage: Stage, state: Run.State) -> None:
    run = stage.planned(stage.connector(), [hashed(1)], state=state)
    services.cancel_run(run, by=stage.operator)

    assert run.state == S.CANCELLED
    assert run.finished_at is not None
    assert history(run) == ["run.cancelled"]


@pytest.mark.parametrize("state", [S.SENDING, S.CONFIRMING, S.PAUSED])
def test_what_is_under_way_is_left_to_a_worker_to_end(stage: Stage, state: Run.State) -> None:
    run = stage.planned(stage.connector(), [hashed(1)], state=state, reason="refused")
    services.cancel_run(run, by=stage.operator)

    assert (run.state, run.not_before) == (S.CANCELLING, None)


@pytest.mark.parametrize("state", [S.DONE, S.CANCELLED, S.FAILED])
def test_what_is_over_cannot_be_cancelled(stage: Stage, state: Run.State) -> None:
    run = stage.planned(stage.connector(), [hashed(1)])
    Run.objects.update(state=state, finished_at=run.created_at, reason="refused")

    with pytest.raises(services.RunMovedOn):
        services.cancel_run(run, by=stage.operator)


def test_resuming_goes_back_to_where_it_paused(stage: Stage) -> None:
    paused = {"state": S.PAUSED, "reason": "key_refused", "resume_state": S.CONFIRMING, "failures": 7}
    run = stage.planned(stage.connector(), [hashed(1)], **paused)
    services.resume_run(run, by=stage.operator)

    assert (run.state, run.reason, run.failures) == (S.CONFIRMING, "", 0)


def test_only_a_paused_run_resumes(stage: Stage) -> None:
    run = stage.sending(stage.connector(), [hashed(1)])

    with pytest.raises(services.RunMovedOn):
        services.resume_run(run, by=stage.operator)


def test_when_the_account_leaves_connectors_pause_and_runs_stop(stage: Stage) -> None:
    connector = stage.connector()
    active, waiting = stage.sending(connector, [hashed(1)]), stage.planned(connector, [hashed(2)])
    services.stop_feeding(the_link(stage), by=stage.operator)

    for each in (connector, active, waiting):
        each.refresh_from_db()
    assert (connector.state, connector.pause_reason) == (Connector.State.PAUSED, "link_ended")
    assert (active.state, waiting.state) == (S.CANCELLING, S.CANCELLED)
    assert {active.reason, waiting.reason} == {"link_ended"}


def test_the_decide_page_learns_what_a_move_would_stop(stage: Stage) -> None:
    connector = stage.connector()
    stage.sending(connector, [hashed(1)])

    assert [impact.count for impact in services.impacts(the_link(stage))] == [1, 1]
    assert services.impacts(connector) == []


def test_the_overview_names_what_waits_for_a_person(stage: Stage) -> None:
    connector = stage.connector()
    stage.planned(connector, [hashed(1)])
    stage.planned(connector, [hashed(2)], state=S.PAUSED, reason="key_refused")

    section = services.overview(stage.organization)[0]
    assert [line.tone for line in section.lines] == ["bad", "wait"]
    assert section.rank == 10


def test_a_calm_organization_has_nothing_on_the_overview(stage: Stage) -> None:
    assert services.overview(stage.organization) == []
