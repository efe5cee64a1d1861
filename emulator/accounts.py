"""Who may call: access keys of groups with the ad accounts they reach, and channels of official accounts."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

from emulator.clock import Clock
from emulator.settings import Settings
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
class AdAccount:
    id: str
    name: str
    timezone: str
    currency: str
    country: str
    created: float


@dataclass(frozen=True)
class KeyChange:
    """What is None stays as it is."""

    secret_key: str | None = None
    group: str | None = None
    ad_accounts: list[dict[str, str]] | None = None
    roles: list[str] | None = None
    revoked: bool | None = None


class Accounts:
    def __init__(self, store: Store, clock: Clock, settings: Settings) -> None:
        self._store, self._clock, self._settings = store, clock, settings

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

    def reached_by(self, group: str) -> list[AdAccount]:
        with self._store.transaction() as db:
            rows = db.execute(
                "SELECT a.* FROM ad_accounts a JOIN group_accounts g ON g.account_id = a.id "
                "WHERE g.group_id = ? ORDER BY a.id",
                (group,),
            ).fetchall()
        return [AdAccount(**row) for row in rows]

    def group_exists(self, group: str) -> bool:
        with self._store.transaction() as db:
            return db.execute("SELECT 1 FROM groups WHERE id = ?", (group,)).fetchone() is not None

    def account(self, account_id: str) -> AdAccount | None:
        with self._store.transaction() as db:
            row = db.execute("SELECT * FROM ad_accounts WHERE id = ?", (account_id,)).fetchone()
        return AdAccount(**row) if row else None

    def put_key(self, access_key: str, change: KeyChange) -> None:
        with self._store.transaction() as db:
            old = db.execute("SELECT * FROM keys WHERE access_key = ?", (access_key,)).fetchone()
            secret = change.secret_key or (old and old["secret_key"])
            group = change.group or (old and old["group_id"])
            if not secret or not group:
                raise Unknown("A new key needs secret_key and group.")
            revoked = bool(old and old["revoked"]) if change.revoked is None else change.revoked
            db.execute("INSERT OR IGNORE INTO groups (id, name) VALUES (?, ?)", (group, f"Group {group}"))
            db.execute(
                "INSERT OR REPLACE INTO keys VALUES (?, ?, ?, ?, ?)",
                (access_key, secret, group, _roles(change.roles, old), revoked),
            )
            if change.ad_accounts is not None:
                self._link(db, group, change.ad_accounts)

    def _link(self, db: sqlite3.Connection, group: str, accounts: Iterable[dict[str, str]]) -> None:
        """The group reaches exactly these accounts from now on."""
        db.execute("DELETE FROM group_accounts WHERE group_id = ?", (group,))
        for account in accounts:
            self._put_account(db, account)
            db.execute("INSERT OR IGNORE INTO group_accounts VALUES (?, ?)", (group, account["id"]))

    def _put_account(self, db: sqlite3.Connection, account: dict[str, str]) -> None:
        defaults = {"name": f"Ad account {account['id']}", "timezone": self._settings.timezone}
        defaults |= {"currency": self._settings.currency, "country": self._settings.country}
        db.execute(
            "INSERT OR IGNORE INTO ad_accounts VALUES (:id, :name, :timezone, :currency, :country, :created)",
            {**defaults, **account, "created": self._clock.now()},
        )
        for column in defaults.keys() & account.keys():
            db.execute(f"UPDATE ad_accounts SET {column} = ? WHERE id = ?", (account[column], account["id"]))  # noqa: S608 - a name of ours

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
