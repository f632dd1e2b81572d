"""Two hundred changes around every kind of editor, as test_typing.py has them around a text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from tests.browser.cells_hands import stored
from tests.browser.conftest import OpenSite, SitDown
from tests.browser.desk import GRID, SHEET, Desk
from tests.browser.servers import KINDS, Site

CHANGES = 200

# Other cells of the same column and of others, rows that come, rows above that go, and labels that
# are called otherwise: one save at a time, as another program would.
STORM = """
from itertools import cycle
turn = cycle({others})
above = {above}
tag = Tag.objects.get(name="new")
for number in range({count}):
    if number % 4 == 0:
        Specimen.objects.create(char=f"made {{number}}")
    elif number % 50 == 1:
        Specimen.objects.get(pk=above.pop()).delete()
    elif number % 50 == 2:
        maker = Supplier.objects.get(name__startswith="Eastoak")
        maker.name = f"Eastoak {{number}}"
        maker.save()
    else:
        row = Specimen.objects.get(pk=next(turn))
        row.integer, row.text, row.data = number, f"line\\n{{number}}", [number]
        row.save()
        if number % 10 == 3:
            row.tags.set([tag] if number % 20 == 3 else [])
print(Specimen.objects.latest("pk").pk, row.pk, row.integer)
"""


@dataclass(frozen=True)
class Typing:
    column: str
    first: str
    then: str
    stored: Any
    expression: str = ""
    enters: int = 1


EDITORS = [
    Typing("char", "typed by", " Ann", "typed by Ann"),
    Typing("text", "a long ", "text", "a long text"),
    Typing("integer", "123", "45", 12345),
    Typing("decimal", "1.2", "5", "1.250000", "str(row.decimal)"),
    Typing("date", "2026-0", "7-01", "2026-07-01", "row.date.isoformat()"),
    Typing("moment", "2026-07-01 1", "2:00", "2026-07-01T10:00:00+00:00", "row.moment.isoformat()"),
    Typing("duration", "1:", "30", 5400, "row.duration.total_seconds()"),
    Typing("choice", "Tw", "o", 2),
    Typing("maker", "Nord", "wood", "Nordwood", "row.maker.name"),
    Typing("customer", "00", "42", "Customer 0042", "row.customer.name"),
    Typing("tags", "sa", "le", ["sale"], "[tag.name for tag in row.tags.all()]", enters=2),
    Typing("data", '{"a": ', "1}", {"a": 1}),
]


@pytest.fixture(scope="module")
def site(open_shared_site: OpenSite, version: str) -> Site:
    site = open_shared_site(KINDS, version=version)
    site.serve("uvicorn")
    return site


def look(desk: Desk) -> dict[str, Any]:
    state = desk.editor()
    return {name: state[name] for name in ("open", "text", "focused", "pk", "column", "top")}


@pytest.mark.parametrize("kind", EDITORS, ids=[kind.column for kind in EDITORS])
def test_nothing_reaches_into_any_editor(
    site: Site, seat: SitDown, version: str, kind: Typing
) -> None:
    ann = seat(site, "ann").open("/sheet/specimen/")
    rows = ann.all_pks()
    at = 40 + 10 * EDITORS.index(kind)  # rows that no other kind has been at
    pk, others, above = rows[at], rows[at + 1 : at + 9], rows[:4]
    ann.scroll_to(pk, kind.column)
    ann.page.evaluate(f"([pk, column]) => {GRID}.select(pk, column)", [pk, kind.column])
    ann.page.keyboard.type(kind.first)
    ann.wait(f"{GRID}.isEditing")
    before = look(ann)
    assert (before["text"], before["pk"]) == (kind.first, pk)
    # Ann keeps writing while it goes on around her.
    site.elsewhere.begin(STORM.format(others=others, above=above, count=CHANGES))
    ann.page.keyboard.type(kind.then, delay=120)
    made, changed, value = site.elsewhere.end().split()
    ann.wait(f"pk => {SHEET}.rows.has(pk)", made)
    ann.wait(
        f"([pk, value]) => {SHEET}.rows.value(pk, 'integer') === Number(value)", [changed, value]
    )
    assert look(ann) == {**before, "text": kind.first + kind.then}
    if kind.column == "customer":
        ann.wait("document.querySelectorAll('.ls-option').length === 1")
    for _ in range(kind.enters):
        ann.page.keyboard.press("Enter")
    ann.wait_settled()
    assert stored(site, pk, kind.expression or f"row.{kind.column}") == kind.stored
    ann.screenshot(f"typing-{kind.column}-{version}")
