"""The longer pieces of code in docs/existing-projects.md are those that are run here."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.test_docs import ROOT, blocks

HERE = Path(__file__).resolve().parent


@pytest.mark.parametrize(
    ("name", "path"), [("watch.py", "watch.py"), ("proj/places.py", "tenants/places.py")]
)
def test_the_page_has_the_code_that_is_tested(name: str, path: str) -> None:
    page = dict(
        body.split("\n", 1) for _line, body in blocks(ROOT / "docs/existing-projects.md", "python")
    )
    assert page[f"# {name}"].strip() == bare((HERE / path).read_text()).strip()


def bare(code: str) -> str:
    """Without what a test's module has more than a page: its docstring, types."""
    code = code.partition('"""\n\n')[2]
    for typed in ("from __future__ import annotations\n\n", "from typing import Any\n\n",
                  ": dict[str, Any]", " -> tuple[str, Any]"):  # fmt: skip
        code = code.replace(typed, "")
    return code
