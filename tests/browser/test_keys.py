"""No key is lost, and none lands in another cell: also without any time between click and keys."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, CDPSession

from tests.browser.conftest import OpenSite, SitDown
from tests.browser.desk import GRID, SHEET, Desk
from tests.browser.keyboard import Event, at_once, click, keys, throttled
from tests.browser.servers import KINDS, Site

TIMES, TIMES_LONG = 4, 20
FOUND = "Supplier.objects.filter(name__contains={tag!r}).values_list('name', flat=True)"


@pytest.fixture(scope="module")
def site(open_shared_site: OpenSite, version: str) -> Site:
    site = open_shared_site(KINDS, version=version)
    site.serve("daphne")
    return site


def stored(site: Site, tag: str) -> list[str]:
    found = site.elsewhere.run(f"print(*{FOUND.format(tag=tag)}, sep='|')")
    return found.split("|")


def middle(desk: Desk, selector: str) -> tuple[float, float]:
    box = desk.page.locator(selector).bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


@pytest.fixture
def times(request: pytest.FixtureRequest) -> int:
    return TIMES_LONG if request.config.getoption("--long") else TIMES


def by_mouse(desk: Desk) -> list[Event]:
    return click(middle(desk, ".ls-add"))


def by_enter(desk: Desk) -> list[Event]:
    desk.page.locator(".ls-add").focus()
    return keys("Enter")


def by_space(desk: Desk) -> list[Event]:
    desk.page.locator(".ls-add").focus()
    return keys(" ")


@pytest.mark.parametrize("how", [by_mouse, by_enter, by_space])
def test_what_is_typed_as_a_row_is_added_stands_in_it(
    site: Site, seat: SitDown, times: int, how: Callable[[Desk], list[Event]]
) -> None:
    """However the button was pressed: it is not pressed again."""
    ann = seat(site, "ann").open("/sheet/supplier/")
    line = throttled(ann.page.context.new_cdp_session(ann.page))
    wanted = [f"{number} new {how.__name__}" for number in range(times)]
    for name in wanted:
        before = ann.page.evaluate(f"{SHEET}.rows.size")
        at_once(line, [*how(ann), *keys(name, "Enter")])
        ann.wait(f"count => {SHEET}.rows.size === count + 1", before)
        ann.wait_settled()
    assert sorted(stored(site, how.__name__)) == sorted(wanted)


def test_a_finger_adds_a_row_and_a_keyboard_fills_it(site: Site, browser: Browser) -> None:
    context = browser.new_context(has_touch=True, viewport={"width": 820, "height": 640})
    address = f"http://127.0.0.1:{site.servers[0].port}"
    cookie = {"name": site.project.session_cookie, "value": site.sessions["ann"], "url": address}
    context.add_cookies([cookie])  # type: ignore[list-item]
    ann = Desk(context.new_page(), address).open("/sheet/supplier/")
    ann.page.locator(".ls-add").tap()
    ann.wait(f"{SHEET}.store.drafts.byPk.size === 1")
    at_once(context.new_cdp_session(ann.page), keys("1 by a finger", "Enter"))
    ann.wait_settled()
    assert stored(site, "finger") == ["1 by a finger"]
    assert ann.unforgiven == []
    context.close()


def compose(line: CDPSession, *texts: str) -> None:
    """As an input method does: the key itself says nothing, the field holds what is composed."""
    for text in texts:
        key = {"type": "rawKeyDown", "key": "Process", "windowsVirtualKeyCode": 229}
        line.send("Input.dispatchKeyEvent", key)
        at = {"selectionStart": len(text), "selectionEnd": len(text)}
        line.send("Input.imeSetComposition", {"text": text, **at})


COMPOSED = [
    ("に", "にほ", "にほん", "日本"),
    ("ㅎ", "하", "한", "한국"),
    ("^", "ê", "", "être"),
]


@pytest.mark.parametrize("steps", COMPOSED, ids=["japanese", "korean", "dead-key"])
def test_a_composition_begins_in_a_selected_cell(
    site: Site, seat: SitDown, steps: tuple[str, str, str, str]
) -> None:
    """And goes on while a colleague writes, above it and into the same row."""
    ann = seat(site, "ann").open("/sheet/product/")
    pk = ann.pks()[5 + COMPOSED.index(steps)]
    ann.click(pk, "name")
    line = ann.page.context.new_cdp_session(ann.page)
    compose(line, *filter(None, steps[:2]))
    site.elsewhere.run(
        f"row = Product.objects.get(pk={pk}); row.price = 77; row.save()\n"
        "Product.objects.create(name='Aaa', price=1, supplier=row.supplier)"
    )
    ann.wait(f"pk => {SHEET}.rows.value(pk, 'price') === '77.00'", pk)
    compose(line, *filter(None, steps[2:3]))
    line.send("Input.insertText", {"text": steps[3]})
    ann.page.keyboard.press("Enter")
    ann.wait_settled()
    assert site.elsewhere.run(f"print(Product.objects.get(pk={pk}).name)") == steps[3]


def test_a_text_without_a_key_opens_the_editor(site: Site, seat: SitDown) -> None:
    """An emoji picker, or dictation; and none of it is put into a cell that was left."""
    ann = seat(site, "ann").open("/sheet/product/")
    pk, other = ann.pks()[9:11]
    ann.click(pk, "name")
    ann.page.keyboard.insert_text("🦆 said")
    assert ann.editor()["text"] == "🦆 said"
    ann.page.keyboard.press("Enter")
    ann.wait_settled()
    assert site.elsewhere.run(f"print(Product.objects.get(pk={pk}).name)") == "🦆 said"
    name = ann.text(other, "name")
    ann.click(other, "name")
    ann.click(other, "active")
    ann.page.keyboard.insert_text("nowhere")
    ann.page.keyboard.press("ArrowDown")
    ann.wait_settled()
    assert ann.text(other, "name") == name
    assert not ann.editor()["open"]


STORM = """
import time
from pathlib import Path
number = 0
while not Path({until!r}).exists():
    number += 1
    row = Product.objects.get(pk={others}[number % {count}])
    row.price = number
    row.save()
    if number % 5 == 0:
        Product.objects.create(name=f"Aaa {{number}}", supplier=row.supplier, price=1)
    time.sleep(0.25)
