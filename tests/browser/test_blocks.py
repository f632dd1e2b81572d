"""Blocks of cells that no clipboard should hold: a picture, half a character, two at once, none."""

from __future__ import annotations

import pytest

from tests.browser.conftest import OpenSite, SitDown
from tests.browser.desk import GRID, SHEET
from tests.browser.editing_hands import copied, paste, select, wait_rows
from tests.browser.servers import KINDS, Site

PICTURE = """() => {
    const clipboardData = new DataTransfer();
    clipboardData.items.add(new File(["not a word"], "picture.png", { type: "image/png" }));
    const options = { clipboardData, bubbles: true, cancelable: true };
    document.activeElement.dispatchEvent(new ClipboardEvent("paste", options));
}"""


@pytest.fixture(scope="module")
def site(open_shared_site: OpenSite, version: str) -> Site:
    site = open_shared_site(KINDS, version=version)
    site.serve("daphne")
    return site


def test_a_picture_empties_no_cell(site: Site, seat: SitDown) -> None:
    ann = seat(site, "ann").open("/sheet/product/")
    pk, next_pk = ann.pks()[:2]
    before = ann.text(pk, "name")
    select(ann, (pk, "name"), (next_pk, "price"))
    ann.page.evaluate(PICTURE)
    ann.page.locator(".ls-notice", has_text="no text on the clipboard").wait_for()
    ann.wait_settled()
    assert ann.text(pk, "name") == before
    assert [frame for frame in ann.sent if frame["type"] == "edit"] == []


def test_half_a_character_is_refused_alone(site: Site, seat: SitDown) -> None:
    """The server could read nothing of a frame that holds one."""
    ann = seat(site, "ann").open("/sheet/product/")
    pks = ann.pks()[2:5]
    select(ann, (pks[0], "name"))
    paste(ann, "Fir\nHalf \ud83d of it\nElm")
    ann.wait_class(pks[1], "name", "ls-refused")
    assert "half a character" in ann.title(pks[1], "name")
    ann.wait_settled()
    names = f"print(*Product.objects.filter(pk__in={pks}).values_list('name', flat=True))"
    assert site.elsewhere.run(names).split()[0] == "Fir"
    ann.wait_text(pks[2], "name", "Elm")
    ann.page.reload()
    ann.wait_status("live")
    ann.wait_settled()


def test_two_blocks_are_not_copied_as_one(site: Site, seat: SitDown) -> None:
    ann = seat(site, "ann").open("/sheet/product/")
    first, _, third = ann.pks()[6:9]
    ann.click(first, "stock")
    ann.page.keyboard.down("Control")
    ann.click(third, "stock")
    ann.page.keyboard.up("Control")
    assert copied(ann) == ("", "")
    ann.page.locator(".ls-notice", has_text="Separate blocks cannot be copied together").wait_for()
    ann.click(first, "price")
    assert copied(ann)[0] == ann.text(first, "price")


def test_rows_are_pasted_into_an_empty_sheet(site: Site, seat: SitDown) -> None:
    site.elsewhere.run("Sample.objects.all().delete()")
    ann = seat(site, "ann").open("/sheet/calc/")
    wait_rows(ann, 0)
    paste(ann, "not meant for it")  # nobody has been at the sheet yet
    ann.page.locator(".ls-table").click()
    paste(ann, "Oak\tsolid\r\nElm\tsoft\r\n")
    wait_rows(ann, 2)
    ann.wait_settled()
    found = "print(*Sample.objects.order_by('pk').values_list('char', 'text'), sep='|')"
    assert site.elsewhere.run(found) == "('Oak', 'solid')|('Elm', 'soft')"
    ann.wait(f"{GRID}.hot.countRows() === 2")


def test_a_text_that_is_looked_at_in_its_editor_is_not_changed(site: Site, seat: SitDown) -> None:
    """Django's admin ends lines as browsers' forms do, and no field gives that back."""
    ann = seat(site, "ann").open("/sheet/product/")
    pk = ann.pks()[6]
    site.elsewhere.run(f"p = Product.objects.get(pk={pk}); p.name = 'one\\r\\ntwo'; p.save()")
    ann.wait(f"pk => {SHEET}.rows.value(pk, 'name').startsWith('one')", pk)
    sent = len(ann.sent)
    ann.click(pk, "name")
    ann.page.keyboard.press("F2")
    ann.wait(f"{GRID}.isEditing")
    ann.page.keyboard.press("Enter")
    ann.wait(f"!{GRID}.isEditing")
    ann.type(pk, "stock", "77")
    ann.wait_settled()
    edited = [frame["cells"] for frame in ann.sent[sent:] if frame["type"] == "edit"]
    assert [[cell[1] for cell in cells] for cells in edited] == [["stock"]]
