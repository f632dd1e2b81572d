from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_triggers_entry")]
    operations = [migrations.AlterField("Entry", "text", models.CharField(max_length=50))]
