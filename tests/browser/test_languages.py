"""A sheet in the language that Django has chosen for the page, and one that runs from the right."""

from __future__ import annotations

import pytest

from tests.browser import grids
from tests.browser.cells_hands import stored, write
from tests.browser.conftest import OpenSite, SitDown
from tests.browser.desk import GRID, Desk
from tests.browser.page_hands import place, press
from tests.browser.servers import KINDS, Site

WORDS = {
    "de": ("Neue Zeile", "1.234,50", "Eine gültige Zahl ist erforderlich.", "Rückgängig"),
    "fr": (
        "Ajouter une ligne",
        "1\xa0234,50",
        "Un nombre valide est requis.",
        "Annuler la dernière action",
    ),
}
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
    assert ann.page.get_by_role("button", name=add).is_visible()
    ann.type(pk, "price", "1234,5")
    ann.wait_text(pk, "price", number)
    bea.wait_text(pk, "price", "1,234.50")
    assert stored(site, pk, "str(row.price)", "Product") == "1234.50"
    write(ann, pk, "price", "viel")
    ann.wait_class(pk, "price", "ls-refused")
    assert refusal in ann.title(pk, "price")
    ann.cell(pk, "price").click(button="right")
    assert ann.page.locator(".htContextMenu:visible").get_by_text(undo, exact=True).is_visible()
    # Handsontable's own words, where an option of the page brings them to sight.
    assert ann.page.evaluate(OWN_WORDS) == FREEZE[code]
    ann.screenshot(f"language-{code}-{version}")


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
    name, price = (ann.cell(pk, column).bounding_box() for column in ("name", "price"))
    assert name and price
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
    ann.wait_settled()
    assert stored(site, pk, "str(row.price)", "Product") == "7.25"
    ann.screenshot(f"mirrored-{version}")
