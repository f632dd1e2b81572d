"""Which of a project's templates contain a sheet, and which one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from django.template import engines
from django.template.backends.django import DjangoTemplates

NOT_RENDERED = re.compile(
    r"{#.*?#}|{%\s*(?P<tag>comment|verbatim)\b.*?{%\s*end(?P=tag)\b.*?%}", re.DOTALL
)
NAMED = re.compile(r"""{%\s*livesheet\s+(?P<quote>["'])(?P<name>.*?)(?P=quote)""")


def own_templates() -> Iterator[Path]:
    """Those of the project itself, in whatever engine of Django's."""
    for engine in engines.all():
        for folder in getattr(engine, "template_dirs", ()):
            # Installed packages have their own tests, and many files.
            installed = {"site-packages", "dist-packages"} & set(Path(folder).parts)
            if isinstance(engine, DjangoTemplates) and not installed:
                yield from sorted(path for path in Path(folder).rglob("*") if path.is_file())


def named_sheets(path: Path) -> list[str]:
    """The names that a template gives to ``{% livesheet %}`` as they stand."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return []
    return [match["name"] for match in NAMED.finditer(NOT_RENDERED.sub("", text))]
