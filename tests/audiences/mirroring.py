"""What tests of refreshing share: a foreign client at LINE, a mirror, and LINE's list in any words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.test import override_settings

from audiences import mirror as mirroring
from audiences.models import Mirror
from linking.models import Link
from resources.models import Resource
from tests.audiences.stage import SECRET, Stage, hashed
from tests.emulator.client import AdsClient, lines
from tests.lineads import server
from tests.lineads.server import Answer, reply

NO_TAGS = reply(200, {"data": []})  # tags are asked for last


def foreign_client(stage: Stage) -> AdsClient:
    return AdsClient(stage.line.url, access_key=stage.access_key, secret_key=SECRET)


def made_elsewhere(stage: Stage, name: str, *, people: int = 1) -> str:
    """An audience that another client of LINE's API has uploaded; its id."""
    client = foreign_client(stage)
    fields = {"name": name, "action": "ADD", "idType": "HASHED_EMAIL"}
    answer = client.upload(lines(hashed(*range(people))), account=stage.account.line_id, **fields)
    client.close()
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


def mirror_of(stage: Stage) -> Mirror:
    return Mirror.objects.get_or_create(link=Link.objects.open().get(account=stage.account))[0]


def refresh(stage: Stage) -> Mirror:
    """As a worker does it, now."""
    mirror = mirror_of(stage)
    Mirror.objects.update(due_at=mirror.link.linked_at)
    mirroring.perform(mirror.pk)
    mirror.refresh_from_db()
    return mirror


def audiences(stage: Stage) -> dict[str, Resource]:
    """What lives here, by name."""
    own = Resource.objects.audiences().filter(owner_account=stage.account).exclude(status="DELETED")
    return {each.name: each for each in own}


def entry(number: int, **fields: Any) -> dict[str, Any]:
    told = {"functionType": "WEBTRAFFIC", "status": "READY", "estimatedAudienceSize": "250"}
    return {"id": str(number), "name": f"Audience {number}", **told, **fields}


def page(*entries: dict[str, Any], more: bool = False, total: int | None = None) -> Answer:
    count = {"hasNextPage": more, "totalElements": len(entries) if total is None else total}
    return reply(200, {"page": 1, "audienceGroups": list(entries), **count})


@contextmanager
def line_says(*answers: Answer) -> Iterator[Callable[[Stage], Mirror]]:
    with server.line(*answers, NO_TAGS) as scripted, override_settings(LINE_ADS_BASE_URL=scripted.url):
        yield refresh
