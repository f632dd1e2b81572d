"""Five colleagues' browsers on one sheet, one of them on a slow line, at random everyday work.

A minute of it, or ten with ``--long``; ``pytest -s`` says the seed, and LIVESHEET_SEED repeats
it.
"""

from __future__ import annotations

import json
import os
import random
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.browser.conftest import OpenSite, SitDown
from tests.browser.desk import GRID, SHEET, Desk
from tests.browser.editing_hands import paste, select
from tests.browser.line import Line
from tests.browser.servers import KINDS, Site

SECONDS, LONG_SECONDS = 60, 600
# Each way, and for each packet: a train in the hills.
SLOW_SECONDS = 0.25
# So few rows are worked on that colleagues meet in them.
ROWS = 30
COLUMNS = ("name", "price", "stock", "active", "supplier")

LISTEN = """() => {
    window.lost = [];
    document.addEventListener("livesheet:lost", ({ detail }) =>
        window.lost.push(...detail.cells.map(({ value }) => value)));
}"""
SHOWN = f"""names => Object.fromEntries([...{SHEET}.rows.pks()].map((pk) =>
    [pk, names.map((name) => {SHEET}.rows.value(pk, name))]))"""
STORED = """
import json
fields = ("pk", "name", "price", "stock", "active", "supplier_id")
print(json.dumps({
    str(pk): [name, str(price), stock, active, None if supplier is None else str(supplier)]
    for pk, name, price, stock, active, supplier in Product.objects.values_list(*fields)
}))
"""

Work = Iterator[None]


class Colleague:
    """Does one thing after another, each in parts, between which the others go on."""

    def __init__(self, name: str, desk: Desk, dice: random.Random) -> None:
        self.name, self.desk, self.dice = name, desk, dice
        self.doing: Work = iter(())
        self.said = 0
        # Of each cell, what was typed there last; and what was typed into new rows.
        self.typed: dict[str, str] = {}
        self.added: list[str] = []
        desk.page.evaluate(LISTEN)

    def go_on(self) -> None:
        if next(self.doing, "done") == "done":
            self.doing = self.dice.choice(DEEDS)(self)

    def word(self) -> str:
        """Like no other."""
        self.said += 1
        return f"{self.name} says {self.said}"

    def rows(self) -> list[str]:
        return [pk for pk in self.desk.all_pks() if not pk.startswith("+")][:ROWS]

    def any_row(self) -> str | None:
        rows = self.rows()
        return self.dice.choice(rows) if rows else None

    def is_there(self, pk: str) -> bool:
        """False if a colleague has removed the row that was selected.

        What is typed or pasted then goes to no other row: the sheet says that nothing was changed.
        """
        there: bool = self.desk.page.evaluate(f"pk => {SHEET}.rows.has(pk)", pk)
        return there

    # What people do

    def write(self) -> Work:
        if pk := self.any_row():
            word = self.word()
            select(self.desk, (pk, "name"))
            self.desk.page.keyboard.type(word[:4])
            if self.is_there(pk):
                self.typed[pk] = word
            yield
            self.desk.page.keyboard.type(word[4:])
            self.desk.page.keyboard.press(self.dice.choice(["Enter", "Tab"]))

    def count(self) -> Work:
        if pk := self.any_row():
            select(self.desk, (pk, "stock"))
            self.desk.page.keyboard.type(str(self.dice.randrange(1_000)))
            yield
            self.desk.page.keyboard.press("Enter")

    def tick(self) -> Work:
        if pk := self.any_row():
            select(self.desk, (pk, "active"))
            self.desk.page.keyboard.press("Space")
            yield

    def fill(self) -> Work:
        rows = self.rows()
        if len(rows) > 4:
            at = self.dice.randrange(len(rows) - 4)
            select(self.desk, (rows[at], "stock"), (rows[at + 3], "stock"))
            yield
            self.desk.page.keyboard.press("Control+d")

    def paste(self) -> Work:
        rows = self.rows()
        if len(rows) > 3:
            at = self.dice.randrange(len(rows) - 2)
            pks = rows[at : at + 2]
            select(self.desk, (pks[0], "name"))
            words = {pk: self.word() for pk in pks}
            paste(self.desk, "\n".join(f"{word}\t{n}.5" for n, word in enumerate(words.values())))
            if self.is_there(pks[0]):
                self.typed |= words
            yield

    def add(self) -> Work:
        if rows := self.desk.all_pks():
            select(self.desk, (rows[-1], "name"))
            self.desk.page.keyboard.press("ArrowDown")
            yield
            word = self.word()
            self.added.append(word)
            self.desk.page.keyboard.type(word)
            self.desk.page.keyboard.press("Tab")
            yield
            self.desk.page.keyboard.type("2.5")
            self.desk.page.keyboard.press("Enter")
            self.desk.page.keyboard.press("ArrowUp")

    def delete(self) -> Work:
        if pk := self.any_row():
            select(self.desk, (pk, "name"))
            self.desk.page.keyboard.press("Control+Alt+-")
            yield

    def undo(self) -> Work:
        """What was typed and had not gone out is not wished for any more."""
        sent = self.sent()
        self.typed = {pk: word for pk, word in self.typed.items() if word in sent}
        self.added = [word for word in self.added if word in sent]
        self.desk.page.keyboard.press(self.dice.choice(["Control+z", "Control+z", "Control+y"]))
        yield

    def search(self) -> Work:
        self.desk.page.locator(".ls-search").fill(self.dice.choice(["Product 1", "says"]))
        yield
        self.desk.page.locator(".ls-search").fill("")

    def sort(self) -> Work:
        name = self.dice.choice(COLUMNS)
        self.desk.page.evaluate(
            f"name => {SHEET}.features.find((one) => one.finder).finder.onSort(name, false)", name
        )
        yield

    def card(self) -> Work:
        if pk := self.any_row():
            select(self.desk, (pk, "name"))
            self.desk.page.keyboard.press("Space")
            yield
            word = self.word()
            if self.desk.page.locator("dialog.ls-card[open]").count():
                self.typed[pk] = word
                self.desk.page.keyboard.press("Control+a")
                self.desk.page.keyboard.type(word)
                yield
                self.desk.page.keyboard.press("Enter")
            self.desk.page.keyboard.press("Escape")

    # How it ends

    def sent(self) -> set[str]:
        """Every text that has gone out to the server."""
        values = [cell[2] for f in self.desk.sent if f["type"] == "edit" for cell in f["cells"]]
        rows = [row for f in self.desk.sent if f["type"] == "add" for row in f["rows"]]
        return {v for v in (*values, *(v for row in rows for v in row.values())) if type(v) is str}

    def come_to_an_end(self) -> None:
        for _ in self.doing:
            pass
        self.desk.page.keyboard.press("Escape")
        self.desk.page.locator(".ls-search").fill("")
        select(self.desk, (self.rows()[0], "price"))
        self.desk.wait_settled()
        self.desk.wait(f"{SHEET}.store.drafts.byPk.size === 0")

    def lost_keys(self, pks: set[str]) -> list[str]:
        """Words that neither went out nor were offered back, of rows that are still there."""
        known = self.sent() | set(self.desk.page.evaluate("window.lost"))
        typed = [word for pk, word in self.typed.items() if pk in pks]
        return [word for word in (*typed, *self.added) if word not in known]


