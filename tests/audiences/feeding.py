"""What tests of feeding share: an account that a key reaches, a list, a connector, a run in some state."""

from __future__ import annotations

import io
from typing import Any

from django.http import HttpRequest
from django.test import RequestFactory
from django.utils import timezone

from audiences import datasets, previews
from audiences.connectors import NewAudience, Recipe, save_connector
from audiences.models import Connector, Dataset, Run
from linking.models import Account, ApiKey, Link
from organizations import storage
from organizations.models import Organization
from users.models import User

# Made-up people; the numbers are Taiwanese mobiles in a block that nobody is given.
PHONES = b"name,phone\nChen Mei-ling,0900000001\nLin Jia-hao,0900000002\nWang,0900000002\nNobody,12\nEmpty,\n"


def upload_of(content: bytes, name: str = "customers.csv", *, by: User) -> storage.SealedUpload:
    request: HttpRequest = RequestFactory().post("/", {"file": file_of(content, name)})
    request.user = by
    return storage.received(request, "file")


def file_of(content: bytes, name: str = "customers.csv") -> io.BytesIO:
    file = io.BytesIO(content)
    file.name = name
    return file


def a_list(
    organization: Organization, by: User, content: bytes = PHONES, name: str = "customers.csv"
) -> Dataset:
    return datasets.receive_dataset(organization, by=by, upload=upload_of(content, name, by=by))


def a_key(link: Link) -> ApiKey:
    key = ApiKey.objects.create(
        organization=link.organization, name="Group key", group_id="G1", access_key=f"key-{link.pk}"
    )
    key.accounts.add(link.account)
    return key


def a_connector(dataset: Dataset, account: Account, by: User, **choices: Any) -> Connector:
    name = choices.pop("audience", "Customers May")
    wanted = choices.pop("destination", None) or NewAudience(account, name)
    recipe: Recipe = choices.pop("recipe", None) or previews.guess(dataset)
    return save_connector(
        dataset.organization, by=by, dataset=dataset, recipe=recipe, destination=wanted, **choices
    )


def a_run(connector: Connector, by: User, state: str = Run.State.PLANNED, **fields: Any) -> Run:
    """A run as the engine leaves it in that state."""
    counted = {
        "rows": 5,
        "empty": 1,
        "invalid": 1,
        "invalid_reasons": {"not_a_phone": 1},
        "duplicates": 1,
        "unique": 2,
    }
    plan = {**counted, "part_count": 1, "plan_bytes": 130, "planned_at": timezone.now()}
    finished = {"finished_at": timezone.now()} if state in ("DONE", "CANCELLED", "FAILED", "MISSED") else {}
    planned = {} if state in ("QUEUED", "PLANNING") else plan
    values = {"consent_version": "test", "consent_by": by, "state": state, **planned, **finished, **fields}
    parties = {"connector": connector, "dataset": connector.dataset, "destination": connector.destination}
    return Run.objects.create(**{**parties, **values})


def a_batch(run: Run, sequence: int = 0, **fields: Any) -> Any:
    values = {
        "epoch": 0,
        "operation": "CREATE",
        "rows": 2,
        "byte_count": 130,
        "digest": "",
        "file_name": "part.txt",
    }
    return run.batches.create(sequence=sequence, **{**values, **fields})
