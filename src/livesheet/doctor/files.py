"""The widget's files: collected, of this version, and served as a type that browsers accept."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.contrib.staticfiles import finders
from django.templatetags.static import static

from livesheet import conf
from livesheet.doctor.findings import Finding, Findings, failing, fine, warning
from livesheet.page.assets import FOLDER, entry

COLLECT = "Run `manage.py collectstatic` with each deployment, and let the web server serve it."


def findings() -> Findings:
    yield from _grid()
    if not apps.is_installed("django.contrib.staticfiles"):
        yield fine("static.elsewhere", "django.contrib.staticfiles is not installed.")
    elif settings.DEBUG:
        yield fine("static.debug", "Under DEBUG, runserver serves static files by itself.")
    else:
        yield _collected()


def _collected() -> Finding:
    script = entry()
    try:
        static(script)
    except ValueError as error:  # a manifest that does not know the file
        return _missing(f"The storage of static files does not know {script} ({error}).")
    if not settings.STATIC_ROOT:
        return warning(
            "static.no-root",
            "STATIC_ROOT is not set, and DEBUG is off.",
            "Nothing can be collected, so the page finds no script unless the files are served"
            " from elsewhere.",
            f"Set STATIC_ROOT. {COLLECT}",
        )
    copy = Path(settings.STATIC_ROOT, script)
    if not copy.is_file():
        return _missing(f"{script} is not below STATIC_ROOT.")
    stale = sorted(name for name in _modules() if _differs(name, copy.parent))
    if stale:
        return failing(
            "static.stale",
            f"The collected files are from another version: {', '.join(stale)}.",
            "A page may load an old script that does not understand the server.",
            COLLECT,
        )
    return fine("static.collected", f"The widget's files are below STATIC_ROOT and {_where()}.")


def _modules() -> Iterator[str]:
    """The widget's own modules, by their path below its folder; the grid is not among them."""
    for path in FOLDER.rglob("*.js"):
        name = path.relative_to(FOLDER)
        if name.parts[0] != "handsontable":
            yield name.as_posix()


def _differs(name: str, folder: Path) -> bool:
    copy = folder / name
    return not copy.is_file() or copy.read_bytes() != (FOLDER / name).read_bytes()


def _where() -> str:
    return f"are requested at {static(entry())}"


def _missing(saw: str) -> Finding:
    return failing("static.not-collected", saw, "The page shows no sheet.", COLLECT)


def _is_lost(path: str) -> bool:
    """Whether a relative path, as in a form's ``Media``, leads to no static file."""
    is_relative = path and not path.startswith(("http://", "https://", "/"))
    return bool(is_relative) and finders.find(path) is None


def _grid() -> Findings:
    given = conf.get("HANDSONTABLE") or {}
    for path in filter(_is_lost, (given.get("languages") or {}).values()):
        yield warning(
            "grid.words-missing",
            f"LIVESHEET['HANDSONTABLE'] names {path!r}, which is not a static file.",
            "Handsontable's own words stay English.",
            "Correct the path; it is relative to a folder of static files.",
        )
    if "js" in given:
        address = given["js"] or "what the page itself loads"
        if _is_lost(given["js"]):
            yield failing(
                "grid.missing",
                f"LIVESHEET['HANDSONTABLE'] names {address!r}, which is not a static file.",
                "The page loads, and its sheet has no grid.",
                "Correct the path; it is relative to a folder of static files.",
            )
        else:
            key = "with a key" if given.get("license_key") else "without a key"
            yield fine("grid.own", f"The grid is {address}, {key}.")
    elif any((FOLDER / "handsontable").glob("handsontable.full.min.js")):
        yield fine("grid.bundled", "The grid is Handsontable 6.2.2 (MIT), from the package.")
    else:
        yield failing(
            "grid.missing",
            "Handsontable is not inside the installed package.",
            "The page loads, and its sheet has no grid.",
            "Install a wheel; a checkout fetches it when it is built: `pip install -e .`.",
        )
