"""A sheet of thirty thousand rows, of which a browser holds what it looks at."""

from __future__ import annotations

import pytest

from tests.browser.conftest import OpenSite, SitDown
from tests.browser.desk import GRID, SHEET, Desk
from tests.browser.finding_hands import open_tool
from tests.browser.group_hands import group_by, heading, wait_heading
from tests.browser.servers import KINDS, Site

ROWS = 30_000
LONG_MS = 300_000
FILL = f"""
Product.objects.bulk_create(
    [Product(name=f"Row {{n:05}}", price=n % 97, stock=n % 13) for n in range({ROWS})],
    batch_size=500,
)"""
WINDOWS = f"{SHEET}.features.find((one) => one.windows).windows"
GROUPS = f"{SHEET}.store.groups"
FIRST_NAME = f"{GRID}.records[{GRID}.sight.now().first].name"


@pytest.fixture(scope="module")
def site(open_shared_site: OpenSite, version: str) -> Site:
    site = open_shared_site(KINDS, version=version)
    site.serve("uvicorn")
    site.script("from tests.app.models import Product\n" + FILL)
    return site


def open_large(desk: Desk) -> Desk:
    desk.page.goto(desk.address + "/sheet/large/")
    desk.wait_status("live")
    desk.wait(f"{GRID} && {SHEET}.rows.size > 0 && {WINDOWS}.isExact")
    return desk


def is_filled(desk: Desk) -> None:
    """No row in sight waits for its values."""
    desk.wait(f"""() => {{
        const {{ first, rows }} = {GRID}.sight.now() ?? {{ first: 0, rows: 0 }};
        const seen = {GRID}.records.slice(first, first + rows);
        const isFilled = (key) => key.startsWith("+group:") || {SHEET}.rows.has(key);
        return seen.length > 0 && seen.every((record) => isFilled(record.$pk));
    }}""")


def test_it_scrolls_from_page_to_page(site: Site, seat: SitDown, version: str) -> None:
    ann = open_large(seat(site, "ann"))
    is_filled(ann)
    ann.screenshot(f"large-{version}")
    box = ann.page.locator(".ls-grid").bounding_box()
    assert box is not None
    ann.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    for _ in range(6):
        ann.page.mouse.wheel(0, 4_000)
        is_filled(ann)
    ann.wait(f"{GRID}.records.length >= 10000")
    ann.wait(f"{WINDOWS}.place > 700")
    is_filled(ann)
    place = ann.page.evaluate(f"{WINDOWS}.place")
    number = ann.page.evaluate(f"{GRID}.numberOf({GRID}.sight.now().first)")
    assert number == place + 1
    ann.page.evaluate(f"{WINDOWS}.goTo(25_000)")
    ann.wait(f"{WINDOWS}.place === 25000")
    is_filled(ann)
    ann.screenshot(f"large-far-{version}")
    held = ann.page.evaluate(f"{SHEET}.rows.size")
    assert held < 2_000, "only what was looked at"


def go_to(desk: Desk, place: int) -> str:
    """The key of the row at that place, which is then the first in sight."""
    desk.page.evaluate(f"{WINDOWS}.goTo({place})")
    desk.wait(f"{WINDOWS}.place === {place}")
    is_filled(desk)
    return str(desk.page.evaluate(f"{GRID}.sight.now().key"))


def test_what_is_typed_far_down_is_seen_there_and_taken_back_from_elsewhere(
    site: Site, seat: SitDown, version: str
) -> None:
    ann, bea = open_large(seat(site, "ann")), open_large(seat(site, "bea"))
    pk = go_to(ann, 20_000)
    assert go_to(bea, 20_000) == pk
    was = ann.text(pk, "name")
    ann.type(pk, "name", "Changed far down")
    bea.wait_text(pk, "name", "Changed far down")
    # The line is lost: the same rows are asked for again, and are the newest.
    bea.page.evaluate(f"{SHEET}.socket.line.close()")
    site.elsewhere.run(f"Product.objects.filter(pk={pk}).update(stock=77)")
    bea.wait_text(pk, "stock", "77")
    assert bea.page.evaluate(f"{WINDOWS}.place") == 20_000
    ann.wait_settled()
    go_to(ann, 10)
    ann.page.evaluate(f"{SHEET}.outgoing.undo()")
    bea.wait_text(pk, "name", was)


