"""Many who look at a large sheet, each at another place, while others write: is it right, how soon?

    LIVESHEET_TEST_DATABASE=postgres python -m tests.services postgres -- \\
        env LIVESHEET_TEST_DATABASE=postgres python benchmarks/crowd.py watch --rows 1000000
    … python benchmarks/crowd.py own --rows 1000000 --users 100

`watch`: sockets at different places of one order, twenty edits a second on rows that somebody sees,
and an import beside it; then the same edits on a small sheet that everybody has whole. `own`: users
with rows of their own, each with an order over all of them, and what the process holds for each.

Clients, server and writers are one process, so that the figures are worse than those of a site.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import random
import resource
import statistics
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from orders import ROWS, Goods, fill  # which sets Django up

# isort: split
from django.contrib.auth.models import User
from django.db import connections
from django.test.utils import setup_databases, teardown_databases

from livesheet import threads
from livesheet.orders.shelf import shelf
from livesheet.testing import LiveSheetCommunicator
from tests.app.models import Product

EDITS, IMPORTED, PIECE = 20, 1_000, 100  # a second, a second, rows of one statement
SMALL, TABS = 1_000, 10
STOCK = 3  # the place of the column in a row


class Small(Goods):
    """Loaded whole."""

    sheet_name = "benchmark-small"
    window = False


class Own(Goods):
    """All rows but one, which is another for each user: nobody shares an order."""

    sheet_name = "benchmark-own"

    def get_queryset(self) -> Any:
        return Product.objects.exclude(pk=self.user.pk)


class Watcher(LiveSheetCommunicator):
    """Notes when which value came, and whether a row came that it never asked for."""

    def begin(self) -> None:
        self.came: dict[tuple[str, int], float] = {}
        self.strange = 0
        self.reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        asked = set(self.keys.values())
        while True:
            with contextlib.suppress(TimeoutError):
                frame = await self.receive()
                if frame["type"] == "change":
                    now = time.perf_counter()
                    self.came.update({(row[0], row[STOCK]): now for row in frame["rows"]})
                    self.strange += sum(self.windowed and r[0] not in asked for r in frame["rows"])
                self.frames.clear()

    async def end(self) -> None:
        self.reading.cancel()
        await self.disconnect()


async def watchers(sheet: str, users: list[User], count: int, rows: int) -> list[Watcher]:
    found = []
    for n in range(count):
        one = Watcher(sheet, users[n // TABS], windowed=sheet == "benchmark", timeout=60)
        await one.connect()
        await one.open()
        if one.windowed:
            await one.arrange(rows=0)
            await one.until(lambda one=one: any(f.get("exact") for f in one.frames))
            await one.enter(n * rows // count, rows=ROWS)
        one.begin()
        found.append(one)
    return found


async def every(seconds: float, until: float, work: Callable[[], Awaitable[Any]]) -> int:
    """As often as it is due; what is late is made up for."""
    due, times = time.perf_counter(), 0
    while due < until:
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        await work()
        due, times = due + seconds, times + 1
    return times


class Writer:
    """A thread of its own, with a connection of its own."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1)

    async def do(self, work: Callable[..., Any], *words: Any) -> None:
        await asyncio.get_running_loop().run_in_executor(self._pool, work, *words)

    async def end(self) -> None:
        await self.do(connections.close_all)
        self._pool.shutdown()


def write(pk: str, stock: int) -> None:
    Product(pk=pk, stock=stock).save(update_fields=["stock"])


def bring_in() -> None:
    rows = (Product(name="imported", stock=random.randrange(100_000)) for _ in range(PIECE))
    Product.objects.bulk_create(rows)


