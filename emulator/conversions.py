"""Custom conversions of ad accounts."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from typing import Any

from emulator.clock import Clock
from emulator.records import Refused
from emulator.settings import Settings
from emulator.store import Store


@dataclass(frozen=True)
class Conversion:
    id: int
    account: str
    name: str
    description: str | None
    status: str
    rule: str  # how a conversion is recognised, as JSON
    created: float

    @property
    def described(self) -> dict[str, Any]:
        rule: dict[str, Any] = json.loads(self.rule)
        return rule


class Conversions:
    def __init__(self, store: Store, clock: Clock, settings: Settings) -> None:
        self._store, self._clock, self._settings = store, clock, settings

    def of(self, account: str) -> list[Conversion]:
        with self._store.transaction() as db:
            rows = db.execute("SELECT * FROM conversions WHERE account = ? ORDER BY id", (account,))
            return [Conversion(**row) for row in rows]

    def get(self, account: str, conversion_id: int) -> Conversion | None:
        return next((each for each in self.of(account) if each.id == conversion_id), None)

    def create(self, account: str, name: str, description: str | None, rule: dict[str, Any]) -> int:
        if len(self.of(account)) >= self._settings.max_conversions:
            raise Refused("CUSTOM_CONVERSION_COUNT_MAX_OVER", "name")
        values = (account, name, description, json.dumps(rule, ensure_ascii=False), self._clock.now())
        insert = "INSERT INTO conversions (account, name, description, status, rule, created) "
        try:
            with self._store.transaction() as db:
                return db.execute(f"{insert} VALUES (?, ?, ?, 'RUNNING', ?, ?)", values).lastrowid or 0
        except sqlite3.IntegrityError as taken:
            raise Refused("CUSTOM_CONVERSION_NAME_DUPLICATE", "name") from taken

    def update(self, conversion: Conversion, *, name: str, description: str | None, status: str) -> None:
        update = "UPDATE conversions SET name = ?, description = ?, status = ? WHERE id = ?"
        try:
            with self._store.transaction() as db:
                db.execute(update, (name, description, status, conversion.id))
        except sqlite3.IntegrityError as taken:
            raise Refused("CUSTOM_CONVERSION_NAME_DUPLICATE", "name") from taken

    def forget(self) -> None:
        with self._store.transaction() as db:
            db.execute("DELETE FROM conversions")
