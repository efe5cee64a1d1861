"""Groups, the ad accounts that exist, and which group may act for which of them."""

from __future__ import annotations

import json
import random
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

from emulator.clock import Clock
from emulator.records import Refused
from emulator.settings import Settings
from emulator.store import Store

HIDDEN = ("CANCELED", "UNLINKED")
TREE = (
    "WITH RECURSIVE tree (id) AS (SELECT ? UNION SELECT g.id FROM groups g JOIN tree t ON g.parent = t.id) "
    "SELECT id FROM tree"
)
LINK_REQUESTS = (  # of the given group, or of all for ""
    "SELECT l.*, g.name AS group_name, a.name AS account_name FROM link_requests l "
    "JOIN groups g ON g.id = l.group_id JOIN ad_accounts a ON a.id = l.account_id "
    "WHERE ? IN (l.group_id, '')"
)


@dataclass(frozen=True)
class Group:
    id: str
    name: str
    parent: str | None
    created: float
    modified: float


@dataclass(frozen=True)
class AdAccount:
    id: str
    name: str
    timezone: str
    currency: str
    country: str
    created: float
    modified: float
    removed: float | None
    line_id: str | None  # of the official account that belongs to it
    line_name: str | None

    @property
    def status(self) -> str:
        return "ACTIVE" if self.removed is None else "REMOVED"


@dataclass(frozen=True)
class LinkRequest:
    id: int
    group_id: str
    account_id: str
    status: str
    created: float
    modified: float
    removed: float | None
    group_name: str
    account_name: str


