"""Everything that the doctor examines, one area after the other."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.core.checks import WARNING, CheckMessage, run_checks

from livesheet.doctor import (
    application,
    database,
    deployment,
    files,
    large_tables,
    layer,
    site,
    symptoms,
)
from livesheet.doctor.findings import Finding, Findings, failing, warning

WHY = "In a browser, these mistakes show as an empty sheet or as one that is not updated."


@dataclass(frozen=True, slots=True)
class Question:
    """``urls`` and ``logs`` are looked at besides the project itself.

    ``page`` is a path of the first URL, opened with ``cookie`` as the header has it.
    """

    processes: int = 1
    urls: Sequence[str] = ()
    logs: Sequence[str] = ()
    page: str = ""
    cookie: str = ""


def processes_of_the_environment() -> int:
    """WEB_CONCURRENCY is how gunicorn, uvicorn and most hosts are told their number."""
    told = os.environ.get("WEB_CONCURRENCY", "")
    return int(told) if told.isdigit() else 1


def examine(question: Question) -> list[Finding]:
    """Everything. An area that fails itself is a finding and stops no other."""
    areas: tuple[tuple[str, Callable[[], Findings]], ...] = (
        ("checks", _checks),
        ("deployment", _deployment),
        ("layer", lambda: layer.findings(question.processes)),
        ("database", lambda: database.findings(question.processes)),
        ("large tables", large_tables.findings),
        ("files", files.findings),
        ("application", application.findings),
        ("site", lambda: site.findings(question.urls, question.page, question.cookie)),
        ("log files", lambda: symptoms.findings(list(question.logs))),
    )
    return [finding for name, area in areas for finding in _of(name, area)]


def _of(name: str, area: Callable[[], Findings]) -> Findings:
    try:
        yield from area()
    except Exception as error:
        yield failing(
            "doctor.broke",
            f"The doctor could not look at {name}: {type(error).__name__}: {error}",
            "This part of the report is missing.",
            "Report it, with this line.",
        )


def _checks() -> Findings:
    """The system checks of livesheet, but for those that the layer's own area goes into."""
    messages = run_checks(tags=["livesheet"], include_deployment_checks=True)
    said_better = {finding.id for finding in deployment.findings()} | {"livesheet.W006"}
    for message in messages:
        if message.level < WARNING:
            continue  # nothing is wrong
        ours = str(message.id).startswith("livesheet.") and message.id not in said_better
        if ours and not message.is_silenced():
            yield _of_check(message)


def _deployment() -> Findings:
    for finding in deployment.findings():
        if finding.id not in settings.SILENCED_SYSTEM_CHECKS:
            yield finding


def _of_check(message: CheckMessage) -> Finding:
    make = failing if message.is_serious() else warning
    return make(str(message.id), message.msg, WHY, message.hint or "See docs/checks.md.")
