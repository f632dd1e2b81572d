from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Clock",
            fields=[
                (
                    "id",
                    models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False),
                ),
                ("epoch", models.CharField(max_length=12)),
                ("last_seq", models.BigIntegerField(default=0)),
                ("last_tag", models.CharField(default="", max_length=8)),
                ("trimmed_through", models.BigIntegerField(default=0)),
            ],
            options={
                "db_table": "livesheet_clock",
            },
        ),
        migrations.CreateModel(
            name="Change",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("model", models.CharField(max_length=200)),
                ("kind", models.CharField(help_text="One of Change.Kind", max_length=8)),
                ("pks", models.TextField(help_text="JSON list of the rows' keys as strings")),
                (
                    "fields",
                    models.TextField(
                        default="", help_text="JSON list of the fields written, if known"
                    ),
                ),
                ("actor", models.CharField(default="", max_length=64)),
                ("origin", models.CharField(default="", max_length=200)),
                ("client", models.CharField(default="", max_length=32)),
                ("ref", models.CharField(default="", max_length=64)),
                ("ref_index", models.IntegerField(null=True)),
                ("tag", models.CharField(max_length=8)),
                ("seq", models.BigIntegerField(null=True)),
                ("at", models.DateTimeField()),
            ],
            options={
                "db_table": "livesheet_change",
                "indexes": [models.Index(fields=["seq"], name="livesheet_change_seq")],
            },
        ),
        migrations.CreateModel(
            name="EditRecord",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("user", models.CharField(max_length=64)),
                ("client", models.CharField(max_length=32)),
                ("ref", models.CharField(max_length=64)),
                ("sheet", models.CharField(max_length=200)),
                ("request_hash", models.CharField(max_length=64)),
                ("reply", models.TextField(default="")),
                ("at", models.DateTimeField()),
            ],
            options={
                "db_table": "livesheet_editrecord",
                "indexes": [models.Index(fields=["at"], name="livesheet_edit_at")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("user", "client", "ref"), name="livesheet_edit_once"
                    )
                ],
            },
        ),
    ]
