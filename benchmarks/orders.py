"""What do the windows of a large sheet cost: the first rows, an order, a page, a window, a count?

    python benchmarks/orders.py 1000 20000 1000000
    LIVESHEET_TEST_DATABASE=postgres python -m tests.services postgres -- \\
        env LIVESHEET_TEST_DATABASE=postgres python benchmarks/orders.py 1000 1000000

    … python benchmarks/orders.py 1000 10000 100000 1000000 --chart docs/images/scaling-rows.svg

A client and the server in one process, so that nothing but the server's work and the client's
reading is in the figures: milliseconds, the median of some and the worst of them.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).resolve().parent.parent / part) for part in ("src", "")]
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import django  # noqa: E402

django.setup()

from django.contrib.auth.models import User  # noqa: E402
from django.db import connection  # noqa: E402
from django.test.utils import setup_databases, teardown_databases  # noqa: E402

from benchmarks.harness.charts import chart  # noqa: E402
from livesheet import threads  # noqa: E402
from livesheet.consumers import LiveSheetConsumer  # noqa: E402
from livesheet.orders.shelf import shelf  # noqa: E402
from livesheet.testing import LiveSheetCommunicator  # noqa: E402
from tests.app.models import Product  # noqa: E402

TIMES = 15
# What the chart shows of each view's first lines, and of which view.
DRAWN = "sorted by an indexed column"
ROWS = 60

FILL = {
    "sqlite": "WITH RECURSIVE g(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM g WHERE n < {rows})",
    "postgresql": "WITH g AS (SELECT n FROM generate_series(1::bigint, {rows}) n)",
    "mysql": "",  # MariaDB counts by itself, see below
}
INSERT = """
{with_} INSERT INTO app_product (name, price, stock, unit, active, owner)
SELECT 'Product ' || n, n * 7919 % 100000 / 100.0, n * 7907 % 100003, 'piece', {true}, 'somebody'
FROM g
"""
VIEWS: dict[str, dict[str, Any]] = {
    "as the sheet has it (key)": {},
    "sorted by an indexed column": {"sorts": [{"column": "stock"}]},
    "sorted by a column without an index": {"sorts": [{"column": "price", "descending": True}]},
    "narrowed to 1 % by an index": {
        "filters": [{"column": "stock", "kind": "range", "from": "5000", "to": "6000"}]
    },
    "narrowed to 1 % without an index": {
        "filters": [{"column": "price", "kind": "range", "from": "100", "to": "110"}]
    },
}


class Goods(LiveSheetConsumer):
    model = Product
    sheet_name = "benchmark"
    fields = ["name", "price", "stock", "unit", "active", "counted_at", "supplier", "owner"]
    window = True


def fill(rows: int) -> None:
    """With statistics, and on PostgreSQL as autovacuum leaves a table within a minute: only then an
    index alone is enough to read.
    """
    vendor = connection.vendor
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM app_product")
        statement = INSERT.format(
            with_=FILL[vendor].format(rows=rows), true="true" if vendor != "sqlite" else "1"
        )
        if vendor == "mysql":
            statement = statement.replace(
                "FROM g", f"FROM (SELECT seq AS n FROM seq_1_to_{rows}) g"
            )
            statement = statement.replace("'Product ' || n", "CONCAT('Product ', n)")
        cursor.execute(statement)
        if vendor != "mysql":
            cursor.execute("CREATE INDEX IF NOT EXISTS benchmark_stock ON app_product (stock, id)")
            cursor.execute("VACUUM ANALYZE app_product" if vendor == "postgresql" else "ANALYZE")


async def timed(work: Callable[[], Awaitable[Any]], times: int = TIMES) -> list[float]:
    took = []
    for _n in range(times):
        began = time.perf_counter()
        await work()
        took.append((time.perf_counter() - began) * 1_000)
    return took


points: dict[str, list[tuple[float, float]]] = {}


def say(what: str, took: list[float], rows: int = 0) -> None:
    """``rows`` make it a point of the chart."""
    if rows:
        points.setdefault(what, []).append((float(rows), statistics.median(took)))
    print(f"    {what:<44} {statistics.median(took):8.1f} {max(took):8.1f}", flush=True)


async def opened(user: User) -> None:
    """Until the first rows are there."""
    async with LiveSheetCommunicator("benchmark", user, windowed=True, timeout=120) as sheet:
        await sheet.arrange(rows=ROWS)
        assert len(sheet.rows) == ROWS


async def loaded(user: User) -> None:
    """The same sheet whole, as a client that shows no windows has it."""
    async with LiveSheetCommunicator("benchmark", user, timeout=120) as sheet:
        assert sheet.rows


async def look(user: User, rows: int, view: dict[str, Any]) -> None:
    """``rows`` is 0 where the chart does not show this view."""
    async with LiveSheetCommunicator("benchmark", user, windowed=True, timeout=600) as sheet:
        began = time.perf_counter()
        await sheet.arrange(view, rows=ROWS)
        say("first rows", [(time.perf_counter() - began) * 1_000], rows)
        await sheet.until(lambda: any(f["type"] == "order" and f["exact"] for f in sheet.frames))
        say("all places known", [(time.perf_counter() - began) * 1_000], rows)
        count = [f for f in sheet.frames if f["type"] == "order"][-1]["count"]

        async def enter() -> None:
            await sheet.enter(random.randrange(count), rows=ROWS)

        say("a page anywhere, with its first rows", await timed(enter), rows)

        async def window() -> None:
            start = random.randrange(max(1, min(count, 10_000) - ROWS))
            assert (await sheet.window(start, start + ROWS))["type"] == "part"

        say(f"a window of {ROWS} rows", await timed(window), rows)

        async def find() -> None:
            pk = next(iter(sheet.rows), "1")
            await sheet.enter(near=pk, rows=1)

        say("the place of a row, and its page", await timed(find))
        print(f"    {count:,} rows, {max(o.bytes for o in shelf._orders):,} bytes", flush=True)


async def ask(user: User, rows: int) -> None:
    """What finding, and adding up, costs: it may have to look at all rows."""
    last = f"Product {rows}"
    async with LiveSheetCommunicator("benchmark", user, windowed=True, timeout=120) as sheet:
        for what, about, query in (
            ("the next row with a frequent text", "find", {"text": "product", "rows": 1}),
            ("the only row with a text", "find", {"text": last, "rows": 1}),
            ("how many rows have a frequent text", "found", {"text": "product"}),
            ("how many rows have a rare text", "found", {"text": last}),
            ("totals of two columns", "sums", {"columns": {"price": ["sum"], "stock": ["sum"]}}),
        ):

            async def asked(about: str = about, query: dict[str, Any] = query) -> None:
                assert "result" in await sheet.ask(about, **query)

            say(what, await timed(asked, 5))


async def measure(user: User, rows: int) -> None:
    print(f"{rows:,} rows                                        median    worst", flush=True)
    say("opening to the first rows", await timed(lambda: opened(user)), rows)
    if rows <= Goods.max_rows:
        say("loaded whole", await timed(lambda: loaded(user), 5))
    for name, view in VIEWS.items():
        print(f"  {name}")
        await look(user, rows if name == DRAWN else 0, view)
    print("  questions about all rows")
    await ask(user, rows)


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("rows", type=int, nargs="*", default=[1_000, 1_000_000])
    parser.add_argument("--chart", type=Path, help="an SVG of the medians over the rows")
    return parser.parse_args()


def main() -> None:
    given = options()
    databases = setup_databases(verbosity=0, interactive=False)
    try:
        user = User.objects.create_superuser("ann", password="x")
        for rows in given.rows:
            fill(rows)
            asyncio.run(measure(user, rows))
            threads.close()
    finally:
        threads.close()
        teardown_databases(databases, verbosity=0)
    if given.chart:
        title = "Milliseconds of a large sheet, sorted by an indexed column"
        given.chart.write_text(chart(title, "rows", list(points.items())), encoding="utf-8")


if __name__ == "__main__":
    main()
