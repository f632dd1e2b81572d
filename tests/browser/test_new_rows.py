"""New rows, filled in by keyboard, faster than the server answers."""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest

from tests.browser.conftest import OpenSite, SitDown
from tests.browser.desk import GRID, SHEET, Desk, sit_down
from tests.browser.editing_hands import a_server_that_waits, paste, wait_selected
from tests.browser.servers import KINDS, Site

LAST = f"() => {GRID}.records.at(-1).$pk"
IS_NEW = f"() => {GRID}.records.at(-1).$pk.startsWith('+new')"
COUNT = "print(Product.objects.filter(name={!r}).count())"


@pytest.fixture(scope="module")
def site(open_shared_site: OpenSite, version: str) -> Site:
    site = open_shared_site(KINDS, version=version)
    site.serve("daphne")
    return site


def begin(desk: Desk) -> str:
    """Down from the last row, by keyboard: its draft."""
    desk.page.locator(".ls-entry").focus()
    for key in ("Control+End", "Home", "ArrowDown"):
        desk.page.keyboard.press(key)
    desk.wait(IS_NEW)
    draft = str(desk.page.evaluate(LAST))
    wait_selected(desk, draft, "name")
    return draft


def saved(site: Site, name: str) -> str:
    return site.elsewhere.run(COUNT.format(name))


def wait_added(desk: Desk, draft: str) -> None:
    """Not that nothing is under way, which is also so before the grid has let go of the value."""
    desk.wait(f"draft => !{SHEET}.store.drafts.has(draft)", draft)


def test_what_is_typed_while_the_row_is_being_added_is_no_conflict_with_its_defaults(
    site: Site, seat: SitDown, tmp_path: Path
) -> None:
    ann = seat(site, "ann").open("/sheet/product/")
    with a_server_that_waits(site, tmp_path, ann):
        draft = begin(ann)
        ann.page.keyboard.type("Typed ahead")
        ann.page.keyboard.press("Tab")
        ann.page.keyboard.press("Control+Enter")
        ann.wait("draft => Boolean(" + SHEET + ".outbox.pendingRow(draft))", draft)
        ann.page.keyboard.press("Tab")
        ann.page.keyboard.type("12")
    ann.wait_settled()
    ann.wait(f"() => {SHEET}.store.drafts.byPk.size === 0")
    assert ann.editor()["text"] == "12"
    ann.page.keyboard.press("Enter")
    ann.page.keyboard.press("ArrowUp")  # that nothing was typed into is gone again
    ann.wait_settled()
    stock = "print(*Product.objects.filter(name='Typed ahead').values_list('stock', flat=True))"
    assert site.elsewhere.run(stock) == "12"
    assert ann.page.locator(".ls-conflict").count() == 0
    ann.page.keyboard.press("Control+z")  # back to what the server filled in, not to nothing
    ann.wait_settled()
    assert site.elsewhere.run(stock) == "0"


