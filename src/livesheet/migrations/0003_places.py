from typing import Any

from django.db import migrations, models

# With a single index on ``seq`` a reader for what has no place walks, where the statistics are old,
# over every entry that ever had none. Django's own conditions would leave MySQL without an index.
DIVIDED = (
    "DROP INDEX IF EXISTS livesheet_change_seq",
    "CREATE INDEX livesheet_change_seq ON livesheet_change (seq) WHERE seq IS NOT NULL",
    "CREATE INDEX livesheet_change_unplaced ON livesheet_change (id) WHERE seq IS NULL",
)
UNITED = (
    "DROP INDEX IF EXISTS livesheet_change_unplaced",
    "DROP INDEX IF EXISTS livesheet_change_seq",
    "CREATE INDEX livesheet_change_seq ON livesheet_change (seq)",
)


def divide(apps: Any, schema_editor: Any) -> None:
    _execute(schema_editor, DIVIDED)


def unite(apps: Any, schema_editor: Any) -> None:
    _execute(schema_editor, UNITED)


def _execute(schema_editor: Any, statements: tuple[str, ...]) -> None:
    if schema_editor.connection.vendor == "postgresql":
        for statement in statements:
            schema_editor.execute(statement, None)


class Migration(migrations.Migration):
    dependencies = [
        ("livesheet", "0002_layout"),
    ]

    operations = [
        migrations.AlterField("change", "actor", models.CharField(default="", max_length=255)),
        migrations.AlterField("editrecord", "user", models.CharField(max_length=255)),
        migrations.AlterField("layout", "user", models.CharField(max_length=255)),
        migrations.RunPython(divide, unite, elidable=False),
    ]
