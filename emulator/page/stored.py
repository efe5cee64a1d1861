"""What the page reads straight from the store. No column here is a secret."""

from __future__ import annotations

import sqlite3

from emulator.console import SharedResource
from emulator.emulator import Emulator
from emulator.groups import AdAccount
from emulator.page.parts import SHOWN


def ad_accounts(emulator: Emulator) -> tuple[list[AdAccount], int]:
    rows, total = _some(emulator, "SELECT * FROM ad_accounts ORDER BY id")
    return [AdAccount(**row) for row in rows], total


def channels(emulator: Emulator) -> tuple[list[sqlite3.Row], int]:
    linked = "SELECT group_concat(id, ', ') FROM ad_accounts WHERE line_id = c.basic_id"
    own = (
        "SELECT count(*) FROM audiences WHERE deleted IS NULL AND service = 'account' AND owner = c.basic_id"
    )
    columns = f"basic_id, ({linked}) AS ad_accounts, ({own}) AS audiences"
    return _some(emulator, f"SELECT {columns} FROM channels c ORDER BY basic_id")  # noqa: S608 - ours


def account_names(emulator: Emulator) -> dict[str, str]:
    with emulator.store.transaction() as db:
        return dict(db.execute("SELECT id, name FROM ad_accounts").fetchall())


def running_jobs(emulator: Emulator) -> dict[int, int]:
    """How many by audience, where there are any."""
    with emulator.store.transaction() as db:
        query = "SELECT audience_id, count(*) FROM jobs WHERE state = 'RUNNING' GROUP BY 1"
        return dict(db.execute(query).fetchall())


def shares(emulator: Emulator) -> tuple[list[tuple[str, SharedResource]], int]:
    """Who receives, and what."""
    columns = "resource, name, kind, create_route, owner_service, owner_code, owner_name, receiver"
    rows, total = _some(emulator, f"SELECT {columns} FROM shares ORDER BY receiver, resource")  # noqa: S608 - ours
    return [(row["receiver"], SharedResource(*tuple(row)[:-1])) for row in rows], total


def faults(emulator: Emulator) -> tuple[list[sqlite3.Row], int]:
    return _some(emulator, "SELECT pattern, times, moment, act FROM faults WHERE times > 0 ORDER BY id")


def request_count(emulator: Emulator) -> int:
    with emulator.store.transaction() as db:
        return int(db.execute("SELECT count(*) FROM requests").fetchone()[0])


def _some(emulator: Emulator, query: str) -> tuple[list[sqlite3.Row], int]:
    """As many rows as are shown, and how many there are."""
    with emulator.store.transaction() as db:
        total = db.execute(f"SELECT count(*) FROM ({query})").fetchone()[0]  # noqa: S608 - ours
        return db.execute(f"{query} LIMIT ?", (SHOWN,)).fetchall(), int(total)
