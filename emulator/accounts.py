"""Who may call: access keys of groups, and channels of official accounts."""

from __future__ import annotations

import re
import sqlite3
from dataclasses import dataclass

from emulator.groups import Groups
from emulator.store import Store

DATA_PROVIDER = "data-general-partner"
AD_TECH = "certificated-ad-tech-general-partner"
REPORTING = "reporting-general-partner"
ROLES = {
    **{role: role for role in (DATA_PROVIDER, AD_TECH, REPORTING)},
    "data-provider": DATA_PROVIDER,
    "ad-tech": AD_TECH,
    "reporting": REPORTING,
}
ACCOUNT_ID = re.compile(r"A\d{1,18}")


class Unknown(Exception):
    """A value that is none of those LINE knows; the message names it."""


@dataclass(frozen=True)
class Key:
    access_key: str
    group: str
    roles: frozenset[str]


@dataclass(frozen=True)
class KeyChange:
    """What is None stays as it is."""

    secret_key: str | None = None
    group: str | None = None
    ad_accounts: list[dict[str, str]] | None = None
    roles: list[str] | None = None
    revoked: bool | None = None


class Accounts:
    def __init__(self, store: Store, groups: Groups) -> None:
        self._store, self._groups = store, groups

    def secret(self, access_key: str) -> str | None:
        with self._store.transaction() as db:
            query = "SELECT secret_key FROM keys WHERE access_key = ? AND NOT revoked"
            row = db.execute(query, (access_key,)).fetchone()
        return row["secret_key"] if row else None

    def key(self, access_key: str) -> Key:
        with self._store.transaction() as db:
            row = db.execute("SELECT * FROM keys WHERE access_key = ?", (access_key,)).fetchone()
        return Key(row["access_key"], row["group_id"], frozenset(row["roles"].split()))

    def all_keys(self) -> list[dict[str, object]]:
        """For people: everything but the secrets."""
        with self._store.transaction() as db:
            rows = db.execute("SELECT access_key, group_id, roles, revoked FROM keys ORDER BY 1").fetchall()
        return [dict(row) for row in rows]

    def put_key(self, access_key: str, change: KeyChange) -> None:
        with self._store.transaction() as db:
            old = db.execute("SELECT * FROM keys WHERE access_key = ?", (access_key,)).fetchone()
            secret = change.secret_key or (old and old["secret_key"])
            group = change.group or (old and old["group_id"])
            if not secret or not group:
                raise Unknown("A new key needs secret_key and group.")
            revoked = bool(old and old["revoked"]) if change.revoked is None else change.revoked
            self._groups.introduce(db, group)
            db.execute(
                "INSERT OR REPLACE INTO keys VALUES (?, ?, ?, ?, ?)",
                (access_key, secret, group, _roles(change.roles, old), revoked),
            )
            if change.ad_accounts is not None:
                self._groups.link_exactly(db, group, change.ad_accounts)

    def put_channel(self, basic_id: str, token: str) -> None:
        with self._store.transaction() as db:
            if db.execute(
                "SELECT 1 FROM channels WHERE token = ? AND basic_id != ?", (token, basic_id)
            ).fetchone():
                raise Unknown("Another channel has this token.")
            db.execute("INSERT OR REPLACE INTO channels VALUES (?, ?)", (basic_id, token))

    def channel(self, token: str) -> str | None:
        """The Basic ID of the official account whose token this is."""
        with self._store.transaction() as db:
            row = db.execute("SELECT basic_id FROM channels WHERE token = ?", (token,)).fetchone()
        return row["basic_id"] if row else None

    def channels(self) -> list[str]:
        with self._store.transaction() as db:
            return [row["basic_id"] for row in db.execute("SELECT basic_id FROM channels ORDER BY 1")]


def _roles(wanted: list[str] | None, old: sqlite3.Row | None) -> str:
    if wanted is None:
        return old["roles"] if old else DATA_PROVIDER
    names = [role.strip().lower().replace("_", "-").replace(" ", "-") for role in wanted]
    if unknown := [name for name in names if name not in ROLES]:
        raise Unknown(f"Unknown role {unknown[0]!r}; known: {', '.join(sorted(ROLES))}.")
    return " ".join(sorted({ROLES[name] for name in names}))
