from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("ledger", "0003_longer")]
    operations = [migrations.RenameModel("Entry", "Booking")]
