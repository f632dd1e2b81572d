"""Exactly once: an edit and the receipt with its answer are stored in one transaction.

A repeated request (because the answer was lost, or the socket broke) gets the stored answer, also
if it was a refusal, and changes nothing. Receipts belong to a user, so nobody can ask for another
user's.
"""

from __future__ import annotations

import base64
import hashlib
import json
import logging
import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from django.db import IntegrityError, InterfaceError, OperationalError, connections
from django.db.models.constants import OnConflict
from django.db.models.sql import InsertQuery
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from livesheet import lineage, metrics, people
from livesheet.edits import attempts, others
from livesheet.edits.edits import Work
from livesheet.edits.outcome import Outcome
from livesheet.edits.refusals import BREAKS_CONSTRAINT, bound_values
from livesheet.exceptions import Refused
from livesheet.log import changelog
from livesheet.log.actors import Actor
from livesheet.log.changelog import Position
from livesheet.log.commits import Hooks
from livesheet.sheet.declaration import Sheet
from livesheet.tables import Change, EditRecord
from livesheet.wire import protocol, values
from livesheet.wire.protocol import Act, Add, Delete, Edit, Request

logger = logging.getLogger("livesheet")

Reply = dict[str, Any]


@dataclass(slots=True)
class Answer:
    """``hooks`` must be called as soon as the reply is on its way."""

    reply: Reply
    hooks: Hooks = field(default_factory=Hooks)


def submit(sheet: Sheet, request: Request, client: str, position: Position | None) -> Reply:
    """Carry out ``request`` and answer it. Waits on this thread while rows are locked."""
    try:
        answer = attempts.patiently(lambda: attempt(sheet, request, client, position))
    except attempts.Held:
        return still_held(sheet, request, client, position)
    answer.hooks.run()
    return answer.reply


def attempt(sheet: Sheet, request: Request, client: str, position: Position | None) -> Answer:
    """Carry out ``request`` and answer it. ``position`` is how far this client's copy reaches.

    The request may name another client: a closed copy of the sheet, which sent it first. Raises
    ``attempts.Held`` if others are in the way; then nothing was done. Raises ``Refused`` if nobody
    can say whether anything was done: the client comes back and asks again under the same ref.
    """
    answer = _tried(sheet, request, request.client or client, position)
    count(request, answer.reply)
    return answer


def rows_of(sheet: Sheet, request: Request) -> set[tuple[str, str, str]]:
    """The rows that ``request`` may have to wait for."""
    if isinstance(request, Add):
        return set()
    label = lineage.label_of(sheet.get_model())
    if isinstance(request, Act):
        return {(sheet.alias, label, pk) for pk in request.pks}
    named = request.cells if isinstance(request, Edit) else request.pks
    return {(sheet.alias, label, one[0]) for one in named}


def _tried(sheet: Sheet, request: Request, client: str, position: Position | None) -> Answer:
    unsure = False
    for last_try in (False, True):
        try:
            return _carried_out(sheet, request, client, position)
        except attempts.Held:
            raise
        except (OperationalError, InterfaceError) as error:  # the database went away
            unsure = unsure or isinstance(error, attempts.Uncertain)
            if last_try:
                facts = _facts("edit.failed", sheet, request)
                text = "An edit of %r failed in the database."
                logger.warning(text, type(sheet), exc_info=True, extra=facts)
        except IntegrityError:  # found at the commit: a deferred constraint
            return Answer(_refusal(request, "invalid", BREAKS_CONSTRAINT))
        except Exception:  # a hook or a save() of the project; a repeat would fail as well
            facts = _facts("edit.broke", sheet, request)
            logger.exception("An edit of %r broke.", type(sheet), extra=facts)
            return Answer(
                _refusal(
                    request, "invalid", _("Something went wrong on the server. Nothing was saved.")
                )
            )
    if unsure:
        raise Refused(protocol.TRY_AGAIN, gettext_lazy("Something went wrong on the server."), 2)
    return Answer(try_again(request))


def _facts(event: str, sheet: Sheet, request: Request) -> dict[str, Any]:
    """What a log record says besides its message; never a value."""
    user = people.user_key(sheet.user)
    return {"event": event, "sheet": sheet.get_name(), "user": user, "ref": request.ref}


