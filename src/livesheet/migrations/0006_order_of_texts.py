from typing import Any

from django.db import DatabaseError, migrations, transaction

# Texts as a browser sorts them: by the rules of Unicode, numbers inside texts by their size.
MADE = "CREATE COLLATION IF NOT EXISTS livesheet (provider = icu, locale = 'und-u-kn-true')"
DROPPED = "DROP COLLATION IF EXISTS livesheet"


def make(apps: Any, schema_editor: Any) -> None:
    _execute(schema_editor, MADE)


def drop(apps: Any, schema_editor: Any) -> None:
    _execute(schema_editor, DROPPED)


def _execute(schema_editor: Any, statement: str) -> None:
    """Where PostgreSQL was built without ICU, texts are sorted more simply."""
    if schema_editor.connection.vendor != "postgresql":
        return
    try:
        with transaction.atomic(schema_editor.connection.alias):
            schema_editor.execute(statement, None)
    except DatabaseError:
        return


class Migration(migrations.Migration):
    dependencies = [
        ("livesheet", "0005_named_views"),
    ]

    operations = [migrations.RunPython(make, drop, elidable=False)]