def test_a_row_begins_and_ends_by_enter_tab_and_arrows(site: Site, seat: SitDown) -> None:
    ann = seat(site, "ann").open("/sheet/product/")
    key = ann.page.keyboard.press
    rows = len(ann.all_pks())
    first = begin(ann)
    # What the server will fill in stands there in grey.
    assert [ann.text(first, name) for name in ("price", "stock", "unit")] == ["0.00", "0", "Piece"]
    assert "ls-default" in ann.classes(first, "price")
    assert ann.is_ticked(first, "active")
    key("ArrowDown")  # not another one below one that is blank
    assert ann.page.evaluate(LAST) == first
    key("ArrowUp")
    ann.wait_row(first, there=False)
    key("Control+z")  # there is nothing to be undone, either
    assert len(ann.all_pks()) == rows

    second = begin(ann)
    ann.page.keyboard.type("By tabs")
    for _ in range(7):
        key("Tab")
    wait_selected(ann, second, "tags")
    assert saved(site, "By tabs") == "0"  # not in the middle of it
    key("Tab")  # past what nobody can type into, and into the next row
    ann.wait(f"draft => {GRID}.records.at(-1).$pk !== draft", second)
    third = str(ann.page.evaluate(LAST))
    wait_selected(ann, third, "name")
    wait_added(ann, second)
    assert saved(site, "By tabs") == "1"

    key("Tab")
    ann.page.keyboard.type("7")
    key("Tab")
    key("Enter")  # after Tabs: the column where they began
    wait_selected(ann, str(ann.page.evaluate(LAST)), "name")
    # It needs a name before it can be saved; what to do about it stands at the foot.
    needed = ann.page.locator(".ls-slip-needed")
    key("ArrowUp")
    needed.get_by_text("To save it").wait_for()
    needed.get_by_role("button", name="Discard").click()
    ann.wait(f"() => !({IS_NEW})()")

    stock = str(ann.page.evaluate(LAST))
    ann.start_typing(stock, "stock", "3")
    key("ArrowDown")  # also out of the middle of typing, and in the same column
    ann.wait(IS_NEW)
    wait_selected(ann, str(ann.page.evaluate(LAST)), "stock")
    ann.page.keyboard.type("4")
    paste_into = str(ann.page.evaluate(LAST))
    key("Enter")
    ann.click(paste_into, "name")
    paste(ann, "Pasted")  # a paste is sent at once
    wait_added(ann, paste_into)
    assert saved(site, "Pasted") == "1"


def test_a_late_refusal_marks_the_row_and_leaves_the_user_alone(
    site: Site, seat: SitDown, tmp_path: Path
) -> None:
    ann = seat(site, "ann").open("/sheet/product/")
    # Short: they are typed while the database waits, which it does for some seconds only.
    this_time = secrets.token_hex(2)
    refused, then = f"R{this_time}", f"T{this_time}"
    with a_server_that_waits(site, tmp_path, ann):
        draft = begin(ann)
        ann.page.keyboard.type(refused)
        ann.page.keyboard.press("Tab")
        ann.page.keyboard.type("-1")
        ann.page.keyboard.press("Enter")
        ann.page.keyboard.type(then)
    ann.wait_class(draft, "price", "ls-refused")
    state = ann.editor()
    assert (state["open"], state["focused"], state["text"]) == (True, True, then)
    assert state["pk"] != draft
    ann.page.keyboard.press("Enter")
    wait_added(ann, str(state["pk"]))
    assert (saved(site, refused), saved(site, then)) == ("0", "1")
    sent = len(ann.sent)
    ann.click(draft, "name")
    ann.click(ann.all_pks()[-4], "name")  # as it was refused, it does not go out again
    assert not any(frame["type"] == "add" for frame in ann.sent[sent:])
    # The saved row stands above it now, and an empty one is gone from the end: both move it.
    ann.wait(
        f"pk => {SHEET}.store.drafts.byPk.size === 1 && {GRID}.records.at(-1).$pk === pk", draft
    )
    ann.wait_painted()
    ann.type(draft, "price", "1")
    wait_added(ann, draft)
    assert saved(site, refused) == "1"


def test_an_unfinished_row_is_there_in_the_next_tab(
    site: Site, seat: SitDown, version: str
) -> None:
    ann = seat(site, "ann").open("/sheet/product/")
    begin(ann)
    ann.page.keyboard.type("Half a row")
    ann.page.keyboard.press("Tab")
    # Kept as soon as the cell was left, however the tab ends.
    kept = "() => Object.values(localStorage).filter((one) => one.includes('Half a row')).length"
    ann.until(lambda: ann.page.evaluate(kept), 1)
    url = ann.page.url
    ann.page.close()
    again = sit_down(ann.page.context, ann.address)
    again.page.goto(url)
    needed = again.page.locator(".ls-slip-needed", has_text="A new row is not saved yet.")
    needed.wait_for()
    again.screenshot(f"unfinished-{version}")
    assert saved(site, "Half a row") == "0"
    needed.get_by_role("button", name="Save row").click()
    again.wait_settled()
    again.wait(f"() => {SHEET}.store.drafts.byPk.size === 0")
    assert saved(site, "Half a row") == "1"
    needed.wait_for(state="detached")
