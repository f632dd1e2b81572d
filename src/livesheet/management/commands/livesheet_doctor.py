"""``manage.py livesheet_doctor``: is everything fit for live sheets, and if not, what to do."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from livesheet.doctor.examination import Question, examine, processes_of_the_environment
from livesheet.doctor.findings import FAILING, FINE, LEVELS, WARNING, Finding, worst


class Command(BaseCommand):
    help = "Look at everything that live sheets need. Exits with 1 if something is failing."
    # What they would stop at is what the doctor is asked to explain.
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object")
        parser.add_argument(
            "--fail-level",
            choices=(WARNING, FAILING),
            default=FAILING,
            help="exit with 1 from this level on (default: failing)",
        )
        parser.add_argument(
            "--url",
            action="append",
            default=[],
            help="ask this running site as a browser would; https://… or unix:/run/daphne.sock",
        )
        parser.add_argument(
            "--log", action="append", default=[], help="look for known messages in a server's log"
        )
        parser.add_argument(
            "--processes",
            type=int,
            default=processes_of_the_environment(),
            help="how many server processes the site runs (default: WEB_CONCURRENCY, or 1)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        found = examine(Question(options["processes"], options["url"], options["log"]))
        level = worst(found)
        if options["json"]:
            facts = {"level": level, "findings": [asdict(finding) for finding in found]}
            self.stdout.write(json.dumps(facts, ensure_ascii=False))
        else:
            for finding in found:
                self._write(finding)
        if LEVELS.index(level) >= LEVELS.index(options["fail_level"]):
            sys.exit(1)

    def _write(self, finding: Finding) -> None:
        style = {FINE: self.style.SUCCESS, WARNING: self.style.WARNING, FAILING: self.style.ERROR}
        self.stdout.write(f"{style[finding.level](f'{finding.level:8}')} {finding.saw}")
        if finding.level != FINE:
            self.stdout.write(f"         {finding.why}\n         → {finding.fix} [{finding.id}]")
