"""Which users may share a frame, and whether a client's copy still belongs to the same sheet."""

from __future__ import annotations

import hashlib
from collections.abc import Hashable
from typing import Any

from livesheet.sheet.declaration import Sheet

Key = Hashable


def audience_key(sheet: Sheet, language: str) -> Key:
    """Contains everything that the bytes of a shared frame depend on."""
    params = tuple(sorted((name, str(value)) for name, value in sheet.params.items()))
    names = tuple((column.name, column.type) for column in sheet.columns)
    return (sheet.get_name(), params, names, language, sheet.audience)


def digest(sheet: Sheet, language: str) -> str:
    """Says whether a client's copy still belongs to this sheet, user, audience and columns."""
    described = [*(column.describe() for column in sheet.columns), sheet.row_style]
    whole = (repr(audience_key(sheet, language)), repr(described), str(sheet.user.pk))
    return hashlib.sha256("\0".join(whole).encode()).hexdigest()[:12]


def sharing(sheet: Sheet, other: Sheet, language: str) -> Sheet:
    """``sheet`` with those parts of ``other`` that are the same for both, built only once.

    Its columns and its serializer are a seventh of what a connection holds.
    """
    if sheet is other or not (_is_shareable(sheet) and _is_shareable(other)):
        return sheet
    shared = other.for_user(sheet.user)
    asked: dict[str, Any] = {
        name: vars(sheet)[name] for name in ("audience", "room") if name in vars(sheet)
    }
    vars(shared).update(asked)  # hooks, which may query
    return shared if digest(shared, language) == digest(sheet, language) else sheet


def _is_shareable(sheet: Sheet) -> bool:
    return sheet.differs_by_rows or not sheet.is_private
