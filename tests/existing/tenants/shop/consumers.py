from __future__ import annotations

from typing import Any

from django.db import connection, transaction

from livesheet.consumers import LiveSheetConsumer
from tests.existing.tenants.shop.models import Crate

mailed: list[str] = []  # what a hook saw after an edit


class CrateSheet(LiveSheetConsumer):
    model = Crate
    fields = ["name"]

    def perform_edit(self, serializer: Any) -> None:
        serializer.save()
        transaction.on_commit(
            lambda: mailed.append(f"{connection.schema_name} {Crate.objects.count()}")
        )
