"""Blocks of cells on the clipboard: out of a sheet and back, and out of LibreOffice Calc."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.browser.conftest import OpenSite, SitDown
from tests.browser.editing_hands import copied, paste, select, shown
from tests.browser.servers import KINDS, Site

CLIPBOARD = Path(__file__).parent / "clipboard"

# A value of each kind, and those that a text says badly: quotes, tabs, nothing, big numbers.
FILL = """
import datetime as d, decimal, uuid
utc = d.timezone.utc
rows = list(Sample.objects.order_by("pk")[:4])
values = [
    dict(char='"quoted" from the start', text="two\\nlines\\tand a tab", email="a@example.com",
         url="https://example.com/?a=1&b=<2>", slug="a-slug", uuid=uuid.UUID(int=7), ip="::1",
         small=-3, integer=2147483647, big=9223372036854775807, floating=0.1,
         decimal=decimal.Decimal("12345678901.7891"), boolean=True, maybe=None,
         date=d.date(1999, 2, 28), time=d.time(23, 59, 59, 123456),
         moment=d.datetime(2026, 10, 25, 0, 30, 15, tzinfo=utc), duration=d.timedelta(3, 5),
         choice=2, data={"a": [1, None, "b\\tc"]}),
    dict(char="two  blanks", text="", small=None, integer=0, big=-1, floating=1e-7,
         decimal=decimal.Decimal("1.0000"), boolean=False, maybe=True,
         moment=d.datetime(2026, 3, 29, 1, 30, tzinfo=utc), data=[], choice=1),
    dict(char="1.234,50", text="=1+1", floating=1234.5, decimal=decimal.Decimal("-0.5000"),
         maybe=False, data="a text", big=9007199254740993),
    dict(char="", text='"', data=12),
]
for row, given in zip(rows, values):
    for name, value in given.items():
        setattr(row, name, value)
    row.save()
print(*[row.pk for row in rows])
"""
READ = """
import json
names = [f.name for f in Sample._meta.fields if f.name not in ("id", "upload", "blob")]
print(json.dumps([[repr(getattr(Sample.objects.get(pk=pk), n)) for n in names] for pk in {pks}]))
"""
COLUMNS = ("char", "data")  # from the first that can be written to the last
# What stands in tests/browser/clipboard/, as Calc showed it; the serializer trims texts.
CALC = [
    ["Oak table", "Grüße, 世界", "1234.5000", "12", "2026-05-01", "09:30:00",
     "2026-07-01 10:00:00+00:00", "True", "0.125"],
    ["Line one\nline two", 'A "quoted" word', "-0.2500", "-3", "2026-12-31", "23:45:00",
     "2026-01-15 07:15:00+00:00", "False", "1.0"],
    ["tab\there", "", "1000000.0100", "1234567", "1999-02-28", "00:00:00",
     "2026-10-25 11:00:00+00:00", "True", "0.07"],
    ["'quoted from the start", "spaces", "0.0000", "0", "2024-02-29", "12:00:00",
     "2024-02-29 05:00:00+00:00", "False", "0.0"],
]  # fmt: skip


@pytest.fixture(scope="module")
def site(open_shared_site: OpenSite, version: str) -> Site:
    site = open_shared_site(KINDS, version=version)
    site.serve("daphne")
    return site


def test_a_block_copied_and_pasted_back_changes_nothing(site: Site, seat: SitDown) -> None:
    pks = site.elsewhere.run(FILL).split()
    before = site.elsewhere.run(READ.format(pks=pks))
    ann = seat(site, "ann").open("/sheet/sample/")
    select(ann, (pks[0], COLUMNS[0]), (pks[3], COLUMNS[1]))
    text, html = copied(ann)
    assert text.split("\n")[0].startswith('"""quoted"" from the start"\t"two')
    paste(ann, text)
    paste(ann, text, html)
    # Nothing is even wished.
    assert [frame for frame in ann.sent if frame["type"] in {"edit", "add", "delete"}] == []
    assert site.elsewhere.run(READ.format(pks=pks)) == before


def test_nor_does_it_in_other_rows(site: Site, seat: SitDown) -> None:
    """By its values where the other program is a sheet of ours, else as exactly as texts can."""
    pks = site.elsewhere.run(FILL).split()
    before = json.loads(site.elsewhere.run(READ.format(pks=pks)))
    make = "print(*[Sample.objects.create().pk for _ in range(8)])"
    fresh = site.elsewhere.run(make).split()
    ann = seat(site, "ann").open("/sheet/sample/")
    ann.wait_row(fresh[-1])
    select(ann, (pks[0], COLUMNS[0]), (pks[3], COLUMNS[1]))
    text, html = copied(ann)
    select(ann, (fresh[0], COLUMNS[0]))
    paste(ann, text, html)
    ann.wait_settled()
    assert json.loads(site.elsewhere.run(READ.format(pks=fresh[:4]))) == before
    select(ann, (fresh[4], COLUMNS[0]))
    paste(ann, text)
    ann.wait_settled()
    columns = [frame for frame in ann.frames if frame["type"] == "hello"][-1]["columns"]
    names = [one["name"] for one in columns if one["name"] not in {"id", "upload", "blob"}]
    assert shown(ann, fresh[4:], names) == shown(ann, pks, names)


@pytest.mark.parametrize("language", ["en-US", "de-DE", "fr-FR"])
def test_a_block_from_calc_is_what_calc_showed(
    site: Site, seat: SitDown, version: str, language: str
) -> None:
    make = "print(*[Sample.objects.create().pk for _ in range(4)])"
    pks = site.elsewhere.run(make).split()
    ann = seat(site, "ann").open("/sheet/calc/")
    ann.wait_row(pks[-1])
    text, html = ((CLIPBOARD / f"calc-{language}.{kind}").read_text() for kind in ("txt", "html"))
    select(ann, (pks[0], "char"))
    paste(ann, text, html)
    ann.wait_settled()
    ann.scroll_to(pks[0], "char")
    ann.screenshot(f"calc-{language}-{version}")
    names = ("char", "text", "decimal", "integer", "date", "time", "moment", "boolean", "floating")
    code = (
        f"found = Sample.objects.in_bulk({[int(pk) for pk in pks]})\n"
        f"print(json.dumps([[str(getattr(one, n)) for n in {names}] for one in found.values()]))"
    )
    assert json.loads(site.elsewhere.run("import json\n" + code)) == CALC
