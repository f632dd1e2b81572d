"""Make one script and one style sheet of the widget's modules: what a page loads unless DEBUG.

The build hook calls this; `python build_support/bundle.py` does the same by hand. Beside them stand
their source maps, which hold the modules, and a stamp that says of which modules they were made.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

from npm import HERE, BuildError, Npm, digest

STATIC = HERE.parent / "src" / "livesheet" / "static" / "livesheet"
STAMP = "livesheet.json"
# Each bundle, by the module from which all others are reached.
BUNDLES = {"livesheet.js": "main.js", "livesheet.css": "main.css"}
MADE = {*BUNDLES, *(f"{name}.map" for name in BUNDLES)}
NOTICE = "/*! django-livesheet | MIT License | the modules are in the source map */"
# What every browser knows that can run the modules as they are.
TARGET = "es2022"


def make(npm: Npm, folder: Path = STATIC) -> bool:
    """Bundle the modules in `folder`; return False where they are bundled already."""
    if is_current(folder):
        return False
    node = shutil.which("node")
    if node is None:
        raise BuildError("livesheet: the build runs esbuild with Node.js, and there is no node.")
    for name, entry in BUNDLES.items():
        kind = Path(name).suffix[1:]
        command = [
            node, str(npm.modules / "esbuild-wasm" / "bin" / "esbuild"), entry, "--bundle",
            "--format=esm", "--minify", "--sourcemap", "--charset=utf8", "--log-level=warning",
            f"--target={TARGET}" if kind == "js" else "--target=esnext",
            f"--banner:{kind}={NOTICE}", f"--outfile={name}",
        ]  # fmt: skip
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode:
            raise BuildError(f"livesheet: esbuild could not bundle {entry}: {done.stderr[-600:]}")
    stamp = {"sources": sources(folder), "files": {name: digest(folder / name) for name in MADE}}
    (folder / STAMP).write_text(json.dumps(stamp, indent=2, sort_keys=True) + "\n", "utf-8")
    return True


def is_current(folder: Path) -> bool:
    """Say whether the bundles are those of the modules that stand there now."""
    try:
        stamp = json.loads((folder / STAMP).read_text(encoding="utf-8"))
        made = {name: digest(folder / name) for name in MADE}
    except (OSError, ValueError):
        return False
    return bool(stamp == {"sources": sources(folder), "files": made})


def sources(folder: Path) -> str:
    """A digest of all modules and style sheets that are not made by a build."""
    whole = hashlib.sha256()
    for path in sorted(folder.rglob("*.*s")):
        name = path.relative_to(folder).as_posix()
        if name not in MADE and "handsontable" not in path.parts:
            whole.update(name.encode() + b"\0" + path.read_bytes())
    return whole.hexdigest()


if __name__ == "__main__":
    try:
        with Npm() as npm:
            print("The bundle:", "made" if make(npm) else "up to date")
    except BuildError as error:
        sys.exit(str(error))
