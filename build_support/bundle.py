"""Make scripts and a style sheet of the widget's modules: what a page loads unless DEBUG.

`livesheet.js` holds what a page needs for a first look at a sheet, `livesheet.more.js` the rest. A
module is in one of them only: what the second file needs of the first is handed over in a list,
whose name both got by this build. (esbuild can split code, but its files then import one another by
names that a storage with hashed names does not keep.)

The build hook calls this; `python build_support/bundle.py` does the same by hand. Beside them stand
their source maps, which hold the modules, and a stamp that says of which modules they were made.
"""

from __future__ import annotations

import gzip
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
# Of what is fetched, compressed, before a sheet is shown: half a second on a slow line.
MOST_BYTES = 80 * 1024
MADE = {name + ending for name in (SCRIPT, REST, STYLE) for ending in ("", ".map")}
# Where all modules of each file are reached from.
FIRST, SECOND, STYLES = "main.js", "more.js", "main.css"
# Its words go into the file that says them.
TEXTS = "texts.js"
NOTICE = "/*! django-livesheet | MIT License | the modules are in the source map */"
# What every browser knows that can run the modules as they are.
TARGET = "es2022"

IMPORT = re.compile(
    r'^(?:import|export)\b\s*(?P<names>[^;]*?)\bfrom "(?P<path>\.[\w./-]+\.js)";', re.MULTILINE
)
WORD = re.compile(r'^  (?P<key>\w+):\s*"(?:[^"\\\n]|\\.)*",\n', re.MULTILINE)
PLURAL = re.compile(r"_(zero|one|two|few|many)$")
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
    words = said_later(folder, first)
    # Of two builds on one page, each second file finds its own first one, or none.
    key = f'Symbol.for("livesheet.{sources(folder)[:12]}")'
    modules = {name: (folder / name).read_text(encoding="utf-8") for name in first | second}
    modules[TEXTS] = WORD.sub(lambda word: "" if word["key"] in words else word[0], modules[TEXTS])
    built(npm, folder, SCRIPT, {**modules, "all.js": handing_over(shared, key)})
    ending = f"export const texts = {{\n{''.join(words.values())}}};\n"
    rest = {**modules, **stand_ins(shared, key), "all.js": f'export * from "./{SECOND}";\n{ending}'}
    built(npm, folder, REST, rest)
    bundled(npm, folder, STYLE, f'@import "./{STYLES}";')
    stamp = {"sources": sources(folder), "files": {name: digest(folder / name) for name in MADE}}
    (folder / STAMP).write_text(json.dumps(stamp, indent=2, sort_keys=True) + "\n", "utf-8")
    return True


def built(npm: Npm, folder: Path, name: str, modules: dict[str, str]) -> None:
    """Write into `folder` the script of that name, of these modules; `all.js` is the entry."""
    with tempfile.TemporaryDirectory(prefix="livesheet-bundle-") as made:
        place = Path(made)
        for module, text in modules.items():
            (place / module).parent.mkdir(parents=True, exist_ok=True)
            (place / module).write_text(text, encoding="utf-8")
        bundled(npm, place, name, modules["all.js"])
        for ending in ("", ".map"):
            shutil.copy(place / (name + ending), folder / (name + ending))


def said_later(folder: Path, first: Iterable[str]) -> dict[str, str]:
    """The lines of texts.js that no module of the first file can mean, by their keys."""
    code = [(folder / name).read_text(encoding="utf-8") for name in first if name != TEXTS]
    plain = "\n".join(re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL) for text in code)
    named, begun = set(re.findall(r"\w+", plain)), tuple(re.findall(r"`(\w+_)\$\{", plain))
    lines = WORD.finditer((folder / TEXTS).read_text(encoding="utf-8"))
    return {
        line["key"]: line[0]
        for line in lines
        if not {line["key"], PLURAL.sub("", line["key"])} & named
        and not line["key"].startswith(begun)
    }


def bundled(npm: Npm, folder: Path, name: str, entry: str) -> None:
    """Write into `folder` the file of that name, with all that the text of `entry` imports."""
    kind = Path(name).suffix[1:]
    esbuild = npm.modules / "esbuild-wasm" / "bin" / "esbuild"
    command = [
        str(esbuild), "--bundle", "--format=esm", "--minify", "--sourcemap", "--charset=utf8",
        f"--target={TARGET}" if kind == "js" else "--target=esnext", "--log-level=warning",
        f"--loader={kind}", f"--sourcefile=all.{kind}", "--define:import.meta.isBundle=true",
        f"--banner:{kind}={NOTICE}", f"--outfile={name}",
    ]  # fmt: skip
    run(command, folder, entry)
    if kind == "js":
        shorten(npm, folder, name)


def shorten(npm: Npm, folder: Path, name: str) -> None:
    """esbuild leaves names that compress less well: three kilobytes of ninety."""
    terser = npm.modules / "terser" / "bin" / "terser"
    command = [
        str(terser), name, "--module", f"--ecma={TARGET.removeprefix('es')}", "--mangle",
        "--compress", "passes=2,keep_fargs=false", "--comments=/^!/", f"--output={name}",
        "--source-map", f"content='{name}.map',url='{name}.map',includeSources",
    ]  # fmt: skip
    run(command, folder)


def run(command: list[str], folder: Path, text: str = "") -> None:
    node = shutil.which("node")
    if node is None:
        raise BuildError("livesheet: the build runs esbuild with Node.js, and there is no node.")
    done = subprocess.run(
        [node, *command], cwd=folder, input=text, capture_output=True, text=True, check=False
    )
    if done.returncode:
        what = Path(command[0]).name
        raise BuildError(f"livesheet: {what} could not bundle: {done.stderr[-600:]}")


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
        size = len(gzip.compress((STATIC / SCRIPT).read_bytes()))
        print(f"{SCRIPT}: {size:,} bytes when compressed; tests/package allows {MOST_BYTES:,}")
    except BuildError as error:
        sys.exit(str(error))
