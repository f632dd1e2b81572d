"""What `docs/contributing.md` promises of the code's form, as far as a machine can see it."""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest
from django.contrib.staticfiles.storage import HashedFilesMixin

from docs.rooms import GROUND, PICTURE, drawing, levels, python_graph, widget_graph
from tests.widget import SCRIPTS, STATIC, STYLES

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src" / "livesheet"

MODULES = sorted(path for path in PACKAGE.rglob("*.py") if "migrations" not in path.parts)

# The folders of the package, from the doors down: each may know those after it, and none before it.
# The modules beside them are doors, known by no folder, or the ground, which knows only itself.
PYTHON = [
    "doctor", "monitoring", "page", "edits", "feed", "questions", "orders", "sheet", "wire",
    "log", "doorbell", "triggers",
]  # fmt: skip

# The folders of the widget: each may know those after it, and none before it.
WIDGET = [
    "rows", "finding", "editing", "people", "stage", "windows", "grid", "store", "wire", "values",
]  # fmt: skip
# What brings all of them together, and is known by none of them.
WIDGET_DOORS = {"main.js", "more.js", "asked.js", "sheet.js"}
# What is asked for later, too, which storages follow as they do the others.
JS_IMPORTS = re.compile(
    r'(?:^(?:import|export)\b[^;]*?\bfrom |\bimport\()"(\.[\w./-]+\.js)"', re.MULTILINE
)
MOST_SCRIPTS = 137
JS_TYPES = re.compile(r'\bfrom "(\.[\w./-]+\.js)"')
GRID_LIBRARY = re.compile(r"\.hot\b|\bHandsontable|[.\"' ](ht_|ht[A-Z]|wt[A-Z])\w|\.handsontable ")
# The parts that a sheet is made of, wherever they are held.
FOREIGN_FIELD = re.compile(
    r"\s*(this\.)?(batch|chips|grid|incoming|outbox|outgoing|presence|sheet|socket|stage|store)"
    r"(\.\w+)+ \??\??[|&+-]?= "
)

LONGEST = 400
SPLINTER = 80
# The list of all that the widget says, made of texts.js: one more word is one more line.
WORDS = {"page/words.py"}

# The places where a thread and an event loop meet. One more is one more to reason about.
BRIDGES = re.compile(
    r"\b(sync_to_async|async_to_sync|run_in_executor|run_coroutine_threadsafe|call_soon_threadsafe)\("
)
BRIDGE_MODULES = {"doorbell.py", "feed.py", "snapshots.py", "threads.py"}


def test_modules_stay_short() -> None:
    # By path: two modules of one name would hide each other.
    lengths = {
        str(path.relative_to(PACKAGE)): len(path.read_text(encoding="utf-8").splitlines())
        for path in [*MODULES, *SCRIPTS, *STYLES]
        if path.name != "texts.js"  # as long as there are words
    }
    long = {path: length for path, length in lengths.items() if length > LONGEST}
    assert long.keys() - WORDS == set()


def test_every_module_is_named_after_its_one_concept() -> None:
    vague = {"utils", "util", "helpers", "helper", "common", "misc", "base", "core"}
    assert [path.name for path in [*MODULES, *SCRIPTS] if path.stem in vague] == []


def test_python_imports_form_a_tree() -> None:
    """Those that only a type checker makes, too: whoever reads a module follows them as well."""
    graph = {name(path): {target for target, _ in imports(path)} for path in MODULES}
    assert cycle(graph) == []


def test_the_folders_of_the_package_are_known_downwards_only() -> None:
    rank = {folder: place for place, folder in enumerate(PYTHON)}
    rank |= dict.fromkeys(GROUND, len(PYTHON))
    upwards = [
        f"{name(path)} → {target}"
        for path in MODULES
        for target, _ in all_imports(path)
        if rank.get(room(name(path)), -1) > rank.get(room(target), -1)
    ]
    assert upwards == []


def test_every_folder_has_its_place() -> None:
    others = {"locale", "management", "migrations", "static", "templates", "templatetags"}
    found = {p.name for p in PACKAGE.iterdir() if p.is_dir() and p.name != "__pycache__"}
    assert found - others == set(PYTHON)


def test_the_picture_of_the_folders_is_current() -> None:
    assert PICTURE.read_text(encoding="utf-8") == drawing(), "run: python docs/rooms.py"


def test_a_newcomer_meets_few_rooms() -> None:
    assert len(python_graph()[0]) <= 40
    assert len(widget_graph()[0]) <= 20


@pytest.mark.timeout(10)
def test_rooms_that_know_each_other_are_named_and_not_drawn() -> None:
    above = {"page": {"the doors"}, "grid": set[str]()}  # neither of these is in the circle
    circle = {"the doors": {"sheet"}, "sheet": {"wire"}, "wire": {"the doors", "grid"}}
    with pytest.raises(ValueError, match=r": sheet, the doors, wire\. .* GROUND"):
        levels(above | circle)


