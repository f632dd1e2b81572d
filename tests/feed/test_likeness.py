"""What users with the same sheet have in common."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from livesheet.feed.likeness import digest, sharing
from livesheet.sheet.declaration import Sheet, find_sheet
from tests.app.consumers import NoteSheet
from tests.app.models import Note

pytestmark = pytest.mark.django_db


def sheet_of(pk: int, name: str = "note") -> Sheet:
    kind = find_sheet(name)
    assert kind is not None
    user: Any = SimpleNamespace(pk=pk, is_authenticated=True, has_perm=lambda *_: True)
    return kind(user).prepare()


def test_what_was_built_for_another_user_is_shared() -> None:
    ann, bea = sheet_of(1), sheet_of(2)
    shared = sharing(ann, bea, "en")
    assert shared.columns is bea.columns is not ann.columns
    assert shared.user is ann.user
    assert shared.audience == ann.audience and shared.room == ann.room
    assert digest(shared, "en") == digest(ann, "en") != digest(bea, "en")
    assert bea.user.pk == 2


def test_columns_that_are_described_otherwise_are_not() -> None:
    ann, bea = sheet_of(1), sheet_of(2)
    bea.columns[0].title = "Another"
    assert sharing(ann, bea, "en") is ann


def test_another_audience_is_not() -> None:
    ann, bea = sheet_of(1), sheet_of(2)
    vars(ann)["audience"] = "Ann's"
    shared = sharing(ann, bea, "en")
    assert shared.audience == "Ann's"
    assert bea.audience != "Ann's"


def test_a_sheet_that_depends_on_the_user_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(NoteSheet, "is_private", True)
    ann, bea = sheet_of(1), sheet_of(2)
    assert sharing(ann, bea, "en") is ann


def test_where_only_the_rows_depend_on_the_user_what_was_built_is_shared(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        NoteSheet, "get_queryset", lambda self: Note.objects.filter(pk__gt=self.user.pk)
    )
    ann, bea = sheet_of(1), sheet_of(2)
    assert ann.is_private
    shared = sharing(ann, bea, "en")
    assert shared.columns is bea.columns is not ann.columns
    assert shared._serializer_class is bea._serializer_class
    assert shared.user is ann.user and shared.audience == ann.audience
    assert ann.for_user(bea.user).columns is ann.columns
    monkeypatch.setattr(type(ann), "get_columns", lambda self: {})
    assert sharing(ann, bea, "en") is ann
    assert ann.for_user(bea.user).columns is not ann.columns
