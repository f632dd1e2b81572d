from django.db import migrations, models


class Migration(migrations.Migration):
    """Names in Python alone: servers of the version before go on working beside it."""

    dependencies = [
        ("livesheet", "0003_places"),
    ]

    operations = [
        migrations.RenameModel("Layout", "SavedView"),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RenameField("savedview", "layout", "view"),
                migrations.AlterField("savedview", "view", models.TextField(db_column="layout")),
            ],
        ),
    ]
