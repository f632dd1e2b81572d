"""Cells of every field: how they look, how they are edited, what they lead to."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.cells_hands import open_editor, options, parts, paste, stored, write
from tests.browser.conftest import OpenSite, SitDown
from tests.browser.desk import GRID, SHEET, Desk
from tests.browser.editing_hands import drag_handle, select
from tests.browser.servers import KINDS, Site

ADDRESS = "https://example.com/a?b=1"
PAGE = "/sheet/specimen/"

FILLED = f"""
rows = list(Specimen.objects.order_by("pk")[:6])
def fill(row, **values):
    for name, value in values.items():
        setattr(row, name, value)
    row.save()
fill(rows[0], url={ADDRESS!r}, email="ann@example.com", big=9007199254740993, small=2026,
     decimal="1234567.5", floating=1e21, text="one\\ntwo",
     data={{"b": 1, "a": [1]}}, blob=b"x" * 2048, upload="a/list.pdf", picture="dot.png")
fill(rows[1], url="ftp://example.com/x", money="12.50")
tags = [Tag.objects.get_or_create(name=name)[0] for name in ("new", "sale", "green, dark")]
rows[0].tags.set(tags[:2])
import pathlib
from django.conf import settings
pathlib.Path(settings.MEDIA_ROOT).mkdir(exist_ok=True)
pathlib.Path(settings.MEDIA_ROOT, "dot.png").write_bytes(bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c63"
    "6060f8cf0000030101006764e0e10000000049454e44ae426082"))
