"""Numbers that stand for what rows contain."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser

from livesheet.sheet.marks import mark_of, mark_of_text, places_of_files
from livesheet.wire.values import dumps
from tests.app.consumers import SampleSheet


def test_equal_rows_have_the_same_number_and_others_another() -> None:
    assert mark_of(["7", "Bolt", None]) == mark_of(["7", "Bolt", None])
    assert mark_of(["7", "Bolt", None]) != mark_of(["7", "Bolt", ""])
    assert mark_of(["7", "Bolt"]) != mark_of(["7", ["Bolt"]])


def test_a_row_that_the_database_wrote_has_the_number_of_the_same_row() -> None:
    row = ["7", "Bolt", 1.5, None]
    assert mark_of_text(dumps(row)) == mark_of(row)


def test_a_file_is_the_same_if_only_its_signed_address_differs() -> None:
    first, later = ({"name": "a.pdf", "url": f"/a.pdf?signature={n}"} for n in (1, 2))
    assert mark_of(["7", first], [1]) == mark_of(["7", later], [1])
    assert mark_of(["7", first]) != mark_of(["7", later])
    assert mark_of(["7", first], [1]) != mark_of(["7", {**first, "name": "b.pdf"}], [1])
    assert mark_of(["7", None], [1]) == mark_of(["7", None])


def test_zero_and_one_stand_for_something_else() -> None:
    class Text(str):
        number: int

        def __hash__(self) -> int:
            return self.number

    for number, mark in ((0, 2), (1, 2), (2, 2), (3, 3)):
        text = Text()
        text.number = number
        assert mark_of_text(text) == mark


def test_the_files_of_a_sheet_are_counted_after_the_key() -> None:
    sheet = SampleSheet(AnonymousUser())
    names = ["pk", *(column.name for column in sheet.columns)]
    assert [names[place] for place in places_of_files(sheet)] == ["upload"]