def count(request: Request, reply: Reply) -> None:
    metrics.requests.add(type(request).__name__.lower())
    metrics.refusals.update(error["code"] for error in reply["errors"])


def still_held(sheet: Sheet, request: Request, client: str, position: Position | None) -> Reply:
    """The answer if rows were locked until the time was over.

    If it was only a repeat that had to wait, its receipt can be read nevertheless.
    """
    reply = _answered(sheet, request, request.client or client, position) or try_again(request)
    count(request, reply)
    return reply


def _answered(
    sheet: Sheet, request: Request, client: str, position: Position | None
) -> Reply | None:
    try:
        record = EditRecord.objects.using(sheet.alias).get(**_key(sheet, request, client))
    except (EditRecord.DoesNotExist, OperationalError, InterfaceError):
        return None
    return _repeated(sheet, record, request, position)


def try_again(request: Request) -> Reply:
    """The answer if the database fails; the client may send the request again under another ref."""
    return _refusal(request, "retry", _("The database is busy. Nothing was saved; try again."))


def is_put_off(reply: Reply) -> bool:
    return any(error["code"] == "retry" for error in reply["errors"])


def _carried_out(sheet: Sheet, request: Request, client: str, position: Position | None) -> Answer:
    work = Work(sheet, request, client)
    hooks = Hooks(Actor(people.user_key(sheet.user), client=client))
    with attempts.transaction_of_an_edit(sheet.alias, hooks):
        record, is_new = _record(sheet, request, client)
        if is_new:
            reply = reply_to(request, work.carried_out())
            _keep(sheet, record, request, reply)
        else:
            reply = _repeated(sheet, record, request, position)
    if is_new:
        say_who(sheet, record, request, reply)
    return Answer(reply, hooks)


def reply_to(request: Request, outcome: Outcome) -> Reply:
    bound_values(outcome.errors)
    return {
        "type": "reply", "ref": request.ref, "ok": outcome.ok,
        "results": outcome.results, "errors": outcome.errors, "settled": False,
        "left": {str(n): left for n, left in outcome.left.items()}, "message": outcome.message,
    }  # fmt: skip


def say_who(sheet: Sheet, record: EditRecord, request: Request, reply: Reply) -> None:
    """After the COMMIT, when no row is locked. A failure here does not change what was done."""
    if not others.are_to_blame(reply["errors"]):
        return
    try:
        others.say_who(sheet, reply["errors"])
        with attempts.transaction_of_an_edit(sheet.alias, Hooks()):
            _keep(sheet, record, request, reply)
    except attempts.Held:  # somebody is writing; the answer is right without a name
        return
    except Exception:  # the answer is right here, too
        facts = {"event": "edit.nobody_named", "sheet": sheet.get_name()}
        logger.warning("Who wrote a row could not be told.", exc_info=True, extra=facts)


def _keep(sheet: Sheet, record: EditRecord, request: Request, reply: Reply) -> None:
    kept = as_kept(sheet, request, reply)
    key = {"user": record.user, "client": record.client, "ref": record.ref}
    EditRecord.objects.using(sheet.alias).filter(**key).update(reply=kept)


def as_kept(sheet: Sheet, request: Request, reply: Reply) -> str:
    return packed(values.dumps(without_secrets(reply, _hidden(sheet, request))))


def _record(sheet: Sheet, request: Request, client: str) -> tuple[EditRecord, bool]:
    """The receipt of this user, client and ref; the unique insert makes a simultaneous repeat wait.

    Raises ``attempts.Underway`` if that takes long.
    """
    record = new_record(sheet, request, client)
    try:
        if inserted([record], sheet.alias):
            return record, True
    except OperationalError as error:
        if attempts.is_held(error):  # only the same key can be in the way
            raise attempts.Underway from error
        raise
    return EditRecord.objects.using(sheet.alias).get(**_key(sheet, request, client)), False


def new_record(sheet: Sheet, request: Request, client: str) -> EditRecord:
    return EditRecord(
        **_key(sheet, request, client),
        sheet=_place(sheet), request_hash=_hash(sheet, request), at=timezone.now(),
    )  # fmt: skip


