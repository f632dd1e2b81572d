"""Named views: a user's own, which nobody else can see, and those that a room shares.

A view is shared with the room in which its owner is at that moment, and stays there: users who have
left the room no longer see it, and the owner who moves to another room does not take it along. A
view that a user may not see is answered like one that does not exist.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _

from livesheet import conf, people
from livesheet.doorbell import doorbell
from livesheet.exceptions import LiveSheetError
from livesheet.log import changelog
from livesheet.log.transactions import atomic
from livesheet.people import user_key
from livesheet.questions.saved_views import OWN, as_seen, checked, place_of, with_unseen
from livesheet.sheet.declaration import Sheet
from livesheet.sheet.meeting import is_alone, room_of
from livesheet.tables import NamedView
from livesheet.wire.values import of_datetime

MAX_NAME = 100
SHAPES: dict[str, type] = {
    "name": str, "layout": dict, "shared": bool, "default": bool, "version": int,
}  # fmt: skip

Query = Mapping[str, Any]


# --- questions -------------------------------------------------------------------------------


def views(sheet: Sheet, query: Query) -> dict[str, Any]:
    """``{views, can_share}``: what this user may open here, by name, without what they hold."""
    kept = list(_visible(sheet).defer("view"))
    return {"views": _entries(sheet, kept), "can_share": _can_share(sheet)}


def open_view(sheet: Sheet, query: Query) -> dict[str, Any]:
    """``{view, layout, left_out}``, the layout without what speaks of columns that this user does
    not see; ``left_out`` is how many filters and sorts that were.
    """
    kept = _found(sheet, query.get("id"))
    seen, left_out = as_seen(json.loads(kept.view), _columns(sheet))
    return {"view": _entries(sheet, [kept])[0], "layout": seen, "left_out": left_out}


def save_view(sheet: Sheet, query: Query) -> dict[str, Any]:
    """Make a view of ``name`` and ``layout``; or, with an ``id``, give that one what is said of
    ``name``, ``layout``, ``shared`` and ``default``. Returns ``{view}``.

    Raises ``LiveSheetError`` where that may not be, or ``version`` is not the one that is there.
    """
    given = _given(query)
    user = user_key(sheet.user)
    if not user:
        raise LiveSheetError("signed_out", _("Sign in to save views."))
    with atomic(sheet.alias):
        if query.get("id") is None:
            kept = NamedView(user=user, sheet=sheet.get_name()[:200], place=place_of(sheet))
            kept.version = 0
        else:
            kept = _found(sheet, query["id"], is_locked=True)
        _write(sheet, kept, given)
    return {"view": _entries(sheet, [kept])[0]}


def delete_view(sheet: Sheet, query: Query) -> dict[str, Any]:
    """Take the view with that ``id`` away, from everybody who shares it."""
    with atomic(sheet.alias):
        kept = _found(sheet, query.get("id"), is_locked=True)
        _require_share(sheet, kept.room)
        room = kept.room
        kept.delete()
        _tell(sheet, room)
    return {}


# --- who may ---------------------------------------------------------------------------------


def _visible(sheet: Sheet) -> models.QuerySet[NamedView]:
    is_visible = models.Q(room=room_of(sheet))
    if user := user_key(sheet.user):
        is_visible |= models.Q(user=user, place=place_of(sheet), room="")
    return NamedView.objects.using(sheet.alias).filter(is_visible).order_by("name", "id")


def _found(sheet: Sheet, given: Any, is_locked: bool = False) -> NamedView:
    rows = _visible(sheet)
    if is_locked:
        rows = rows.select_for_update()
    is_key = isinstance(given, str) and given.isascii() and given.isdigit() and len(given) < 19
    found = rows.filter(pk=int(given)).first() if is_key else None
    if found is None:
        raise LiveSheetError("not_found", _("There is no such view, or it is not shared with you."))
    return found


def _can_share(sheet: Sheet) -> bool:
    return bool(user_key(sheet.user)) and not is_alone(sheet) and sheet.can_share_views()


def _require_share(sheet: Sheet, *rooms: str) -> None:
    """What a room has, or is to have, is changed only by who may share."""
    if any(rooms) and not _can_share(sheet):
        raise LiveSheetError("forbidden", _("You do not have permission to share views here."))


def _columns(sheet: Sheet) -> Collection[str]:
    return {column.name for column in sheet.columns}


# --- saving ----------------------------------------------------------------------------------


def _given(query: Query) -> dict[str, Any]:
    given = {name: query[name] for name in SHAPES if query.get(name) is not None}
    for name, value in given.items():
        if type(value) is not SHAPES[name]:
            message = f"Expected {name} as {SHAPES[name].__name__}; got {value!r:.80}."
            raise LiveSheetError("bad_view", message)
    if query.get("id") is None and not {"name", "layout"} <= given.keys():
        raise LiveSheetError("bad_view", "Expected an id, or name and layout of a new view.")
    if "name" in given:
        given["name"] = " ".join(given["name"].split())
        if not 0 < len(given["name"]) <= MAX_NAME or not given["name"].isprintable():
            words = _("Give the view a name of at most %(most)s characters.")
            raise LiveSheetError("bad_name", words % {"most": MAX_NAME})
    return given


def _write(sheet: Sheet, kept: NamedView, given: Mapping[str, Any]) -> None:
    before = kept.room
    here = room_of(sheet)
    kept.room = here if given.get("shared", bool(before)) else ""
    _require_share(sheet, before, kept.room)
    if before and not kept.room and kept.user != user_key(sheet.user):
        raise LiveSheetError(
            "forbidden", _("Only the person who made this view can stop sharing it.")
        )
    if given.get("version", kept.version) != kept.version:
        raise LiveSheetError("view_changed", _("Somebody has changed this view in the meantime."))
    if "name" in given:
        _require_other_name(sheet, kept, given["name"])
        kept.name = given["name"]
    if kept.pk is None or kept.room != before:
        _require_place(sheet, kept)
    if "layout" in given:
        kept.view = _text_of(sheet, kept, given["layout"])
        kept.version += 1
    _set_default(kept, given.get("default", kept.is_default), sheet.alias)
    kept.changed_by, kept.at = user_key(sheet.user), timezone.now()
    kept.save(using=sheet.alias)
    for room in {before, kept.room}:
        _tell(sheet, room)


def _require_other_name(sheet: Sheet, kept: NamedView, name: str) -> None:
    """Only those are compared that this user sees: a name tells nothing of others'."""
    others = _visible(sheet).exclude(pk=kept.pk).values_list("name", flat=True)
    if name.casefold() in (other.casefold() for other in others):
        words = _("There is a view called “%(name)s” already.") % {"name": name}
        raise LiveSheetError("name_taken", words)


