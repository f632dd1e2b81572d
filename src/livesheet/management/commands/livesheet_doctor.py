"""``manage.py livesheet_doctor``: is everything ready for live sheets, and if not, what to do?"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from django.core.management.base import BaseCommand, CommandError, CommandParser

from livesheet.doctor.examination import Question, examine, processes_of_the_environment
from livesheet.doctor.explanation import NO, YES, explain
from livesheet.doctor.findings import FAILING, FINE, LEVELS, WARNING, Finding, worst
from livesheet.exceptions import LiveSheetError
from livesheet.sheet.declaration import all_sheets, find_sheet


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
            "--page", default="", help="a page of the first --url that holds a sheet: /products/"
        )
        parser.add_argument(
            "--cookie", default="", help="open the page with this session: sessionid=…"
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

        parser.add_argument(
            "--as",
            dest="user",
            help='explain what this user (name, or "" for nobody) sees of a sheet, and why',
        )
        parser.add_argument("sheet", nargs="?", help="with --as: the name of a sheet")
        parser.add_argument("pk", nargs="?", help="with --as: the key of a row")
        parser.add_argument("column", nargs="?", help="with --as: a column, for its cell")
        parser.add_argument(
            "--try",
            dest="text",
            metavar="VALUE",
            help="with --as and a column: save this in the cell, and roll it back; what hooks do "
            "outside the database stays done",
        )
        parser.add_argument(
            "--param",
            action="append",
            default=[],
            help="with --as: a param of the sheet, as project=7",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["user"] is not None:
            self._explain(options)
            return
        names = ("processes", "url", "log", "page", "cookie")
        found = examine(Question(*(options[name] for name in names)))
        level = worst(found)
        if options["json"]:
            facts = {"level": level, "findings": [asdict(finding) for finding in found]}
            self.stdout.write(json.dumps(facts, ensure_ascii=False))
        else:
            for finding in found:
                self._write(finding)
        if LEVELS.index(level) >= LEVELS.index(options["fail_level"]):
            sys.exit(1)

    def _explain(self, options: dict[str, Any]) -> None:
        sheet_class = find_sheet(options["sheet"] or "")
        if sheet_class is None:
            names = ", ".join(sorted(sheet.get_name() for sheet in all_sheets()))
            raise CommandError(f"--as needs the name of a sheet: {names}.")
        params = dict(text.partition("=")[::2] for text in options["param"])
        user, pk, column = _user(options["user"]), options["pk"], options["column"]
        if options["text"] is not None and column is None:
            raise CommandError("--try needs the key of a row and the name of a column.")
        try:
            answers = list(explain(sheet_class, user, params, pk, column, options["text"]))
        except LiveSheetError as error:
            raise CommandError(str(error.detail)) from error
        if options["json"]:
            self.stdout.write(json.dumps([asdict(answer) for answer in answers]))
            return
        style = {YES: self.style.SUCCESS, NO: self.style.ERROR}
        for answer in answers:
            says = style.get(answer.says, str)(f"{answer.says:4}")
            because = f": {answer.because}" if answer.because else ""
            self.stdout.write(f"{says} {answer.about}{because}  ← {answer.decides}")

    def _write(self, finding: Finding) -> None:
        style = {FINE: self.style.SUCCESS, WARNING: self.style.WARNING, FAILING: self.style.ERROR}
        self.stdout.write(f"{style[finding.level](f'{finding.level:8}')} {finding.saw}")
        if finding.level != FINE:
            self.stdout.write(f"         {finding.why}\n         → {finding.fix} [{finding.id}]")


def _user(name: str) -> Any:
    """The user of that name, as the log in form takes it; nobody for an empty one."""
    if not name:
        return AnonymousUser()
    users = get_user_model()._default_manager
    found = users.filter(**{get_user_model().USERNAME_FIELD: name}).first()
    if found is None:
        raise CommandError(f"There is no user {name!r}.")
    return found