def test_an_import_inside_a_function_says_why() -> None:
    silent = []
    for path in MODULES:
        lines = path.read_text(encoding="utf-8").splitlines()
        for line in lazy_import_lines(path):
            if "#" not in lines[line - 1] and not lines[line - 2].lstrip().startswith("#"):
                silent.append(f"{path.name}:{line}")
    assert silent == []


def test_the_widget_has_few_files() -> None:
    """What is short and needed by one file alone is a part of that file."""
    assert len(SCRIPTS) <= MOST_SCRIPTS, "put it into the file that needs it, or raise the number"


def test_a_short_script_that_one_file_needs_is_tested_by_itself() -> None:
    """Otherwise it is no concept of its own, and belongs into that file."""
    importers = Counter(target for targets in javascript_imports().values() for target in targets)
    splinters = [
        inside(path).as_posix()
        for path in SCRIPTS
        if importers[inside(path).as_posix()] == 1
        and len(path.read_text(encoding="utf-8").splitlines()) < SPLINTER
        and not (ROOT / "tests" / "js" / inside(path).with_suffix(".test.js")).exists()
    ]
    assert splinters == [], "test it in tests/js, or put it into the file that needs it"


def test_javascript_imports_form_a_tree() -> None:
    assert cycle(javascript_imports()) == []


def test_the_folders_of_the_widget_are_known_downwards_only() -> None:
    """Types included: whoever reads a module follows them as well."""
    rank = {folder: place for place, folder in enumerate(WIDGET)}
    upwards = []
    for path in SCRIPTS:
        module = path.relative_to(STATIC)
        for target in javascript_targets(path, JS_TYPES):
            here, there = rank.get(module.parts[0], -1), rank.get(target.split("/")[0], len(rank))
            if here > there or (here >= 0 and target in WIDGET_DOORS):
                upwards.append(f"{module} → {target}")
    assert upwards == []
    assert {path.parts[0] for path in map(inside, SCRIPTS) if len(path.parts) > 1} == set(WIDGET)


def test_one_folder_alone_knows_the_grids_library() -> None:
    """Its name, its object, its class names: another library can stand behind `SheetGrid`."""
    known = [
        f"{inside(path)}:{number}: {line.strip()}"
        for path in SCRIPTS
        if inside(path).parts[0] != "grid"
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if GRID_LIBRARY.search(line)
    ]
    assert known == []


def test_no_part_of_the_widget_is_assigned_to_from_outside() -> None:
    """It has all that it needs when it is constructed; what changes later has a method."""
    assigned = [
        f"{inside(path)}:{number}: {line.strip()}"
        for path in SCRIPTS
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if FOREIGN_FIELD.match(line)
    ]
    assert assigned == []


def test_javascript_imports_are_no_deeper_than_django_can_rename() -> None:
    """A storage that rewrites imports gets one import deeper with each pass, at worst.

    Files come in any order. Where importers come first, a module has its last name after as many
    passes as there are imports under it, and one more pass must find nothing new.
    """
    graph = javascript_imports()
    deepest: dict[str, list[str]] = {}
    for module in TopologicalSorter(graph).static_order():
        below = max((deepest[one] for one in graph[module]), key=len, default=[])
        deepest[module] = [module, *below]
    longest = max(deepest.values(), key=len)
    assert len(longest) - 1 <= HashedFilesMixin.max_post_process_passes, " → ".join(longest)


def javascript_imports() -> dict[str, set[str]]:
    return {inside(path).as_posix(): javascript_targets(path, JS_IMPORTS) for path in SCRIPTS}


def inside(path: Path) -> Path:
    return path.relative_to(STATIC)


def javascript_targets(path: Path, pattern: re.Pattern[str]) -> set[str]:
    """The modules that a module names, as paths from the widget's folder."""
    names = pattern.findall(path.read_text(encoding="utf-8"))
    return {(path.parent / name).resolve().relative_to(STATIC).as_posix() for name in names}


def test_threads_and_event_loops_meet_in_few_places() -> None:
    meeting = {path.name for path in MODULES if BRIDGES.search(path.read_text(encoding="utf-8"))}
    assert meeting <= BRIDGE_MODULES


def test_warnings_are_errors() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    filters = settings["tool"]["pytest"]["ini_options"]["filterwarnings"]
    assert filters[0] == "error"


def test_the_javascript_that_is_bundled_is_the_javascript_that_is_read() -> None:
    lines = [(path.name, line) for path in SCRIPTS for line in path.read_text().splitlines()]
    assert [(name, line) for name, line in lines if len(line) > 120] == []


def test_no_measure_that_the_grid_reads_is_zero() -> None:
    """18.x does not remember it, and would ask the browser for it with each row that it draws."""
    zero = re.compile(r"--ht-[\w-]+:\s*0(px|em|rem)?\s*;")
    measures = {path.name: zero.findall(path.read_text(encoding="utf-8")) for path in STYLES}
    assert len(measures) > 10
    assert [name for name, found in measures.items() if found] == []


def test_nothing_of_others_is_committed() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    paths = listed.stdout.splitlines()
    foreign = re.compile(
        r"(^|/)(node_modules|vendor|third_party)/|/handsontable/|\.min\.(js|css)$|\.(whl|gz|map)$"
    )
    assert [path for path in paths if foreign.search(path)] == []
    # A lock file that records where its packages came from would name somebody's registry.
    locks = [path for path in paths if path.endswith("package-lock.json")]
    assert locks
    assert [path for path in locks if '"resolved"' in (ROOT / path).read_text()] == []


