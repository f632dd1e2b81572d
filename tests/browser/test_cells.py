"""Every kind of cell: what is typed, what the other person then sees, what the database holds."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tests.browser.conftest import OpenSite, SitDown
from tests.browser.desk import GRID
from tests.browser.editing_hands import pick
from tests.browser.servers import KINDS, Site


@dataclass(frozen=True)
class Kind:
    column: str
    typed: str
    shown: str
    stored: str  # as `repr()` has it
    field: str = ""  # where it has another name than the column


SAMPLES = [
    Kind("char", "Grüße, 世界 🙂", "Grüße, 世界 🙂", "'Grüße, 世界 🙂'"),
    Kind("email", "ann@example.com", "ann@example.com", "'ann@example.com'"),
    Kind("integer", "-42", "-42", "-42"),
    Kind("big", "9007199254740993", "9,007,199,254,740,993", "9007199254740993"),
    Kind("floating", "2.5", "2.5", "2.5"),
    Kind("decimal", "12.3", "12.3000", "Decimal('12.3000')"),
    Kind("date", "2026-2-28", "2026-02-28", "datetime.date(2026, 2, 28)"),
    Kind("time", "9:30", "09:30", "datetime.time(9, 30)"),
    Kind(
        "moment",
        "2026-07-01 12:00",  # in Berlin, where the server's clock hangs
        "2026-07-01 12:00",
        "datetime.datetime(2026, 7, 1, 10, 0, tzinfo=datetime.timezone.utc)",
    ),
    Kind("choice", "Two", "Two", "2"),
    Kind("uuid", "6fa459ea-ee8a-3ca4-894e-db77e160355e", "6fa459ea-ee8a-3ca4-894e-db77e160355e",
         "UUID('6fa459ea-ee8a-3ca4-894e-db77e160355e')"),
]  # fmt: skip

PRODUCTS = [
    Kind("name", "Oak table", "Oak table", "'Oak table'"),
    Kind("price", "7.5", "7.50", "Decimal('7.50')"),
    Kind("stock", "12", "12", "12"),
    Kind("unit", "Kilo", "Kilogram", "'kg'"),
    Kind("supplier", "Süd", "Südholz", "'Südholz'", field="supplier.name"),
]

REFUSED = [
    ("integer", "many", "A valid integer is required."),
    ("decimal", "1.23456", "Ensure that there are no more than 4 decimal places."),
    ("date", "yesterday", "Date has wrong format."),
    ("time", "25:00", "Time has wrong format."),
    ("moment", "soon", "Datetime has wrong format."),
    ("moment", "2026-03-29 02:30", "This time does not exist"),
    ("email", "nobody", "Enter a valid email address."),
    ("choice", "Three", "is not a valid choice."),
]


@pytest.fixture(scope="module")
def site(open_shared_site: OpenSite, version: str) -> Site:
    site = open_shared_site(KINDS, version=version)
    site.serve("daphne")
    return site


@pytest.mark.parametrize(
    ("sheet", "model", "kinds"),
    [("sample", "Sample", SAMPLES), ("product", "Product", PRODUCTS)],
    ids=["sample", "product"],
)
def test_each_kind_is_typed_shown_and_stored(
    site: Site, seat: SitDown, sheet: str, model: str, kinds: list[Kind], version: str
) -> None:
    ann = seat(site, "ann").open(f"/sheet/{sheet}/")
    bea = seat(site, "bea").open(f"/sheet/{sheet}/")
    pk = ann.pks()[1]
    for kind in kinds:
        ann.scroll_to(pk, kind.column)
        ann.type(pk, kind.column, kind.typed)
        ann.wait_settled()
        ann.wait_text(pk, kind.column, kind.shown)
        bea.scroll_to(pk, kind.column)
        bea.wait_text(pk, kind.column, kind.shown)
        field = kind.field or kind.column
        stored = site.elsewhere.run(f"print(repr({model}.objects.get(pk={pk}).{field}))")
        assert stored == kind.stored
    bea.screenshot(f"{sheet}-{version}")


def test_what_does_not_fit_is_refused_in_the_serializers_words(
    site: Site, seat: SitDown, version: str
) -> None:
    ann = seat(site, "ann").open("/sheet/sample/")
    pk = ann.pks()[3]
    for column, typed, message in REFUSED:
        ann.scroll_to(pk, column)
        before = ann.text(pk, column)
        ann.type(pk, column, typed)
        ann.wait_class(pk, column, "ls-refused")
        assert message in ann.title(pk, column)
        assert ann.text(pk, column) == before
        stored = site.elsewhere.run(f"print(Sample.objects.get(pk={pk}).{column} or '')")
        assert stored == before
    ann.screenshot(f"refusals-{version}")


def test_tick_boxes_are_ticked_by_mouse_and_key(site: Site, seat: SitDown) -> None:
    ann = seat(site, "ann").open("/sheet/product/")
    bea = seat(site, "bea").open("/sheet/product/")
    first, second = ann.pks()[:2]
    ann.scroll_to(first, "active")
    bea.scroll_to(first, "active")
    assert bea.is_ticked(first, "active")
    ann.tick(first, "active")
    bea.wait_ticked(first, "active", "false")
    ann.scroll_to(second, "name")
    ann.click(second, "name")
    while ann.editor()["column"] != "active":
        ann.page.keyboard.press("ArrowRight")
    ann.page.keyboard.press("Space")
    bea.wait_ticked(second, "active", "false")
    ann.page.keyboard.press("Space")
    bea.wait_ticked(second, "active", "true")
    ann.wait_settled()


def test_a_cell_is_emptied_by_the_delete_key(site: Site, seat: SitDown) -> None:
    """Which leaves `''` or null, by version of the grid."""
    site.elsewhere.run("Sample.objects.update(date='2026-01-01', char='x', choice=1, decimal=3)")
    ann = seat(site, "ann").open("/sheet/sample/")
    pk, other = ann.pks()[:2]
    for column, stored in (("date", None), ("char", ""), ("choice", None), ("decimal", None)):
        ann.scroll_to(pk, column)
        # The grid draws other columns into the same elements: two clicks on one would edit it.
        ann.click(other, column)
        ann.click(pk, column)
        ann.page.keyboard.press("Delete")
        ann.wait_settled()
        ann.wait_text(pk, column, "")
        found = site.elsewhere.run(f"print(repr(Sample.objects.get(pk={pk}).{column}))")
        assert found == repr(stored)


def test_a_choice_is_picked_from_its_list(site: Site, seat: SitDown, version: str) -> None:
    ann = seat(site, "ann").open("/sheet/product/")
    pk = ann.pks()[0]
    ann.scroll_to(pk, "supplier")
    ann.click(pk, "supplier", count=2)
    option = ann.page.locator(".ls-option", has_text="Eastoak")
    option.wait_for()
    ann.screenshot(f"list-{version}")
    option.click()
    ann.wait_settled()
    ann.wait_text(pk, "supplier", "Eastoak")
    stored = site.elsewhere.run(f"print(Product.objects.get(pk={pk}).supplier)")
    assert stored == "Eastoak"


def test_a_choice_is_found_by_typing_into_its_list(site: Site, seat: SitDown) -> None:
    ann = seat(site, "ann").open("/sheet/product/")
    pk = ann.pks()[2]
    ann.scroll_to(pk, "supplier")
    ann.click(pk, "supplier", count=2)
    ann.page.locator(".ls-option").first.wait_for()
    ann.page.keyboard.type("nord")
    ann.page.keyboard.press("Enter")
    ann.wait_settled()
    ann.wait_text(pk, "supplier", "Nordwood")


def test_two_clicks_far_apart_open_the_editor(site: Site, seat: SitDown) -> None:
    """It is the user's system that says how far; the grid alone gives up after half a second."""
    ann = seat(site, "ann").open("/sheet/product/")
    pk = ann.pks()[4]
    box = ann.box(pk, "name")
    ann.page.mouse.move(box["x"] + 20, box["y"] + 10)
    for number in (1, 2):
        ann.page.mouse.down(click_count=number)
        ann.page.mouse.up(click_count=number)
        ann.page.wait_for_timeout(600)  # what this is about
    ann.wait(f"{GRID}.isEditing")


def test_a_new_row_is_filled_in_and_a_row_deleted(site: Site, seat: SitDown, version: str) -> None:
    ann = seat(site, "ann").open("/sheet/supplier/")
    bea = seat(site, "bea").open("/sheet/supplier/")
    ann.page.locator(".ls-add").click()
    ann.page.keyboard.type("Westbeam")
    ann.page.keyboard.press("Enter")
    bea.wait(f"{GRID}.records.some(({{ name }}) => name === 'Westbeam')")
    made = site.elsewhere.run("print(Supplier.objects.get(name='Westbeam').pk)")
    for desk in (ann, bea):
        desk.wait_text(made, "name", "Westbeam")
    bea.screenshot(f"added-{version}")
    pick(ann, made, "name", "Delete row")
    for desk in (ann, bea):
        desk.wait_row(made, there=False)
    assert site.elsewhere.run("print(Supplier.objects.filter(name='Westbeam').exists())") == "False"
