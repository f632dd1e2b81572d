"""200,000 changes with no socket open, then a page: how soon it opens, and when the log is short.

python -m tests.services postgres mariadb -- python benchmarks/unread.py
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).resolve().parent.parent / part) for part in ("src", "")]

from tests.faults.clients import Client  # noqa: E402
from tests.faults.databases import new_database  # noqa: E402
from tests.faults.processes import manage, serve  # noqa: E402

CHANGES, ROWS, KEEP = 200_000, 1_000, 50_000
AT_ONCE = 1_000

FILL = f"""
from django.utils import timezone
from livesheet.models import Change
from tests.app.models import Part
Part.objects.bulk_create(Part(pk=n, name=f"Part {{n}}", stock=1) for n in range(1, {ROWS} + 1))
now = timezone.now()
for first in range(0, {CHANGES}, {AT_ONCE}):
    Change.objects.bulk_create(
        Change(
            model="app.part", kind="save", pks=f'["{{n % {ROWS} + 1}}"]', tag=f"{{n:08x}}", at=now
        )
        for n in range(first, first + {AT_ONCE})
    )
import os
os._exit(0)  # before anybody has kept house
"""


async def measure(server: Any) -> tuple[float, float]:
    """Seconds until all rows are there, and until a change is seen."""
    client, began = Client(server, "open-part"), time.monotonic()
    await client.connect()
    await client.open()
    opened = time.monotonic() - began
    assert len(client.rows) == ROWS
    shown, began = client.value(1, "name"), time.monotonic()
    await client.edit(1, "name", "edited", shown)
    await client.until(lambda: client.value(1, "name") == "edited")
    seen = time.monotonic() - began
    await client.disconnect()
    return opened, seen


def count(database: Any) -> int:
    words = manage(database, "livesheet_log").splitlines()
    return next(int(line.split()[-1]) for line in words if line.startswith("changes"))


async def stay(server: Any, database: Any) -> float:
    """Seconds with one page open until the log is within its bound."""
    client, began = Client(server, "open-part"), time.monotonic()
    await client.connect()
    await client.open()
    left = await asyncio.to_thread(count, database)
    while left > KEEP * 1.05 and time.monotonic() - began < 120:
        left = await asyncio.to_thread(count, database)
    await client.disconnect()
    return time.monotonic() - began


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("databases", nargs="*", default=["postgres", "mariadb"])
    for kind in parser.parse_args().databases:
        database = new_database(kind, Path("/tmp"))
        try:
            manage(database, "migrate", "--run-syncdb", "--verbosity=0")
            manage(database, "shell", "--command", FILL, KEEP_CHANGES=str(KEEP))
            server = serve(database, KEEP_CHANGES=str(KEEP))
            try:
                asyncio.run(measure_all(kind, server, database))
            finally:
                server.stop()
        finally:
            database.drop()


async def measure_all(kind: str, server: Any, database: Any) -> None:
    opened, seen = await measure(server)
    print(f"{kind}: {CHANGES} changes, all {ROWS} rows of a page after {opened:.2f} s,")
    print(f"  an edit seen after {seen:.2f} s, the log within {KEEP} after", end=" ")
    print(f"{await stay(server, database):.0f} s")


if __name__ == "__main__":
    main()
