"""Put Handsontable 6.2.2, the last release under MIT, where the package serves it from.

The build hook calls this; `python build_support/handsontable.py` does the same by hand.
Standard library only, since a build environment holds nothing else.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
import sys
import tempfile
from pathlib import Path

from npm import HERE, BuildError, Npm, digest

VERSION = "6.2.2"
TARGET = HERE.parent / "src" / "livesheet" / "static" / "livesheet" / "handsontable"
STAMP = "stamp.json"

SCRIPT = "handsontable.full.min.js"
STYLE = "handsontable.full.min.css"
# Handsontable's own words, in the languages that the widget speaks.
LANGUAGES = ("languages/de-DE.min.js", "languages/es-MX.min.js", "languages/fr-FR.min.js")

# What the full bundle holds besides Handsontable itself, and where each one states its terms.
NOTICES = {
    "handsontable/LICENSE": "LICENSE",
    "moment/LICENSE": "LICENSE-moment",
    "pikaday/LICENSE": "LICENSE-pikaday",
    "numbro/LICENSE": "LICENSE-numbro",
    "numbro/LICENSE-Numeraljs": "LICENSE-Numeraljs",
    "bignumber.js/LICENCE.md": "LICENCE-bignumber.js.md",
}

DATA_IMAGE = re.compile(r"data:image/(?P<kind>\w+);base64,(?P<body>[A-Za-z0-9+/=]+)")


def install(npm: Npm, target: Path = TARGET) -> bool:
    """Fetch the grid into `target`; return False where it already stands there, unharmed."""
    if is_complete(target):
        return False
    # Beside the target, so that the last step is a rename within one file system.
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=".handsontable-", dir=target.parent))
    try:
        assemble(npm.modules, fresh)
        replace(fresh, target)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return True


def is_complete(target: Path) -> bool:
    """Say whether every file of the stamp is there with its SHA-256."""
    try:
        stamp = json.loads((target / STAMP).read_text(encoding="utf-8"))
        return bool(
            stamp["version"] == VERSION
            and {SCRIPT, STYLE, *LANGUAGES, *NOTICES.values()} <= stamp["files"].keys()
            and all(digest(target / name) == sha for name, sha in stamp["files"].items())
        )
    except (OSError, ValueError, KeyError):
        return False


def assemble(modules: Path, folder: Path) -> None:
    """Copy script, style and notices out of node_modules into `folder`, and stamp them."""
    dist = modules / "handsontable" / "dist"
    shutil.copy(dist / SCRIPT, folder / SCRIPT)
    style = (dist / STYLE).read_text(encoding="utf-8")
    (folder / STYLE).write_text(images_as_files(style, folder), encoding="utf-8")
    (folder / "languages").mkdir()
    for name in LANGUAGES:
        shutil.copy(dist / name, folder / name)
    for source, name in NOTICES.items():
        shutil.copy(modules / source, folder / name)
    files = {
        path.relative_to(folder).as_posix(): digest(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    stamp = json.dumps({"version": VERSION, "files": files}, indent=2) + "\n"
    (folder / STAMP).write_text(stamp, encoding="utf-8")
    folder.chmod(0o755)


def images_as_files(style: str, folder: Path) -> str:
    """Write the `data:` images of a style sheet beside it: `default-src 'self'` blocks them."""

    def as_file(match: re.Match[str]) -> str:
        body = base64.b64decode(match["body"])
        name = f"image-{hashlib.sha256(body).hexdigest()[:8]}.{match['kind']}"
        (folder / name).write_bytes(body)
        return name

    return DATA_IMAGE.sub(as_file, style)


def replace(fresh: Path, target: Path) -> None:
    """Put `fresh` in the place of `target`; of two builds at once, either one's files are right."""
    if target.exists():
        shutil.rmtree(target)
    try:
        fresh.rename(target)
    except OSError:
        if not is_complete(target):
            raise


if __name__ == "__main__":
    try:
        with Npm() as npm:
            print(f"Handsontable {VERSION}:", "fetched" if install(npm) else "already there")
    except BuildError as error:
        sys.exit(str(error))
