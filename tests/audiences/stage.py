"""A linked LINE Ads account, its key, a connector, and the emulator as LINE: what a run needs."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils import timezone

from audiences import consent, part_files, sending
from audiences.identifiers import Kind as Identifier
from audiences.models import Batch, Connector, Dataset, Run
from lineads.client import LineAds
from linking import keys
from linking.models import Account
from organizations.models import Organization
from organizations.permissions import Role
from organizations.storage import SealedWriter
from resources.models import Kind, Resource
from tests import factories
from tests.emulator.process import EmulatorProcess
from users.models import User

GROUP, SECRET = "G100000001", "sk-example-not-a-real-secret-0001"
EMPTY_SET = hashlib.sha256(b"").hexdigest()


def hashed(*names: object) -> list[str]:
    return [hashlib.sha256(f"{name}@people.example".encode()).hexdigest() for name in names]


def fingerprint(ids: Iterable[str]) -> str:
    """As the emulator's control interface tells it, computed on our own."""
    return hashlib.sha256("\n".join(sorted(set(ids))).encode()).hexdigest()


@dataclass
class Stage:
    line: EmulatorProcess
    organization: Organization
    operator: User
    account: Account
    access_key: str

    @property
    def uploads(self) -> str:
        """The pattern of an upload in an order for faults."""
        return f"POST /api/v3/adaccounts/{self.account.line_id}/custom-audiences/upload"

    def connector(
        self, *, mode: str = "ADD", content: bytes = b"a@people.example\n", **more: Any
    ) -> Connector:
        return Connector.objects.create(
            **{
                "organization": self.organization,
                "name": f"Newsletter {Connector.objects.count()}",
                "dataset": self.dataset(content),
                "destination": self.destination(),
                "mode": mode,
                "identifier": Identifier.EMAIL,
                "encoding": "utf-8",
                "delimiter": ",",
                "has_header": False,
                "column": 0,
                "created_by": self.operator,
                **more,
            }
        )

    def dataset(self, content: bytes) -> Dataset:
        with SealedWriter("uploads") as writer:
            writer.write(content)
        return Dataset.objects.create(
            organization=self.organization,
            name="customers.csv",
            byte_count=len(content),
            sealed_name=writer.name,
            uploaded_by=self.operator,
            expires_at=timezone.now() + timedelta(hours=24),
        )

    def destination(self) -> Resource:
        return Resource.objects.create(
            kind=Kind.EMAIL_UPLOAD,
            name=f"Readers {Resource.objects.count()}",
            owner_account=self.account,
            phone_form=self.account.phone_form,
        )

    def planned(self, connector: Connector, contents: Sequence[Sequence[str]], **fields: Any) -> Run:
        """A run as planning leaves it, with these ids in its parts."""
        ids = sum(map(len, contents))
        counts = {"rows": ids, "unique": ids, "part_count": len(contents), "planned_at": timezone.now()}
        run = Run.objects.create(
            **{
                "connector": connector,
                "dataset": connector.dataset,
                "destination": connector.destination,
                "state": Run.State.PLANNED,
                "consent_version": consent.VERSION,
                "consent_by": self.operator,
                **counts,
                **fields,
            }
        )
        is_new = connector.destination.line_id is None
        first = Batch.Operation.CREATE if is_new else Batch.Operation(connector.mode)
        for sequence, content in enumerate(contents):
            _batch(run, sequence, content, Batch.Operation.ADD if sequence else first)
        return run

    def sending(self, connector: Connector, contents: Sequence[Sequence[str]], **fields: Any) -> Run:
        return self.planned(connector, contents, **{"state": Run.State.SENDING, **fields})

    def existing(self, connector: Connector, ids: Sequence[str]) -> None:
        """Let the connector's audience be at LINE already, holding these ids."""
        run = self.sending(connector, [ids])
        sending.perform(run.pk)
        run.refresh_from_db()
        assert run.state == Run.State.DONE, (run.state, run.reason)
        connector.destination.refresh_from_db()

    def fingerprint(self, destination: Resource) -> str:
        destination.refresh_from_db()
        return str(self.line.control("GET", f"/audiences/{destination.line_id}")["fingerprint"])

    def requests(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.line.control("GET", "/requests?since=0")["requests"]
        return found

    def sent(self) -> list[str | None]:
        """The actions of the uploads that LINE has seen."""
        return [request["action"] for request in self.requests() if request["method"] == "POST"]

    def client(self) -> LineAds:
        return LineAds(self.line.url, self.access_key, SECRET)

    def fault(self, do: str, *, when: str = "before", times: int = 1, match: str = "") -> None:
        order = {"match": match or self.uploads, "times": times, "when": when, "do": do}
        self.line.control("POST", "/faults", order)


def _batch(run: Run, sequence: int, content: Sequence[str], operation: Batch.Operation) -> None:
    body = "".join(f"{each}\n" for each in content).encode()
    with SealedWriter(part_files.folder_of(run)) as writer:
        writer.write(body)
    run.batches.create(
        epoch=0,
        sequence=sequence,
        operation=operation,
        rows=len(content),
        byte_count=len(body),
        digest=writer.sha256,
        sealed_name=writer.name,
        file_name=part_files.file_name(run, 0, sequence),
    )


def set_up(line: EmulatorProcess) -> Stage:
    """Fresh rows, and a key that the emulator knows; what others left at the emulator is forgotten."""
    line.control("POST", "/reset")
    line.control("POST", "/clock", {"job_seconds": 0, "offset_seconds": 0})
    organization = factories.OrganizationFactory.create()
    operator = factories.UserFactory.create()
    organization.memberships.create(user=operator, role=Role.OPERATOR)
    account = factories.AdsAccountFactory.create(legal_entity=organization.legal_entity)
    factories.LinkFactory.create(account=account, organization=organization)
    access_key = f"AK{account.line_id}"
    known = {"secret_key": SECRET, "group": GROUP, "ad_accounts": [account.line_id]}
    line.control("PUT", f"/keys/{access_key}", {**known, "roles": ["data-general-partner"], "revoked": False})
    api_key = keys.add_key(
        organization, by=operator, name="Main", group_id=GROUP, access_key=access_key, secret_key=SECRET
    )
    api_key.accounts.add(account)
    return Stage(line, organization, operator, account, access_key)
