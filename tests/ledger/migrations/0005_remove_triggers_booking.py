from django.db import migrations

from livesheet.triggers import RemoveTriggers


class Migration(migrations.Migration):
    dependencies = [("ledger", "0004_booking")]
    operations = [RemoveTriggers("booking")]