def test_no_row_moves_under_an_open_editor(site: Site, seat: SitDown, version: str) -> None:
    ann = open_large(seat(site, "ann"))
    pk = go_to(ann, 15_000)
    ann.start_typing(pk, "name", "Half")
    keys = f"{GRID}.records.map((record) => record.$pk).join()"
    before = ann.page.evaluate(keys)
    ann.page.evaluate(f"void {WINDOWS}.goTo(3)")
    ann.wait(f"{WINDOWS}.coming !== null")
    assert ann.page.evaluate(keys) == before
    ann.page.keyboard.type(" done")
    ann.page.keyboard.press("Enter")
    ann.wait(f"{WINDOWS}.place === 3")
    ann.wait_settled()
    go_to(ann, 15_000)
    ann.wait_text(pk, "name", "Half done")


def test_what_is_refused_on_another_page_is_gone_to(
    site: Site, seat: SitDown, version: str
) -> None:
    ann = open_large(seat(site, "ann"))
    pk = go_to(ann, 20_100)
    edit = (
        f"{{ pk: '{pk}', column: 'price', value: '-5', base: {SHEET}.store.base('{pk}', 'price') }}"
    )
    ann.page.evaluate(f"() => {{ {SHEET}.outgoing.edit([{edit}]); {WINDOWS}.goTo(5); }}")
    card = ann.page.locator(".ls-notice[data-name=elsewhere]")
    card.wait_for()
    ann.screenshot(f"large-refused-{version}")
    card.get_by_role("button", name="Show").click()
    ann.page.locator(".ls-note").wait_for()
    assert ann.page.evaluate(f"{GRID}.hot.getValue()") != "-5", "what is saved is shown"
    assert "-5" in ann.page.locator(".ls-note .ls-mine").inner_text()
    ann.screenshot(f"large-refused-there-{version}")


def test_all_rows_are_copied(site: Site, seat: SitDown, version: str) -> None:
    """By the browser's own command, which a press allows."""
    ann = open_large(seat(site, "ann"))
    pk = go_to(ann, 20_000)
    count = ann.page.evaluate(f"{WINDOWS}.count")
    ann.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    ann.cell(pk, "name").click()
    ann.page.keyboard.press("ControlOrMeta+a")
    ann.page.keyboard.press("ControlOrMeta+c")
    card = ann.page.locator(".ls-notice[data-name=clipboard]")
    card.get_by_role("button", name=f"Fetch all {count:,} rows").click()
    ready = card.get_by_text(f"{count:,} rows are ready")
    ready.wait_for()
    ann.screenshot(f"large-copy-{version}")
    card.get_by_role("button", name="Copy").click()
    card.get_by_text(f"{count:,} rows copied").wait_for()
    text = ann.page.evaluate("navigator.clipboard.readText()")
    assert len(text.split("\n")) == count
    assert "Row 29999" in text


def test_all_rows_are_found_and_added_up(site: Site, seat: SitDown, version: str) -> None:
    ann = open_large(seat(site, "ann"))
    is_filled(ann)
    ann.page.locator(".ls-grid td").nth(1).click()
    ann.page.keyboard.press("ControlOrMeta+h")
    panel = ann.page.locator(".ls-replace")
    panel.get_by_label("Find", exact=True).fill("row 2712")
    panel.get_by_text("In 10 rows").wait_for()
    for n in range(1, 3):
        ann.page.keyboard.press("Enter")
        panel.get_by_text(f"Row {n} of 10").wait_for()
        ann.wait(f"{GRID}.hot.getValue() === 'Row 2712{n - 1}'")
    ann.screenshot(f"large-found-{version}")
    ann.page.keyboard.press("Escape")
    ann.page.keyboard.press("ControlOrMeta+a")
    count = ann.page.evaluate(f"{WINDOWS}.count")
    ann.page.locator("[data-sum=rows]").get_by_text(f"{count:,}").wait_for()
    ann.page.locator("[data-sum=sum]").wait_for()
    ann.screenshot(f"large-sums-{version}")