"""
PAINTED = f"([pk, column]) => Boolean({GRID}?.cell(pk, column)?.getBoundingClientRect().width)"


@pytest.mark.timeout(900)
def test_no_key_is_lost_from_the_first_paint_on(
    site: Site, seat: SitDown, times: int, tmp_path: Path
) -> None:
    """A page just loaded, a slow machine, changes arriving: a click, and a scanner's keys."""
    found = site.elsewhere.run("print(*Product.objects.values_list('pk', flat=True)[:10])").split()
    until = tmp_path / "until"
    site.elsewhere.begin(STORM.format(until=str(until), others=found, count=len(found)))
    try:
        ann = seat(site, "ann")
        line = throttled(ann.page.context.new_cdp_session(ann.page))
        wanted = {}
        for number in range(times if times == TIMES_LONG else times // 2):
            pk = found[number % len(found)]
            wanted[pk] = 1_854_775_807 + number
            ann.page.goto(ann.address + "/sheet/product/", wait_until="commit")
            ann.wait(PAINTED, [pk, "stock"])
            box = ann.cell(pk, "stock").bounding_box()
            assert box is not None
            point = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
            at_once(line, [*click(point), *keys(str(wanted[pk]), "Enter")])
            # Nothing under way may also be nothing begun.
            kept = f"([pk, value]) => {SHEET}.rows.value(pk, 'stock') === value"
            ann.wait(kept, [pk, wanted[pk]], ms=60_000)
            ann.wait(f"{SHEET}.outbox.size === 0 && !{GRID}.isEditing", ms=60_000)
    finally:
        until.touch()
        site.elsewhere.end()
    stored = "print(*[Product.objects.get(pk=pk).stock for pk in {}])"
    assert site.elsewhere.run(stored.format(list(wanted))) == " ".join(map(str, wanted.values()))
    others = f"print(Product.objects.filter(stock__gt=1000).exclude(pk__in={found}).count())"
    assert site.elsewhere.run(others) == "0"