class Groups:
    def __init__(self, store: Store, clock: Clock, settings: Settings) -> None:
        self._store, self._clock, self._settings = store, clock, settings

    # Groups

    def get(self, group: str) -> Group | None:
        with self._store.transaction() as db:
            row = db.execute("SELECT * FROM groups WHERE id = ?", (group,)).fetchone()
        return Group(**row) if row else None

    def tree(self, group: str) -> set[str]:
        """The group and all below it."""
        with self._store.transaction() as db:
            return self._tree(db, group)

    def ancestors(self, group: str) -> list[str]:
        """From the parent upwards."""
        with self._store.transaction() as db:
            return self._ancestors(db, group)

    def children(self, group: str) -> list[Group]:
        with self._store.transaction() as db:
            rows = db.execute("SELECT * FROM groups WHERE parent = ? ORDER BY id", (group,))
            return [Group(**row) for row in rows]

    def create_child(self, parent: str, name: str) -> Group:
        now, settings = self._clock.now(), self._settings
        with self._store.transaction() as db:
            if len(self._ancestors(db, parent)) + 1 > settings.max_group_depth:
                raise Refused("GROUP_HAS_TOO_MANY_DEPTH", "groupId")
            count = db.execute("SELECT count(*) FROM groups WHERE parent = ?", (parent,)).fetchone()[0]
            if count >= settings.max_group_children:
                raise Refused("GROUP_HAS_TOO_MANY_CHILDREN", "groupId")
            group = Group(f"G{random.randrange(10**10, 10**11)}", name, parent, now, now)  # noqa: S311 - a name
            db.execute("INSERT INTO groups VALUES (?, ?, ?, ?, ?)", (group.id, name, parent, now, now))
        return group

    def rename(self, group: str, name: str) -> None:
        with self._store.transaction() as db:
            update = "UPDATE groups SET name = ?, modified = ? WHERE id = ?"
            db.execute(update, (name, self._clock.now(), group))

    def introduce(self, db: sqlite3.Connection, group: str) -> None:
        now = self._clock.now()
        insert = "INSERT OR IGNORE INTO groups VALUES (?, ?, NULL, ?, ?)"
        db.execute(insert, (group, f"Group {group}", now, now))

    def forget(self) -> None:
        """Child groups and whatever was asked for; what keys act for stays, linked as it is."""
        with self._store.transaction() as db:
            made = "SELECT id FROM groups WHERE parent IS NOT NULL AND id NOT IN (SELECT group_id FROM keys)"
            db.execute(f"DELETE FROM link_requests WHERE status != 'LINKED' OR group_id IN ({made})")  # noqa: S608 - ours
            while db.execute(
                f"DELETE FROM groups WHERE id IN ({made}) AND id NOT IN "  # noqa: S608 - ours
                "(SELECT parent FROM groups WHERE parent IS NOT NULL)"
            ).rowcount:
                pass

    # Ad accounts

    def account(self, account_id: str) -> AdAccount | None:
        with self._store.transaction() as db:
            row = db.execute("SELECT * FROM ad_accounts WHERE id = ?", (account_id,)).fetchone()
        return AdAccount(**row) if row else None

    def reached_by(self, group: str, *, below: bool = True) -> list[AdAccount]:
        """Accounts linked to the group and, with `below`, to the groups under it."""
        with self._store.transaction() as db:
            groups = self._tree(db, group) if below else {group}
            rows = db.execute(
                "SELECT DISTINCT a.* FROM ad_accounts a JOIN link_requests l ON l.account_id = a.id "
                "WHERE l.status = 'LINKED' AND l.group_id IN (SELECT value FROM json_each(?)) ORDER BY a.id",
                (json.dumps(sorted(groups)),),
            ).fetchall()
        return [AdAccount(**row) for row in rows]

    def reached(self, group: str, account_id: str) -> AdAccount | None:
        """The account, if the group or one below it is linked to it."""
        with self._store.transaction() as db:
            linked = (
                "SELECT a.* FROM ad_accounts a JOIN link_requests l ON l.account_id = a.id "
                "WHERE a.id = ? AND l.status = 'LINKED'"
            )
            row = db.execute(f"{linked} AND l.group_id IN ({TREE})", (account_id, group)).fetchone()
        return AdAccount(**row) if row else None

    def put_account(self, account: dict[str, str]) -> None:
        """Create the account or change what is given; `removed` is "1" or "0"."""
        with self._store.transaction() as db:
            self._put_account(db, account)

    def link_exactly(self, db: sqlite3.Connection, group: str, accounts: Iterable[dict[str, str]]) -> None:
        """The group reaches these accounts from now on, whatever was asked for before."""
        wanted = {account["id"]: account for account in accounts}
        linked = "SELECT id, account_id FROM link_requests WHERE group_id = ? AND status = 'LINKED'"
        rows = db.execute(linked, (group,)).fetchall()
        for row in rows:
            if row["account_id"] not in wanted:
                self._move(db, row["id"], "UNLINKED")
        for account_id, account in wanted.items():
            self._put_account(db, account)
            if account_id not in {row["account_id"] for row in rows}:
                self._link(db, group, account_id)

    # Link requests

    def link_requests(self, group: str | None = None) -> list[LinkRequest]:
        """Of one group, or all of them."""
        with self._store.transaction() as db:
            rows = db.execute(f"{LINK_REQUESTS} ORDER BY l.id", (group or "",))
            return [LinkRequest(**row) for row in rows]

    def link_request(self, request_id: int, group: str | None = None) -> LinkRequest | None:
        with self._store.transaction() as db:
            row = db.execute(f"{LINK_REQUESTS} AND l.id = ?", (group or "", request_id)).fetchone()
        return LinkRequest(**row) if row else None

    def ask(self, group: str, account_id: str) -> int:
        """A request for the account to answer, or to be approved at once if the setting says so."""
        with self._store.transaction() as db:
            self._check_ask(db, group, account_id)
            status = "LINKED" if self._settings.link_approval == "auto" else "WAITING_APPROVAL"
            return self._insert(db, group, account_id, status)

    def move(self, request_id: int, *, start: str, end: str) -> bool:
        """False if the request is not in the state `start` any more."""
        with self._store.transaction() as db:
            row = db.execute("SELECT status FROM link_requests WHERE id = ?", (request_id,)).fetchone()
            if row is None or row["status"] != start:
                return False
            self._move(db, request_id, end)
        return True

    def _check_ask(self, db: sqlite3.Connection, group: str, account_id: str) -> None:
        field, settings = "targetAdaccountId", self._settings
        if (
            db.execute("SELECT 1 FROM ad_accounts WHERE id = ? AND removed IS NULL", (account_id,)).fetchone()
            is None
        ):
            raise Refused("GROUP_LINK_REQUEST_TARGET_ADACCOUNT_DOES_NOT_EXIST", field)
        concerned = (
            "SELECT group_id, account_id, status FROM link_requests WHERE group_id = ? OR account_id = ?"
        )
        rows = db.execute(concerned, (group, account_id)).fetchall()
        linked = {(row["group_id"], row["account_id"]) for row in rows if row["status"] == "LINKED"}
        waiting = {
            (row["group_id"], row["account_id"]) for row in rows if row["status"] == "WAITING_APPROVAL"
        }
        if (group, account_id) in linked:
            raise Refused("GROUP_ALREADY_HAS_SAME_ADACCOUNT_LINK", field)
        if (group, account_id) in waiting:
            raise Refused("GROUP_ALREADY_REQUESTED_SAME_ADACCOUNT", field)
        relatives = {*self._ancestors(db, group), *self._tree(db, group)}
        if any(theirs == account_id and each in relatives for each, theirs in linked):
            raise Refused("ADACCOUNT_ALREADY_EXIST_IN_GROUP_TREE", field)
        if sum(each == group for each, _ in linked) >= settings.max_group_accounts:
            raise Refused("GROUP_HAS_TOO_MANY_ADACCOUNT", field)
        if sum(theirs == account_id for _, theirs in linked) >= settings.max_account_groups:
            raise Refused("ADACCOUNT_LINKED_TOO_MANY_GROUP", field)

    def _link(self, db: sqlite3.Connection, group: str, account_id: str) -> None:
        waiting = "SELECT id FROM link_requests WHERE group_id = ? AND account_id = ? AND status = ?"
        row = db.execute(waiting, (group, account_id, "WAITING_APPROVAL")).fetchone()
        if row:
            self._move(db, row["id"], "LINKED")
        else:
            self._insert(db, group, account_id, "LINKED")

    def _insert(self, db: sqlite3.Connection, group: str, account_id: str, status: str) -> int:
        now = self._clock.now()
        insert = "INSERT INTO link_requests (group_id, account_id, status, created, modified) "
        cursor = db.execute(f"{insert} VALUES (?, ?, ?, ?, ?)", (group, account_id, status, now, now))
        return int(cursor.lastrowid or 0)

    def _move(self, db: sqlite3.Connection, request_id: int, status: str) -> None:
        now = self._clock.now()
        removed = now if status in HIDDEN else None
        update = "UPDATE link_requests SET status = ?, modified = ?, removed = ? WHERE id = ?"
        db.execute(update, (status, now, removed, request_id))

    def _put_account(self, db: sqlite3.Connection, account: dict[str, str]) -> None:
        settings, now = self._settings, self._clock.now()
        defaults = {"name": f"Ad account {account['id']}", "timezone": settings.timezone}
        defaults |= {"currency": settings.currency, "country": settings.country}
        db.execute(
            "INSERT OR IGNORE INTO ad_accounts (id, name, timezone, currency, country, created, modified) "
            "VALUES (:id, :name, :timezone, :currency, :country, :now, :now)",
            {**defaults, **account, "now": now},
        )
        columns = [*defaults, "line_id", "line_name"]
        changes: dict[str, str | float | None] = {name: account[name] for name in columns if name in account}
        if "removed" in account:
            changes["removed"] = now if account["removed"] == "1" else None
        for column, value in changes.items():
            update = f"UPDATE ad_accounts SET {column} = ?, modified = ? WHERE id = ?"  # noqa: S608 - a name of ours
            db.execute(update, (value, now, account["id"]))

    @staticmethod
    def _tree(db: sqlite3.Connection, group: str) -> set[str]:
        return {row["id"] for row in db.execute(TREE, (group,))}

    @staticmethod
    def _ancestors(db: sqlite3.Connection, group: str) -> list[str]:
        found: list[str] = []
        while row := db.execute("SELECT parent FROM groups WHERE id = ?", (group,)).fetchone():
            if row["parent"] is None:
                break
            group = row["parent"]
            found.append(group)
        return found