async def watched(people: list[Watcher], seconds: float, *, has_import: bool) -> list[float]:
    """Milliseconds from the commit until each socket that sees the row has it."""
    sent: dict[tuple[str, int], float] = {}
    editor, importer = Writer(), Writer()
    until, stock = time.perf_counter() + seconds, iter(range(1_000_000, 2_000_000))

    async def edit() -> None:
        pk, value = random.choice(list(random.choice(people).rows)), next(stock)
        await editor.do(write, pk, value)
        sent[pk, value] = time.perf_counter()

    work = [every(1 / EDITS, until, edit)]
    work += [every(PIECE / IMPORTED, until, lambda: importer.do(bring_in))] if has_import else []
    edits, *imports = await asyncio.gather(*work)
    await asyncio.sleep(3)
    await asyncio.gather(editor.end(), importer.end())
    print(f"    {edits} edits, {sum(imports) * PIECE:,} rows imported in {seconds:.0f} s")
    took = [
        (one.came[change] - at) * 1_000
        for change, at in sent.items()
        for one in people
        if change in one.came
    ]
    seen = sum(any(change in one.came for one in people) for change in sent)
    print(f"    {len(sent) - seen} edits were told together with a later one of the row")
    return took


def wrong_in(people: list[Watcher]) -> int:
    """How many rows in view are not what the database holds."""
    wrong = 0
    for one in people:
        held = {pk: row[STOCK] for pk, row in one.rows.items()}
        rows = Product.objects.filter(pk__in=held).values_list("pk", "stock")
        found = {str(pk): stock for pk, stock in rows}
        wrong += sum(found.get(pk) != stock for pk, stock in held.items())
    return wrong


def people_of(count: int) -> list[User]:
    made = (User(username=f"u{n}", is_superuser=True) for n in range(count))
    return list(User.objects.bulk_create(made))


def filled(rows: int) -> None:
    """On a thread of its own, where a statement may take as long as it needs."""
    fill(rows)
    connections.close_all()


async def watch(words: argparse.Namespace) -> None:
    users = await threads.run(people_of, -(-words.sockets // TABS))
    for sheet, rows in (("benchmark-small", SMALL), ("benchmark", words.rows)):
        await asyncio.to_thread(filled, rows)
        people = await watchers(sheet, users, words.sockets, rows)
        print(f"  {sheet}, {rows:,} rows, {len(people)} sockets", flush=True)
        took = await watched(people, words.seconds, has_import=sheet == "benchmark")
        p50, p99 = statistics.median(took), statistics.quantiles(took, n=100)[98]
        print(f"    arrival p50 {p50:.1f} ms, p99 {p99:.1f} ms, worst {max(took):.1f} ms")
        print(f"    {await threads.run(wrong_in, people)} wrong rows in view,", end=" ")
        print(f"{sum(one.strange for one in people)} sent to who did not ask", flush=True)
        for one in people:
            await one.end()


# --- orders of one's own ---------------------------------------------------------------------


def megabytes() -> float:
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize() / 1_048_576


async def own(words: argparse.Namespace) -> None:
    await asyncio.to_thread(filled, words.rows)
    users = await threads.run(people_of, words.users + 1)
    people, before, began = [], 0.0, time.perf_counter()
    for n, user in enumerate(users):
        one = LiveSheetCommunicator("benchmark-own", user, windowed=True, timeout=120)
        await one.connect()
        await one.open()
        await one.arrange(rows=0)
        await one.until(lambda one=one: any(f.get("exact") for f in one.frames))
        await one.enter(words.rows // 2, rows=ROWS)
        one.frames.clear()
        one.keys.clear()
        people.append(one)
        if n == 0:  # what there is once, is there by now
            before, began = megabytes(), time.perf_counter()
    took, grown = time.perf_counter() - began, megabytes() - before
    print(f"  {words.users} users, {words.rows:,} rows each, {took / words.users:.2f} s for each")
    print(f"    {grown:.0f} MB, {grown / words.users * 1_000:.0f} KB for each", flush=True)
    print(f"    {shelf.bytes / 1_000_000:.2f} MB of orders", flush=True)
    for one in people:
        await one.disconnect()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["watch", "own"])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--sockets", type=int, default=200)
    parser.add_argument("--users", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=20)
    words = parser.parse_args()
    databases = setup_databases(verbosity=0, interactive=False)
    try:
        asyncio.run({"watch": watch, "own": own}[words.what](words))
    finally:
        threads.close()
        teardown_databases(databases, verbosity=0)


if __name__ == "__main__":
    main()
