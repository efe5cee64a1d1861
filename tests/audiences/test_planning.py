"""From an uploaded list to a plan that waits for a person."""

from __future__ import annotations

import pytest
from pytest_django import Settings

from audiences import checkpoints, claims, datasets, planning, services
from audiences.models import Batch, Connector, Run
from organizations.models import AuditEvent
from organizations.storage import SealedReader
from tests.audiences.stage import Stage, hashed

pytestmark = [pytest.mark.db, pytest.mark.django_db(transaction=True)]

LIST = b"1@people.example\n2@people.example\n1@people.example\n\nnobody\n"


def plan(run: Run) -> Run:
    planning.perform(run.pk)
    run.refresh_from_db()
    return run


def started(stage: Stage, connector: Connector | None = None) -> Run:
    wanted = connector or stage.connector(content=LIST)
    return services.start_run(wanted, by=stage.operator, consent=True)


def files(settings: Settings) -> list[str]:
    return sorted(path.name for path in (settings.STORAGE_DIR / "plans").rglob("*") if path.is_file())


def test_every_row_is_accounted_for_and_the_run_waits_for_a_person(stage: Stage) -> None:
    run = plan(started(stage))

    assert (run.state, run.lease_until) == (Run.State.PLANNED, None)
    assert (run.rows, run.empty, run.invalid, run.duplicates, run.unique) == (5, 1, 1, 1, 2)
    assert run.invalid_reasons == {"no_at": 1}
    assert run.reject_reasons[0]["count"] == 1


def test_the_parts_hold_the_hashes_and_say_so(stage: Stage) -> None:
    run = plan(started(stage))

    batch = run.batches.get()
    with SealedReader(batch.sealed_name) as part:
        body = part.read()
    assert body.decode().split() == sorted(hashed(1, 2))
    assert (batch.rows, batch.byte_count) == (2, len(body))
    assert (run.part_count, run.plan_bytes) == (1, len(body))


def test_a_line_that_names_the_delimiter_is_neither_heading_nor_data(stage: Stage) -> None:
    content = b"sep=;\nmail;name\n1@people.example;x\nnobody;y\n"
    run = plan(started(stage, stage.connector(content=content, delimiter=";", has_header=True)))

    assert (run.rows, run.invalid, run.unique) == (2, 1, 1)
    with SealedReader(run.rejects_name) as report:
        assert b"4,no_at" in report.read()


@pytest.mark.parametrize(
    ("mode", "is_new", "operation"),
    [
        ("ADD", True, "CREATE"),
        ("REPLACE", True, "CREATE"),
        ("ADD", False, "ADD"),
        ("REPLACE", False, "REPLACE"),
    ],
)
def test_the_first_part_creates_replaces_or_adds(
    stage: Stage, mode: str, is_new: bool, operation: str
) -> None:
    connector = stage.connector(content=LIST, mode=mode)
    if not is_new:
        stage.existing(connector, hashed(9))
    run = plan(started(stage, connector))

    assert run.batches.get().operation == Batch.Operation(operation)


def test_a_list_without_anything_to_send_ends_the_run_with_its_counts(stage: Stage) -> None:
    run = plan(started(stage, stage.connector(content=b"nobody\n\n")))

    assert (run.state, run.reason) == (Run.State.FAILED, "nothing_to_send")
    assert (run.rows, run.empty, run.invalid) == (2, 1, 1)


def test_a_list_that_is_gone_says_so(stage: Stage) -> None:
    run = started(stage)
    datasets._erase(run.connector.dataset, by=None)

    assert (plan(run).state, run.reason) == (Run.State.FAILED, "list_gone")


def test_a_list_that_is_no_list_says_so(stage: Stage) -> None:
    run = plan(started(stage, stage.connector(content=b"x" * 9_000_000)))

    assert (run.state, run.reason) == (Run.State.FAILED, "list_unreadable")


def test_a_plan_made_again_is_the_same_and_leaves_no_files_of_the_first(
    stage: Stage, settings: Settings
) -> None:
    run = plan(started(stage))
    digest, kept = run.plan_digest, len(files(settings))
    run.batches.all().delete()
    Run.objects.update(state=Run.State.PLANNING)

    assert plan(run).plan_digest == digest
    assert len(files(settings)) == kept


def test_a_run_cancelled_while_it_is_prepared_stays_cancelled(
    stage: Stage, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planning, "SECONDS_BETWEEN_REPORTS", 0.0)
    run = started(stage)

    def cancel(name: str) -> None:
        if name == "planning":
            services.cancel_run(run, by=stage.operator)

    checkpoints.watch(cancel)

    assert plan(run).state == Run.State.CANCELLED
    assert (files(settings), run.batches.count()) == ([], 0)


def test_a_run_that_kills_its_workers_is_given_up(stage: Stage) -> None:
    run = started(stage)
    Run.objects.update(takeovers=claims.MOST_TAKEOVERS)

    assert (plan(run).state, run.reason) == (Run.State.FAILED, "keeps_dying")


def test_each_step_of_the_preparation_is_in_the_history(stage: Stage) -> None:
    run = plan(started(stage))

    told = AuditEvent.objects.filter(subject_id=str(run.pk)).order_by("id").values_list("action", flat=True)
    assert list(told) == ["run.queued", "run.planning", "run.planned"]
