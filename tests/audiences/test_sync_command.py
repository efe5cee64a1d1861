"""`manage.py sync`: what it says and how it exits."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from audiences import planning, sending
from audiences import tick as ticking
from audiences.management.commands import sync
from audiences.models import Connector, Run
from organizations.models import AuditEvent
from organizations.permissions import Role
from tests import factories
from tests.audiences.stage import Stage, fingerprint, hashed, set_up

pytestmark = [pytest.mark.db, pytest.mark.django_db(transaction=True)]

LIST = b"1@people.example\n2@people.example\nnobody\n"
S = Run.State


def call(connector: Connector | str, stage: Stage, *options: str, by: str = "") -> str:
    out = StringIO()
    target = connector if isinstance(connector, str) else str(connector.pk)
    call_command("sync", target, "--by", by or stage.operator.email, *options, stdout=out)
    return out.getvalue()


def code(connector: Connector | str, stage: Stage, *options: str, by: str = "") -> int:
    with pytest.raises(CommandError) as error:
        call(connector, stage, *options, by=by)
    return error.value.returncode


@pytest.fixture
def workers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Instead of sleeping, the command looks on while this installation works."""

    def work(seconds: float) -> None:
        for run in Run.objects.due():
            (planning if run.state in (S.QUEUED, S.PLANNING) else sending).perform(run.pk)
        ticking.pass_planned_runs()

    monkeypatch.setattr(sync.time, "sleep", work)


def test_without_wait_it_queues_and_ends(stage: Stage) -> None:
    connector = stage.connector(content=LIST)

    assert "queued" in call(connector, stage, "--consent")
    assert Run.objects.get().sends_by_itself


@pytest.mark.usefixtures("workers")
def test_with_wait_it_ends_when_the_list_is_at_line(stage: Stage) -> None:
    connector = stage.connector(content=LIST)
    told = call(connector.name, stage, "--consent", "--wait")

    assert "rows 3, empty 0, invalid 1, duplicates 0, unique 2, parts 1" in told
    assert stage.fingerprint(connector.destination) == fingerprint(hashed(1, 2))


@pytest.mark.usefixtures("workers")
def test_a_dry_run_counts_and_sends_nothing(stage: Stage) -> None:
    told = call(stage.connector(content=LIST), stage, "--consent", "--dry-run")

    assert "unique 2" in told
    assert stage.requests() == []
    assert Run.objects.get().state == S.CANCELLED


@pytest.mark.usefixtures("workers")
def test_a_list_without_anything_to_send_exits_4(stage: Stage) -> None:
    assert code(stage.connector(content=b"nobody\n"), stage, "--consent", "--wait") == 4


@pytest.mark.usefixtures("workers")
def test_a_run_that_needs_a_person_exits_5(stage: Stage) -> None:
    stage.fault("status:403")

    assert code(stage.connector(content=LIST), stage, "--consent", "--wait") == 5


def test_a_rule_that_says_no_exits_3(stage: Stage) -> None:
    connector = stage.connector(state=Connector.State.PAUSED, pause_reason="link_ended")

    assert code(connector, stage, "--consent") == 3


def test_missing_consent_is_a_usage_error(stage: Stage) -> None:
    assert code(stage.connector(), stage) == 2


def test_an_unknown_connector_is_a_usage_error(stage: Stage) -> None:
    assert code("No such connector", stage, "--consent") == 2


def test_a_name_of_several_organizations_needs_the_organization(stage: Stage) -> None:
    stage.connector(name="Daily")
    other = set_up(stage.line)
    other.connector(name="Daily")

    assert code("Daily", stage, "--consent") == 2
    assert "queued" in call("Daily", stage, "--consent", "--organization", stage.organization.code)


def test_a_viewer_or_a_stranger_may_not_sync(stage: Stage) -> None:
    connector = stage.connector()
    viewer = factories.UserFactory.create()
    stage.organization.memberships.create(user=viewer, role=Role.VIEWER)

    assert code(connector, stage, "--consent", by=viewer.email) == 2
    assert code(connector, stage, "--consent", by="nobody@people.example") == 2


def test_the_history_says_it_came_from_the_command(stage: Stage) -> None:
    call(stage.connector(), stage, "--consent")

    assert AuditEvent.objects.get(action="run.queued").source == "command"
