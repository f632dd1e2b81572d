from __future__ import annotations

from livesheet.consumers import LiveSheetConsumer
from tests.existing.tenants.shop.models import Crate


class CrateSheet(LiveSheetConsumer):
    model = Crate
    fields = ["name"]