def name(path: Path) -> str:
    """`src/livesheet/templatetags/livesheet.py` → `livesheet.templatetags.livesheet`."""
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def room(module: str) -> str:
    """`livesheet.feed.frames` → `feed`."""
    return module.split(".")[1] if "." in module else ""


def imports(path: Path) -> Iterator[tuple[str, int]]:
    """The package's modules that a module imports outside of its functions, with the line."""
    return named_by(path, top_level(ast.parse(path.read_text(encoding="utf-8"))))


def all_imports(path: Path) -> Iterator[tuple[str, int]]:
    """Those inside functions as well."""
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    return named_by(path, (n for n in nodes if isinstance(n, ast.Import | ast.ImportFrom)))


def named_by(path: Path, nodes: Iterable[ast.Import | ast.ImportFrom]) -> Iterator[tuple[str, int]]:
    known = {name(other) for other in MODULES} - {"livesheet"}
    for node in nodes:
        for target in targets(node, path):
            if target in known:
                yield target, node.lineno


def top_level(tree: ast.AST) -> Iterator[ast.Import | ast.ImportFrom]:
    """Imports outside functions."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node
        elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield from top_level(node)


def lazy_import_lines(path: Path) -> list[int]:
    """The lines of imports, of anything, inside functions."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    nodes = [n for function in functions for n in ast.walk(function)]
    return sorted({n.lineno for n in nodes if isinstance(n, ast.Import | ast.ImportFrom)})


def targets(node: ast.Import | ast.ImportFrom, path: Path) -> list[str]:
    """Every dotted name that an import may mean, absolute."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    here = name(path).split(".")
    package = here if path.name == "__init__.py" else here[:-1]
    start = package[: len(package) - node.level + 1] if node.level else []
    module = ".".join([*start, *([node.module] if node.module else [])])
    return [module, *(f"{module}.{alias.name}" for alias in node.names)]


def cycle(graph: Mapping[str, set[str]]) -> list[str]:
    """One cycle of the graph, as a list of names; empty where it is a tree."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        found: list[str] = error.args[1]
        return found
    return []


# What a thing is called no more, and what it is called instead: docs/words.md. Frames, tables and
# what the grid and the browser call their own keep their names, which are texts or theirs.
DROPPED = {"layout": "view", "arrangement": "view", "wish": "request", "flight": "request"}
OF_OTHERS = {"layoutDirection", "tableLayout"}
OF_FRAMES = {("savedviews.js", "layout"), ("namedviews.js", "layout")}
OF_FRAMES |= {("kept.js", "flights"), ("unsent.js", "flights")}  # so do requests kept by browsers
NAMES = re.compile(r"[A-Za-z_$][\w$]*")
NO_CODE = re.compile(r"/\*.*?\*/|(?<!:)//[^\n]*|\"[^\"\n]*\"|'[^'\n]*'", re.DOTALL)
PART = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
NAMED: dict[type[ast.AST], tuple[str, ...]] = {
    ast.Name: ("id",), ast.arg: ("arg",), ast.Attribute: ("attr",), ast.FunctionDef: ("name",),
    ast.AsyncFunctionDef: ("name",), ast.ClassDef: ("name",), ast.alias: ("name", "asname"),
}  # fmt: skip


def test_a_word_that_was_dropped_stays_dropped_in_the_package() -> None:
    again = []
    for path in MODULES:
        nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        # Not `keyword`: that may be a key of a frame.
        called = {str(getattr(node, key)) for node in nodes for key in NAMED.get(type(node), ())}
        again += [f"{path.name}: {text}" for name in {path.stem, *called} for text in dropped(name)]
    assert again == []


def dropped(name: str) -> list[str]:
    words = {part.lower().removesuffix("s") for part in PART.findall(name)}  # of several, too
    return [f"{name}, say {DROPPED[word]}" for word in words & DROPPED.keys()]


def test_a_word_that_was_dropped_stays_dropped_in_the_widget() -> None:
    again = []
    for path in SCRIPTS:
        code = NO_CODE.sub(" ", path.read_text(encoding="utf-8"))
        for name in {path.stem, *NAMES.findall(code)} - OF_OTHERS:
            if (path.name, name) in OF_FRAMES:
                continue
            again += [f"{path.name}: {text}" for text in dropped(name)]
    assert again == []


def test_no_rule_of_style_asks_what_the_sheet_or_a_cell_contains() -> None:
    """The browser would ask again for each node that a scroll puts into a cell."""
    asking = re.compile(r"^(?! ).*(?:\.livesheet|\btd\S*|\.handsontable):has\(|(?<!\w)\[role", re.M)
    found = {
        f"{path.name}: {rule[0]}"
        for path in STYLES
        for rule in asking.finditer(re.sub(r"/\*.*?\*/", "", path.read_text("utf-8"), flags=re.S))
    }
    assert not found
