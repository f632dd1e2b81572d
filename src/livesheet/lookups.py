"""What a relation may hold, found by what it is called; bounded by ``get_related_queryset``."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from livesheet.columns import COMPLETE_LABELS, Column
from livesheet.exceptions import LiveSheetError
from livesheet.rows import key_of, label_of
from livesheet.sheets import Sheet
from livesheet.unreadable import instances

MOST_OPTIONS = 50


def related(sheet: Sheet, column: Column) -> models.QuerySet[Any]:
    """All that the relation may hold, in an order that does not change from page to page."""
    found = sheet.get_related_queryset(column.source).using(sheet.alias)
    return found if found.ordered else found.order_by("pk")


def labelled(related: models.QuerySet[Any], text: str) -> list[models.Model]:
    """Objects whose label holds ``text``. Of many, those that hold it in a text field, too.

    The label decides in both cases: fields alone would let anybody probe what no label shows.
    """
    if related[COMPLETE_LABELS : COMPLETE_LABELS + 1].exists():
        fields = [f.name for f in related.model._meta.fields if isinstance(f, models.CharField)]
        holds = models.Q()
        for name in fields:
            holds |= models.Q(**{f"{name}__icontains": text})
        related = related.filter(holds)
    wanted = text.casefold()
    found = instances(related[:COMPLETE_LABELS])
    return [one for one in found if wanted in label_of(one).casefold()]


def options(sheet: Sheet, query: Mapping[str, Any]) -> dict[str, Any]:
    """The question ``options``: ``{column, text}`` → ``{options: [[key, label]], more}``."""
    name, text = query.get("column"), query.get("text", "")
    column = sheet.column(name) if isinstance(name, str) else None
    if column is None or column.related_model is None:
        raise LiveSheetError("bad_query", f"Expected the name of a relation; got {name!r}.")
    if not isinstance(text, str) or "\x00" in text:
        raise LiveSheetError("bad_query", f"Expected a text to look for; got {text!r}.")
    possible, wanted = related(sheet, column), text.strip()
    shown = labelled(possible, wanted) if wanted else instances(possible[: MOST_OPTIONS + 1])
    found = list(islice(shown, MOST_OPTIONS + 1))
    pairs = [[key_of(one, column), label_of(one)] for one in found[:MOST_OPTIONS]]
    return {"options": pairs, "more": len(found) > MOST_OPTIONS}


def key_called(sheet: Sheet, column: Column, text: str) -> str:
    """The key of the one object with this label.

    Raises ``LiveSheetError`` where nothing, or more than one thing, is called so.
    """
    found = labelled(related(sheet, column), text)
    same = [one for one in found if label_of(one) == text]
    same = same or [one for one in found if label_of(one).casefold() == text.casefold()]
    if len(same) > 1:
        message = _("%(count)s are called “%(text)s”: pick one from the list.")
        raise LiveSheetError("invalid", message % {"count": len(same), "text": text})
    if same:
        return key_of(same[0], column)
    message = _("%(column)s: there is none called “%(text)s”.")
    raise LiveSheetError("invalid", message % {"column": column.title, "text": text})