"""


@pytest.fixture(scope="module")
def site(open_shared_site: OpenSite, version: str) -> Site:
    site = open_shared_site(KINDS, version=version)
    site.serve("uvicorn")
    site.elsewhere.run(FILLED)
    return site


def shown(desk: Desk, pk: str, column: str) -> str:
    desk.scroll_to(pk, column)
    return desk.text(pk, column)


def test_each_field_is_shown_as_what_it_is(site: Site, seat: SitDown, version: str) -> None:
    ann = seat(site, "ann").open(PAGE)
    first, second = ann.all_pks()[:2]
    assert {name: shown(ann, first, name) for name in (
        "url", "email", "small", "big", "decimal", "floating", "data", "blob",
        "upload", "picture", "shout", "length",
    )} == {
        "url": ADDRESS, "email": "ann@example.com", "small": "2026",
        "big": "9,007,199,254,740,993", "decimal": "1,234,567.500000",
        "floating": "1e+21", "data": '{"b":1,"a":[1]}', "blob": "2.0 kB",
        "upload": "a/list.pdf", "picture": "dot.png",
        "shout": "SPECIMEN 0", "length": "7",
    }  # fmt: skip
    assert shown(ann, second, "money") == "12.50 EUR"
    ann.screenshot(f"fields-right-{version}")
    for name in ("upload", "picture", "blob", "money", "shout", "length", "half"):
        ann.scroll_to(first, name)
        ann.click(first, name)
        ann.page.keyboard.type("x")
        assert not ann.editor()["open"], name
    ann.scroll_to(first, "picture")
    ann.wait(f"{GRID}.cell({first!r}, 'picture').querySelector('img').naturalWidth === 1")


def test_only_a_web_address_leads_anywhere_and_a_click_selects(
    site: Site, seat: SitDown, version: str
) -> None:
    ann = seat(site, "ann").open(PAGE)
    first, second = ann.all_pks()[:2]
    ann.page.context.route("https://example.com/**", lambda route: route.fulfill(body="there"))
    ann.scroll_to(first, "url")
    link = ann.cell(first, "url").query_selector("a")
    assert link is not None
    assert link.get_attribute("href") == ADDRESS
    assert "noopener" in (link.get_attribute("rel") or "")
    assert ann.cell(second, "url").query_selector("a") is None
    ann.scroll_to(first, "email")
    mail = ann.cell(first, "email").query_selector("a")
    assert mail is not None
    assert mail.get_attribute("href") == "mailto:ann@example.com"
    ann.scroll_to(first, "url")
    link = ann.cell(first, "url").query_selector("a")
    assert link is not None
    ann.click(first, "url")
    assert (ann.editor()["pk"], ann.editor()["column"]) == (first, "url")
    assert len(ann.page.context.pages) == 1
    with ann.page.context.expect_page() as opened:
        link.click()
    opened.value.wait_for_url(ADDRESS)
    opened.value.close()
    ann.click(second, "url")
    with ann.page.context.expect_page() as opened:
        box = ann.box(first, "url")
        ann.page.keyboard.down("Control")
        ann.page.mouse.click(box["x"] + 20, box["y"] + 10)
        ann.page.keyboard.up("Control")
    opened.value.wait_for_url(ADDRESS)


def test_a_long_text_is_written_in_lines(site: Site, seat: SitDown, version: str) -> None:
    ann, bea = (seat(site, name).open(PAGE) for name in ("ann", "bea"))
    pk = ann.all_pks()[2]
    open_editor(ann, pk, "text")
    ann.page.keyboard.type("first")
    ann.page.keyboard.press("Alt+Enter")
    ann.page.keyboard.type("second")
    ann.page.keyboard.press("Control+Enter")
    ann.page.keyboard.type("third")
    ann.screenshot(f"long-{version}")
    box = ann.page.locator(".ls-long").bounding_box()
    grid = ann.page.locator(".ls-grid").bounding_box()
    assert box is not None
    assert grid is not None
    assert box["x"] + box["width"] <= grid["x"] + grid["width"]
    assert box["width"] >= 300
    ann.page.keyboard.press("Enter")
    ann.wait_settled()
    assert stored(site, pk, "row.text") == "first\nsecond\nthird"
    bea.wait(f"{SHEET}.rows.value({pk!r}, 'text') === 'first\\nsecond\\nthird'")
    open_editor(ann, pk, "text")
    assert ann.editor()["text"] == "first\nsecond\nthird"
    ann.page.keyboard.press("Escape")


def test_json_is_written_in_lines_and_what_is_wrong_about_it_is_said(
    site: Site, seat: SitDown, version: str
) -> None:
    ann = seat(site, "ann").open(PAGE)
    pk, _, other = ann.all_pks()[:3]
    open_editor(ann, pk, "data")
    assert ann.editor()["text"] == '{\n  "b": 1,\n  "a": [\n    1\n  ]\n}'
    ann.screenshot(f"json-{version}")
    ann.page.keyboard.press("Escape")
    write(ann, other, "data", '{"a": [1, "x"], "n": null}')
    ann.wait_settled()
    assert stored(site, other, "row.data") == {"a": [1, "x"], "n": None}
    write(ann, other, "data", '{"a": ')
    ann.wait_class(other, "data", "ls-refused")
    assert "This is not valid JSON: Expecting value, at line 1, column 6." in ann.title(
        other, "data"
    )
    assert stored(site, other, "row.data") == {"a": [1, "x"], "n": None}
    write(ann, other, "data", '{"n": 9007199254740993}')
    ann.wait_settled()
    assert stored(site, other, "row.data") == {"n": 9007199254740993}
    ann.wait_text(other, "data", '{"n": 9007199254740993}')


def test_several_are_picked_by_the_keyboard(site: Site, seat: SitDown, version: str) -> None:
    ann, bea = (seat(site, name).open(PAGE) for name in ("ann", "bea"))
    pk, _, other = ann.all_pks()[:3]
    ann.scroll_to(pk, "tags")
    bea.scroll_to(pk, "tags")
    ann.until(lambda: parts(ann, pk, "tags"), ["new", "sale"])
    open_editor(ann, pk, "tags")
    ann.page.locator(".ls-picked .ls-chip").first.wait_for()
    ann.until(lambda: options(ann), ["green, dark", "new", "sale"])
    ann.page.keyboard.press("Backspace")
    ann.page.keyboard.type("gre")
    ann.until(lambda: options(ann), ["green, dark"])
    ann.screenshot(f"picker-{version}")
    ann.page.keyboard.press("Enter")
    ann.page.keyboard.press("Enter")
    ann.wait_settled()
    bea.wait(f"{GRID}.cell({pk!r}, 'tags').querySelectorAll('.ls-chip')[0]"
             ".innerText === 'green, dark'")  # fmt: skip
    bea.until(lambda: parts(bea, pk, "tags"), ["green, dark", "new"])
    assert stored(site, pk, "sorted(tag.name for tag in row.tags.all())") == ["green, dark", "new"]
    # Space ticks and unticks; Escape leaves everything as it was.
    open_editor(ann, pk, "tags")
    ann.page.keyboard.press("ArrowDown")
    ann.page.keyboard.press("Space")
    expect(ann.page.locator(".ls-picked .ls-chip")).to_have_count(1)
    ann.page.keyboard.press("Escape")
    ann.wait_settled()
    ann.until(lambda: parts(ann, pk, "tags"), ["green, dark", "new"])
    # By the mouse, and done by a click elsewhere.
    open_editor(ann, pk, "tags")
    ann.page.locator(".ls-option", has_text="sale").click()
    ann.page.locator(".ls-picked .ls-chip", has_text="new").locator(".ls-unpick").click()
    ann.click(other, "data")
    ann.wait_settled()
    assert stored(site, pk, "sorted(tag.name for tag in row.tags.all())") == ["green, dark", "sale"]
    # Labels are understood when they are pasted, and nothing at all takes all away.
    paste(ann, other, "tags", '"new, ""green, dark"""')
    ann.wait_settled()
    ann.until(lambda: parts(ann, other, "tags"), ["green, dark", "new"])
    ann.page.keyboard.press("Delete")
    ann.wait_settled()
    assert stored(site, other, "row.tags.count()") == 0
    paste(ann, other, "tags", "new, nonsense")
    ann.wait_class(other, "tags", "ls-refused")
    assert "no entry is called “nonsense”" in ann.title(other, "tags")


