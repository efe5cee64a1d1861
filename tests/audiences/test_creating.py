"""A create whose answer was lost, and namesakes: never a second audience, never somebody else's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from audiences import sending
from audiences.models import Batch, Connector, Run
from tests import factories
from tests.audiences.stage import Stage, fingerprint, hashed

pytestmark = [pytest.mark.db, pytest.mark.django_db(transaction=True)]

ONE, TWO = hashed(1, 2, 3), hashed(4, 5)


def perform(run: Run) -> Run:
    sending.perform(run.pk)
    run.refresh_from_db()
    return run


def doubtful(stage: Stage, connector: Connector, **fields: Any) -> Run:
    """As a worker leaves it that died around its create."""
    run = stage.sending(connector, [ONE])
    sent = {"state": Batch.State.UNKNOWN, "attempts": 1, "first_sent_at": timezone.now(), **fields}
    run.batches.update(**sent)
    return run


def namesake(stage: Stage, connector: Connector) -> None:
    client = stage.client()
    body = b"".join(f"{each}\n".encode() for each in TWO)
    client.upload(
        stage.account.line_id,
        file=Bytes(body),
        filename="theirs.txt",
        id_type="HASHED_EMAIL",
        action="ADD",
        name=connector.destination.name,
    )
    client.close()


class Bytes:
    def __init__(self, content: bytes) -> None:
        self.content = content

    def __len__(self) -> int:
        return len(self.content)

    def __iter__(self) -> Iterator[bytes]:
        yield self.content


def test_a_doubtful_create_that_never_arrived_is_sent_again(stage: Stage) -> None:
    connector = stage.connector()

    assert perform(doubtful(stage, connector)).state == Run.State.DONE
    assert stage.fingerprint(connector.destination) == fingerprint(ONE)


def test_a_namesake_filled_by_others_is_not_taken_for_ours(stage: Stage) -> None:
    connector = stage.connector()
    run = doubtful(stage, connector)
    namesake(stage, connector)

    assert perform(run).reason == "name_taken"
    connector.destination.refresh_from_db()
    assert connector.destination.line_id is None


def planned(stage: Stage, connector: Connector) -> Run:
    return stage.sending(connector, [ONE])


@pytest.mark.parametrize("start", [planned, doubtful])
def test_a_namesake_that_others_share_is_in_nobodys_way(
    stage: Stage, start: Callable[[Stage, Connector], Run]
) -> None:
    connector = stage.connector()
    theirs = factories.AdsAccountFactory.create()
    owner = {"serviceType": "lap", "id": theirs.line_id}
    name = connector.destination.name
    planted = {"owner": owner, "name": name, "type": "HASHED_EMAIL_UPLOAD", "size": 200}
    audience = stage.line.control("POST", "/audiences", planted)["id"]
    stage.line.control("POST", "/shares", {"ad_account": stage.account.line_id, "audience": audience})
    factories.ResourceFactory.create(owner_account=theirs, line_id=str(audience), name=name)

    assert perform(start(stage, connector)).state == Run.State.DONE
    assert stage.fingerprint(connector.destination) == fingerprint(ONE)


def test_an_older_namesake_is_not_taken_for_ours(stage: Stage) -> None:
    connector = stage.connector()
    namesake(stage, connector)
    later = timezone.now() + timedelta(minutes=5)

    assert perform(doubtful(stage, connector, first_sent_at=later)).reason == "name_taken"
