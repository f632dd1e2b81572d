"""PostgreSQL's triggers: one per event, for each statement, so a bulk write is one change."""

from __future__ import annotations

from typing import Any

from livesheet.tables import PKS_BEFORE_RESYNC, PKS_PER_CHANGE
from livesheet.triggers.definitions import COLUMNS, ORIGIN, PREFIX, Definition, Dialect

TABLES = {
    "insert": "NEW TABLE AS written",
    "update": "OLD TABLE AS previous NEW TABLE AS written",
    "delete": "OLD TABLE AS previous",
}
EVENTS = (*TABLES, "truncate")
KEYS = {
    "insert": "SELECT 'add' AS kind, {key} AS key FROM written",
    "update": (
        "SELECT 'delete' AS kind, {key} AS key FROM previous"
        " WHERE {key} NOT IN (SELECT {key} FROM written)"
        " UNION ALL SELECT 'save', {key} FROM written"
    ),
    "delete": "SELECT 'delete' AS kind, {key} AS key FROM previous",
}

# SECURITY DEFINER, because whoever may write the table need not be allowed to write the log.
FUNCTION = """
CREATE OR REPLACE FUNCTION {schema}.{name}() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $livesheet$
DECLARE
    total bigint;
    logged bigint;
BEGIN
    {body}
END
$livesheet$
"""

DECLARED = [("total", "bigint"), ("logged", "bigint")]

BODY = """
    {total}
    IF total = 0 THEN
        RETURN NULL;
    END IF;
    WITH chunks AS (
        {chunks}
    ), inserted AS (
        INSERT INTO {log} ({columns})
        SELECT label, kind, pks, '', '', '{origin}', '', '',
            substr(md5(gen_random_uuid()::text), 1, 8), clock_timestamp()
        FROM chunks CROSS JOIN unnest(ARRAY[{labels}]) AS label
        RETURNING id
    )
    SELECT min(id) INTO logged FROM inserted;
    PERFORM set_config('livesheet.last', logged::text, true);
    IF coalesce(current_setting('livesheet.first', true), '') = '' THEN
        PERFORM set_config('livesheet.first', logged::text, true);
    END IF;
    {notify}
    RETURN NULL;
"""

CHUNKS = """
        SELECT kind, json_agg(key::text)::text AS pks FROM (
            SELECT kind, key, (row_number() OVER (PARTITION BY kind) - 1) / {chunk} AS chunk
            FROM ({keys}) AS keys
        ) AS numbered
        WHERE total <= {most}
        GROUP BY kind, chunk
        UNION ALL SELECT 'resync', '[]' WHERE total > {most}
"""


def create(definition: Definition, connection: Any) -> list[str]:
    """The statements that install the triggers and their functions."""
    table = connection.ops.quote_name(definition.table)
    schema = connection.ops.quote_name(_schema_of_the_log(connection))
    statements = []
    for event in EVENTS:
        name = definition.name(event)
        inside = body(definition, event, f"{schema}.livesheet_change")
        referencing = f"REFERENCING {TABLES[event]}" if event in TABLES else ""
        statements += [
            FUNCTION.format(schema=schema, name=name, body=inside),
            f"CREATE TRIGGER {name} AFTER {event.upper()} ON {table} {referencing}"
            f" FOR EACH STATEMENT EXECUTE FUNCTION {schema}.{name}()",
        ]
    return statements


def body(definition: Definition, event: str, log: str) -> str:
    """What the function of a trigger does; ``log`` is the name of the change log's table."""
    key = '"{}"'.format(definition.column.replace('"', '""'))
    if event == "truncate":
        total, chunks = "total := 1;", "SELECT 'resync' AS kind, '[]' AS pks"
    else:
        rows = "previous" if event == "delete" else "written"
        total = f"SELECT count(*) INTO total FROM {rows};"
        keys = KEYS[event].format(key=key)
        chunks = CHUNKS.format(chunk=PKS_PER_CHANGE, most=PKS_BEFORE_RESYNC, keys=keys)
    return BODY.format(
        log=log,
        columns=COLUMNS,
        total=total,
        chunks=chunks,
        origin=ORIGIN,
        labels=", ".join(f"'{label}'" for label in definition.labels),
        notify="PERFORM pg_notify('livesheet', '');" if definition.notify else "",
    )


def _schema_of_the_log(connection: Any) -> str:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE c.relname = 'livesheet_change' AND pg_table_is_visible(c.oid)"
        )
        return str(cursor.fetchone()[0])


def drop(table: str, names: list[str], connection: Any) -> list[str]:
    """A function has its trigger's name, and goes with it."""
    quoted = connection.ops.quote_name(table)
    return [
        statement
        for name in names
        if name.startswith(PREFIX)
        for statement in (
            f"DROP TRIGGER IF EXISTS {name} ON {quoted}",
            f"DROP FUNCTION IF EXISTS {name}()",
        )
    ]


POSTGRESQL = Dialect(
    create=create,
    drop=drop,
    installed=(
        "SELECT c.relname, t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
        " WHERE NOT t.tgisinternal AND t.tgenabled <> 'D' AND pg_table_is_visible(c.oid)"
        " AND (t.tgname LIKE %s OR t.tgname LIKE 'pgtrigger_livesheet%%')"
    ),
    last="nullif(current_setting('livesheet.last', true), '')::bigint",
    first="nullif(current_setting('livesheet.first', true), '')::bigint",
    mark="SELECT set_config('livesheet.first', '', true)",
)
