"""Blocks of cells and whole rows: paste, fill, replace, add, delete, and all of it taken back."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenSite, SitDown
from tests.browser.desk import GRID, Desk
from tests.browser.editing_hands import (
    a_server_that_waits,
    drag_handle,
    paste,
    pick,
    press_in_slip,
    select,
    shown,
    slip,
    wait_rows,
    wait_selected,
    wait_value,
)
from tests.browser.servers import KINDS, Site

COLUMNS = ["name", "price", "stock"]


@pytest.fixture(scope="module")
def site(open_shared_site: OpenSite, version: str) -> Site:
    site = open_shared_site(KINDS, version=version)
    site.serve("daphne")
    return site


def stored(site: Site, pks: list[str], *names: str, model: str = "Product") -> list[list[str]]:
    """As `str()` has them, in the order of the pks."""
    code = (
        f"found = {model}.objects.in_bulk({[int(pk) for pk in pks]})\n"
        f"print('\\x1e'.join('\\x1f'.join(str(getattr(found[int(pk)], name)) for name in {names})"
        f" for pk in {pks}))"
    )
    return [row.split("\x1f") for row in site.elsewhere.run(code).split("\x1e")]


def settle(desk: Desk) -> None:
    desk.wait_settled()
    desk.wait(f"!{GRID}.isStructureDue")


def test_a_large_paste_is_sent_in_frames_and_says_what_was_refused(
    site: Site, seat: SitDown, version: str, tmp_path: Path
) -> None:
    ann = seat(site, "ann").open("/sheet/product/")
    pks = ann.all_pks()[:300]
    before = shown(ann, pks, COLUMNS)
    rows = [f"Shelf {n}\t{n}.50\t{n if n % 100 else 'many'}" for n in range(1, len(pks) + 1)]
    select(ann, (pks[0], "name"))
    with a_server_that_waits(site, tmp_path, ann):
        paste(ann, "\r\n".join(rows) + "\r\n")
        slip(ann, "progress", "of 900 saved")
        ann.screenshot(f"paste-progress-{version}")
    slip(ann, "progress", "897 saved, 3 refused")
    ann.screenshot(f"paste-summary-{version}")
    edits = [frame for frame in ann.sent if frame["type"] == "edit"]
    assert [len(frame["cells"]) <= 500 for frame in edits] == [True] * len(edits)
    assert stored(site, pks[98:100], *COLUMNS) == [
        ["Shelf 99", "99.50", "99"],
        ["Shelf 100", "100.50", before[99][2]],
    ]

    press_in_slip(ann, "progress", "Show them")
    for at, pk in enumerate((pks[99], pks[199], pks[299], pks[99])):
        slip(ann, "progress", f"Refused: {at % 3 + 1} of 3")
        wait_selected(ann, pk, "stock")
        ann.screenshot(f"paste-refused-{version}")
        ann.page.locator(".ls-slip-progress button[aria-label=Next]").click()

    # All of it is one step.
    ann.page.keyboard.press("Control+z")
    slip(ann, "progress", "897 undone")
    settle(ann)
    assert shown(ann, pks, COLUMNS) == before
    assert stored(site, pks, *COLUMNS) == before


def test_a_paste_that_is_stopped_leaves_what_was_not_sent_as_it_was(
    site: Site, seat: SitDown, version: str, tmp_path: Path
) -> None:
    ann = seat(site, "ann").open("/sheet/product/")
    pks = ann.all_pks()
    columns = [*COLUMNS, "unit", "active"]
    before = shown(ann, pks, columns)
    rows = [f"Stopped {n}\t{n + 1}.25\t{n + 5000}\tKilogram\tFALSE" for n in range(len(pks))]
    with a_server_that_waits(site, tmp_path, ann):
        select(ann, (pks[0], "name"))
        paste(ann, "\n".join(rows))
        slip(ann, "progress", "of 1,500 saved")
        press_in_slip(ann, "progress", "Stop")
    slip(ann, "progress", "1,000 saved, 500 not sent")
    settle(ann)
    after = shown(ann, pks, columns)
    assert after[1] == ["Stopped 1", "2.25", "5001", "Kilogram", "false"]
    assert after[200:] == before[200:], "what was not sent is as it was"
    assert stored(site, pks, *COLUMNS) == [row[:3] for row in after]
    ann.page.keyboard.press("Control+z")
    slip(ann, "progress", "1,000 undone")
    settle(ann)
    assert stored(site, pks, *COLUMNS) == [row[:3] for row in before]


def test_undo_refuses_to_overwrite_a_colleagues_value(
    site: Site, seat: SitDown, version: str
) -> None:
    ann = seat(site, "ann").open("/sheet/product/")
    bea = seat(site, "bea").open("/sheet/product/")
    pks = ann.pks()[:3]
    before = shown(ann, pks, ["stock"])
    select(ann, (pks[0], "stock"))
    paste(ann, "901\n902\n903")
    settle(ann)
    bea.wait_text(pks[1], "stock", "902")
    bea.type(pks[1], "stock", "77")
    ann.wait_text(pks[1], "stock", "77")
    select(ann, (pks[0], "stock"))
    ann.page.keyboard.press("Control+z")
    slip(ann, "progress", "2 undone, 1 refused")
    ann.wait_class(pks[1], "stock", "ls-conflict")
    assert "Bea" in ann.title(pks[1], "stock")
    ann.screenshot(f"undo-refused-{version}")
    settle(ann)
    assert stored(site, pks, "stock") == [before[0], ["77"], before[2]]
    ann.page.keyboard.press("Control+y")
    settle(ann)
    assert stored(site, pks, "stock") == [["901"], ["77"], ["903"]]


def test_rows_are_put_in_duplicated_deleted_and_brought_back(
    site: Site, seat: SitDown, version: str
) -> None:
    ann = seat(site, "ann").open("/sheet/product/")
    first, second, third, fourth = ann.all_pks()[10:14]
    ann.scroll_to(first, "name")
    pick(ann, second, "name", "Insert row below")
    slip(ann, "needed", "To save it, fill in")
    ann.screenshot(f"new-row-{version}")
    expect(ann.page.locator(".ls-needed-column")).to_have_text(["Name"])
    ann.page.keyboard.type("In between")
    ann.page.keyboard.press("Enter")
    settle(ann)
    wait_rows(ann, 301)
    made = site.elsewhere.run("print(Product.objects.get(name='In between').pk)")
    ann.wait_row(made)
    assert ann.all_pks()[10:15] == [first, second, made, third, fourth]

    pick(ann, made, "name", "Duplicate row")
    wait_rows(ann, 302)
    settle(ann)
    copy = ann.all_pks()[13]
    assert stored(site, [copy], "name") == [["In between"]]
    ann.page.keyboard.press("Control+z")
    ann.wait_row(copy, there=False)
    settle(ann)
    assert site.elsewhere.run(f"print(Product.objects.filter(pk={copy}).exists())") == "False"

    # An edit, then its row goes: undone twice, the value is that of before, in a new row.
    ann.type(made, "stock", "5")
    settle(ann)
    select(ann, (second, "name"), (made, "name"))
    ann.page.keyboard.press("Control+Alt+-")
    ann.page.locator(".ls-question", has_text="Delete 2 rows?").wait_for()
    ann.page.locator(".ls-question .ls-danger").click()
    ann.wait_row(made, there=False)
    ann.wait_row(second, there=False)
    select(ann, (first, "name"))
    ann.page.keyboard.press("Control+z")
    wait_rows(ann, 301)
    settle(ann)
    back = ann.all_pks()[10:14]
    assert [back[0], back[3]] == [first, third]
    assert back[1] not in {second, made}
    assert [row[0] for row in stored(site, back[1:3], "name")][1] == "In between"
    assert stored(site, [back[2]], "stock") == [["5"]]
    ann.page.keyboard.press("Control+z")
    ann.wait_text(back[2], "stock", "0")
    settle(ann)
    assert stored(site, [back[2]], "stock") == [["0"]]
    site.elsewhere.run("for one in Product.objects.filter(name='In between'): one.delete()")


def test_find_and_replace_is_one_step(site: Site, seat: SitDown, version: str) -> None:
    ann = seat(site, "ann").open("/sheet/product/")
    pks = ann.all_pks()
    before = shown(ann, pks, ["name"])
    select(ann, (pks[20], "name"))
    paste(ann, "\n".join(f"Grey {n}" for n in range(5)))
    settle(ann)
    select(ann, (pks[0], "name"))
    ann.page.keyboard.press("Control+f")
    expect(ann.page.locator(".ls-search")).to_be_focused()
    ann.page.keyboard.press("Control+h")
    ann.wait("document.activeElement.className !== 'ls-search'")
    ann.page.keyboard.type("grey")
    count = ann.page.locator(".ls-found-count")
    count.get_by_text("5 found").wait_for()
    ann.page.keyboard.press("Enter")
    count.get_by_text("1 of 5").wait_for()
    wait_selected(ann, pks[20], "name")
    ann.page.keyboard.press("Enter")
    count.get_by_text("2 of 5").wait_for()
    ann.page.keyboard.press("Shift+Enter")
    count.get_by_text("1 of 5").wait_for()
    ann.screenshot(f"replace-{version}")
    ann.page.get_by_label("Replace with").fill("Green")
    ann.page.get_by_role("button", name="Replace", exact=True).click()
    count.get_by_text("1 of 4").wait_for()
    settle(ann)
    assert stored(site, pks[20:22], "name") == [["Green 0"], ["Grey 1"]]
    ann.page.get_by_role("button", name="Replace all").click()
    count.get_by_text("4 replaced").wait_for()
    settle(ann)
    assert stored(site, pks[20:25], "name") == [[f"Green {n}"] for n in range(5)]
    ann.page.keyboard.press("Escape")
    select(ann, (pks[20], "name"))
    ann.page.keyboard.press("Control+z")
    wait_value(ann, pks[24], "name", "Grey 4")
    settle(ann)
    assert stored(site, pks[20:25], "name") == [["Green 0"], *([f"Grey {n}"] for n in range(1, 5))]
    assert shown(ann, pks[:20], ["name"]) == before[:20]


def test_a_block_is_filled_cut_and_cleared(site: Site, seat: SitDown, version: str) -> None:
    ann = seat(site, "ann").open("/sheet/product/")
    pks = ann.all_pks()[:8]
    select(ann, (pks[0], "price"))
    paste(ann, "10\t5\n12.50\t5")
    settle(ann)
    select(ann, (pks[0], "price"), (pks[1], "stock"))
    drag_handle(ann, (pks[4], "stock"))
    settle(ann)
    ann.wait_text(pks[4], "price", "20.00")
    assert stored(site, pks[:5], "price", "stock") == [
        ["10.00", "5"], ["12.50", "5"], ["15.00", "5"], ["17.50", "5"], ["20.00", "5"],
    ]  # fmt: skip

    select(ann, (pks[4], "price"), (pks[6], "stock"))
    ann.page.keyboard.press("Control+d")
    settle(ann)
    assert stored(site, pks[4:7], "price", "stock") == [["20.00", "5"]] * 3

    select(ann, (pks[5], "counted_at"), (pks[6], "supplier"))
    # What is cut stays until it is pasted; then it goes, and one step back is both.
    ann.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    ann.page.keyboard.press("Control+x")
    ann.wait_class(pks[5], "supplier", "ls-cut")
    ann.screenshot(f"cut-{version}")
    text = ann.page.evaluate("navigator.clipboard.readText()")
    assert [line.split("\t")[1] for line in text.split("\n")] == ["Eastoak", "Nordwood"]
    assert stored(site, pks[5:7], "supplier") == [["Eastoak"], ["Nordwood"]]
    ann.page.keyboard.press("Escape")
    ann.wait_class(pks[5], "supplier", "ls-cut", there=False)
    ann.page.keyboard.press("Control+x")
    select(ann, (pks[0], "counted_at"))
    ann.page.keyboard.press("Control+v")
    ann.wait_text(pks[0], "supplier", "Eastoak")
    ann.wait_text(pks[5], "supplier", "")
    settle(ann)
    assert stored(site, [*pks[:2], *pks[5:7]], "supplier") == [
        ["Eastoak"], ["Nordwood"], ["None"], ["None"],
    ]  # fmt: skip
    ann.page.keyboard.press("Control+z")
    ann.wait_text(pks[5], "supplier", "Eastoak")
    settle(ann)
    assert stored(site, pks[5:7], "supplier") == [["Eastoak"], ["Nordwood"]]

    select(ann, (pks[5], "counted_at"), (pks[6], "supplier"))
    ann.page.keyboard.press("Delete")
    ann.wait_text(pks[6], "supplier", "")
    settle(ann)
    assert stored(site, pks[5:7], "supplier") == [["None"]] * 2


def test_a_paste_is_saved_as_a_whole_where_the_sheet_says_so(
    site: Site, seat: SitDown, version: str
) -> None:
    ann = seat(site, "ann").open("/sheet/whole/")
    pks = ann.all_pks()[30:33]
    before = stored(site, pks, *COLUMNS)
    ann.scroll_to(pks[0], "name")
    select(ann, (pks[0], "name"))
    paste(ann, "One\t1\t1\nTwo\t2\tmany\nThree\t3\t3")
    slip(ann, "progress", "Nothing was saved: 1 refused")
    settle(ann)
    assert shown(ann, pks, COLUMNS) == before
    assert stored(site, pks, *COLUMNS) == before
    ann.screenshot(f"whole-{version}")
    select(ann, (pks[0], "name"))
    paste(ann, "\n".join(f"{n}\t1\t1" for n in range(200)))
    slip(ann, "progress", "at most 500 cells at once, not")
    assert stored(site, pks, *COLUMNS) == before
    select(ann, (pks[0], "name"))
    paste(ann, "One\t1\t1\nTwo\t2\t2\nThree\t3\t3")
    settle(ann)
    assert stored(site, pks, "name", "stock") == [["One", "1"], ["Two", "2"], ["Three", "3"]]
