"""Triggers by which the database itself refuses to change or forget the past, on SQLite and PostgreSQL."""

from __future__ import annotations

from django.db.backends.base.base import BaseDatabaseWrapper


def refuse(connection: BaseDatabaseWrapper, table: str, *operations: str) -> None:
    """Install triggers on `table` that refuse the given operations ("UPDATE", "DELETE")."""
    with connection.cursor() as cursor:
        for operation in operations:
            for statement in _statements(connection.vendor, table, operation):
                cursor.execute(statement)


def allow(connection: BaseDatabaseWrapper, table: str, *operations: str) -> None:
    """Remove them again: for reversing a migration, and for emptying tables between tests."""
    target = f" ON {table}" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        for operation in operations:
            cursor.execute(f"DROP TRIGGER IF EXISTS {_name(table, operation)}{target}")


def _name(table: str, operation: str) -> str:
    return f"{table}_refuses_{operation.lower()}"


def _statements(vendor: str, table: str, operation: str) -> list[str]:
    name = _name(table, operation)
    if vendor == "postgresql":
        function = (
            "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ "
            "BEGIN RAISE EXCEPTION '% rows are never changed (%)', TG_TABLE_NAME, TG_OP; END $$"
        )
        return [
            function,
            f"CREATE TRIGGER {name} BEFORE {operation} ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()",
        ]
    return [
        f"CREATE TRIGGER {name} BEFORE {operation} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} rows are never changed ({operation})'); END"
    ]
