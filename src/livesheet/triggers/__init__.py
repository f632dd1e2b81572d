"""Database triggers that write the change log, for writers that are not Django.

from livesheet.triggers import AddTriggers

class Migration(migrations.Migration):
    dependencies = [("shop", "0007_product"), ("livesheet", "0001_initial")]
    operations = [AddTriggers("product")]
"""

from __future__ import annotations

from livesheet.triggers.operations import AddTriggers, RemoveTriggers

__all__ = ["AddTriggers", "RemoveTriggers"]
