"""What ``hello`` says beside columns and rights."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import translation

from livesheet.frames import hello
from livesheet.sheets import find_sheet

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
