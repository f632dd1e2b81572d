"""What the wheel and the sdist hold, and what the build says where it cannot make them."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import shutil
import subprocess
import tarfile
import zipfile
from pathlib import Path

from building import run_build

GRID = "livesheet/static/livesheet/handsontable"
BUNDLE = "livesheet/static/livesheet/livesheet"
# Of what is fetched before a sheet is shown; `build_support/bundle.py` prints how much it is.
MOST_BYTES = 80 * 1024
NOTICES = {
    "LICENSE",
    "LICENSE-moment",
    "LICENSE-pikaday",
    "LICENSE-numbro",
    "LICENSE-Numeraljs",
    "LICENCE-bignumber.js.md",
}


def test_the_wheel_holds_the_grid_as_it_was_stamped(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        stamp = json.loads(archive.read(f"{GRID}/stamp.json"))
        held = {
            name.removeprefix(f"{GRID}/"): hashlib.sha256(archive.read(name)).hexdigest()
            for name in archive.namelist()
            if name.startswith(f"{GRID}/") and not name.endswith("stamp.json")
        }
        style = archive.read(f"{GRID}/handsontable.full.min.css")
        script = archive.read(f"{GRID}/handsontable.full.min.js")
    assert stamp["version"] == "6.2.2"
    assert held == stamp["files"]
    assert held.keys() >= NOTICES
    assert b"data:" not in style
    assert len(script) > 500_000


def test_the_sdist_holds_the_grid_too(sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        names = archive.getnames()
    folder = f"{sdist.name.removesuffix('.tar.gz')}/src/{GRID}"
    assert {f"{folder}/handsontable.full.min.js", f"{folder}/stamp.json"} <= set(names)


def test_the_wheel_holds_every_file_of_the_package_and_nothing_else(
    wheel: Path, root: Path
) -> None:
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "src"]
    listed = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    ours = {path.removeprefix("src/") for path in listed.stdout.splitlines()}
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert "livesheet/py.typed" in ours
    assert ours <= names
    others = {n for n in names - ours if not n.startswith((f"{GRID}/", f"{BUNDLE}."))}
    assert {name.partition("/")[0] for name in others} == {about(wheel)}


def test_both_hold_the_bundle_and_what_it_was_made_of(wheel: Path, sdist: Path) -> None:
    with zipfile.ZipFile(wheel) as archive, tarfile.open(sdist) as source:
        script = archive.read(f"{BUNDLE}.js")
        in_sdist = source.extractfile(f"{sdist.name.removesuffix('.tar.gz')}/src/{BUNDLE}.js")
        assert in_sdist is not None and in_sdist.read() == script
        sources = json.loads(archive.read(f"{BUNDLE}.js.map"))
        made = dict(zip(sources["sources"], sources["sourcesContent"], strict=True))
        folder = BUNDLE.rpartition("/")[0]
        for name in ("main.js", "grid/grid.js", "wire/socket.js"):
            assert made[name] == archive.read(f"{folder}/{name}").decode()
    assert script.startswith(b"/*! django-livesheet | MIT License")


def test_what_comes_later_is_a_file_of_its_own_with_no_module_twice(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        first, rest = (archive.read(f"{BUNDLE}.{name}").decode() for name in ("js", "more.js"))
        sources = [json.loads(archive.read(f"{BUNDLE}.{name}.map")) for name in ("js", "more.js")]
    assert rest.startswith("/*! django-livesheet | MIT License")
    (key,) = set(re.findall(r'Symbol\.for\("(livesheet\.[0-9a-f]{12})"\)', rest))
    assert f'globalThis[Symbol.for("{key}")]=[' in first
    texts = [dict(zip(one["sources"], one["sourcesContent"], strict=True)) for one in sources]
    twice = [name for name, text in texts[1].items() if texts[0].get(name) == text]
    assert twice == []
    assert "rows/card.js" in texts[1] and "rows/card.js" not in texts[0]
    assert len(gzip.compress(first.encode())) <= MOST_BYTES
    # Each word of the widget is in the one of them or the other.
    with zipfile.ZipFile(wheel) as archive:
        words = archive.read(f"{BUNDLE.rpartition('/')[0]}/texts.js").decode()
    keys = re.findall(r'^  (\w+): "', words, flags=re.MULTILINE)
    assert len(keys) > 400
    where = [sum(f"{key}:" in text for text in (first, rest)) for key in keys]
    assert [key for key, found in zip(keys, where, strict=True) if not found] == []
    assert 'filter_contains:"' in rest and 'filter_contains:"' not in first


def test_the_wheel_says_who_it_is(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        metadata = archive.read(f"{about(wheel)}/METADATA").decode()
        licence = archive.read(f"{about(wheel)}/licenses/LICENSE").decode()
    for line in (
        "Name: django-livesheet",
        "License-Expression: MIT",
        "Requires-Python: >=3.11",
        "Requires-Dist: channels<5,>=4.3",
        "Provides-Extra: redis",
    ):
        assert f"\n{line}\n" in metadata
    assert licence.startswith("MIT License")


def test_the_readme_of_the_wheel_leads_somewhere_from_a_package_index(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        page = archive.read(f"{about(wheel)}/METADATA").decode().partition("\n\n")[2]
    targets = re.findall(r"\]\(([^)\s]+)", re.sub(r"^```.*?^```", "", page, flags=re.M | re.S))
    assert len(targets) > 20
    assert [target for target in targets if not target.startswith(("https://", "#"))] == []
    assert any(target.endswith("docs/images/demo.png") and "raw" in target for target in targets)


def about(wheel: Path) -> str:
    """`django_livesheet-0.2.0-py3-none-any.whl` → `django_livesheet-0.2.0.dist-info`."""
    return "-".join(wheel.name.split("-")[:2]) + ".dist-info"


def test_without_npm_and_without_the_grid_the_build_says_so_in_one_line(
    unpacked: Path, tmp_path: Path
) -> None:
    source = tmp_path / "source"
    shutil.copytree(unpacked, source)
    shutil.rmtree(source / "src" / GRID)
    done = run_build(source, "--wheel", tmp_path / "wheel", path="")
    assert done.returncode != 0
    said = done.stdout + done.stderr
    assert "there is no npm on PATH" in said
    assert "livesheet: the build fetches Handsontable and esbuild with npm" in said
    assert "hook.py" not in said


def test_a_module_that_was_changed_is_bundled_anew(unpacked: Path, tmp_path: Path) -> None:
    source = tmp_path / "source"
    shutil.copytree(unpacked, source)
    texts = source / "src" / GRID / ".." / "texts.js"
    texts.write_text(texts.read_text(encoding="utf-8").replace("Add row", "Another row"), "utf-8")
    done = run_build(source, "--wheel", tmp_path / "wheel")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Another row" in (source / "src" / f"{BUNDLE}.js").read_text(encoding="utf-8")


def test_a_harmed_grid_is_fetched_anew(unpacked: Path, tmp_path: Path) -> None:
    source = tmp_path / "source"
    shutil.copytree(unpacked, source)
    script = source / "src" / GRID / "handsontable.full.min.js"
    script.write_text("harmed", encoding="utf-8")
    done = run_build(source, "--wheel", tmp_path / "wheel")
    assert done.returncode == 0, done.stdout + done.stderr
    assert script.stat().st_size > 500_000
