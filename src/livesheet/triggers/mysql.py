"""The triggers of MySQL and MariaDB: one per event, for each row. They ring nobody."""

from __future__ import annotations

from typing import Any

from livesheet.triggers.definitions import (
    COLUMNS,
    ORIGIN,
    UUID_PARTS,
    Definition,
    Dialect,
    drop_triggers,
)


def create(definition: Definition, connection: Any) -> list[str]:
    """The statements that install the triggers."""
    table = connection.ops.quote_name(definition.table)
    column = connection.ops.quote_name(definition.column)
    old, new = (_key(definition, f"{row}.{column}", connection) for row in ("OLD", "NEW"))
    moved = f"IF NOT OLD.{column} <=> NEW.{column} THEN {_log(definition, 'delete', old)} END IF;"
    bodies = {
        "insert": _log(definition, "add", new),
        "update": f"{moved} {_log(definition, 'save', new)}",
        "delete": _log(definition, "delete", old),
    }
    return [
        f"CREATE TRIGGER {definition.name(event)} AFTER {event.upper()} ON {table}"
        f" FOR EACH ROW BEGIN {body} END"
        for event, body in bodies.items()
    ]


def _key(definition: Definition, value: str, connection: Any) -> str:
    if definition.is_uuid and not connection.features.has_native_uuid_field:
        parts = ", ".join(f"SUBSTR({value}, {start}, {n})" for start, n in UUID_PARTS)
        return f"LOWER(CONCAT_WS('-', {parts}))"
    return f"CAST({value} AS CHAR)"


def _log(definition: Definition, kind: str, key: str) -> str:
    now = "UTC_TIMESTAMP(6)" if definition.use_tz else "NOW(6)"
    rows = ", ".join(
        f"('{label}', '{kind}', JSON_ARRAY({key}), '', '', '{ORIGIN}', '', '',"
        f" SUBSTR(MD5(UUID()), 1, 8), {now})"
        for label in definition.labels
    )
    return (
        f"INSERT INTO livesheet_change ({COLUMNS}) VALUES {rows};"
        " SET @livesheet_last = LAST_INSERT_ID(),"
        " @livesheet_first = COALESCE(@livesheet_first, LAST_INSERT_ID());"
    )


MYSQL = Dialect(
    create=create,
    drop=drop_triggers,
    installed=(
        "SELECT event_object_table, trigger_name FROM information_schema.triggers"
        " WHERE trigger_schema = DATABASE() AND trigger_name LIKE %s"
    ),
    last="@livesheet_last",
    first="@livesheet_first",
    mark="SET @livesheet_first = NULL",
)
