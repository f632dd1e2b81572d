"""``manage.py livesheet_log``: shows the change log, trims it, and begins a new epoch."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import DEFAULT_DB_ALIAS

from livesheet.doorbell import doorbell
from livesheet.log import changelog, trimming
from livesheet.tables import Change, EditRecord


class Command(BaseCommand):
    help = (
        "Show how the change log stands; with --trim, put it in order and delete what is too old"
        " or too much; with"
        " --new-epoch, have every open sheet read itself anew."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--database", default=DEFAULT_DB_ALIAS, help="the alias to look at")
        parser.add_argument("--trim", action="store_true", help="trim as the settings say")
        parser.add_argument(
            "--new-epoch", action="store_true", help="after an older backup was put back"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, database: str, trim: bool, **options: Any) -> None:
        facts: dict[str, Any] = {}
        if trim:
            facts["forgotten changes"], facts["numbered changes"] = trimming.catch_up(database)
            facts["trimmed changes"] = trimming.trim(database)
            facts["trimmed edit records"] = trimming.trim_records(database)
        if options["new_epoch"]:
            changelog.begin_anew(database)
            doorbell.ring(database)
        facts |= log_facts(database)
        if options["json"]:
            self.stdout.write(json.dumps({k.replace(" ", "_"): v for k, v in facts.items()}))
            return
        for name, value in facts.items():
            self.stdout.write(f"{name:22} {value}")


def log_facts(using: str) -> dict[str, Any]:
    """What there is to know about the log on one alias."""
    clock, changes = changelog.clock(using), Change.objects.using(using)
    oldest = changes.order_by("id").values_list("at", flat=True).first()
    waiting = 0 if changelog.ordered_by_id(using) else changes.filter(seq=None).count()
    return {
        "epoch": clock.epoch,
        "head": changelog.head(using).seq,
        "trimmed through": clock.trimmed_through,
        "changes": changes.count(),
        "oldest": oldest.isoformat() if oldest else None,
        "waiting for a place": waiting,
        "edit records": EditRecord.objects.using(using).count(),
    }
