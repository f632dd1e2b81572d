"""The sheets that a project's templates name."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import override_settings

from livesheet.page.templates import named_sheets, own_templates


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("{% livesheet 'products' %}", ["products"]),
        ('{%livesheet "products" theme="dark" %} {% livesheet "orders" %}', ["products", "orders"]),
        ("{% livesheet name %}", []),
        ("{# {% livesheet 'products' %} #}", []),
        ("{% comment %}{% livesheet 'old' %}{% endcomment %}{% livesheet 'new' %}", ["new"]),
        ("{% comment 'why' %}\n{% livesheet 'old' %}\n{% endcomment %}", []),
        ("{% verbatim %}{% livesheet 'shown' %}{% endverbatim %}", []),
        ("{% livesheets 'products' %}", []),
    ],
)
def test_names_are_found_where_the_tag_would_be_rendered(
    text: str, names: list[str], tmp_path: Path
) -> None:
    page = tmp_path / "page.html"
    page.write_text(text, encoding="utf-8")
    assert named_sheets(page) == names


def test_a_file_that_is_no_text_names_none(tmp_path: Path) -> None:
    (tmp_path / "logo.png").write_bytes(b"\xff\xfe{% livesheet 'products' %}\x89")
    assert named_sheets(tmp_path / "logo.png") == []
    assert named_sheets(tmp_path / "missing.html") == []


def test_the_projects_own_templates_and_not_those_of_packages(tmp_path: Path) -> None:
    for folder in ("site/templates/shop", "env/site-packages/other/templates"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "page.html").write_text("")
    engine = {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [tmp_path / "site/templates", tmp_path / "env/site-packages/other/templates"],
    }
    with override_settings(TEMPLATES=[engine]):
        assert list(own_templates()) == [tmp_path / "site/templates/shop/page.html"]
