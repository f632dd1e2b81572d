"""A sealed text comes back to those for whom it was sealed, and tells nothing to who keeps it."""

from __future__ import annotations

import pytest
from django.test import override_settings

from livesheet.wire.seals import Seals

TEXTS = ["7", "Zürich 🙂", "x" * 5_000]


@pytest.mark.parametrize("text", TEXTS)
def test_what_was_sealed_can_be_opened_by_its_own(text: str) -> None:
    sealed = Seals("places", "ada").seal(text)
    assert text not in sealed
    assert Seals("places", "ada").opened(sealed) == text


def test_nobody_else_can_open_it() -> None:
    sealed = Seals("places", "ada").seal("7")
    assert Seals("places", "bob").opened(sealed) is None
    assert Seals("cursors", "ada").opened(sealed) is None


def test_a_text_with_one_changed_letter_is_not_opened() -> None:
    seals = Seals("places", "ada")
    sealed = seals.seal("a place")
    for at, letter in enumerate(sealed[:-1]):  # the last one may hold bits that are not read
        forged = sealed[:at] + ("A" if letter != "A" else "B") + sealed[at + 1 :]
        assert seals.opened(forged) is None


@pytest.mark.parametrize("text", ["", "A", "é", "?", "AAAA", "A" * 22])
def test_what_nobody_sealed_is_not_opened(text: str) -> None:
    assert Seals("places", "ada").opened(text) is None


def test_equal_texts_are_sealed_equally_so_that_pages_have_stable_addresses() -> None:
    assert Seals("places", "ada").seal("7") == Seals("places", "ada").seal("7")
    assert Seals("places", "ada").seal("7") != Seals("places", "ada").seal("8")


def test_a_former_secret_still_opens_and_does_not_seal() -> None:
    with override_settings(SECRET_KEY="former"):
        sealed = Seals("places", "ada").seal("7")
    with override_settings(SECRET_KEY="present", SECRET_KEY_FALLBACKS=["former"]):
        assert Seals("places", "ada").opened(sealed) == "7"
        assert Seals("places", "ada").seal("7") != sealed
    with override_settings(SECRET_KEY="present"):
        assert Seals("places", "ada").opened(sealed) is None
