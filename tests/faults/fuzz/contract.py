"""Requests that schemathesis makes of an OpenAPI document: lawful ones, and such as break it.

Each answer has a status, a type and a shape that the document knows, whatever was asked.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from typing import Any

from tests.faults.fuzz.core import CANARY, Run, everything_logged
from tests.faults.fuzz.openapi import document
from tests.faults.fuzz.shadow import Shadow
from tests.faults.fuzz.site import world

WHERE = "/openapi.json"
TOKEN = "c" * 32


def play(cases: int, seed: int, users: dict[str, Any]) -> Run:
    """So many cases of each operation by who may do all, and as many by who may look only."""
    run, shadow, began = Run(cases, seed), Shadow(), time.monotonic()
    with everything_logged(run):
        for name in ("oak-all", "oak-view"):
            _as(run, cases, users[name])
    for fault in shadow.faults():
        run.fault(fault)
    pace = run.said.total() / (time.monotonic() - began)
    print(f"  {run.said.total():,} cases, {pace:.0f}/s, {dict(Counter(run.said))}", flush=True)
    return run


def _as(run: Run, cases: int, user: Any) -> None:
    import schemathesis

    schema = schemathesis.openapi.from_wsgi(WHERE, _Application(user))
    for found in schema.get_all_operations():
        operation = found.ok()
        for mode in schemathesis.GenerationMode:
            _one(run, cases, operation, mode, str(user))


def _one(run: Run, cases: int, operation: Any, mode: Any, who: str) -> None:
    """One operation, as lawfully or as unlawfully as ``mode`` has it; the first fault is told."""
    from hypothesis import HealthCheck, Phase, given, seed, settings
    from hypothesis.errors import Unsatisfiable
    from schemathesis.checks import not_a_server_error
    from schemathesis.specs.openapi import checks

    holds = [not_a_server_error, checks.status_code_conformance,
             checks.content_type_conformance, checks.response_schema_conformance]  # fmt: skip

    @seed(run.dice.getrandbits(32))
    @settings(
        max_examples=cases, database=None, deadline=None, derandomize=False,
        phases=[Phase.generate], suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=operation.as_strategy(generation_mode=mode))
    def asked(case: Any) -> None:
        response = case.call()
        run.said[str(response.status_code)] += 1
        if CANARY.encode() in response.content:
            run.fault(f"{who}: {case.as_curl_command()} was told {response.content[:600]!r}")
        case.validate_response(response, checks=holds)

    try:
        asked()
    except Unsatisfiable:  # nothing is unlawful there: any text may be a key
        run.said[f"no {mode.value} case"] += 1
    except (Exception, BaseExceptionGroup) as error:
        run.fault(f"{who}, {mode.value}, {operation.label}: {error}")


class _Application:
    """Django as a WSGI server has it, for a user who is signed in; and the document."""

    def __init__(self, user: Any) -> None:
        from django.core.wsgi import get_wsgi_application

        self.document = json.dumps(document(user, world.SHEETS)).encode()
        self.cookies = f"sessionid={world.session_of(user)}; csrftoken={TOKEN}"
        self.django: Any = get_wsgi_application()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        if environ["PATH_INFO"] == WHERE:
            start_response("200 OK", [("Content-Type", "application/json")])
            return [self.document]
        environ |= {
            "HTTP_HOST": "127.0.0.1",
            "HTTP_COOKIE": self.cookies,
            "HTTP_X_CSRFTOKEN": TOKEN,
        }
        return self.django(environ, start_response)
