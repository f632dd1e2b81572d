"""A sheet in the language that Django has chosen for the page, and one that runs from the right."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser import grids
from tests.browser.cells_hands import open_editor, stored, write
from tests.browser.conftest import OpenSite, SitDown
from tests.browser.desk import GRID, SHEET, Desk
from tests.browser.editing_hands import open_cell_menu
from tests.browser.page_hands import place, press
from tests.browser.servers import KINDS, Site

WORDS = {
    "de": ("Zeile hinzufügen", "1.234,50", "Eine gültige Zahl ist erforderlich.", "Rückgängig"),
    "fr": (
        "Ajouter une ligne",
        "1\xa0234,50",
        "Un nombre valide est requis.",
        "Annuler la dernière action",
    ),
}
ISO = "2026-01-05"
OWN_WORDS = f"{GRID}.hot.getTranslatedPhrase('ContextMenu:items.freezeColumn')"
FREEZE = {"de": "Spalte fixieren", "fr": "Figer la colonne"}
EDITOR = f"{GRID}.hot.getActiveEditor().TEXTAREA"
BOX = "(({ x, y, right }) => [x, y, right])"


@pytest.fixture(scope="module")
def site(open_shared_site: OpenSite, version: str) -> Site:
    site = open_shared_site(KINDS, version=version)
    site.serve("uvicorn")
    return site


def in_language(desk: Desk, code: str, path: str) -> Desk:
    """Django's own way of remembering what a user chose."""
    cookie = {"name": "django_language", "value": code, "url": desk.address}
    desk.page.context.add_cookies([cookie])  # type: ignore[list-item]
    return desk.open(path)


@pytest.mark.parametrize("code", WORDS)
def test_words_and_numbers_of_the_language(
    site: Site, seat: SitDown, version: str, code: str
) -> None:
    add, number, refusal, undo = WORDS[code]
    ann = in_language(seat(site, "ann"), code, "/sheet/product/")
    bea = seat(site, "bea").open("/sheet/product/")
    pk = ann.pks()[1 + list(WORDS).index(code)]
    assert ann.page.locator(".livesheet").get_attribute("lang") == code
    expect(ann.page.get_by_role("button", name=add)).to_be_visible()
    ann.type(pk, "price", "1234,5")
    ann.wait_text(pk, "price", number)
    bea.wait_text(pk, "price", "1,234.50")
    assert stored(site, pk, "str(row.price)", "Product") == "1234.50"
    write(ann, pk, "price", "viel")
    ann.wait_class(pk, "price", "ls-refused")
    assert refusal in ann.title(pk, "price")
    expect(open_cell_menu(ann, pk, "price").get_by_text(undo, exact=True)).to_be_visible()
    # Handsontable's own words, where an option of the page brings them to sight.
    assert ann.page.evaluate(OWN_WORDS) == FREEZE[code]
    ann.screenshot(f"language-{code}-{version}")


@pytest.mark.parametrize(
    ("code", "typed", "shown"),
    [("de", "5.1.26", "05.01.2026"), ("fr", "5/1/2026", "05/01/2026"), ("en", "1/5/2026", ISO)],
)
def test_dates_as_the_language_has_them(
    site: Site, seat: SitDown, version: str, code: str, typed: str, shown: str
) -> None:
    ann = in_language(seat(site, "ann"), code, "/sheet/specimen/")
    bea = seat(site, "bea").open("/sheet/specimen/")
    pk = ann.all_pks()[["de", "fr", "en"].index(code)]
    write(ann, pk, "date", typed)
    write(ann, pk, "moment", f"{typed} 2:30 pm")
    ann.wait_settled()
    ann.wait_text(pk, "moment", f"{shown} 14:30")
    ann.scroll_to(pk, "date")
    ann.wait_text(pk, "date", shown)
    assert stored(site, pk, "row.date.isoformat()") == ISO
    assert stored(site, pk, "row.moment.isoformat()") == f"{ISO}T13:30:00+00:00"
    bea.scroll_to(pk, "date")
    bea.wait_text(pk, "date", ISO)
    # The browser's calendar stands on the same day, and writes it in the same way.
    open_editor(ann, pk, "date")
    assert ann.editor()["text"] == shown
    calendar = ann.page.locator(".ls-calendar")
    expect(calendar).to_have_value(ISO)
    calendar.fill("2026-02-03")
    ann.wait_settled()
    assert stored(site, pk, "row.date.isoformat()") == "2026-02-03"


@pytest.mark.parametrize(("path", "code", "hour"), [("/de", "de", 14), ("/kept", "fr", 22)])
def test_a_language_that_only_the_page_knows(
    site: Site, seat: SitDown, version: str, path: str, code: str, hour: int
) -> None:
    """By its path, or kept with the user: the browser's own headers and cookies say English."""
    _add, number, refusal, _undo = WORDS[code]
    ann = seat(site, "ann").open(f"{path}/sheet/product/")
    pk = ann.pks()[4 + list(WORDS).index(code)]
    ann.type(pk, "price", "1234,5")
    ann.wait_text(pk, "price", number)
    write(ann, pk, "price", "viel")
    ann.wait_class(pk, "price", "ls-refused")
    assert refusal in ann.title(pk, "price")
    ann = seat(site, "ann").open(f"{path}/sheet/specimen/")
    pk = ann.all_pks()[3 + list(WORDS).index(code)]
    write(ann, pk, "moment", "2026-01-05T13:30Z")
    ann.wait_text(pk, "moment", f"{'05.01.2026' if code == 'de' else '05/01/2026'} {hour}:30")


def box(desk: Desk, expression: str) -> list[float]:
    found: list[float] = desk.page.evaluate(f"() => {BOX}(({expression}).getBoundingClientRect())")
    return found


def test_a_sheet_from_the_right(site: Site, seat: SitDown, version: str) -> None:
    ann = in_language(seat(site, "ann"), "he", "/sheet/product/")
    width = ann.page.evaluate("innerWidth")
    assert ann.page.evaluate("document.documentElement.dir") == "rtl"
    title, menu = (
        box(ann, f"document.querySelector('{at}')") for at in (".ls-bar h2", ".ls-open-menu")
    )
    assert title[0] > width / 2 > menu[2], "the bar is mirrored"
    pk = ann.pks()[2]
    name, price = (ann.box(pk, column) for column in ("name", "price"))
    is_mirrored = version == grids.NEWEST  # 6.2.2 cannot do that
    assert (name["x"] > price["x"]) == is_mirrored
    ann.click(pk, "name")
    press(ann, "ArrowLeft" if is_mirrored else "ArrowRight")
    assert place(ann) == (pk, "price")
    press(ann, "F2")
    ann.wait(f"{GRID}.isEditing")
    editor = box(ann, EDITOR)
    assert abs(editor[0] - price["x"]) < 4
    assert abs(editor[2] - price["x"] - price["width"]) < 4
    press(ann, "Control+A")
    ann.page.keyboard.type("7.25")
    press(ann, "Enter")
    ann.wait(f"pk => {SHEET}.rows.value(pk, 'price') === '7.25'", pk)
    assert stored(site, pk, "str(row.price)", "Product") == "7.25"
    ann.screenshot(f"mirrored-{version}")