def _require_place(sheet: Sheet, kept: NamedView) -> None:
    rows = NamedView.objects.using(sheet.alias)
    most = conf.get("MAX_VIEWS")
    those = rows.filter(room=kept.room)
    if not kept.room:
        those = those.filter(user=kept.user, place=kept.place)
    if those.exclude(pk=kept.pk).count() >= most:
        words = _("There are %(most)s views here already. Delete one first.")
        raise LiveSheetError("too_many", words % {"most": most})
    most = conf.get("MAX_VIEWS_PER_USER")
    if kept.pk is None and rows.filter(user=kept.user).count() >= most:
        words = _("You have saved %(most)s views already. Delete one first.")
        raise LiveSheetError("too_many", words % {"most": most})


def _text_of(sheet: Sheet, kept: NamedView, given: dict[str, Any]) -> str:
    columns = _columns(sheet)
    given = {part: value for part, value in given.items() if part not in OWN}
    checked(given)
    former = json.loads(kept.view) if kept.view else {}
    _seen, left_out = as_seen(former, columns)
    if left_out:
        words = _("This view filters or sorts by columns that you cannot see. Save it as your own.")
        raise LiveSheetError("unseen_conditions", words)
    return checked(with_unseen(given, former, columns))


def _set_default(kept: NamedView, is_wanted: bool, alias: str) -> None:
    """Of those that a room shares, at most one."""
    kept.is_default = bool(is_wanted and kept.room)
    if kept.is_default:
        others = NamedView.objects.using(alias).filter(room=kept.room, is_default=True)
        others.exclude(pk=kept.pk).update(is_default=False)


def _tell(sheet: Sheet, room: str) -> None:
    if room and changelog.is_kept_on(sheet.alias):
        changelog.record_views(room, using=sheet.alias)
        doorbell.ring_on_commit(sheet.alias)


# --- what is told of them --------------------------------------------------------------------


def _entries(sheet: Sheet, kept: Collection[NamedView]) -> list[dict[str, Any]]:
    known = _people(sheet, {key for one in kept if one.room for key in (one.user, one.changed_by)})
    me = user_key(sheet.user)
    return [
        {
            "id": str(one.pk),
            "name": one.name,
            "shared": bool(one.room),
            "default": one.is_default,
            "mine": one.user == me,
            "owner": known.get(one.user),
            "by": known.get(one.changed_by),
            "version": one.version,
            "at": of_datetime(one.at),
        }
        for one in kept
    ]


def _people(sheet: Sheet, keys: Collection[str]) -> dict[str, dict[str, Any]]:
    """How those of them appear whom this user may know."""
    users = get_user_model()
    pks = []
    for key in filter(None, keys):
        try:
            pks.append(users._meta.pk.to_python(key))
        except (ValidationError, ValueError):
            continue
    found = users._default_manager.filter(pk__in=pks) if pks else []
    return {user_key(one): people.me(one) for one in found if sheet.knows(one)}
