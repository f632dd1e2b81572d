"""What is pasted into one browser, saved, and shown in another is what the database holds.

For each kind of field two hundred values, extremes among them. On PostgreSQL, which keeps twenty
digits where SQLite rounds them.
"""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.browser.cells_hands import held, paste, read_again, tsv
from tests.browser.conftest import OpenSite, SitDown
from tests.browser.desk import GRID, SHEET, Desk
from tests.browser.servers import KINDS, Site

COUNT = 200
BERLIN = ZoneInfo("Europe/Berlin")
NOBODY = st.none()
LONGEST = dt.timedelta(days=100_000_000)

# What a clipboard keeps as it is. (The serializer takes blanks off both ends, as forms do.)
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=60).map(
    str.strip
)
EMAIL = r"[a-z]{1,9}(\.[a-z0-9+]{1,9})?@[a-z]{2,9}\.(com|org)"
URL = r"https?://[a-z]{2,9}\.(com|org)(/[a-z0-9%?=&#.-]{0,20})?"
LINES = st.lists(TEXT, max_size=4).map("\n".join).map(str.strip)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXT
    | st.floats(-1e15, 1e15),  # PostgreSQL writes larger ones without their exponent
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


def decimals(digits: int, places: int) -> st.SearchStrategy[Decimal]:
    most = 10**digits - 1
    return st.integers(-most, most).map(lambda n: Decimal(n).scaleb(-places))


@dataclass(frozen=True)
class Kind:
    """``typed`` is what a person would write; ``kept`` what the ORM then holds, as JSON."""

    column: str
    values: st.SearchStrategy[Any]
    typed: Callable[[Any], str] = str
    kept: Callable[[Any], Any] = lambda value: value
    model: str = "Specimen"


def moment(value: dt.datetime) -> str:
    """As a wall clock in Berlin shows it; in the hour that comes twice, with its offset."""
    there = value.astimezone(BERLIN)
    text = there.replace(tzinfo=None).isoformat(" ")
    twice = there.replace(fold=0).utcoffset() != there.replace(fold=1).utcoffset()
    return there.isoformat(" ") if twice else text


def iso(value: Any) -> Any:
    return None if value is None else value.isoformat()


def in_utc(value: dt.datetime | None) -> str | None:
    return None if value is None else value.astimezone(dt.UTC).isoformat()


def text(value: Any) -> Any:
    return None if value is None else str(value)


def address(value: Any) -> Any:
    """REST framework takes an IPv4 address out of the IPv6 one that wraps it."""
    return text(getattr(value, "ipv4_mapped", None) or value)


def seconds(value: dt.timedelta | None) -> Any:
    return None if value is None else [value.days, value.seconds, value.microseconds]


def clock(value: dt.timedelta) -> str:
    size = abs(value)
    rest = str(dt.timedelta(seconds=size.seconds, microseconds=size.microseconds))
    return f"{'-' if value < dt.timedelta(0) else ''}{size.days} days, {rest}"


KINDS_OF_CELLS = [
    Kind("char", TEXT),
    Kind("text", LINES),
    Kind("slug", st.from_regex(r"[a-zA-Z0-9_-]{0,50}", fullmatch=True)),
    Kind("email", st.from_regex(EMAIL, fullmatch=True)),
    Kind("url", st.from_regex(URL, fullmatch=True)),
    Kind("small", NOBODY | st.integers(-(2**15), 2**15 - 1)),
    Kind("positive", NOBODY | st.integers(0, 2**31 - 1)),
    Kind("integer", NOBODY | st.integers(-(2**31), 2**31 - 1)),
    Kind("big", NOBODY | st.integers(-(2**63), 2**63 - 1)),
    Kind("twenty", NOBODY | decimals(20, 0), kept=text),
    Kind("decimal", NOBODY | decimals(24, 6), lambda v: format(v, "f"), text),
    Kind("floating", NOBODY | st.floats(allow_nan=False, allow_infinity=False), repr),
    Kind("boolean", st.booleans(), lambda v: "TRUE" if v else "FALSE"),
    Kind("maybe", NOBODY | st.booleans(), lambda v: "yes" if v else "no"),
    Kind("date", NOBODY | st.dates(), dt.date.isoformat, iso),
    Kind("time", NOBODY | st.times(), dt.time.isoformat, iso),
    Kind("moment", NOBODY | st.datetimes(
        dt.datetime(1, 1, 3), dt.datetime(9999, 12, 29), timezones=st.timezones()), moment, in_utc),
    Kind("duration", NOBODY | st.timedeltas(-LONGEST, LONGEST), clock, seconds),
    Kind("uuid", NOBODY | st.uuids(), kept=text),
    Kind("ip", NOBODY | st.ip_addresses(), kept=address),
    Kind("choice", NOBODY | st.sampled_from([1, 2]), {1: "One", 2: "Two"}.__getitem__),
    Kind("grade", st.sampled_from("fgp"),
         {"f": "Fine", "g": "Good, mostly", "p": "Poor"}.__getitem__),
    Kind("maker", NOBODY | st.sampled_from(["Nordwood", "Südholz", "Eastoak"])),
    Kind("customer", NOBODY | st.integers(0, 2998).filter(lambda n: n % 100 != 99)
         .map(lambda n: f"Customer {n:04}")),
    Kind("tags", st.sets(st.sampled_from(["new", "sale"])).map(sorted), ", ".join),
    Kind("data", NOBODY | JSON, lambda v: json.dumps(v, ensure_ascii=False)),
    Kind("numbers", NOBODY | st.lists(st.integers(-(2**31), 2**31 - 1), min_size=1, max_size=5),
         lambda v: ", ".join(map(str, v)), model="Series"),
    Kind("words", st.lists(st.sampled_from(["red", "a, b", 'say "no"', "é 世"]), max_size=4),
         lambda v: ", ".join('"' + one.replace('"', '""') + '"' for one in v), model="Series"),
    Kind("span", NOBODY | st.tuples(st.integers(-999, 0), st.integers(1, 999)),
         lambda v: f"[{v[0]},{v[1]})", lambda v: v and f"[{v[0]}, {v[1]})", model="Series"),
]  # fmt: skip

