"""A planned run on its way to LINE: the real client against the emulator."""

from __future__ import annotations

import pytest
from django.db import transaction

from audiences import sending, services
from audiences.claims import InsideTransaction
from audiences.models import Batch, Call, RateBucket, Run
from audiences.rate import take
from linking import keys
from organizations import storage
from organizations.permissions import Role
from tests.audiences.stage import Stage, fingerprint, hashed

pytestmark = [pytest.mark.db, pytest.mark.django_db(transaction=True)]

ONE, TWO, THREE = hashed(1, 2, 3), hashed(4, 5), hashed(6)


def perform(run: Run) -> Run:
    sending.perform(run.pk)
    run.refresh_from_db()
    return run


def test_a_new_audience_is_created_and_filled_part_by_part(stage: Stage) -> None:
    connector = stage.connector()
    run = perform(stage.sending(connector, [ONE, TWO, THREE]))

    assert (run.state, run.reason) == (Run.State.DONE, "")
    assert stage.fingerprint(connector.destination) == fingerprint(ONE + TWO + THREE)
    assert stage.sent() == ["ADD", "ADD", "ADD"]


def test_the_destination_learns_lines_id_and_state(stage: Stage) -> None:
    connector = stage.connector()
    perform(stage.sending(connector, [ONE]))

    connector.destination.refresh_from_db()
    assert connector.destination.line_id
    assert (connector.destination.status, connector.destination.size) == ("READY", "100 or fewer")


def test_a_second_run_adds_to_the_audience_of_the_first(stage: Stage) -> None:
    connector = stage.connector()
    stage.existing(connector, ONE)
    perform(stage.sending(connector, [TWO]))

    assert stage.fingerprint(connector.destination) == fingerprint(ONE + TWO)
    assert len({call.path for call in Call.objects.filter(method="POST")}) == 1


def test_replace_leaves_nobody_of_before(stage: Stage) -> None:
    connector = stage.connector(mode="REPLACE")
    stage.existing(connector, ONE)
    perform(stage.sending(connector, [TWO, THREE]))

    assert stage.fingerprint(connector.destination) == fingerprint(TWO + THREE)
    assert stage.sent() == ["ADD", "REPLACE", "ADD"]


def test_a_run_planned_before_the_audience_existed_does_not_create_it_again(stage: Stage) -> None:
    connector = stage.connector(mode="REPLACE")
    late = stage.planned(connector, [TWO])
    stage.existing(connector, ONE)
    services.send_run(late, by=stage.operator)

    assert perform(late).state == Run.State.DONE
    assert stage.fingerprint(connector.destination) == fingerprint(TWO)


def test_every_call_is_in_the_log_without_its_content(stage: Stage) -> None:
    run = perform(stage.sending(stage.connector(), [ONE]))

    logged = [(call.method, call.status, call.outcome) for call in run.calls.all()]
    assert len(logged) == len(stage.requests())
    assert ("POST", 202, "ok") in logged
    assert {call.access_key for call in run.calls.all()} == {stage.access_key}


def test_an_audience_of_the_same_name_is_never_touched(stage: Stage) -> None:
    theirs = stage.connector()
    stage.existing(theirs, ONE)
    ours = stage.connector()
    type(ours.destination).objects.filter(pk=ours.destination.pk).update(name=theirs.destination.name)
    run = perform(stage.sending(ours, [TWO]))

    assert (run.state, run.reason) == (Run.State.PAUSED, "name_taken")
    assert stage.fingerprint(theirs.destination) == fingerprint(ONE)


@pytest.mark.parametrize("do", ["status:500", "reset", "html", "status:503"])
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("mode", ["ADD", "REPLACE", "CREATE"])
def test_a_lost_answer_is_looked_up_and_nothing_is_lost_or_doubled(
    stage: Stage, mode: str, when: str, do: str
) -> None:
    connector = stage.connector(mode="ADD" if mode == "CREATE" else mode)
    if mode != "CREATE":
        stage.existing(connector, ONE)
    already = len(stage.sent())
    stage.fault(do, when=when)
    run = stage.sending(connector, [TWO, THREE])
    waiting = perform(run)
    assert (waiting.state, waiting.failures) == (Run.State.SENDING, 1)
    Run.objects.update(not_before=None)

    assert perform(run).state == Run.State.DONE
    expected = TWO + THREE + (ONE if mode == "ADD" else [])
    assert stage.fingerprint(connector.destination) == fingerprint(expected)
    assert len(stage.sent()) - already == (2 if when == "after" else 3)


def test_a_part_that_line_has_taken_is_not_sent_twice(stage: Stage) -> None:
    connector = stage.connector()
    stage.existing(connector, ONE)
    stage.fault("reset", when="after")
    run = perform(stage.sending(connector, [TWO]))
    Run.objects.update(not_before=None)
    before = len(stage.sent())

    assert perform(run).state == Run.State.DONE
    assert len(stage.sent()) == before


