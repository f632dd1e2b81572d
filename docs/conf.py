"""The documentation as a site: `make docs`. Its pages read well as plain Markdown, too."""

from __future__ import annotations

import os
import re
import sys
import tomllib
from pathlib import Path
from typing import Any

import django

import livesheet

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

# Autodoc imports the package, whose models want settings.
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

project = "django-livesheet"
author = project_copyright = "django-livesheet contributors"
release = version = livesheet.__version__
repository = PROJECT["urls"]["Source"]

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.viewcode", "sphinx_copybutton"]
exclude_patterns = ["_build"]
nitpicky = False  # annotations name private classes, which have no page
myst_heading_anchors = 4
suppress_warnings = ["myst.strikethrough"]
copybutton_prompt_text = r"\$ |>>> |\.\.\. "
copybutton_prompt_is_regexp = True

autodoc_typehints = "description"
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True

html_theme = "furo"
html_title = f"{project} {release}"
html_theme_options = {
    "source_repository": repository,
    "source_branch": "main",
    "source_directory": "docs/",
}
html_copy_source = False

GROUP = re.compile(r"^\*\*(?P<name>[^*]+)\*\*$")
PAGE = re.compile(r"\]\((?P<page>(?:\.\./)?[\w-]+\.md)\)")
OUTSIDE = re.compile(r"\]\(\.\./(?P<path>[^)#]+)(?P<anchor>#[^)]*)?\)")
# What stands beside this folder and is a page of the site, too.
TAKEN_IN = {"CHANGELOG.md": "changelog.md", "SECURITY.md": "reporting.md"}


def navigation(index: str) -> str:
    """The index's own lists, as Sphinx wants them: the pages are named in one place."""
    trees: list[str] = []
    for line in index.splitlines():
        if found := GROUP.match(line):
            trees.append(f"```{{toctree}}\n:hidden:\n:caption: {found['name']}\n")
        elif trees and line.startswith("- "):
            trees[-1] += "".join(f"\n{page}" for page in map(_name, PAGE.findall(line)) if page)
    trees[-1] += "\napi\nreporting"
    return "\n\n".join(f"{tree}\n```" for tree in trees)


def _name(page: str) -> str:
    if not page.startswith("../"):
        return page.removesuffix(".md")
    return TAKEN_IN.get(page.removeprefix("../"), "").removesuffix(".md")


def lead_outside(match: re.Match[str]) -> str:
    """A link that leaves this folder goes to the repository, on a site of pages."""
    path, anchor = match["path"], match["anchor"] or ""
    if path in TAKEN_IN:
        return f"]({TAKEN_IN[path]})"
    kind = "tree" if (ROOT / path).is_dir() else "blob"
    return f"]({repository}/{kind}/main/{path}{anchor})"


def read(app: Any, name: str, source: list[str]) -> None:
    for file, page in TAKEN_IN.items():
        if page == f"{name}.md":
            app.env.note_dependency(ROOT / file)
            source[0] = (ROOT / file).read_text(encoding="utf-8").replace("](docs/", "](")
    if name == "index":
        source[0] += "\n\n" + navigation(source[0])
    source[0] = OUTSIDE.sub(lead_outside, source[0])


def setup(app: Any) -> None:
    app.connect("source-read", read)
