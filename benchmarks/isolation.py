"""How soon a change arrives while another sheet is in trouble: half a second at most is promised.

python -m tests.services postgres mariadb -- python benchmarks/isolation.py postgres mariadb sqlite
"""

from __future__ import annotations

import argparse
import asyncio
import functools
import logging
import os
import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path
from statistics import median, quantiles
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / part) for part in ("src", "")]

CHANGES, PROMISED = 200, 0.5

# Where the time goes: the write itself, reading the log, reading the rows.
stages: dict[str, list[float]] = defaultdict(list)


def timed(name: str, work: Any) -> Any:
    @functools.wraps(work)
    def call(*args: Any, **kwargs: Any) -> Any:
        began = time.perf_counter()
        try:
            return work(*args, **kwargs)
        finally:
            stages[name].append(time.perf_counter() - began)

    return call


def shown(seconds: list[float]) -> str:
    p99 = quantiles(seconds, n=100, method="inclusive")[98] if len(seconds) > 1 else seconds[0]
    return f"{median(seconds) * 1000:5.0f} / {p99 * 1000:5.0f}"


async def measure(user: Any, vendor: str) -> bool:
    from livesheet.testing import LiveSheetCommunicator
    from tests.troubles import NOT_ON_SQLITE, PATIENCE, TROUBLES, arrivals

    kept = True
    print(f"{vendor}: ms, median / 99th percentile of {CHANGES} changes")
    async with LiveSheetCommunicator("note", user, timeout=PATIENCE) as notes:
        report("in peace", await arrivals(notes, CHANGES))
        for name, trouble in TROUBLES.items():
            if vendor != "sqlite" or name not in NOT_ON_SQLITE:
                async with trouble():
                    took = await arrivals(notes, CHANGES)
                kept &= report(name, took)
        report("in peace again", await arrivals(notes, CHANGES))
    return kept


def report(name: str, took: list[float]) -> bool:
    parts = ", ".join(f"{stage} {shown(found)}" for stage, found in stages.items())
    print(f"  {name:20} {shown(took)}    {parts}", flush=True)
    stages.clear()
    return quantiles(took, n=100, method="inclusive")[98] <= PROMISED


def main(kind: str) -> int:
    os.environ["LIVESHEET_TEST_DATABASE"] = kind
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    import django
    from asgiref.sync import SyncToAsync
    from django.contrib.auth import get_user_model
    from django.db import connection, connections
    from django.test.utils import setup_databases, teardown_databases

    django.setup()
    from livesheet import threads
    from livesheet.feed import reading
    from livesheet.log import changelog

    logging.getLogger("livesheet").setLevel(logging.CRITICAL)  # of the values that are broken
    changelog.record = timed("noting", changelog.record)
    changelog.news = timed("log", changelog.news)
    reading.Reading.read = timed("rows", reading.Reading.read)  # type: ignore[method-assign]
    databases = setup_databases(verbosity=0, interactive=False)
    try:
        user = get_user_model().objects.create_superuser("ann", password="x")
        kept = asyncio.run(measure(user, connection.vendor))
    finally:
        threads.close()
        SyncToAsync.single_thread_executor.submit(connections.close_all).result()
        teardown_databases(databases, verbosity=0)
    return 0 if kept else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("databases", nargs="*", default=["sqlite"])
    kinds = parser.parse_args().databases
    if len(kinds) == 1:
        sys.exit(main(kinds[0]))
    # A process for each: Django keeps to the database that it has begun with.
    sys.exit(max(subprocess.run([sys.executable, __file__, kind]).returncode for kind in kinds))