@pytest.mark.parametrize(
    ("do", "reason"),
    [
        ("status:401", "key_refused"),
        ("status:403", "no_permission"),
        ("status:301", "redirected"),
        ("status:404", "audience_gone"),
        ("status:413", "part_too_large"),
        ("status:418", "refused"),
    ],
)
def test_a_refusal_pauses_at_once_with_its_reason(stage: Stage, do: str, reason: str) -> None:
    connector = stage.connector()
    stage.existing(connector, ONE)
    stage.fault(do, times=9)
    before = len(stage.requests())
    run = perform(stage.sending(connector, [TWO]))

    assert (run.state, run.reason, run.resume_state) == (Run.State.PAUSED, reason, Run.State.SENDING)
    assert len(stage.requests()) == before + 1


def test_a_signature_refused_for_the_clock_says_so(stage: Stage) -> None:
    stage.line.control("POST", "/clock", {"job_seconds": 0, "offset_seconds": 3600})
    run = perform(stage.sending(stage.connector(), [ONE]))

    assert run.reason == "clock_off"


def test_an_audience_deleted_at_line_pauses_the_run(stage: Stage) -> None:
    connector = stage.connector()
    stage.existing(connector, ONE)
    stage.line.control("POST", "/reset")
    run = perform(stage.sending(connector, [TWO]))

    assert run.reason == "audience_gone"


def test_a_paused_run_goes_on_where_it_stopped(stage: Stage) -> None:
    connector = stage.connector()
    stage.existing(connector, ONE)
    stage.fault("status:401")
    run = perform(stage.sending(connector, [TWO, THREE]))
    services.resume_run(run, by=stage.operator)

    assert perform(run).state == Run.State.DONE
    assert stage.fingerprint(connector.destination) == fingerprint(ONE + TWO + THREE)


def test_eight_failures_in_a_row_pause_and_lose_nothing(stage: Stage) -> None:
    connector = stage.connector()
    stage.existing(connector, ONE)
    stage.fault("status:500", times=8)
    run = stage.sending(connector, [TWO])
    for _attempt in range(8):
        Run.objects.update(not_before=None)
        perform(run)

    assert (run.state, run.reason) == (Run.State.PAUSED, "tried_8_times")
    assert run.batches.get().state == Batch.State.UNKNOWN


def test_too_many_requests_wait_without_counting(stage: Stage) -> None:
    connector = stage.connector()
    stage.existing(connector, ONE)
    stage.fault("status:429", times=3)
    run = stage.sending(connector, [TWO])
    for _attempt in range(4):
        Run.objects.update(not_before=None)
        RateBucket.objects.update(blocked_until=None)
        perform(run)

    assert (run.state, run.failures) == (Run.State.DONE, 0)


def test_no_call_leaves_inside_a_transaction(stage: Stage) -> None:
    with transaction.atomic(), pytest.raises(InsideTransaction):
        take(stage.access_key)


def test_a_part_changed_on_disk_never_leaves_whole(stage: Stage) -> None:
    connector = stage.connector()
    run = stage.sending(connector, [ONE])
    Batch.objects.update(digest="0" * 64)

    assert (perform(run).state, run.reason) == (Run.State.FAILED, "parts_gone")
    connector.destination.refresh_from_db()
    assert connector.destination.line_id is None


def test_a_missing_part_ends_the_run_and_frees_the_destination(stage: Stage) -> None:
    connector = stage.connector()
    run = stage.sending(connector, [ONE])
    storage.erase(run.batches.get().sealed_name)

    assert perform(run).reason == "parts_gone"
    assert perform(stage.sending(connector, [TWO])).state == Run.State.DONE


def test_a_fourth_replace_in_an_ad_account_waits(stage: Stage) -> None:
    stage.line.control("POST", "/clock", {"job_seconds": 60, "offset_seconds": 0})
    for _place in range(3):
        taken = stage.sending(stage.connector(), [ONE])
        taken.batches.update(state=Batch.State.ACCEPTED, operation=Batch.Operation.REPLACE)
    stage.line.control("POST", "/clock", {"job_seconds": 0, "offset_seconds": 0})
    connector = stage.connector(mode="REPLACE")
    stage.existing(connector, ONE)
    run = perform(stage.sending(connector, [TWO]))

    assert (run.state, run.reason) == (Run.State.SENDING, "replaces_full")
    assert run.batches.get().state == Batch.State.PENDING


def test_without_a_key_nothing_is_sent(stage: Stage) -> None:
    stage.organization.api_keys.all().delete()
    run = perform(stage.sending(stage.connector(), [ONE]))

    assert (run.reason, stage.requests()) == ("no_key", [])


def test_nothing_is_sent_for_a_person_who_may_no_longer_send(stage: Stage) -> None:
    stage.organization.memberships.update(role=Role.VIEWER)
    run = perform(stage.sending(stage.connector(), [ONE]))

    assert (run.reason, stage.requests()) == ("sender_left", [])


def test_a_new_secret_is_used_without_a_restart(stage: Stage) -> None:
    run = stage.sending(stage.connector(), [ONE])
    known = {"secret_key": "sk-new", "group": "G1", "ad_accounts": [stage.account.line_id]}
    stage.line.control("PUT", f"/keys/{stage.access_key}", {**known, "roles": ["data-general-partner"]})
    assert perform(run).reason == "key_refused"
    keys.replace_secret(stage.organization.api_keys.get(), by=stage.operator, secret_key="sk-new")
    services.resume_run(run, by=stage.operator)

    assert perform(run).state == Run.State.DONE
