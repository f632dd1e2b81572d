"""The documentation keeps its word: its links lead somewhere, its code is code, its names exist.

docs/test_project.py goes further: it makes a project of the README and of the quickstart.
"""

from __future__ import annotations

import ast
import inspect
import json
import re
import textwrap
from collections import Counter
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from livesheet import conf, connection, exceptions
from livesheet.consumers import LiveSheetConsumer
from livesheet.edits import others, refusals, texts
from livesheet.feed import frames, membership
from livesheet.sheet import columns
from livesheet.sheet.declaration import FRAME_HOOKS
from livesheet.wire import protocol, sockets
from tests.widget import SCRIPTS, STATIC, STYLES

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
FRAMES = sorted((ROOT / "tests" / "frames").glob("*.json"))
PACKAGE = ROOT / "src" / "livesheet"

FENCE = re.compile(r"^(?P<indent> *)```(?P<kind>\w*)[^\n]*\n(?P<body>.*?)^ *```", re.M | re.S)
LINK = re.compile(r"!?\[[^\]]*\]\((?P<target>[^)\s]+)[^)]*\)")
HEADING = re.compile(r"^#+ +(?P<text>.+?) *$", re.M)

each_page = pytest.mark.parametrize(
    "document", PAGES, ids=lambda document: str(document.relative_to(ROOT))
)


@each_page
def test_links_within_the_repository_lead_somewhere(document: Path) -> None:
    text = FENCE.sub("", document.read_text(encoding="utf-8"))
    broken = []
    for match in LINK.finditer(text):
        target, _, anchor = match["target"].partition("#")
        if "://" in target or target.startswith("mailto:"):
            continue
        there = (document.parent / target).resolve() if target else document
        if not there.exists() or (anchor and anchor not in anchors(there)):
            broken.append(match["target"])
    assert broken == []


@each_page
def test_python_in_the_text_compiles(document: Path) -> None:
    for line, body in blocks(document, "python"):
        try:
            compile(body, f"{document.name}:{line}", "exec", dont_inherit=True)
        except SyntaxError as error:
            pytest.fail(f"{document.relative_to(ROOT)}:{line}: {error}")


@each_page
def test_json_in_the_text_parses(document: Path) -> None:
    for line, body in blocks(document, "json"):
        try:
            json.loads(body)
        except ValueError as error:
            pytest.fail(f"{document.relative_to(ROOT)}:{line}: {error}")


