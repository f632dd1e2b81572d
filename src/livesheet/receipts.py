"""Exactly once: an edit and the record of its answer are one transaction.

A repeat (the answer was lost, the socket broke) gets the stored answer, refusals too, and changes
nothing. Records are bound to the user, so nobody can ask for another's.
"""

from __future__ import annotations

import hashlib
import json
import logging
from dataclasses import asdict
from functools import cache, partial
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db import IntegrityError, InterfaceError, OperationalError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from livesheet import actors, changelog, edits, metrics, presence, wire
from livesheet.changelog import Position
from livesheet.cursors import Cursors
from livesheet.protocol import Delete, Edit, Request
from livesheet.refusals import BREAKS_CONSTRAINT
from livesheet.rows import read_labels
from livesheet.sheets import Sheet
from livesheet.tables import Change, EditRecord
from livesheet.transactions import atomic, short_waits

logger = logging.getLogger("livesheet")

# How long an edit waits for a row that somebody else is writing, before it asks to try again.
LOCK_SECONDS = 4
# How long it may say nothing to the database between two statements. On a host that was cut off it
# would hold its rows until the database gives the connection up: two hours, as TCP has it.
IDLE_SECONDS = 20
# Looking for a row's last writer reads the log; an edit with more conflicts names only these.
WRITERS_NAMED = 20
# Refusals that are somebody else's doing.
WITH_WRITER = ("conflict", "changed")

Reply = dict[str, Any]


def submit(sheet: Sheet, request: Request, client: str, position: Position | None) -> Reply:
    """Carry out ``request`` and answer it. ``position`` is how far this client's copy reaches.

    The request may name another client: a closed copy of the sheet, which sent it first.
    """
    client = request.client or client
    with metrics.edit_seconds.time():
        reply = _tried(sheet, request, client, position)
    metrics.requests.add(type(request).__name__.lower())
    metrics.refusals.update(error["code"] for error in reply["errors"])
    return reply


def _tried(sheet: Sheet, request: Request, client: str, position: Position | None) -> Reply:
    for last_try in (False, True):
        try:
            with atomic(sheet.alias), short_waits(sheet.alias, LOCK_SECONDS, IDLE_SECONDS):
                return _submit(sheet, request, client, position)
        except (OperationalError, InterfaceError):  # a deadlock, or the database went away
            if last_try:
                facts = _facts("edit.failed", sheet, request)
                text = "An edit of %r failed in the database."
                logger.warning(text, type(sheet), exc_info=True, extra=facts)
        except IntegrityError:  # found at the commit: a deferred constraint
            return _refusal(request, "invalid", BREAKS_CONSTRAINT)
        except Exception:  # a hook or a save() of the project; a repeat would fail as well
            facts = _facts("edit.broke", sheet, request)
            logger.exception("An edit of %r broke.", type(sheet), extra=facts)
            return _refusal(request, "invalid", "The server failed. Nothing was saved.")
    return try_again(request)


def _facts(event: str, sheet: Sheet, request: Request) -> dict[str, Any]:
    """What a log record says besides its message; never a value."""
    user = actors.user_key(sheet.user)
    return {"event": event, "sheet": sheet.get_name(), "user": user, "ref": request.ref}


def try_again(request: Request) -> Reply:
    """The answer where the database is in trouble; the same request may be sent again."""
    return _refusal(request, "retry", "The database is busy. Nothing was saved; try again.")


def _submit(sheet: Sheet, request: Request, client: str, position: Position | None) -> Reply:
    record, is_new = _record(sheet, request, client)
    if not is_new:
        return _repeated(sheet, record, request, position)
    written = cache(partial(_written_since, sheet, client))  # many rows, mostly one cursor

    def changed(pk: str, cursor: str) -> bool:
        others = written(cursor)
        return others is None or pk in others

    outcome = edits.apply(sheet, request, client=client, changed=changed)
    _say_who(sheet, [error for error in outcome.errors if error["code"] in WITH_WRITER])
    reply = {
        "type": "reply", "ref": request.ref, "ok": outcome.ok,
        "results": outcome.results, "errors": outcome.errors, "settled": False,
    }  # fmt: skip
    EditRecord.objects.using(sheet.alias).filter(pk=record.pk).update(reply=wire.dumps(reply))
    return reply


def _record(sheet: Sheet, request: Request, client: str) -> tuple[EditRecord, bool]:
    """The record of this user, client and ref; the unique insert makes a racing repeat wait."""
    key = {"user": actors.user_key(sheet.user), "client": client, "ref": request.ref}
    records = EditRecord.objects.using(sheet.alias)
    try:
        with transaction.atomic(using=sheet.alias):
            return records.create(
                **key, sheet=_place(sheet), request_hash=_hash(request), at=timezone.now()
            ), True
    except IntegrityError:
        return records.get(**key), False


