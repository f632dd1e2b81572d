import uuid

from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = [("livesheet", "0001_initial")]
    operations = [
        migrations.CreateModel(
            "Entry",
            [
                ("id", models.UUIDField(primary_key=True, default=uuid.uuid4, serialize=False)),
                ("text", models.CharField(max_length=20)),
            ],
        )
    ]
