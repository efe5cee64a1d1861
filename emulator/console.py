"""Who sees what of others: told by `/_control/shares`, or read from the console's database beside it.

The only file that may import the product, and only when EMULATOR_CONSOLE=1.
"""

from __future__ import annotations

import base64
import hashlib
import os
import threading
from collections.abc import Iterable
from dataclasses import astuple, dataclass
from typing import Any, Protocol

from emulator.store import Store

TAG = "LINE_TAG"


@dataclass(frozen=True)
class SharedResource:
    line_id: str  # digits for an audience, a UUID for a LINE Tag
    name: str
    kind: str  # of an audience as the Ads API or the Messaging API calls it, or TAG
    create_route: str
    owner_service: str  # "bm", "lap" or "account"
    owner_code: str
    owner_name: str


class Shares(Protocol):
    def shared_with(self, receiver: str) -> list[SharedResource]:
        """What others share with this official account (its Basic ID) or ad account (its `A…` id)."""


def audiences_of(shares: Shares, receiver: str) -> list[SharedResource]:
    """Each audience once, though it may be shared in more than one way."""
    shared = shares.shared_with(receiver)
    found = {each.line_id: each for each in shared if each.kind != TAG and each.line_id.isdigit()}
    return list(found.values())


def tags_of(shares: Shares, receiver: str) -> list[SharedResource]:
    found = {each.line_id: each for each in shares.shared_with(receiver) if each.kind == TAG}
    return list(found.values())


class AskedOnce:
    """A source that is asked once for each receiver in a request; every request has one thread at a time."""

    def __init__(self, source: Shares) -> None:
        self._source, self._local = source, threading.local()

    def forget(self) -> None:
        """At the start of each request: a share ends with the click that ends it."""
        self._local.known = {}

    def shared_with(self, receiver: str) -> list[SharedResource]:
        known: dict[str, list[SharedResource]] = self._local.__dict__.setdefault("known", {})
        if receiver not in known:
            known[receiver] = self._source.shared_with(receiver)
        return known[receiver]


class StoredShares:
    """The stand-alone source, in the emulator's own store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def shared_with(self, receiver: str) -> list[SharedResource]:
        columns = "resource, name, kind, create_route, owner_service, owner_code, owner_name"
        with self._store.transaction() as db:
            query = f"SELECT {columns} FROM shares WHERE receiver = ? ORDER BY resource"  # noqa: S608 - names of ours
            return [SharedResource(*row) for row in db.execute(query, (receiver,))]

    def put(self, receiver: str, resource: SharedResource) -> None:
        with self._store.transaction() as db:
            insert = "INSERT OR REPLACE INTO shares VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
            db.execute(insert, (receiver, *astuple(resource)))

    def stop(self, receiver: str, line_id: str) -> None:
        with self._store.transaction() as db:
            db.execute("DELETE FROM shares WHERE receiver = ? AND resource = ?", (receiver, line_id))

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

    def shared_with(self, receiver: str) -> list[SharedResource]:
        # Imported here because models can only be imported after django.setup().
        from django.db import connection

        from resources.models import Resource

        try:
            with connection.cursor() as cursor:
                cursor.execute(READ_ONLY[connection.vendor])
            return _shared(Resource.objects.seen_at_line_by(receiver))
        finally:
            connection.close()  # every request has its own thread, and so its own connection


READ_ONLY = {"sqlite": "PRAGMA query_only = ON", "postgresql": "SET default_transaction_read_only = on"}


def _shared(resources: Iterable[Any]) -> list[SharedResource]:
    return [
        SharedResource(
            line_id=str(resource.line_id),
            name=resource.name,
            kind=resource.kind,
            create_route=resource.create_route,
            owner_service=resource.owner_service,
            owner_code=_owner_id(resource.owner_service, resource.owner_code),
            owner_name=resource.owner_name,
        )
        for resource in resources
    ]


def _owner_id(service: str, code: str) -> str:
    """LINE's APIs name an organization by 26 capital letters and digits, not by the id its people know."""
    if service != "bm":
        return code
    return base64.b32encode(hashlib.sha256(code.encode()).digest()).decode()[:26]
