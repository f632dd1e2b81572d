"""Texts that would be formulas in the spreadsheet that they are pasted into."""

from __future__ import annotations

import html
import re

import pytest

from tests.browser.conftest import OpenSite, SitDown
from tests.browser.desk import GRID
from tests.browser.editing_hands import copied, paste, select, wait_rows
from tests.browser.servers import KINDS, Site

TEXTS = [
    "=1+1", "+A1", "-A1", "@SUM(A1)", "=cmd|' /C calc'!A0", '=HYPERLINK("http://a.example","b")',
    "  =1+1", "'=1+1", "＝1+1", "- a list\n- of two", "a\n=1+1", "-5", "a = b",
]  # fmt: skip
NUMBER = "-5"
FORMULA = re.compile(r"\s*[=+\-@＝]")

MAKE = """
print(*[s.pk for text in {texts!r} for s in [Sample.objects.create(text=text, integer=-5)]])
"""
# A serializer trims what is pasted.
READ = "import json; print(json.dumps([Sample.objects.get(pk=pk).text.strip() for pk in {pks}]))"
FRESH = "print(*[Sample.objects.create().pk for _ in range({n})])"


@pytest.fixture(scope="module")
def site(open_shared_site: OpenSite, version: str) -> Site:
    site = open_shared_site(KINDS, version=version)
    site.serve("daphne")
    return site


def test_no_formula_leaves_by_the_clipboard(site: Site, seat: SitDown) -> None:
    """Nor is one calculated here; and back in a sheet, what was copied is exact."""
    pks = site.elsewhere.run(MAKE.format(texts=TEXTS)).split()
    fresh = site.elsewhere.run(FRESH.format(n=2 * len(pks))).split()
    ann = seat(site, "ann").open("/sheet/sample/")
    ann.wait_row(fresh[-1])
    ann.scroll_to(pks[0], "text")
    assert ann.text(pks[0], "text") == "=1+1"
    assert ann.text(pks[4], "text") == TEXTS[4]
    select(ann, (pks[0], "text"), (pks[-1], "text"))
    text, table = copied(ann)
    cells = [html.unescape(cell) for cell in re.findall("<td[^>]*>(.*?)</td>", table)]
    plain = re.findall(r'(?:^|\n)("(?:[^"]|"")*"|[^\n]*)', text)
    for out in (cells, [cell.removeprefix('"') for cell in plain]):
        assert [cell for cell in out if FORMULA.match(cell)] == [NUMBER]
        assert len(out) == len(TEXTS)

    half = len(pks)
    select(ann, (fresh[0], "text"))
    paste(ann, text, table)
    select(ann, (fresh[half], "text"))
    paste(ann, text)  # as an editor of plain texts would give it back
    ann.wait_settled()
    stored = site.elsewhere.run(READ.format(pks=[int(pk) for pk in fresh]))
    assert stored == site.elsewhere.run(READ.format(pks=[int(pk) for pk in pks * 2]))

    select(ann, (pks[0], "integer"), (pks[0], "integer"))
    assert copied(ann)[0] == NUMBER


def test_a_sheet_may_give_its_texts_as_they_are(site: Site, seat: SitDown) -> None:
    pks = site.elsewhere.run(MAKE.format(texts=TEXTS)).split()
    ann = seat(site, "ann").open("/sheet/exact/")
    wait_rows(ann, ann.page.evaluate(f"{GRID}.records.length"))
    select(ann, (pks[0], "text"), (pks[1], "text"))
    text, table = copied(ann)
    assert text == "=1+1\n+A1"
    assert ">=1+1<" in table
