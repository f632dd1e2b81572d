"""SQLite's triggers: one per event, for each row. They ring nobody; readers poll."""

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

# As Django writes a moment: in UTC, or in local time.
NOW = "strftime('%Y-%m-%d %H:%M:%f', 'now'{}) || '000'"


def create(definition: Definition, connection: Any) -> list[str]:
    """The statements that install the triggers."""
    table = connection.ops.quote_name(definition.table)
    column = connection.ops.quote_name(definition.column)
    new = _log(definition, "{kind}", f"NEW.{column}")
    gone = _log(definition, "delete", f"OLD.{column}")
    moved = _log(definition, "delete", f"OLD.{column}", f"OLD.{column} IS NOT NEW.{column}")
    bodies = {
        "insert": new.replace("{kind}", "add"),
        "update": f"{moved} {new.replace('{kind}', 'save')}",
        "delete": gone,
    }
    return [
        f"CREATE TRIGGER {definition.name(event)} AFTER {event.upper()} ON {table} BEGIN {body} END"
        for event, body in bodies.items()
    ]


def _log(definition: Definition, kind: str, value: str, condition: str = "1") -> str:
    key = f"CAST({value} AS TEXT)"
    if definition.is_uuid:  # kept as 32 digits
        parts = [f"substr({value}, {start}, {n})" for start, n in UUID_PARTS]
        joined = " || '-' || ".join(parts)
        key = f"lower({joined})"
    now = NOW.format("" if definition.use_tz else ", 'localtime'")
    return " ".join(
        f"INSERT INTO livesheet_change ({COLUMNS}) SELECT '{label}', '{kind}',"
        f" '[' || json_quote({key}) || ']', '', '', '{ORIGIN}', '', '',"
        f" lower(hex(randomblob(4))), {now} WHERE {condition};"
        for label in definition.labels
    )


SQLITE = Dialect(
    create=create,
    drop=drop_triggers,
    installed="SELECT tbl_name, name FROM sqlite_master WHERE type = 'trigger' AND name LIKE %s",
    # It has no memory but its tables. Nobody else can have written since the trigger did.
    last="(SELECT max(id) - {tail} FROM livesheet_change)",
    first="{mark}",
    mark="SELECT coalesce(max(id), 0) + 1 FROM livesheet_change",
)
