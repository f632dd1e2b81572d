"""Does the time of an answer tell of rows that a user may not see?

    python benchmarks/hidden.py
    LIVESHEET_TEST_DATABASE=postgres python -m tests.services postgres -- \\
        env LIVESHEET_TEST_DATABASE=postgres python benchmarks/hidden.py --hidden 100000

A user sees the rows of one owner. What can be asked of their order is timed while the table holds
no others, and again beside many hidden ones: milliseconds, the median of some, and the ratio. Then
the same with an index that begins with the owner, by which the database can leave out the others.
At the end, a hidden row is asked for by its key, and one that does not exist, in turn.
"""

from __future__ import annotations

import argparse
import contextlib
import statistics
import time
from collections.abc import Callable
from typing import Any

from orders import Goods, fill  # which sets Django up

# isort: split
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test.utils import setup_databases, teardown_databases

from livesheet.log.changelog import Position
from livesheet.orders.order import Order, Ordered
from livesheet.questions import searches, summaries
from livesheet.sheet.declaration import Sheet
from tests.app.models import Product

TIMES, KEYS = 9, 300
VIEW = {"sorts": [{"column": "stock"}]}
INDEX = "CREATE INDEX benchmark_owner ON app_product (owner, stock, id)"
NO_INDEX = {
    "mysql": "DROP INDEX benchmark_owner ON app_product",
    "sqlite": "DROP INDEX benchmark_owner",
    "postgresql": "DROP INDEX benchmark_owner",
}
HIDE = """
INSERT INTO app_product (name, price, stock, unit, active, owner)
SELECT name, price, stock, unit, active, 'hidden' FROM app_product WHERE owner = 'somebody'
"""

Times = dict[str, float]


class Own(Goods):
    sheet_name = "benchmark-hidden"

    def get_queryset(self) -> Any:
        return Product.objects.filter(owner="somebody")


def ordered(sheet: Sheet) -> Ordered:
    return Ordered(sheet, summaries.view_of({"view": VIEW}))


def known(sheet: Sheet, rows: int) -> Order:
    order = Order(summaries.view_of({"view": VIEW}), Position("", 0, ""))
    order.take(*ordered(sheet).more(order, rows + 1), rows + 1)
    assert order.count == rows
    return order


def questions(sheet: Sheet, rows: int) -> dict[str, Callable[[], Any]]:
    numbers = {"stock": ["sum", "distinct"]}
    asked = {"view": VIEW}
    return {
        "first rows": lambda: ordered(sheet).first(1_000),
        "all places": lambda: known(sheet, rows),
        "distinct values": lambda: summaries.values(sheet, {**asked, "column": "unit"}),
        "sums": lambda: summaries.sums(sheet, {**asked, "columns": numbers}),
        "groups": lambda: summaries.groups(sheet, {**asked, "by": ["unit"]}),
        "a search that finds nothing": lambda: searches.found(sheet, {**asked, "text": "zzz"}),
    }


def took(work: Callable[[], Any], times: int = TIMES) -> float:
    found = []
    for _n in range(times):
        began = time.perf_counter()
        work()
        found.append((time.perf_counter() - began) * 1_000)
    return statistics.median(found)


def measured(rows: int, hidden: int) -> Times:
    """With so many hidden rows."""
    fill(rows)
    with connection.cursor() as cursor:
        for _n in range(hidden // rows):
            cursor.execute(HIDE)
        if connection.vendor != "mysql":
            is_postgres = connection.vendor == "postgresql"
            cursor.execute("VACUUM ANALYZE app_product" if is_postgres else "ANALYZE")
    sheet = Own(AnonymousUser())
    return {name: took(work) for name, work in questions(sheet, rows).items()}


def say(what: str, alone: Times, beside: Times) -> None:
    print(f"{what:<44} {'alone':>8} {'beside':>8} {'ratio':>7}", flush=True)
    for name, before in alone.items():
        after = beside[name]
        print(f"    {name:<40} {before:8.1f} {after:8.1f} {after / before:7.2f}", flush=True)


def by_key(rows: int) -> None:
    """A row of somebody else, and none at all: in turn, so that nothing else differs."""
    sheet = Own(AnonymousUser())
    order, one = known(sheet, rows), ordered(sheet)
    others = Product.objects.filter(owner="hidden").order_by("pk").values_list("pk", flat=True)
    hidden = [str(pk) for pk in others[:KEYS]]
    missing = [str(10**12 + n) for n in range(len(hidden))]
    times: tuple[list[float], list[float]] = ([], [])
    for pair in zip(hidden, missing, strict=True):
        for pk, found in zip(pair, times, strict=True):
            found.append(took(lambda pk=pk: one.place_of(order, pk), 1))
    say("a key", *({"median": statistics.median(found)} for found in times))


def main() -> None:
    made = argparse.ArgumentParser(description=__doc__)
    made.add_argument("--rows", type=int, default=20_000)
    made.add_argument("--hidden", type=int, default=100_000)
    words = made.parse_args()
    old = setup_databases(verbosity=0, interactive=False)
    try:
        print(f"{connection.vendor}: {words.rows:,} rows, {words.hidden:,} hidden", flush=True)
        for what, statement in (("no index", ""), ("an index by owner", INDEX)):
            with connection.cursor() as cursor, contextlib.suppress(Exception):
                cursor.execute(NO_INDEX[connection.vendor])
            if statement:
                with connection.cursor() as cursor:
                    cursor.execute(statement)
            say(what, measured(words.rows, 0), measured(words.rows, words.hidden))
        by_key(words.rows)
    finally:
        teardown_databases(old, verbosity=0)


if __name__ == "__main__":
    main()
