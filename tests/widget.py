"""The files of the widget as they were written: not the grid's, nor what a build makes of them."""

from __future__ import annotations

from pathlib import Path

STATIC = Path(__file__).resolve().parent.parent / "src" / "livesheet" / "static" / "livesheet"


def _written(ending: str) -> list[Path]:
    found = sorted(STATIC.rglob(f"*.{ending}"))
    return [path for path in found if "handsontable" not in path.parts and not _is_built(path)]


def _is_built(path: Path) -> bool:
    return path.parent == STATIC and path.name.startswith("livesheet.")


SCRIPTS = _written("js")
STYLES = _written("css")