def test_it_is_grouped_with_headings_of_whole_groups(
    site: Site, seat: SitDown, version: str
) -> None:
    ann = open_large(seat(site, "ann"))
    count = ann.page.evaluate(f"{WINDOWS}.count")
    group_by(ann, "Stock")
    first, third = heading(0), heading(2)
    ann.wait(f"key => {GRID}.records[0].$pk === key && {GROUPS}.outline.known !== null", first)
    is_filled(ann)
    rows = ann.page.evaluate(f"key => {GROUPS}.heading(key).count", first)
    wait_heading(ann, first, "name", f"0 {rows:,}")
    assert rows > 2_000, "many more than are loaded"
    ann.screenshot(f"large-groups-{version}")
    before = ann.page.evaluate(f"key => {GROUPS}.heading(key).count", heading(1)) + rows
    ann.page.evaluate(f"place => {WINDOWS}.goTo(place)", before - 5)
    is_filled(ann)
    ann.cell(third, "name").click()
    ann.page.keyboard.press("Enter")
    ann.wait(f"{WINDOWS}.count < {count} && {WINDOWS}.isExact && !{WINDOWS}.entry")
    ann.wait(f"key => !{GROUPS}.heading(key).isOpen", third)
    is_filled(ann)
    closed = ann.page.locator(".ht_master tr[aria-expanded=false]")
    assert closed.get_attribute("aria-level") == "1"
    ann.page.keyboard.press("ArrowDown")
    ann.wait(f"key => {GRID}.records[{GRID}.hot.getSelectedLast()[0]].$pk === key", heading(3))
    ann.screenshot(f"large-groups-closed-{version}")
    ann.page.keyboard.press("ArrowUp")
    ann.page.keyboard.press("Enter")
    ann.wait(f"{WINDOWS}.count === {count}")
    group_by(ann)


def test_its_groups_are_sorted_by_a_total(site: Site, seat: SitDown, version: str) -> None:
    ann = open_large(seat(site, "ann"))
    group_by(ann, "Supplier")
    ann.wait(f"{GROUPS}.outline.known !== null && {GROUPS}.outline.list.length > 1")
    former = ann.page.evaluate(f"{GROUPS}.outline.list")
    sums = ann.page.evaluate(
        f"{GROUPS}.outline.list.map((key) => {GROUPS}.total(key, 'stock', 'sum'))"
    )
    most = former[max(range(len(sums)), key=lambda at: int(sums[at]))]
    assert most != former[0], "another order than by value"
    open_tool(ann, "group").locator("select.ls-group-order").select_option("sum stock")
    ann.page.keyboard.press("Escape")
    ann.wait(f"key => {GRID}.records[0].$pk === key", most)
    is_filled(ann)
    ann.screenshot(f"large-groups-by-total-{version}")
    group_by(ann)


def test_a_whole_column_is_filled_and_taken_back_in_all_rows(
    site: Site, seat: SitDown, version: str
) -> None:
    """Minutes long: each of the rows is fetched, saved, seen and, in the end, as it was."""
    kept = "print(len(set(Product.objects.values_list('stock', flat=True))))"
    before = site.elsewhere.run(kept)
    ann = open_large(seat(site, "ann"))
    is_filled(ann)
    ann.page.evaluate(
        f"""() => {{
            const col = {GRID}.columns.findIndex((one) => one.name === "stock");
            {GRID}.hot.selectCell(0, col, {GRID}.records.length - 1, col);
            {GRID}.hot.listen();
        }}"""
    )
    ann.page.keyboard.press("Control+d")
    question = ann.page.get_by_role("dialog")
    question.wait_for()
    ann.screenshot(f"large-column-{version}")
    question.get_by_role("button", name="In all").click()
    ann.wait(f"() => {SHEET}.outbox.size > 0", ms=LONG_MS)
    ann.wait(f"() => {SHEET}.outbox.size === 0", ms=LONG_MS)
    assert site.elsewhere.run(kept) == "1"
    ann.page.keyboard.press("Control+z")
    ann.wait(f"() => {SHEET}.outbox.size > 0", ms=LONG_MS)
    ann.wait(f"() => {SHEET}.outbox.size === 0", ms=LONG_MS)
    assert site.elsewhere.run(kept) == before
