"""The files that a page with a sheet loads, under the names that the site's storage gives them."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from django.apps import apps
from django.templatetags.static import static

FOLDER = Path(__file__).parent.parent / "static" / "livesheet"
ENTRY = "livesheet/livesheet.js"
IMPORT = re.compile(r'^(?:import|export)\b[^;]*?\bfrom "(\.[\w./-]+\.js)";', re.MULTILINE)


def page_assets(handsontable: Mapping[str, Any]) -> dict[str, Any]:
    """Addresses of the stylesheet, the entry script, its modules and the grid's scripts.

    A browser finds modules one import after the other, half a dozen round trips deep, and the
    grid's large script only then; so the page names them all, and they come at once.
    """
    language = handsontable["language"]
    return {
        "css": static("livesheet/livesheet.css"),
        "js": static(ENTRY),
        "modules": [_address(name) for name in _modules()],
        "scripts": [handsontable["js"], *([language["js"]] if language else [])],
    }


@cache
def _modules() -> list[str]:
    """What the entry imports, directly or not: a module of types alone is never asked for."""
    entry = Path(ENTRY).name
    reached, waiting = {entry}, [entry]
    while waiting:
        module = waiting.pop()
        names = IMPORT.findall((FOLDER / module).read_text(encoding="utf-8"))
        beside = posixpath.dirname(module)
        found = {posixpath.normpath(posixpath.join(beside, name)) for name in names}
        waiting += found - reached
        reached |= found
    return sorted(reached - {entry})


def _address(name: str) -> str:
    """Where an import of the module leads: hashed only if the storage rewrites imports."""
    if _rewrites_imports():
        return static(f"livesheet/{name}")
    return urljoin(static(ENTRY), name)


def _rewrites_imports() -> bool:
    if not apps.is_installed("django.contrib.staticfiles"):
        return False
    from django.contrib.staticfiles.storage import staticfiles_storage  # only where it is in use

    return bool(getattr(staticfiles_storage, "support_js_module_import_aggregation", False))
