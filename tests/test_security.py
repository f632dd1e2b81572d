"""What docs/security.md promises: its tests are there, and the bundled grid's weak parts unused."""

from __future__ import annotations

import re
from pathlib import Path

from tests.widget import SCRIPTS, STATIC

ROOT = Path(__file__).resolve().parent.parent

# Cell types of Handsontable that bring its validators, moment or HTML with them.
WEAK = re.compile(
    r"""\btype:\s*["'](numeric|date|time|html)["']|(numeric|html|date)Renderer|\bmoment\("""
)

# Ways from a text to markup, to code, to an address or to another window.
SINKS = re.compile(
    r"""innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|createContextualFragment"""
    r"""|srcdoc|setHTML|parseHTML|\beval\(|new Function|javascript:"""
    r"""|Attribute\(\s*["'`](on|href|src|style)"""
    r"""|window\.open|postMessage|\blocation(\.href)? =|cssText|\.html\b"""
)
# Where addresses are set: of the page's own config, and of what `webAddress` and `mailTo` let pass.
ADDRESSES = re.compile(r"(?<!dataset)\.(href|src|action|srcset) = ")
SET_ADDRESSES = {"grid/contents.js": 3, "grid/loader.js": 2}


def test_no_text_becomes_markup_or_code() -> None:
    found = [
        (path.name, match.group())
        for path in SCRIPTS
        for match in SINKS.finditer(without_comments(path.read_text(encoding="utf-8")))
    ]
    assert found == []


def test_addresses_are_set_where_they_are_looked_at() -> None:
    counts = {
        path.relative_to(STATIC).as_posix(): len(ADDRESSES.findall(path.read_text("utf-8")))
        for path in SCRIPTS
    }
    # `finding/savedviews.js` reads one, and `url.hash` is no way out.
    assert {name: count for name, count in counts.items() if count} == SET_ADDRESSES


def without_comments(text: str) -> str:
    return re.sub(r"/\*.*?\*/|^\s*//.*$", "", text, flags=re.S | re.M)


def test_every_test_that_the_page_names_is_there() -> None:
    page = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", page)
    assert len(named) > 15
    missing = [
        f"{path}::{name}"
        for path, name in named
        if f"def {name}(" not in (ROOT / path).read_text(encoding="utf-8")
    ]
    assert missing == []


def test_no_cell_has_a_type_that_the_bundled_grid_is_weak_in() -> None:
    found = [
        (path.name, match.group())
        for path in SCRIPTS
        for match in WEAK.finditer(path.read_text(encoding="utf-8"))
    ]
    assert found == []
