"""The modules and the bundle work under all ways in which Django and WhiteNoise name files."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import ManifestStaticFilesStorage, staticfiles_storage
from django.core.management import call_command
from pytest_django import Settings
from whitenoise.storage import CompressedManifestStaticFilesStorage

from livesheet.page.assets import page_assets, rest


class AggregatingStorage(ManifestStaticFilesStorage):
    """Renames what a module imports, too: off by default in Django, on in careful projects."""

    support_js_module_import_aggregation = True


class AggregatingCompressedStorage(CompressedManifestStaticFilesStorage):
    support_js_module_import_aggregation = True


STORAGES = [
    "django.contrib.staticfiles.storage.StaticFilesStorage",
    "django.contrib.staticfiles.storage.ManifestStaticFilesStorage",
    f"{__name__}.AggregatingStorage",
    "whitenoise.storage.CompressedManifestStaticFilesStorage",
    f"{__name__}.AggregatingCompressedStorage",
]

IMPORT = re.compile(r"""\b(?:from|import)\s*\(?\s*["'](?P<name>\.[^"']+)["']""")
STYLE_URL = re.compile(r"""url\(\s*["']?(?P<name>[^"')]+)""")
PAGE_RULE = re.compile(r"@page\b(?P<names>[^{]*)\{(?P<body>(?:[^{}]|\{[^}]*\})*)\}")
# What a module asks for later is no file that a page needs at once.
LATER = re.compile(r"""\bimport\(["'](?P<name>\.[^"']+)["']\)""")
HASHED = re.compile(r"\.[0-9a-f]{12}\.js$")


@pytest.fixture(params=STORAGES, ids=lambda path: path.rpartition(".")[2])
def collected(
    request: pytest.FixtureRequest, settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The package's folder under STATIC_ROOT after `collectstatic`, run once for each storage."""
    root = tmp_path_factory.getbasetemp() / f"static-{request.param}"
    settings.STATIC_ROOT = root
    settings.STATIC_URL = "/static/"
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": request.param}}
    if not root.exists():
        call_command("collectstatic", interactive=False, verbosity=0)
    return root / "livesheet"


def test_every_import_of_a_script_is_there(collected: Path) -> None:
    scripts = ours(collected)
    found = [(path, match["name"]) for path in scripts for match in imports(path)]
    assert [name for _, name in found if name.endswith(".js")], "no script imports another"
    assert [
        f"{path.name}: {name}" for path, name in found if not (path.parent / name).is_file()
    ] == []


def test_an_aggregating_storage_renames_every_import(collected: Path, settings: Settings) -> None:
    aggregates = getattr(staticfiles_storage, "support_js_module_import_aggregation", False)
    hashed = [path for path in ours(collected) if HASHED.search(path.name)]
    assert bool(hashed) == settings.STORAGES["staticfiles"]["BACKEND"].endswith(
        ("ManifestStaticFilesStorage", "AggregatingStorage", "AggregatingCompressedStorage")
    )
    names = [match["name"] for path in hashed for match in imports(path)]
    assert {bool(HASHED.search(name)) for name in names} <= {aggregates}


def test_every_file_that_a_style_names_is_there(collected: Path) -> None:
    for path in collected.rglob("*.css"):
        for match in STYLE_URL.finditer(path.read_text(encoding="utf-8")):
            # `data:` would be blocked under `default-src 'self'`.
            assert (path.parent / match["name"]).is_file(), f"{path.name}: {match['name'][:60]}"


def test_every_kind_of_page_has_a_rule_of_its_own_with_its_number() -> None:
    """Chromium passes over a rule for a list of pages: what was printed then had no numbers."""
    page = finders.find("livesheet/stage/page.css")
    found = list(PAGE_RULE.finditer(Path(page).read_text(encoding="utf-8")))
    assert {match["names"].strip() for match in found} == {"ls-paper", "ls-paper-across"}
    assert all("counter(page)" in match["body"] for match in found)
    others = Path(page).parents[1].rglob("*.css")
    lists = [
        f"{path.name}: {match['names']}"
        for path in others
        for match in PAGE_RULE.finditer(path.read_text(encoding="utf-8"))
        if "," in match["names"]
    ]
    assert lists == []


def test_the_tag_can_name_the_entry_points(collected: Path) -> None:
    for name in (
        "livesheet/livesheet.js",
        "livesheet/livesheet.css",
        "livesheet/livesheet.more.js",
        "livesheet/main.js",
        "livesheet/more.js",
        "livesheet/main.css",
        "livesheet/handsontable/handsontable.full.min.js",
        "livesheet/handsontable/handsontable.full.min.css",
        "livesheet/handsontable/languages/de-DE.min.js",
    ):
        url = staticfiles_storage.url(name)
        assert (collected.parent / url.removeprefix("/static/")).is_file()


def test_the_page_names_each_module_as_its_importers_do(
    collected: Path, settings: Settings
) -> None:
    """Else a browser would load it twice."""
    settings.DEBUG = True
    asked = {
        name.removeprefix("/static/")
        for name in page_assets({"js": "grid.js", "language": None})["modules"]
    }
    root = collected.parent.resolve()
    entry = root / staticfiles_storage.url("livesheet/main.js").removeprefix("/static/")
    reached, waiting = set[Path](), [entry]
    while waiting:
        script = waiting.pop()
        later = {match["name"] for match in LATER.finditer(script.read_text(encoding="utf-8"))}
        for match in imports(script):
            if match["name"] in later:
                continue
            found = (script.parent / match["name"]).resolve()
            if found not in reached:
                reached.add(found)
                waiting.append(found)
    assert {str(path.relative_to(root)) for path in reached} == asked


def test_what_comes_later_shares_the_modules_of_what_came_first(
    collected: Path, settings: Settings
) -> None:
    """The page names the second file as a module of the first one would."""
    for is_bundle in (True, False):
        settings.LIVESHEET = {"BUNDLE": is_bundle}
        assert (collected.parent / rest().removeprefix("/static/")).is_file()
    aggregates = getattr(staticfiles_storage, "support_js_module_import_aggregation", False)
    assert bool(HASHED.search(rest())) == aggregates


def test_the_bundle_needs_nothing_else_and_leads_to_its_modules(collected: Path) -> None:
    for kind, entry in (("js", "main.js"), ("more.js", "more.js"), ("css", "main.css")):
        url = staticfiles_storage.url(f"livesheet/livesheet.{kind}")
        bundle = collected.parent / url.removeprefix("/static/")
        text = bundle.read_text(encoding="utf-8")
        assert (imports(bundle), "@import" in text) == ([], False)
        (name,) = re.findall(r"# sourceMappingURL=([\w.-]+)", text)
        sources = json.loads((bundle.parent / name).read_text(encoding="utf-8"))
        assert entry in sources["sources"]
        assert all(sources["sourcesContent"])


def ours(collected: Path) -> list[Path]:
    """The scripts that are not the grid's."""
    return [path for path in collected.rglob("*.js") if "handsontable" not in path.parts]


def imports(path: Path) -> list[re.Match[str]]:
    """What a script imports from beside itself; type imports of JSDoc are comments, not these."""
    text = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    return list(IMPORT.finditer(re.sub(r"(?m)^\s*//.*$", "", text)))