READ = {
    "tags": "sorted(tag.name for tag in row.tags.all())",
    "maker": "row.maker and row.maker.name",
    "customer": "row.customer and row.customer.name",
    "moment": "row.moment and row.moment.astimezone(dt.UTC).isoformat()",
    "duration": "row.duration is not None and"
    " [row.duration.days, row.duration.seconds, row.duration.microseconds] or None",
    "date": "row.date and row.date.isoformat()",
    "time": "row.time is not None and row.time.isoformat() or None",
    **{name: f"row.{name} if row.{name} is None else str(row.{name})"
       for name in ("twenty", "decimal", "uuid", "ip", "span")},
}  # fmt: skip


def generated(values: st.SearchStrategy[Any]) -> list[Any]:
    found: list[Any] = []

    @settings(
        max_examples=COUNT, database=None, derandomize=True, deadline=None,
        phases=[Phase.generate], suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(values)
    def gather(value: Any) -> None:
        found.append(value)

    gather()
    return [found[n % len(found)] for n in range(COUNT)]


@pytest.fixture(scope="module")
def site(open_shared_site: OpenSite, version: str) -> Site:
    site = open_shared_site(KINDS, engine="postgres", version=version)
    site.serve("uvicorn")
    site.elsewhere.run("Series.objects.bulk_create(Series() for number in range(200))")
    return site


def in_the_database(site: Site, kind: Kind) -> list[Any]:
    read = READ.get(kind.column, f"row.{kind.column}")
    found: list[Any] = json.loads(
        site.elsewhere.run(
            "import json, datetime as dt\n"
            f"print(json.dumps([{read} for row in {kind.model}.objects.order_by('pk')]))"
        )
    )
    return found


def check(site: Site, ann: Desk, bea: Desk, kind: Kind) -> None:
    values = generated(kind.values)
    texts = ["" if value is None else kind.typed(value) for value in values]
    first = ann.all_pks()[0]
    paste(ann, first, kind.column, tsv(texts))
    ann.wait(f"{SHEET}.outbox.size === 0", ms=90_000)
    ann.wait_settled()
    kept = in_the_database(site, kind)
    wanted = [kind.kept(value) for value in values]
    wrong = [
        (value, typed, found)
        for value, typed, found, expected in zip(values, texts, kept, wanted, strict=True)
        if not same(found, expected)
    ]
    assert wrong[:5] == [], f"{kind.column}: stored otherwise than typed"
    bea.wait(
        f"([name, cells]) => JSON.stringify(cells) === JSON.stringify("
        f"[...{GRID}.places.keys()].map(pk => {SHEET}.rows.value(pk, name)))",
        [kind.column, held(ann, kind.column)],
    )
    shown = held(bea, kind.column)
    again = read_again(bea, kind.column)
    assert [pair for pair in zip(shown, again, strict=True) if pair[0] != pair[1]][:5] == []


def same(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return one == other or math.isclose(one, other, rel_tol=0, abs_tol=0)
    return bool(one == other)


PARTS = {
    "texts": ["char", "text", "slug", "email", "url", "uuid", "ip"],
    "numbers": ["small", "positive", "integer", "big", "twenty", "decimal", "floating"],
    "times": ["date", "time", "moment", "duration"],
    "picked": ["boolean", "maybe", "choice", "grade", "maker", "customer", "tags", "data"],
    "postgres": ["numbers", "words", "span"],
    "dates-in-german": ["date", "moment"],
}


@pytest.mark.parametrize("part", PARTS)
def test_what_is_pasted_is_what_all_see(site: Site, seat: SitDown, part: str) -> None:
    kinds = [kind for kind in KINDS_OF_CELLS if kind.column in PARTS[part]]
    sheet = kinds[0].model.lower()
    ann, bea = (seat(site, name) for name in ("ann", "bea"))
    if part.endswith("german"):
        german = {"name": "django_language", "value": "de", "url": ann.address}
        for desk in (ann, bea):
            desk.page.context.add_cookies([german])  # type: ignore[list-item]
    for desk in (ann, bea):
        desk.open(f"/sheet/{sheet}/")
    failures = []
    for kind in kinds:
        try:
            check(site, ann, bea, kind)
        except AssertionError as error:
            failures.append(str(error))
    assert failures == [], "\n\n".join(failures)
