"""Which edits are carried out together: those that wait while others are under way.

Nothing is delayed for this. An edit that finds nothing under way begins at once; what comes
meanwhile is carried out in one transaction after it.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Collection, Hashable, Sequence
from contextlib import suppress
from contextvars import copy_context
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from livesheet import scopes, threads
from livesheet.edits import attempts, joint, plain, receipts
from livesheet.edits.admission import Desk
from livesheet.edits.joint import Part
from livesheet.edits.turns import Turns
from livesheet.sheet.declaration import Sheet
from livesheet.wire.protocol import Edit, Request

# How much one transaction does at most, so that nobody waits long for others.
MOST_REQUESTS = 64
MOST_CELLS = 500
# More cells have a transaction of their own.
MOST_CELLS_OF_ONE = 50

# After this many turns of the event loop without a new edit, all that was being received is there.
TURNS = 3

_of_loops: WeakKeyDictionary[asyncio.AbstractEventLoop, Joining] = WeakKeyDictionary()


def can_join(sheet: Sheet, request: Request) -> bool:
    """Whether it may be carried out together with others; False if in doubt."""
    if not isinstance(request, Edit) or len(request.cells) > MOST_CELLS_OF_ONE:
        return False
    if request.atomic and len(request.cells) > 1:
        return False
    columns = (sheet.column(name) for _pk, name, _value, _base in request.cells)
    if any(column is None or column.is_many for column in columns):
        return False
    return not plain.reasons(type(sheet))


async def received(count: Callable[[], int], most: int) -> None:
    """Wait for what is being received at this moment, which takes hardly any time.

    Otherwise the first of several edits that arrive at once would begin without the others.
    """
    had, idle = count(), 0
    while idle < TURNS and had < most:
        await asyncio.sleep(0)
        now = count()
        had, idle = now, 0 if now > had else idle + 1


@dataclass(slots=True, eq=False)
class _Waiting:
    part: Part
    rows: Collection[Hashable]
    answered: asyncio.Future[receipts.Reply | None] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )

    def answer(self, reply: receipts.Reply | None) -> None:
        if not self.answered.done():  # else its socket has been closed
            self.answered.set_result(reply)


async def _patiently(parts: Sequence[Part]) -> None:
    """Try for half the time that an edit may wait, so that each has time left to try alone."""
    since, held = time.monotonic() - attempts.WAIT_SECONDS / 2, deque[attempts.Held](maxlen=1)
    for pause in attempts.pauses(held, since):
        try:
            return await threads.run_edit(joint.carry_out, parts)
        except attempts.Held as error:
            held.append(error)
            await asyncio.sleep(pause)


class Joining:
    """All edits of one event loop that wait for others: a line for each kind of sheet."""

    def __init__(self) -> None:
        self._lines: dict[Hashable, deque[_Waiting]] = {}
        self._at_work: set[asyncio.Task[None]] = set()

    @classmethod
    def of_this_loop(cls) -> Joining:
        return _of_loops.setdefault(asyncio.get_running_loop(), cls())

    def put(
        self, desk: Desk, request: Edit, client: str, language: str
    ) -> asyncio.Future[receipts.Reply | None]:
        """The answer; None if the edit must be carried out by itself, and so must later edits of
        the same socket that wait here.
        """
        sheet, place = desk.sheet(), scopes.current()
        part = Part(desk, request, client, language, copy_context())
        waiting = _Waiting(part, receipts.rows_of(sheet, request))
        key = place.key, sheet.alias, type(sheet)
        if key in self._lines:
            self._lines[key].append(waiting)
        else:
            self._lines[key] = deque([waiting])
            context = scopes.empty_context(place)
            work = asyncio.get_running_loop().create_task(
                self._work(key, sheet.get_name()), context=context
            )
            self._at_work.add(work)
            work.add_done_callback(self._at_work.discard)
        return waiting.answered

    async def _work(self, key: Hashable, sheet_name: str) -> None:
        threads.work_for(sheet_name)
        taken: list[_Waiting] = []
        try:
            while self._lines[key]:
                await received(lambda: len(self._lines[key]), MOST_REQUESTS)
                taken = self._take(key)
                if taken:
                    await self._carry_out(taken)
                self._answer(key, taken)
        finally:  # answers that were given stand
            for one in (*taken, *self._lines.pop(key)):
                one.answered.cancel()

    async def _carry_out(self, taken: list[_Waiting]) -> None:
        rows = {row for one in taken for row in one.rows}
        async with Turns.of_this_loop().taken(rows, attempts.WAIT_SECONDS):  # all are free
            with suppress(Exception):  # each meets the error when carried out alone
                await _patiently([one.part for one in taken])

    def _take(self, key: Hashable) -> list[_Waiting]:
        """The next edits in order, but only the first for each row: the others go on waiting."""
        taken: list[_Waiting] = []
        left: deque[_Waiting] = deque()
        rows: set[Hashable] = set()
        behind: set[Desk] = set()
        cells = 0
        for one in self._lines[key]:
            if one.answered.done():
                continue
            part = one.part
            cells += len(part.request.cells)
            is_full = len(taken) >= MOST_REQUESTS or cells > MOST_CELLS
            if is_full or part.desk in behind or not rows.isdisjoint(one.rows):
                left.append(one)
                behind.add(part.desk)
            else:
                taken.append(one)
                rows.update(one.rows)
        self._lines[key] = left
        held = {one.part.desk for one in taken if not Turns.of_this_loop().are_free(one.rows)}
        self._leave(key, held)
        for one in taken:
            if one.part.desk in held:
                one.answer(None)
        return [one for one in taken if one.part.desk not in held]

    def _answer(self, key: Hashable, taken: list[_Waiting]) -> None:
        alone = {one.part.desk for one in taken if one.part.reply is None}
        for one in taken:
            one.answer(one.part.reply)
        self._leave(key, alone)

    def _leave(self, key: Hashable, desks: Collection[Desk]) -> None:
        for one in self._lines[key]:
            if one.part.desk in desks:
                one.answer(None)
