from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    """The command that makes a tenant's schema knows migrations alone."""

    operations = [
        migrations.CreateModel(
            "Crate",
            [
                ("id", models.BigAutoField(primary_key=True)),
                ("name", models.CharField(max_length=40)),
            ],
        )
    ]
