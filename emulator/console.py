"""Who sees whose audience: told by `/_control/shares`, or read from the console's database beside it.

The only file that may import the product, and only when EMULATOR_CONSOLE=1.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import astuple, dataclass
from typing import Any, Protocol

from emulator.store import Store


@dataclass(frozen=True)
class SharedAudience:
    line_id: int
    name: str
    kind: str  # as the Ads API or the Messaging API calls it
    create_route: str
    owner_service: str  # "bm", "lap" or "account"
    owner_code: str
    owner_name: str


class Shares(Protocol):
    def shared_with(self, basic_id: str) -> list[SharedAudience]:
        """What others share with this official account."""


class StoredShares:
    """The stand-alone source, in the emulator's own store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def shared_with(self, basic_id: str) -> list[SharedAudience]:
        columns = "audience_id, name, kind, create_route, owner_service, owner_code, owner_name"
        with self._store.transaction() as db:
            query = f"SELECT {columns} FROM shares WHERE receiver = ? ORDER BY audience_id"  # noqa: S608 - names of ours
            return [SharedAudience(*row) for row in db.execute(query, (basic_id,))]

    def put(self, receiver: str, audience: SharedAudience) -> None:
        with self._store.transaction() as db:
            db.execute(
                "INSERT OR REPLACE INTO shares VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (receiver, *astuple(audience)),
            )

    def stop(self, receiver: str, line_id: int) -> None:
        with self._store.transaction() as db:
            db.execute("DELETE FROM shares WHERE receiver = ? AND audience_id = ?", (receiver, line_id))

    def forget(self) -> None:
        with self._store.transaction() as db:
            db.execute("DELETE FROM shares")


class ConsoleShares:
    """The console's database, read through one query of `resources`, on a connection that cannot write."""

    def __init__(self) -> None:
        # Imported here because the emulator also runs where no Django is installed.
        import django

        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bizmanager.settings")
        django.setup()

    def shared_with(self, basic_id: str) -> list[SharedAudience]:
        # Imported here because models can only be imported after django.setup().
        from django.db import connection

        from resources.models import Resource

        try:
            with connection.cursor() as cursor:
                cursor.execute(READ_ONLY[connection.vendor])
            return _audiences(Resource.objects.seen_by_official_account(basic_id))
        finally:
            connection.close()  # every request has its own thread, and so its own connection


READ_ONLY = {"sqlite": "PRAGMA query_only = ON", "postgresql": "SET default_transaction_read_only = on"}


def _audiences(resources: Iterable[Any]) -> list[SharedAudience]:
    """Audiences that exist at LINE: a resource without a number is a tag, or not yet created there."""
    return [
        SharedAudience(
            line_id=int(resource.line_id),
            name=resource.name,
            kind=resource.kind,
            create_route=resource.create_route,
            owner_service=resource.owner_service,
            owner_code=resource.owner_code,
            owner_name=resource.owner_name,
        )
        for resource in resources
        if str(resource.line_id or "").isdigit()
    ]
