"""Make scripts and a style sheet of the widget's modules: what a page loads unless DEBUG.

`livesheet.js` holds what a page needs for a first look at a sheet, `livesheet.more.js` the rest. A
module is in one of them only: what the second file needs of the first is handed over in a list,
whose name both got by this build. (esbuild can split code, but its files then import one another by
names that a storage with hashed names does not keep.)

The build hook calls this; `python build_support/bundle.py` does the same by hand. Beside them stand
their source maps, which hold the modules, and a stamp that says of which modules they were made.
"""

from __future__ import annotations

import hashlib
import json
import posixpath
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from npm import HERE, BuildError, Npm, digest

STATIC = HERE.parent / "src" / "livesheet" / "static" / "livesheet"
STAMP = "livesheet.json"
SCRIPT, REST, STYLE = "livesheet.js", "livesheet.more.js", "livesheet.css"
MADE = {name + ending for name in (SCRIPT, REST, STYLE) for ending in ("", ".map")}
# Where all modules of each file are reached from.
FIRST, SECOND, STYLES = "main.js", "more.js", "main.css"
NOTICE = "/*! django-livesheet | MIT License | the modules are in the source map */"
# What every browser knows that can run the modules as they are.
TARGET = "es2022"

IMPORT = re.compile(
    r'^(?:import|export)\b\s*(?P<names>[^;]*?)\bfrom "(?P<path>\.[\w./-]+\.js)";', re.MULTILINE
)
NAME = re.compile(r"(\w+)(?: as \w+)?")
# What modules of the second file need of one of the first: its path, and names that it exports.
Shared = dict[str, list[str]]


def make(npm: Npm, folder: Path = STATIC) -> bool:
    """Bundle the modules in `folder`; return False where they are bundled already."""
    if is_current(folder):
        return False
    first = reached(folder, FIRST)
    second = reached(folder, SECOND) - first
    shared = needed(folder, second, first)
    # Of two builds on one page, each second file finds its own first one, or none.
    key = f'Symbol.for("livesheet.{sources(folder)[:12]}")'
    esbuild(npm, folder, SCRIPT, handing_over(shared, key))
    make_rest(npm, folder, second, stand_ins(shared, key))
    esbuild(npm, folder, STYLE, f'@import "./{STYLES}";')
    stamp = {"sources": sources(folder), "files": {name: digest(folder / name) for name in MADE}}
    (folder / STAMP).write_text(json.dumps(stamp, indent=2, sort_keys=True) + "\n", "utf-8")
    return True


def esbuild(npm: Npm, folder: Path, name: str, entry: str) -> None:
    """Write into `folder` the file of that name, with all that the text of `entry` imports."""
    node = shutil.which("node")
    if node is None:
        raise BuildError("livesheet: the build runs esbuild with Node.js, and there is no node.")
    kind = Path(name).suffix[1:]
    command = [
        node, str(npm.modules / "esbuild-wasm" / "bin" / "esbuild"), "--bundle", "--format=esm",
        "--minify", "--sourcemap", "--charset=utf8", "--log-level=warning", f"--loader={kind}",
        f"--target={TARGET}" if kind == "js" else "--target=esnext", f"--sourcefile=all.{kind}",
        "--define:import.meta.isBundle=true", f"--banner:{kind}={NOTICE}", f"--outfile={name}",
    ]  # fmt: skip
    done = subprocess.run(
        command, cwd=folder, input=entry, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise BuildError(f"livesheet: esbuild could not make {name}: {done.stderr[-600:]}")


def make_rest(npm: Npm, folder: Path, modules: Iterable[str], others: dict[str, str]) -> None:
    """The second file: of its own modules, and of those that stand in for the first one's."""
    with tempfile.TemporaryDirectory(prefix="livesheet-bundle-") as made:
        place = Path(made)
        texts = {name: (folder / name).read_text(encoding="utf-8") for name in modules}
        for name, text in {**texts, **others}.items():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            (place / name).write_text(text, encoding="utf-8")
        esbuild(npm, place, REST, f'export * from "./{SECOND}";')
        for ending in ("", ".map"):
            shutil.copy(place / (REST + ending), folder / (REST + ending))


def handing_over(shared: Shared, key: str) -> str:
    """The text of the first file's entry."""
    imports: list[str] = []
    names: list[str] = []
    for module, exported in shared.items():
        local = {name: f"a{len(names) + at}" for at, name in enumerate(exported)}
        listed = ", ".join(f"{name} as {own}" for name, own in local.items())
        imports.append(f'import {{ {listed} }} from "./{module}";\n')
        names += local.values()
    hand_over = f"globalThis[{key}] = [{', '.join(names)}];\n"
    return f'export * from "./{FIRST}";\n{"".join(imports)}{hand_over}'


def stand_ins(shared: Shared, key: str) -> dict[str, str]:
    """In the place of the first file's modules: by their paths, what each exports from the list."""
    found, at = {"shared.js": f"export const shared = globalThis[{key}];\n"}, 0
    for module, exported in shared.items():
        above = posixpath.relpath(".", posixpath.dirname(module) or ".")
        lines = [f'import {{ shared }} from "{above}/shared.js";']
        lines += [f"export const {name} = shared[{at + n}];" for n, name in enumerate(exported)]
        found[module] = "\n".join(lines) + "\n"
        at += len(exported)
    return found


def needed(folder: Path, modules: Iterable[str], others: set[str]) -> Shared:
    shared: dict[str, set[str]] = {}
    for module in modules:
        for target, names in imports(folder, module):
            if target in others:
                shared.setdefault(target, set()).update(NAME.findall(names))
    return {target: sorted(names) for target, names in sorted(shared.items())}


def reached(folder: Path, entry: str) -> set[str]:
    """The module and all that it imports, directly or not."""
    found, waiting = {entry}, [entry]
    while waiting:
        fresh = {target for target, _ in imports(folder, waiting.pop())} - found
        found |= fresh
        waiting += fresh
    return found


def imports(folder: Path, module: str) -> list[tuple[str, str]]:
    """The modules that one imports, each with the names as they stand between the braces."""
    text = (folder / module).read_text(encoding="utf-8")
    beside = posixpath.dirname(module)
    return [
        (posixpath.normpath(posixpath.join(beside, match["path"])), match["names"])
        for match in IMPORT.finditer(text)
    ]


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
