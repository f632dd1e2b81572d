"""What ``hello`` says beside columns and rights."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import translation

from livesheet.feed.frames import hello
from livesheet.sheet.declaration import find_sheet

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    ("language", "decimal", "group"), [("en", ".", ","), ("de", ",", "."), ("fr", ",", "\xa0")]
)
def test_numbers_are_signed_as_in_the_users_language(
    ann: Any, language: str, decimal: str, group: str
) -> None:
    sheet_class = find_sheet("product")
    assert sheet_class is not None
    with translation.override(language):
        frame = hello(sheet_class(ann), "digest", [])
    assert frame["numbers"] == {"decimal": decimal, "group": group}


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ("ymd", "-", "mdy")),
        ("en-gb", ("dmy", "/", "dmy")),
        ("de", ("dmy", ".", "dmy")),
        ("fr", ("dmy", "/", "dmy")),
        ("es", ("dmy", "/", "dmy")),
        ("nl", ("dmy", "-", "dmy")),
        ("hu", ("ymd", "-", "")),  # with a sign at the end, too
    ],
)
def test_dates_are_written_as_in_the_users_language(
    ann: Any, language: str, said: tuple[str, ...]
) -> None:
    sheet_class = find_sheet("product")
    assert sheet_class is not None
    with translation.override(language):
        frame = hello(sheet_class(ann), "digest", [])
    assert tuple(frame["dates"].values()) == said
