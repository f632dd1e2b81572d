"""What livesheet does only to be fast, switched off for one server: see `mechanisms.py`.

Each function is named after its mechanism and replaces a part of livesheet in this process. The
environment says which are called. Nothing of this is known to the product.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import sys
from typing import Any

from django.db import models
from django.utils import timezone

from livesheet import asking, connection
from livesheet.doorbell import doorbell
from livesheet.edits import answering, joining, validation
from livesheet.edits import together as together_
from livesheet.feed import (
    audiences,
    cursors,
    feed,
    garbage,
    kin,
    membership,
    opening,
    pksets,
    rechecks,
    rooms,
)
from livesheet.feed import sight as sights
from livesheet.log import capture, numbering, querysets, transactions
from livesheet.sheet import database_json, grants, kept_rows, rows
from livesheet.sheet import permissions as permissions_
from livesheet.tables import Change
from livesheet.triggers.replacing import mark
from livesheet.wire import budget, direct, errands, protocol, sending, sockets

NEVER = 1_000_000_000


def nothing(*_given: Any, **_named: Any) -> None:
    return None


def no(*_given: Any, **_named: Any) -> bool:
    return False


def yes(*_given: Any, **_named: Any) -> bool:
    return True


# --- edits --------------------------------------------------------------------------------------


def together() -> None:
    answering.can_join = no


def receiving() -> None:
    async def at_once(*_given: Any) -> None:
        return None

    answering.received = joining.received = at_once


def rights() -> None:
    asking.subject_of = nothing


def rows_kept() -> None:
    kept_rows.found, kept_rows.are_all = nothing, no


def serializer() -> None:
    validation.Validation._taken_over = nothing  # type: ignore[method-assign]


def permissions() -> None:
    grants.read_together = nothing


def updates() -> None:
    def update(written: Any, names: Any, using: str, authors: Any = ()) -> None:
        since, model = mark(using), type(written[0])
        with querysets.noted_here(model):
            models.QuerySet(model, using=using).bulk_update(written, names)
        if authors:
            capture.note_saved_by(model, authors, using=using, since=since)
        else:
            keys, kind = [row.pk for row in written], Change.Kind.SAVE
            capture.note_saved(model, keys, kind, using=using, fields=None, since=since)

    together_.update = update


def inserts() -> None:
    def insert_saved(label: str, authors: Any, *, using: str) -> None:
        Change.objects.using(using).bulk_create(
            Change(
                model=label, kind=Change.Kind.SAVE, pks=json.dumps(keys), at=timezone.now(),
                tag=secrets.token_hex(4), actor=who.user, origin=who.origin, client=who.client,
                ref=who.ref, ref_index=who.index,
            )
            for who, keys in authors
        )  # fmt: skip

    capture.insert_saved = insert_saved


def ring() -> None:
    doorbell.may_have_others = yes


def numbered() -> None:
    numbering.takes_several = no


def begin() -> None:
    transactions._began_with = no


# --- delivery -----------------------------------------------------------------------------------


def frames() -> None:
    sockets.direct = nothing


def tasks() -> None:
    def start(sent: Any) -> Any:
        return asyncio.get_running_loop().create_task(sent)

    sending.start = start


def past() -> None:
    """Every send through the middleware of the session, as in a project's own stack."""
    known = connection.Connection.__init__

    def init(self: Any, kind: Any, scope: dict[str, Any], *rest: Any) -> None:
        own = {name: value for name, value in scope.items() if name != "livesheet.send"}
        known(self, kind, own, *rest)

    connection.Connection.__init__ = init  # type: ignore[method-assign]


def slices() -> None:
    audiences.FAN_OUT_SECONDS = NEVER


def pings() -> None:
    cursors.KEPT, protocol._ping_of = 0, protocol.parse  # type: ignore[assignment]


# --- opening ------------------------------------------------------------------------------------


def snapshots() -> None:
    async def read(together: Any) -> Any:
        return await together._read()

    opening.Together.result = read  # type: ignore[method-assign]
    shared = audiences.Audience.snapshot

    def snapshot(audience: Any, begun: Any = None) -> Any:
        audience._snapshot = None
        return shared(audience, begun)

    audiences.Audience.snapshot = snapshot  # type: ignore[method-assign]


def marks() -> None:
    pksets.PkSet._have_joined = no  # type: ignore[method-assign]


