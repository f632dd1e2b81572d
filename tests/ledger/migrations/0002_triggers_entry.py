from django.db import migrations

from livesheet.triggers import AddTriggers


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_entry")]
    operations = [AddTriggers("entry")]
