"""The documentation keeps its word: its links lead somewhere, its code is code, its names exist."""

from __future__ import annotations

import json
import re
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
FRAMES = sorted((ROOT / "tests" / "frames").glob("*.json"))

FENCE = re.compile(r"^(?P<indent> *)```(?P<kind>\w*)[^\n]*\n(?P<body>.*?)^ *```", re.M | re.S)
LINK = re.compile(r"!?\[[^\]]*\]\((?P<target>[^)\s]+)[^)]*\)")
HEADING = re.compile(r"^#+ +(?P<text>.+?) *$", re.M)

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


@each_page
def test_links_within_the_repository_lead_somewhere(page: Path) -> None:
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    broken = []
    for match in LINK.finditer(text):
        target, _, anchor = match["target"].partition("#")
        if "://" in target or target.startswith("mailto:"):
            continue
        there = (page.parent / target).resolve() if target else page
        if not there.exists() or (anchor and anchor not in anchors(there)):
            broken.append(match["target"])
    assert broken == []


@each_page
def test_python_in_the_text_compiles(page: Path) -> None:
    for line, body in blocks(page, "python"):
        try:
            compile(body, f"{page.name}:{line}", "exec", dont_inherit=True)
        except SyntaxError as error:
            pytest.fail(f"{page.relative_to(ROOT)}:{line}: {error}")


@each_page
def test_json_in_the_text_parses(page: Path) -> None:
    for line, body in blocks(page, "json"):
        try:
            json.loads(body)
        except ValueError as error:
            pytest.fail(f"{page.relative_to(ROOT)}:{line}: {error}")


@pytest.mark.parametrize("frame", FRAMES, ids=lambda frame: frame.stem)
def test_the_protocol_page_tells_of_every_frame(frame: Path) -> None:
    kind = json.loads(frame.read_text(encoding="utf-8"))["type"]
    assert f"`{kind}`" in (ROOT / "docs" / "protocol.md").read_text(encoding="utf-8")


def blocks(page: Path, kind: str) -> list[tuple[int, str]]:
    """The fenced blocks of a language, each with the line it begins on."""
    text = page.read_text(encoding="utf-8")
    return [
        (text.count("\n", 0, match.start()) + 1, textwrap.dedent(match["body"]))
        for match in FENCE.finditer(text)
        if match["kind"] == kind
    ]


def anchors(page: Path) -> set[str]:
    """The anchors that GitHub makes of a page's headings."""
    titles = (match["text"] for match in HEADING.finditer(page.read_text(encoding="utf-8")))
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}
