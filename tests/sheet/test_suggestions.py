"""What is said of a name that does not exist."""

from __future__ import annotations

import pytest

from livesheet.sheet.suggestions import suggest


@pytest.mark.parametrize(
    ("name", "known", "hint"),
    [
        ("prize", ["name", "price"], "Did you mean 'price'? The columns are: name, price."),
        ("colour", ["name", "price"], "The columns are: name, price."),
        ("price", [], "The columns are: none."),
    ],
)
def test_the_most_similar_name_comes_first_then_all(name: str, known: list[str], hint: str) -> None:
    assert suggest(name, known, "The columns are") == hint
