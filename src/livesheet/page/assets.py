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
from django.conf import settings
from django.templatetags.static import static

from livesheet import conf

FOLDER = Path(__file__).parent.parent / "static" / "livesheet"
# What the build makes of all modules: the one public name, also of what a page imports itself.
BUNDLE = "livesheet/livesheet.js"
MODULES = "livesheet/main.js"
# What comes after a first look at the sheet: a second bundle, or one more module.
REST = {BUNDLE: "livesheet/livesheet.more.js", MODULES: "livesheet/more.js"}
IMPORT = re.compile(r'^(?:import|export)\b[^;]*?\bfrom "(\.[\w./-]+\.js)";', re.MULTILINE)


def page_assets(handsontable: Mapping[str, Any]) -> dict[str, Any]:
    """Addresses of the stylesheet, the entry script, its modules and the grid's scripts.

    Under ``DEBUG`` they are the modules as they were written. A browser finds these one import
    after the other, half a dozen round trips deep, and the grid's large script only then; so the
    page names them all, and they come at once.
    """
    language, script = handsontable["language"], entry()
    return {
        "css": static(script.removesuffix(".js") + ".css"),
        "js": static(script),
        "modules": [] if script == BUNDLE else [_address(name) for name in _modules()],
        "scripts": [handsontable["js"], *([language["js"]] if language else [])],
    }


def entry() -> str:
    """The script that pages load first: the bundle, or under ``DEBUG`` the modules' own.

    A checkout has no bundle before it was installed.
    """
    wanted = conf.get("BUNDLE")
    is_wanted = not settings.DEBUG if wanted is None else wanted
    return BUNDLE if is_wanted and is_built() else MODULES


def rest() -> str:
    """The address of what the entry script loads later."""
    script = entry()
    name = REST[script]
    return static(name) if script == BUNDLE else _address(Path(name).name)


@cache
def is_built() -> bool:
    return (FOLDER / Path(BUNDLE).name).is_file()


@cache
def _modules() -> list[str]:
    """What the entry imports, directly or not: a module of types alone is never asked for."""
    first = Path(MODULES).name
    reached, waiting = {first}, [first]
    while waiting:
        module = waiting.pop()
        names = IMPORT.findall((FOLDER / module).read_text(encoding="utf-8"))
        beside = posixpath.dirname(module)
        found = {posixpath.normpath(posixpath.join(beside, name)) for name in names}
        waiting += found - reached
        reached |= found
    return sorted(reached - {first})


def _address(name: str) -> str:
    """Where an import of the module leads: hashed only if the storage rewrites imports."""
    if _rewrites_imports():
        return static(f"livesheet/{name}")
    return urljoin(static(MODULES), name)


def _rewrites_imports() -> bool:
    if not apps.is_installed("django.contrib.staticfiles"):
        return False
    from django.contrib.staticfiles.storage import staticfiles_storage  # only where it is in use

    return bool(getattr(staticfiles_storage, "support_js_module_import_aggregation", False))
