"""What can be learned from a sheet's class alone, before anybody has opened the sheet.

If a hook depends on the user, its result is not known in advance, and is left out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import AnonymousUser

from livesheet.sheet.declaration import Sheet, varying


def specimen(sheet: type[Sheet]) -> Sheet:
    """A sheet without a user. Its params are made up, since each needs some value."""
    nobodys = sheet.__new__(sheet)
    nobodys.user = AnonymousUser()
    nobodys.params = {name: _made_up(convert) for name, convert in sheet.params.items()}
    return nobodys


def _made_up(convert: Callable[[str], Any]) -> Any:
    try:
        return convert("1")
    except Exception:  # a converter of the project's may raise anything
        return None


def annotations_of(sheet: type[Sheet]) -> dict[str, Any] | None:
    """What the sheet's queryset adds to the model; None if only a real user's request can tell."""
    try:
        return dict(specimen(sheet).get_queryset().query.annotations)
    except Exception:
        if varying(sheet):
            return None
        raise


def column_names(sheet: type[Sheet]) -> list[str]:
    """The columns, as far as the class itself names them."""
    named = isinstance(sheet.fields, list | tuple) and not overrides(sheet, "get_fields")
    return list(sheet.fields or ()) if named else []


def overrides(sheet: type[Sheet], hook: str) -> bool:
    """Whether the class has a method of its own in place of that hook."""
    return getattr(sheet, hook) is not getattr(Sheet, hook)