DEEDS: list[Callable[[Colleague], Work]] = [
    *[Colleague.write] * 6, *[Colleague.count] * 3, *[Colleague.tick] * 2, Colleague.fill,
    *[Colleague.paste] * 2, *[Colleague.add] * 2, Colleague.delete, *[Colleague.undo] * 2,
    Colleague.search, Colleague.sort, *[Colleague.card] * 2,
]  # fmt: skip

# As a task would, in the rows that they are at.
BY_A_TASK = f"""
for row in Product.objects.order_by("pk")[:{ROWS}:7]:
    row.stock += 1
    row.save()
"""


@pytest.fixture
def site(open_site: OpenSite, version: str) -> Site:
    site = open_site(KINDS, version=version)
    site.serve("uvicorn")
    return site


@pytest.mark.timeout(1_200)
def test_five_colleagues_at_work(
    site: Site,
    seat: SitDown,
    line: Callable[[int], Line],
    request: pytest.FixtureRequest,
) -> None:
    seed = int(os.environ.get("LIVESHEET_SEED") or random.randrange(10**6))
    print(f"seed {seed}")
    dice = random.Random(seed)
    slow = line(site.servers[0].port)
    ports = {"Emil": slow.port}
    names = {"Ann": "ann", "Bea": "bea", "Cem": "ann", "Dora": "bea", "Emil": "ann"}
    people = [
        Colleague(name, seat(site, user, ports.get(name)).open("/sheet/product/"), dice)
        for name, user in names.items()
    ]
    slow.delay = SLOW_SECONDS
    seconds = LONG_SECONDS if request.config.getoption("--long") else SECONDS
    end, turns = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        turns += 1
        dice.choice(people).go_on()
        if turns % 40 == 0:
            site.elsewhere.run(BY_A_TASK)
    for one in people:
        one.come_to_an_end()
    stored: dict[str, Any] = json.loads(site.elsewhere.run(STORED))
    print(f"{turns} turns, {sum(one.said for one in people)} words, {len(stored)} rows")
    for one in people:
        one.desk.wait(f"([names, rows]) => {SAME}(({SHOWN})(names), rows)", [COLUMNS, stored])
        assert one.desk.page.evaluate(f"{GRID}.records.length") == len(stored)
    assert {one.name: found for one in people if (found := one.lost_keys({*stored}))} == {}
    assert turns > 10  # so much work was done at all, by five browsers on a busy machine


# Objects whose keys come in any order.
SAME = """((one, other) => Object.keys(one).length === Object.keys(other).length &&
    Object.keys(one).every((pk) => JSON.stringify(one[pk]) === JSON.stringify(other[pk])))"""