def inserted(records: Sequence[EditRecord], using: str) -> bool:
    """Whether there was no receipt with any of these keys; this needs no savepoint."""
    fields = [field for field in EditRecord._meta.concrete_fields if not field.primary_key]
    query = InsertQuery(EditRecord, on_conflict=OnConflict.IGNORE)
    query.insert_values(fields, [*records])
    [(sql, params)] = query.get_compiler(using).as_sql()
    with connections[using].cursor() as cursor:
        cursor.execute(sql, params)
        return bool(cursor.rowcount == len(records))


def _key(sheet: Sheet, request: Request, client: str) -> dict[str, str]:
    return {"user": people.user_key(sheet.user), "client": client, "ref": request.ref}


def _place(sheet: Sheet) -> str:
    params = "&".join(f"{name}={value}" for name, value in sorted(sheet.params.items()))
    return f"{sheet.get_name()}?{params}"[:200]


def _hash(sheet: Sheet, request: Request) -> str:
    # Without the client, by which the record is found.
    body = {**asdict(request), "client": None}
    if hidden := _hidden(sheet, request):  # a short value could be guessed from its hash
        if isinstance(request, Edit):
            body["cells"] = [cell[:2] if cell[1] in hidden else cell for cell in request.cells]
        elif isinstance(request, Add):
            body["rows"] = [
                {name: None if name in hidden else value for name, value in row.items()}
                for row in request.rows
            ]
    text = json.dumps([type(request).__name__, body], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _repeated(
    sheet: Sheet, record: EditRecord, request: Request, position: Position | None
) -> Reply:
    if record.request_hash != _hash(sheet, request) or record.sheet != _place(sheet):
        message = _("This ref was already used for another request. Nothing was saved.")
        return _refusal(request, "ref_reused", message)
    reply: Reply = json.loads(unpacked(record.reply))
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
    elif isinstance(request, Act):
        wheres = [(pk, None) for pk in request.pks]  # type: ignore[misc]
    else:
        wheres = [(None, None)] * len(request.rows)  # type: ignore[list-item]
    errors = [{"pk": pk, "column": c, "code": code, "message": str(message)} for pk, c in wheres]
    results = [{"error": n} for n in range(len(errors))]
    return {
        "type": "reply", "ref": request.ref, "ok": False,
        "results": results, "errors": errors, "settled": False, "left": {}, "message": "",
    }  # fmt: skip


# --- kept without what the serializer hides --------------------------------------------------

# Refusals whose words are ours, and hold nothing that was typed. Others quote it, as DRF's do.
PLAIN = {"not_found", "unknown_column", "readonly", "conflict", "changed", "outside", "aborted"}
NOT_KEPT = gettext_lazy("This was refused. The reason was given once and is not stored.")


def _hidden(sheet: Sheet, request: Request) -> set[str]:
    """The columns that this request writes and whose values nobody is shown."""
    if isinstance(request, Edit):
        named = {name for _pk, name, _value, _base in request.cells}
    else:
        named = (
            {name for row in request.rows for name in row} if isinstance(request, Add) else set()
        )
    return {c.name for c in sheet.columns if c.name in named and (c.write_only or c.masked)}


def without_secrets(reply: Reply, hidden: set[str]) -> Reply:
    """The part of an answer that is stored: no values that were typed into ``hidden`` columns."""
    if not hidden or not reply["errors"]:
        return reply
    return {**reply, "errors": [_without_secrets(error, hidden) for error in reply["errors"]]}


def _without_secrets(error: dict[str, Any], hidden: set[str]) -> dict[str, Any]:
    kept = {**error}
    if kept["code"] not in PLAIN:
        kept["message"] = str(NOT_KEPT)
    if kept["column"] in hidden and kept["code"] != "conflict" and "value" in kept:
        kept |= {"value": None, "cut": True}
    return kept


# --- kept small ------------------------------------------------------------------------------

PACKED_FROM = 500  # characters; most answers are shorter
PACKED = "z:"


def packed(text: str) -> str:
    """An answer in compressed form, as it is stored: hundreds of refusals differ little."""
    if len(text) < PACKED_FROM:
        return text
    return PACKED + base64.b85encode(zlib.compress(text.encode())).decode()


def unpacked(kept: str) -> str:
    if not kept.startswith(PACKED):
        return kept
    return zlib.decompress(base64.b85decode(kept.removeprefix(PACKED))).decode()