@each_page
def test_no_page_names_a_path_of_somebodys_machine(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    assert re.findall(r"(?<![\w.])/(?:work|tmp|root|home/(?!ubuntu))\b[^\s`]*", text) == []


@each_page
def test_what_the_pages_import_exists(document: Path) -> None:
    missing = []
    for _line, body in blocks(document, "python"):
        for node in ast.walk(ast.parse(body)):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("livesheet"):
                module = import_module(str(node.module))
                missing += [alias.name for alias in node.names if not hasattr(module, alias.name)]
    assert missing == []


def test_each_everyday_job_has_the_browser_test_that_its_page_names() -> None:
    tests = "\n".join(file.read_text() for file in (ROOT / "tests" / "browser").glob("test_*.py"))
    page = (ROOT / "docs" / "jobs.md").read_text(encoding="utf-8")
    named = re.findall(r"\| `(test_\w+)` \|$", page, re.M)
    assert len(named) == page.count("\n|") - len("|-")
    assert [name for name in named if f"def {name}(" not in tests] == []


# --- the protocol ----------------------------------------------------------------------------


@pytest.mark.parametrize("frame", FRAMES, ids=lambda frame: frame.stem)
def test_the_protocol_page_shows_every_frame_as_it_is_tested(frame: Path) -> None:
    example = json.loads(frame.read_text(encoding="utf-8"))
    page = ROOT / "docs" / "protocol.md"
    assert f"### {example['type']}\n" in page.read_text(encoding="utf-8"), "give it a heading"
    shown = [json.loads(body) for _line, body in blocks(page, "json")]
    assert example in shown, f"show what is in {frame.name}"


def test_the_protocol_page_shows_no_frame_that_is_not_tested() -> None:
    shown = [json.loads(body)["type"] for _line, body in blocks(ROOT / "docs/protocol.md", "json")]
    tested = [frame.stem.split(".")[1] for frame in FRAMES]
    assert Counter(shown) - Counter(tested) == {}, "write an example of these into tests/frames"
    assert Counter(tested) - Counter(shown) == {}, "show these once in docs/protocol.md"


def test_the_protocol_page_explains_every_error_code() -> None:
    assert codes_listed("errors") == codes_used({"FrameError": 0, "error": 1}) | {"bad_frame"}


def test_the_protocol_page_explains_every_refusal() -> None:
    assert codes_listed("refusals") == codes_used({"entry": 2, "_refuse": 2, "_refusal": 1})


def test_the_protocol_page_explains_every_close_code() -> None:
    text = (ROOT / "docs" / "protocol.md").read_text(encoding="utf-8")
    named = [*vars(protocol).values(), *vars(exceptions).values()]
    codes = {value for value in named if isinstance(value, int)}
    assert {int(code) for code in re.findall(r"^\| (4\d{3}) \|", text, re.M)} == {
        code for code in codes if 4000 <= code < 5000
    }


def test_the_protocol_page_gives_the_numbers_of_the_code() -> None:
    text = " ".join((ROOT / "docs" / "protocol.md").read_text(encoding="utf-8").split())
    silent, behind = connection.SILENT_SECONDS, sockets.BEHIND_SECONDS
    for phrase in (
        f"speaks first, within {connection.OPEN_SECONDS:.0f} seconds of being let in",
        f"nothing heard for {silent:.0f} seconds, or behind for {behind:.0f},",
        f"a snapshot that takes over {membership.SNAPSHOT_SECONDS}",
        f"at most {membership.MAX_MISSED:,} missed rows",
        f"A change of more than {frames.ROWS_PER_FRAME} rows",
        f"sent every {connection.BEAT_SECONDS:.0f} seconds anyway",
        f"frames nested deeper than {protocol.MAX_DEPTH}",
        f"there lists and objects may be nested {conf.get('MAX_VALUE_DEPTH')} deep",
        f"numbers of more than {conf.get('MAX_DIGITS')} digits",
        f"A request may name {texts.MOST_LABELS:,} different labels",
        f"a `related_many` {texts.MOST_KEYS:,} keys",
        f"looks back over {others.MOST_CHANGES:,} changes, and the keys of {others.MOST_KEYS:,}",
        f"A value of more than {refusals.MOST_OF_A_VALUE:,} bytes",
        f"more than {conf.get('MAX_REPLY_BYTES'):,} bytes of values in one reply",
        f"the first {refusals.KEPT_OF_A_TEXT} characters",
        f"Up to {conf.get('MAX_REQUESTS')} may wait",
        f"more than {conf.get('MAX_UNREAD_BYTES') // 1_000_000} MB of changes",
    ):
        assert phrase in text


def test_the_protocol_page_lists_every_type_of_column() -> None:
    found = {kind for _class, kind in columns._TYPES}
    for node in ast.walk(ast.parse(inspect.getsource(columns._type_of))):
        if isinstance(node, ast.Return):
            texts = [one.value for one in ast.walk(node) if isinstance(one, ast.Constant)]
            found |= {text for text in texts if isinstance(text, str)}
    text = (ROOT / "docs" / "protocol.md").read_text(encoding="utf-8").split("\n## Values\n")[1]
    listed = re.findall(r"^\| (`[^|]*`) \|", text, re.M)
    assert {kind for types in listed for kind in re.findall(r"`(\w+)`", types)} == found


def codes_listed(name: str) -> set[str]:
    """The codes of the table that follows the comment of that name."""
    text = (ROOT / "docs" / "protocol.md").read_text(encoding="utf-8")
    table = text.split(f"<!-- {name} -->")[1].split("<!-- end -->")[0]
    return set(re.findall(r"^\| `(\w+)` \|", table, re.M))


def codes_used(functions: dict[str, int]) -> set[str]:
    """The texts that the package hands to these functions, each at its argument's place."""
    found = set()
    for path in PACKAGE.rglob("*.py"):
        for call in calls(path):
            at = functions.get(call_name(call), -1)
            given = call.args[at] if 0 <= at < len(call.args) else None
            if isinstance(given, ast.Constant) and re.fullmatch(r"[a-z_]+", str(given.value)):
                found.add(str(given.value))
    return found


def calls(path: Path) -> Iterator[ast.Call]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def call_name(call: ast.Call) -> str:
    return getattr(call.func, "attr", getattr(call.func, "id", ""))


# --- names -----------------------------------------------------------------------------------


def test_the_settings_page_has_every_setting_with_its_default() -> None:
    text = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    sections = re.findall(r"^## ([A-Z_]+)\n\nDefault: `([^`]+)`", text, re.M)
    assert {name: ast.literal_eval(value) for name, value in sections} == conf.DEFAULTS


def test_the_checks_page_has_every_check() -> None:
    text = (ROOT / "docs" / "checks.md").read_text(encoding="utf-8")
    code = "".join(path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py"))
    assert set(re.findall(r"\blivesheet\.([EW]\d{3})\b", text)) == set(
        re.findall(r"\b([EW]\d{3})\b\"", code)
    )


def test_the_sheets_page_has_every_attribute_and_hook() -> None:
    text = (ROOT / "docs" / "consumers.md").read_text(encoding="utf-8")
    told = set(re.findall(r"`(\w+)(?:\(.*?\))?`", text))
    attributes = set(inspect.get_annotations(LiveSheetConsumer.__mro__[1])) - {"alias"}
    hooks = {
        name
        for name in dir(LiveSheetConsumer)
        if re.match(r"has_\w+_permission|perform_|edit_context|get_audience|get_related", name)
    }
    assert (attributes | hooks | set(FRAME_HOOKS)) - told == set()


def test_the_modules_that_a_packet_passes_exist() -> None:
    text = (ROOT / "docs" / "how-an-edit-travels.md").read_text(encoding="utf-8")
    named = re.findall(r"([\w/]+\.(?:py|js))\b", text)
    assert len(named) > 40
    absent = [n for n in named if not (PACKAGE / n).is_file() and not (STATIC / n).is_file()]
    assert absent == []


def test_what_the_widget_page_names_is_in_the_widget() -> None:
    text = (ROOT / "docs" / "widget.md").read_text(encoding="utf-8")
    code = "".join(path.read_text(encoding="utf-8") for path in widget())
    events = set(re.findall(r"`livesheet:(\w+)`", text))
    assert events == set(re.findall(r"\btell\(\"(\w+)\"", code))
    styles = set(re.findall(r"`(--ls-[\w-]+|ls-[\w-]+)`", text))
    assert {name for name in styles if name not in code} == set()
    root = (STATIC / "main.css").read_text(encoding="utf-8").split(":root {")[1].split("}")[0]
    assert set(re.findall(r"(--ls-[\w-]+):", root)) - styles == set()


def widget() -> list[Path]:
    """The scripts and styles, without the grid's."""
    return [*SCRIPTS, *STYLES]


# --- reading pages ---------------------------------------------------------------------------


def blocks(document: Path, kind: str) -> list[tuple[int, str]]:
    """The fenced blocks of a language, each with the line it begins on."""
    text = document.read_text(encoding="utf-8")
    return [
        (text.count("\n", 0, match.start()) + 1, textwrap.dedent(match["body"]))
        for match in FENCE.finditer(text)
        if match["kind"] == kind
    ]


def anchors(document: Path) -> set[str]:
    """The anchors that GitHub makes of a page's headings."""
    titles = (match["text"] for match in HEADING.finditer(document.read_text(encoding="utf-8")))
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}
