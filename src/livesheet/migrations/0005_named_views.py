from django.db import migrations, models


class Migration(migrations.Migration):
    """A table of its own: what users had last stays where it is, and older servers go on."""

    dependencies = [
        ("livesheet", "0004_saved_views"),
    ]

    operations = [
        migrations.CreateModel(
            name="NamedView",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("user", models.CharField(max_length=255)),
                ("sheet", models.CharField(max_length=200)),
                ("place", models.CharField(max_length=64)),
                ("room", models.CharField(default="", max_length=64)),
                ("name", models.CharField(max_length=100)),
                ("view", models.TextField()),
                ("version", models.PositiveIntegerField(default=1)),
                ("is_default", models.BooleanField(default=False)),
                ("changed_by", models.CharField(default="", max_length=255)),
                ("at", models.DateTimeField()),
            ],
            options={
                "db_table": "livesheet_view",
                "permissions": [("share_view", "Can share views of sheets")],
                "default_permissions": (),
                "indexes": [
                    models.Index(fields=["user", "place"], name="livesheet_view_user"),
                    models.Index(fields=["room"], name="livesheet_view_room"),
                ],
            },
        ),
    ]
