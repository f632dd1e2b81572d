"""The process that writes as a project does, and tells the truth: a line in, a line out.

Each line is `{"id": …, "do": name, …}`; the answer `{"id": …, "result": …}` or, where it failed,
`{"id": …, "error": text}`.
"""

from __future__ import annotations

import json
import sys
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import Any

import django

THREADS = 3
_speaking = Lock()


def main() -> None:
    django.setup()
    from tests.faults.oracle import truth, writes

    answers: dict[str, Callable[..., Any]] = {
        "prepare": truth.prepare, "write": writes.carry_out, "heads": truth.heads,
        "labels": truth.labels, "rows": truth.rows, "traces": truth.traces,
        "capture_by_triggers": truth.capture_by_triggers,
    }  # fmt: skip
    with ThreadPoolExecutor(THREADS) as pool:
        for line in sys.stdin:
            asked = json.loads(line)
            pool.submit(answer, asked["id"], answers[asked["do"]], asked["with"])


def answer(number: int, carry_out: Callable[..., Any], words: dict[str, Any]) -> None:
    try:
        said = {"id": number, "result": carry_out(**words)}
    except Exception as error:
        said = {"id": number, "error": repr(error), "trace": traceback.format_exc()}
    with _speaking:
        print(json.dumps(said), flush=True)


if __name__ == "__main__":
    main()