def _place(sheet: Sheet) -> str:
    params = "&".join(f"{name}={value}" for name, value in sorted(sheet.params.items()))
    return f"{sheet.get_name()}?{params}"[:200]


def _hash(request: Request) -> str:
    # Not whose wish it was: the record is found by that.
    body = [type(request).__name__, {**asdict(request), "client": None}]
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


def _repeated(
    sheet: Sheet, record: EditRecord, request: Request, position: Position | None
) -> Reply:
    if record.request_hash != _hash(request) or record.sheet != _place(sheet):
        message = _("This ref was already used for another request. Nothing was saved.")
        return _refusal(request, "ref_reused", message)
    reply: Reply = json.loads(record.reply)
    return {**reply, "settled": position is not None and _within(sheet, record, position)}


def _within(sheet: Sheet, record: EditRecord, position: Position) -> bool:
    """Whether the client's copy already has every change that this edit made."""
    alias = sheet.alias
    mine = Change.objects.using(alias).filter(client=record.client, ref=record.ref)
    places = list(mine.values_list(changelog.place(alias), flat=True))
    return all(place is not None and place <= position.seq for place in places)


def _refusal(request: Request, code: str, message: Any) -> Reply:
    if isinstance(request, Edit):
        wheres = [(pk, name) for pk, name, _value, _base in request.cells]
    elif isinstance(request, Delete):
        wheres = [(pk, None) for pk, _cursor in request.pks]  # type: ignore[misc]
    else:
        wheres = [(None, None)] * len(request.rows)  # type: ignore[list-item]
    errors = [{"pk": pk, "column": c, "code": code, "message": str(message)} for pk, c in wheres]
    results = [{"error": n} for n in range(len(errors))]
    return {
        "type": "reply", "ref": request.ref, "ok": False,
        "results": results, "errors": errors, "settled": False,
    }  # fmt: skip


# --- what the log knows about a row ----------------------------------------------------------


def _label(sheet: Sheet) -> str:
    model = sheet.get_model()
    return (model._meta.concrete_model or model)._meta.label_lower


def _written_since(sheet: Sheet, client: str, cursor: str) -> frozenset[str] | None:
    """The rows that other clients wrote after ``cursor``; None where that can no longer be told."""
    position = Cursors(sheet).open(cursor)
    if position is None:
        return None
    alias, label = sheet.alias, _label(sheet)
    later = changelog.entries(alias, position.seq, model=label)
    if not changelog.ordered_by_id(alias):
        later += changelog.unstamped(alias, model=label)
    if any(entry.kind == Change.Kind.RESYNC for entry in later):
        return None
    others = frozenset(pk for entry in later if entry.client != client for pk in entry.pks)
    return others if changelog.holds(alias, position) else None


def _say_who(sheet: Sheet, refusals: list[dict[str, Any]]) -> None:
    """Add who wrote each row last, and say it in the message."""
    writers: dict[str, tuple[str, str]] = {}
    for error in refusals:
        pk = error["pk"]
        if pk not in writers and len(writers) < WRITERS_NAMED:
            writers[pk] = changelog.last_writer(sheet.alias, _label(sheet), pk)
        who = writers.get(pk, ("", ""))
        name = _name_of(who)
        error["by"] = {"id": who[0] or None, "name": name, "colour": presence.colour_of(who[0])}
        words = {"who": name or _("Somebody")}
        if error["code"] == "changed":
            text = _("%(who)s changed this row meanwhile. Look at it before you delete it.")
        else:
            words["value"] = _shown(sheet, error["column"], error["value"])
            text = _("%(who)s changed this to %(value)s meanwhile.")
        error["message"] = text % words


def _name_of(who: tuple[str, str]) -> str:
    key, origin = who
    if not key:
        return origin
    try:
        user = get_user_model()._default_manager.filter(pk=key).first()
    except (ValidationError, ValueError):
        return origin
    return actors.display_name(user) if user is not None else origin


def _shown(sheet: Sheet, name: str, value: Any) -> str:
    column = sheet.column(name)
    if value is None or value == "":
        return _("empty")
    if column is not None and column.type == "related":
        value = read_labels(sheet, column, [value]).get(value, value)
    elif column is not None and column.type == "choice":
        value = next((label for key, label in column.extra["choices"] if key == value), value)
    return f"“{value}”"
