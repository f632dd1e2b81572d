"""While somebody types, the sheet around them changes two hundred times."""

from __future__ import annotations

import pytest

from tests.browser.conftest import OpenSite, SitDown
from tests.browser.desk import Desk
from tests.browser.servers import Site

CHANGES = 200
TEXT = "typed by Ann"

# One save at a time, as another program would: other cells, the cell of the editor, rows that come
# and rows above that go.
STORM = """
from itertools import cycle
mine, others, above = {mine}, {others}, {above}
supplier = Supplier.objects.first()
turn = cycle(others)
for number in range({count}):
    if number % 4 == 0:
        Product.objects.create(name=f"Aaa {{number}}", supplier=supplier, price=number)
    elif number % 4 == 1 and {same_cell}:
        product = Product.objects.get(pk=mine)
        product.name = f"not by Ann {{number}}"
        product.save()
    elif number % 20 == 2 and above:
        Product.objects.get(pk=above.pop()).delete()
    else:
        product = Product.objects.get(pk=next(turn))
        product.stock += 1
        product.save()
"""


@pytest.fixture
def site(open_site: OpenSite, version: str) -> Site:
    site = open_site(version=version)
    site.serve("uvicorn")
    return site


def typing(desk: Desk) -> tuple[str, str, list[str]]:
    """Ann scrolls down, opens a cell and types: its pk, what stood there, the rows above it."""
    start = desk.all_pks()[60]
    desk.scroll_to(start, "name")
    shown = desk.pks()
    mine = shown[len(shown) // 2]
    before = desk.text(mine, "name")
    desk.start_typing(mine, "name", TEXT)
    return mine, before, desk.all_pks()[:20]


@pytest.mark.parametrize("same_cell", [False, True], ids=["around", "in-the-cell"])
def test_nothing_reaches_into_the_editor(
    site: Site, seat: SitDown, version: str, same_cell: bool
) -> None:
    ann = seat(site, "ann").open("/desk/products/")
    mine, _, above = typing(ann)
    others = [pk for pk in ann.pks() if pk != mine]
    before = ann.editor()
    assert (before["open"], before["text"], before["pk"]) == (True, TEXT, mine)

    site.elsewhere.begin(
        STORM.format(mine=mine, others=others, above=above, count=CHANGES, same_cell=same_cell)
    )
    for letter in "!?":
        ann.page.keyboard.type(letter, delay=300)
    site.elsewhere.end()
    stock = site.elsewhere.run(f"print(Product.objects.get(pk={others[-1]}).stock)")
    ann.wait_text(others[-1], "stock", stock)
    last = site.elsewhere.run("print(Product.objects.latest('pk').pk)")
    ann.wait("pk => document.querySelector('live-sheet').sheet.rows.has(pk)", last)

    after = ann.editor()
    for name in ("open", "focused", "pk", "column", "top"):
        assert after[name] == before[name], name
    assert after["text"] == TEXT + "!?"
    ann.screenshot(f"typing-{'same' if same_cell else 'around'}-{version}")

    ann.page.keyboard.press("Enter")
    ann.wait_row(last)
    ann.wait_settled()
    ann.wait_row(above[-1], there=False)
    saved = site.elsewhere.run(f"print(Product.objects.get(pk={mine}).name)")
    if same_cell:
        assert saved == "not by Ann 197"
        ann.wait_class(mine, "name", "ls-conflict")
        assert "not by Ann 197" in ann.title(mine, "name")
        ann.screenshot(f"conflict-{version}")
    else:
        assert saved == after["text"]
        ann.wait_text(mine, "name", saved)
    named = f"Product.objects.filter(name__startswith={TEXT[:10]!r})"
    keys = site.elsewhere.run(f"print(*{named}.values_list('pk', flat=True))")
    assert keys == ("" if same_cell else mine)
    # The rows on screen are those of before.
    ann.until(lambda: mine in ann.pks(), True)


# As after a restored dump: the log is another one, so every sheet takes a snapshot, and what no log
# ever told of stands in it, above the row where Ann is.
RESET = """
from livesheet.tables import Clock
supplier = Supplier.objects.first()
Product.objects.bulk_create(
    Product(name=f"Aaa {{number}}", supplier=supplier, price=1) for number in range({count})
)
Clock.objects.all().delete()
print(Product.objects.latest("pk").pk)
"""


def test_nor_does_a_whole_new_snapshot(site: Site, seat: SitDown, version: str) -> None:
    ann = seat(site, "ann").open("/desk/products/")
    mine, _, _ = typing(ann)
    before = ann.editor()
    last = site.elsewhere.run(RESET.format(count=CHANGES))
    ann.wait("pk => document.querySelector('live-sheet').sheet.rows.has(pk)", last)
    ann.page.keyboard.type("!?")
    assert ann.editor() == {**before, "text": TEXT + "!?", "caret": [len(TEXT) + 2] * 2}
    ann.page.keyboard.press("Enter")
    ann.wait_row(last)
    ann.wait_settled()
    assert ann.all_pks().index(mine) > CHANGES
    named = f"Product.objects.filter(name={TEXT + '!?'!r})"
    assert site.elsewhere.run(f"print(*{named}.values_list('pk', flat=True))") == mine
    # The rows that Ann was looking at are still those she looks at.
    ann.until(lambda: mine in ann.pks(), True)