def presence() -> None:
    rooms.MOST_NAMED, rooms.TICK_SECONDS, rooms.TICK_SECONDS_EACH = NEVER, 0.0, 0.0


def database() -> None:
    database_json.can_write = no


def values() -> None:
    rows.RowReader.plain = False  # type: ignore[assignment]


# --- memory -------------------------------------------------------------------------------------


def parts() -> None:
    """What only a client that asks needs, made for each as it comes."""
    known = asking.Asking.__init__

    def init(self: Any, asker: Any) -> None:
        known(self, asker)
        self.kept = (
            self.answering, asking.Waiting(16), asking.LastWins(4, asker.move),
            asking.Questions(
                asker.read_rights, asker.socket, asker.language, asker.refuse, asker.lookup_turn
            ),
            asking.Windows(asker.socket, asker.language, asker.refuse, asker.lookup_turn),
        )  # fmt: skip

    # A class of its own, since the other has no place for more.
    made = type("Asking", (asking.Asking,), {"__init__": init})
    connection.Asking = made  # type: ignore[misc]


def scope() -> None:
    def kept(scope: Any, *_given: Any) -> Any:
        return scope

    permissions_.kept = kept


def handshake() -> None:
    direct.Direct.let_go = nothing  # type: ignore[method-assign]


def slots() -> None:
    """The classes made again without their `__slots__`, and put wherever the first ones are."""
    for first in (
        errands.Errands, errands.Once, budget.Budget, sockets.Socket, direct.Direct,
        audiences.Member, membership.Membership, asking.Asking, connection.Connection,
    ):  # fmt: skip
        names = {"__slots__", *vars(first).get("__slots__", ())}
        body = {name: value for name, value in vars(first).items() if name not in names}
        made = type(first.__name__, tuple(REMADE.get(base, base) for base in first.__bases__), body)
        REMADE[first] = made
        for value in body.values():
            for cell in getattr(value, "__closure__", None) or ():
                if cell.cell_contents is first:  # where a method says `super()`
                    cell.cell_contents = made
    for module in [module for name, module in sys.modules.items() if name.startswith("livesheet")]:
        for name, value in [*vars(module).items()]:
            if isinstance(value, type) and value in REMADE:
                setattr(module, name, REMADE[value])


REMADE: dict[type, type] = {}


def one_task() -> None:
    """Another one for each socket, which waits for it."""
    run = connection.Connection.run

    async def waited(self: Any) -> None:
        await asyncio.get_running_loop().create_task(run(self))

    connection.Connection.run = waited  # type: ignore[method-assign]


# --- many users ---------------------------------------------------------------------------------


def bodies() -> None:
    class Forgetful(dict[Any, Any]):
        def __contains__(self, _key: object) -> bool:
            return False

    kept = Forgetful()
    kin.Found.said = property(lambda _found: kept, nothing)  # type: ignore[assignment]


def in_step() -> None:
    """Each audience notes by itself, and has a task of its own."""
    kin.Kin.common, audiences.Audience._can_ask = nothing, no  # type: ignore[method-assign]


def audiences_together() -> None:
    async def alone(*_given: Any) -> None:
        return None

    kin.Kin.read = alone  # type: ignore[method-assign]


def statements() -> None:
    compiled = sights.statement_of

    def statement_of(sheet: Any) -> Any:
        sights.forget(sheet)
        return compiled(sheet)

    sights.statement_of = statement_of


def sheets() -> None:
    def own(sheet: Any, _other: Any, _language: str) -> Any:
        return sheet

    feed.sharing = connection.sharing = own


def turns() -> None:
    feed.AUDIENCES_AT_ONCE = kin.ANSWER_SECONDS = NEVER


def collector() -> None:
    garbage.is_wanted = no


def after_work() -> None:
    """The collector looks at what is new whenever Python has it do so."""
    garbage.BY_DEFAULT = ()


def passing() -> None:
    """A task for each socket whose time has come."""

    def due(_rechecks: Any, listener: Any) -> None:
        listener.check_soon()

    rechecks.Rechecks.due = due  # type: ignore[method-assign]


def checks() -> None:
    rechecks.subject_by_the_clock = nothing


def switch_off() -> None:
    for name in os.environ.get("WITHOUT", "").split():
        getattr(sys.modules[__name__], name)()