def test_one_of_thousands_is_found_by_typing(site: Site, seat: SitDown, version: str) -> None:
    ann, bea = (seat(site, name).open(PAGE) for name in ("ann", "bea"))
    pk, other, third = ann.all_pks()[:3]
    ann.scroll_to(pk, "customer")
    bea.scroll_to(pk, "customer")
    open_editor(ann, pk, "customer")
    ann.page.locator(".ls-option", has_text="Customer 0049").wait_for()
    expect(ann.page.locator(".ls-option-note")).to_have_text(ann_more(ann))
    ann.page.keyboard.type("2718")
    ann.page.locator(".ls-option", has_text="Customer 2718").wait_for()
    ann.wait("document.querySelectorAll('.ls-option').length === 1")
    ann.screenshot(f"search-{version}")
    ann.page.keyboard.press("Enter")
    ann.wait_settled()
    bea.wait_text(pk, "customer", "Customer 2718")
    assert stored(site, pk, "row.customer.name") == "Customer 2718"
    # Who is hidden from this sheet is neither found nor accepted.
    open_editor(ann, other, "customer")
    ann.page.keyboard.type("2799")
    ann.page.locator(".ls-option-note", has_text="Nothing matches").wait_for()
    ann.page.keyboard.press("Enter")
    ann.wait_class(other, "customer", "ls-refused")
    # A label that this browser has never heard of is pasted.
    paste(ann, third, "customer", "customer 1414")
    ann.wait_settled()
    ann.wait_text(third, "customer", "Customer 1414")
    # Several of thousands.
    open_editor(ann, third, "customers")
    for number in ("0007", "2007"):
        ann.page.keyboard.type(number)
        ann.page.locator(".ls-option", has_text=f"Customer {number}").wait_for()
        ann.wait("document.querySelectorAll('.ls-option').length === 1")
        ann.page.keyboard.press("Enter")
    ann.page.keyboard.press("Enter")
    ann.wait_settled()
    ann.until(lambda: parts(ann, third, "customers"), ["Customer 0007", "Customer 2007"])


def ann_more(desk: Desk) -> str:
    found: str = desk.page.evaluate(f"{SHEET}.texts.manyMore")
    return found


def test_lengths_of_time_are_written_as_people_write_them(site: Site, seat: SitDown) -> None:
    ann = seat(site, "ann").open(PAGE)
    pk = ann.all_pks()[3]
    ann.scroll_to(pk, "duration")
    for typed, seconds, text in (
        ("1:30", 5400, "1:30:00"), ("90 min", 5400, "1:30:00"), ("2d", 172800, "2 days, 0:00:00"),
    ):  # fmt: skip
        write(ann, pk, "duration", typed)
        ann.wait_settled()
        ann.wait_text(pk, "duration", text)
        assert stored(site, pk, "row.duration.total_seconds()") == seconds
    write(ann, pk, "duration", "soon")
    ann.wait_class(pk, "duration", "ls-refused")


def test_what_is_no_text_is_filled_down_and_taken_back(
    site: Site, seat: SitDown, version: str
) -> None:
    ann = seat(site, "ann").open(PAGE)
    pks = ann.all_pks()[20:25]
    paste(ann, pks[0], "tags", "new, sale")
    paste(ann, pks[0], "data", '{"a": [1, {"b": null}]}')
    paste(ann, pks[1], "data", "[2]")
    ann.wait_settled()
    select(ann, (pks[0], "tags"), (pks[1], "data"))
    drag_handle(ann, (pks[4], "data"))
    ann.wait_text(pks[4], "data", '{"a":[1,{"b":null}]}')
    ann.wait_settled()
    read = "[sorted(tag.name for tag in row.tags.all()), row.data]"
    one, other = [["new", "sale"], {"a": [1, {"b": None}]}], [[], [2]]
    assert [stored(site, pk, read) for pk in pks] == [one, other, one, other, one]
    select(ann, (pks[0], "tags"), (pks[2], "tags"))
    ann.page.keyboard.press("Control+d")
    ann.wait(f"{GRID}.cell({pks[1]!r}, 'tags').querySelectorAll('.ls-chip').length === 2")
    ann.wait_settled()
    for _ in range(2):
        ann.page.keyboard.press("Control+z")
        ann.wait_settled()
    assert [stored(site, pk, read) for pk in pks] == [one, other, *[[[], None]] * 3]
