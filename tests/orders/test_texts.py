"""Texts as SQLite sorts and finds them, where our own functions do it."""

from __future__ import annotations

import pytest

from livesheet.orders import texts
from livesheet.orders.texts import fold, natural_key

# What people expect, one after the other.
SORTED = [
    "_x", "-1", "§ 3", "€ 5", "(a)", "0", "07", "7", "a b", "Bolt 2", "Bolt 10",
    "bolt 010 b", "cafe", "Cafe", "café", "cafés", "Łódź", "müller", "Müller", "Muller 2", "naïve",
    "ζ", "Ж",
]  # fmt: skip


def test_texts_sort_as_people_sort() -> None:
    assert sorted(sorted(SORTED), key=natural_key) == SORTED


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Bolt 012", "bolt\x06000212\0\0bOLT 012"),
        ("No. 0", "no\x0e\x0600010\0\0nO. 0"),
        ("Café", "cafe\0\u0301\0cAFÉ"),
        ("Œuvre № 7", "oeuvre\x06\x0f№\x0600017\0\0œUVRE № 7"),
    ],
)
def test_an_index_of_an_earlier_version_holds_the_same_keys(text: str, key: str) -> None:
    """SQLite keeps them: where they have to change, the function needs another name."""
    assert natural_key(text) == key


@pytest.mark.parametrize(
    ("text", "folded"),
    [("Söhne", "sohne"), ("ΣΊΣΥΦΟΣ", "σισυφος"), ("e\u0301a\u0323\u0302", "ea"), ("שָׁלוֹם", "שלום")],
)
def test_case_and_accents_are_no_matter_to_a_search(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_no_text_fills_the_memory_with_characters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texts, "_KNOWN_SIGNS", 4)
    known = texts._Signs(texts._rank)
    assert "äöüéèê".translate(known) == "aoueee"
    assert len(known) == 4
