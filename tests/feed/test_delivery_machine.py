"""Whatever happens in whatever order: in the end every client shows what the database holds.

Hypothesis opens, resumes, stalls and drops clients of one audience, writes seen and unseen, trims
and renews the log, and decides when each read begins, when what it found is taken in, and what the
clock says. Only the threads and the clock are the machine's own; the rest is real. A longer run:

    LIVESHEET_MACHINE_EXAMPLES=5000 pytest tests/feed/test_delivery_machine.py
"""

from __future__ import annotations

import asyncio
import heapq
import json
import os
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from livesheet import conf, threads
from livesheet.consumers import LiveSheetConsumer
from livesheet.feed import (
    audiences,
    backlogs,
    frames,
    intake,
    membership,
    reading,
    returning,
    snapshots,
)
from livesheet.feed.audiences import Audience
from livesheet.feed.comparison import Comparison
from livesheet.feed.likeness import audience_key
from livesheet.feed.membership import Membership
from livesheet.feed.snapshots import Snapshot
from livesheet.log import changelog
from livesheet.log.actors import Actor, acting
from livesheet.log.changelog import Position
from livesheet.models import Change, Clock
from livesheet.sheet.declaration import unregister
from livesheet.wire.sockets import Socket
from tests.app.models import Product, Supplier

EXAMPLES = int(os.environ.get("LIVESHEET_MACHINE_EXAMPLES", "40"))

SMALL = {
    # However long it takes: what is tried again shall go the same way.
    (audiences, "FAN_OUT_SECONDS"): 1e9,
    (intake, "READ_SECONDS"): 1e9,
    (intake, "ROWS_PER_BATCH"): 3,
    (reading, "TRIES"): 1,
    (backlogs, "MAX_TEXT_BYTES"): 500,
    (frames, "ROWS_PER_FRAME"): 2,
    (membership, "ROWS_PER_FRAME"): 2,
    (membership, "MAX_MISSED"): 6,
    (returning, "MAX_LOGGED"): 25,
    (membership, "SKIP_SECONDS"): 0,
    (snapshots, "FIRST_CHUNK"): 1,
    (snapshots, "CHUNK"): 2,
}

TROUBLES = ["another log", "a short log", "unseen writes", "a bad database"]
NUMBERS = st.integers(0, 99)
WRITES = st.sampled_from(["delete", "hide", "show", "rename"])


class Job:
    """Something for a database thread: done when the machine says so, told when it says so."""

    def __init__(self, work: Callable[[], Any]) -> None:
        self.work = work
        self.told: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self.calls: deque[Callable[[], Any]] = deque()
        self.is_read = False

    def read(self, loop: Loop, fails: bool = False) -> None:
        self.is_read = True
        try:
            if fails:
                raise OperationalError("the connection was lost")
            with loop.catching(self.calls):
                found = self.work()
        except Exception as error:
            self.calls.append(partial(self._tell, self.told.set_exception, error))
        else:
            self.calls.append(partial(self._tell, self.told.set_result, found))

    def _tell(self, setter: Callable[[Any], None], what: Any) -> None:
        if not self.told.done():  # who asked may have gone
            setter(what)


class Loop(asyncio.SelectorEventLoop):
    """Has its own clock, and keeps what a thread tells it until the machine hands it over."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self._caught: deque[Callable[[], Any]] | None = None

    def time(self) -> float:
        return self.now

    @contextmanager
    def catching(self, calls: deque[Callable[[], Any]]) -> Any:
        self._caught = calls
        try:
            yield
        finally:
            self._caught = None

    def call_soon_threadsafe(self, callback: Any, *args: Any, **more: Any) -> Any:
        if self._caught is None:
            return super().call_soon_threadsafe(callback, *args, **more)
        self._caught.append(partial(callback, *args))
        return None

    def settle(self) -> None:
        """Run until everybody waits for something."""
        state = vars(self)
        while state["_ready"] or self._is_due():
            self.call_soon(self.stop)
            self.run_forever()

    def _is_due(self) -> bool:
        timers = vars(self)["_scheduled"]
        while timers and timers[0].cancelled():
            heapq.heappop(timers)._scheduled = False
        return bool(timers) and timers[0].when() <= self.now


class Client:
    """A browser: what it shows, and what it would say of it when it comes back."""

    def __init__(self, machine: DeliveryMachine, name: str) -> None:
        self.machine, self.name = machine, name
        self.rows: dict[str, list[Any]] = {}
        self.labels: dict[str, str] = {}
        self.cursor: str | None = None
        self.claimed: set[str] = set()
        self.member: Membership | None = None
        self._opening: asyncio.Task[None] | None = None

    def open(self, audience: Audience, have: list[str] | None) -> None:
        self.snapshot: set[str] | None = None
        self.position: Position | None = None
        self.refused = False
        self.reads = asyncio.Event()
        self.reads.set()
        cursor = audience.cursors.open(self.cursor) if have is not None else None
        self.claimed = set(have or ())
        self.member = member = Membership(
            Socket(partial(self._take, self.reads), self._drained, self._refuse),
            audience,
            self.name,
            "someone",
        )
        audience.members.add(member)
        opening = member.open(cursor, have, lambda complete: {"type": "hello"})
        self._opening = asyncio.get_running_loop().create_task(opening)

    @property
    def is_opening(self) -> bool:
        return self._opening is not None and not self._opening.done()

    def leave(self) -> None:
        assert self.member is not None
        self.member.socket.closed = True
        self.reads.set()
        if self._opening is not None:
            if self._opening.done() and not self._opening.cancelled():
                error = self._opening.exception()
                assert error is None or isinstance(error, OperationalError), error
            self._opening.cancel()
        self.member.leave()
        self.member = self._opening = None

    @property
    def is_broken(self) -> bool:
        """Whether the connection would be closed by now."""
        opening = self._opening
        failed = opening is not None and opening.done() and opening.exception() is not None
        return failed or self.refused or (self.member is not None and self.member.socket.closed)

    def _drained(self) -> None:
        if self.member is not None:
            self.member.catch_up()

    def _refuse(self, refusal: Any) -> None:
        self.refused = True

    async def _take(self, reads: asyncio.Event, message: dict[str, Any]) -> None:
        if not reads.is_set():
            await reads.wait()
        if self.member is None or self.reads is not reads:
            return  # of a line that was cut
        frame = json.loads(message["text"])
        self.machine.look_into(self, frame)
        getattr(self, f"_{frame['type']}", lambda frame: None)(frame)

    def _labels(self, frame: dict[str, Any]) -> None:
        self.labels.update(frame["labels"])

    def _rows(self, frame: dict[str, Any]) -> None:
        if frame["reset"]:
            self.snapshot, self.cursor = set(), None
        assert self.snapshot is not None
        for row in frame["rows"]:
            self.rows[row[0]] = row
            self.snapshot.add(row[0])
        if frame["done"]:
            self.rows = {pk: row for pk, row in self.rows.items() if pk in self.snapshot}
            self.snapshot = None
            self._move(frame)

    def _change(self, frame: dict[str, Any]) -> None:
        assert self.snapshot is None, "a change between two chunks"
        self.rows.update((row[0], row) for row in frame["rows"])
        for pk in frame["gone"]:
            self.rows.pop(pk, None)
        self._move(frame)

    def _move(self, frame: dict[str, Any]) -> None:
        assert self.member is not None
        position = self.member.audience.cursors.open(frame["cursor"])
        assert position is not None
        former, self.position = self.position, position
        if former is not None and former.epoch == position.epoch:
            assert former.seq <= position.seq, "a position went back"
        self.cursor = frame["cursor"]

    def acknowledge(self) -> None:
        if self.member is not None and self.snapshot is None:
            self.member.socket.acknowledge(self.position)


class ActiveSheet(LiveSheetConsumer):
    abstract = True
    model = Product
    fields = ["name", "supplier"]

    def get_queryset(self) -> Any:
        return Product.objects.filter(active=True)


class DeliveryMachine(RuleBasedStateMachine):
    sheet_class: type[LiveSheetConsumer]

    def __init__(self) -> None:
        super().__init__()
        for model in (Product, Supplier, Change, Clock):
            model._base_manager.all()._raw_delete("default")  # type: ignore[attr-defined]
        self.troubles: set[str] = set()
        self.loop = Loop()
        self.loop.set_exception_handler(self._failed)
        asyncio.set_event_loop(self.loop)
        self.failures: list[Any] = []
        self.jobs: list[Job] = []
        self.audience: Audience | None = None
        self.once_visible: set[str] = set()
        self.unseen: set[str] = set()
        self.unseen_labels = False
        self.clients = [Client(self, f"{n}" * 32) for n in range(3)]
        self.suppliers = [Supplier.objects.create(name=f"s{n}") for n in range(2)]
        for n in range(3):
            self._save(Product(name=f"p{n}", active=n > 0, supplier=self.suppliers[0]))
        self.read_through = self._head()
        for client in self.clients[:2]:
            self._open(client, False)

    @initialize(troubles=st.sets(st.sampled_from(TROUBLES), max_size=2))
    def expect(self, troubles: set[str]) -> None:
        self.troubles = troubles

    def teardown(self) -> None:
        try:
            self._come_to_rest()
            self._check_all()
        finally:
            for client in self.clients:
                if client.member is not None:
                    self._inside(client.leave)
            if self.audience is not None:
                self._inside(self.audience.stop)
            self.loop.settle()
            self.loop.close()
            asyncio.set_event_loop(None)

    # --- what happens --------------------------------------------------------------------------

    def _failed(self, loop: Any, context: dict[str, Any]) -> None:
        self.failures.append(context.get("exception") or context)

    async def run_job(self, work: Callable[..., Any], *args: Any) -> Any:
        """Stands in for `threads.run`."""
        job = Job(partial(work, *args))
        self.jobs.append(job)
        return await job.told

    def _inside(self, call: Callable[[], Any]) -> Any:
        async def inside() -> Any:
            return call()

        return self.loop.run_until_complete(inside())

    @rule(n=NUMBERS, fails=st.sampled_from([True, *[False] * 4]))
    @precondition(lambda self: any(not job.is_read for job in self.jobs))
    def read(self, n: int, fails: bool) -> None:
        waiting = [job for job in self.jobs if not job.is_read]
        fails = fails and "a bad database" in self.troubles
        waiting[n % len(waiting)].read(self.loop, fails)

    @rule(n=NUMBERS)
    @precondition(lambda self: any(job.is_read for job in self.jobs))
    def take_in(self, n: int) -> None:
        read = [job for job in self.jobs if job.is_read]
        self._take_in(read[n % len(read)])

    @rule(count=st.integers(1, 12))
    @precondition(lambda self: self.jobs)
    def go_on_with_the_work(self, count: int) -> None:
        for _ in range(count):
            if self.jobs:
                self._work_at(self.jobs[0])

    @rule(n=NUMBERS, reads=st.integers(0, 3), what=WRITES)
    @precondition(lambda self: self.jobs)
    def overtake(self, n: int, reads: int, what: str) -> None:
        """Something is written, read and told while what was read before is not taken in yet."""
        waiting = list(self.jobs)
        for job in waiting[:reads]:
            if not job.is_read:
                job.read(self.loop)
        if what == "delete":
            self.delete(n)
        elif what == "rename":
            self.rename_a_supplier(n)
        else:
            self.change(n, n, what == "show", n % 2)
        self.look_at_the_log(50)
        while new := [job for job in self.jobs if job not in waiting]:
            self._work_at(new[0])

    @rule(
        n=NUMBERS, alone=st.booleans(), resumes=st.booleans(), jobs=st.integers(0, 6), what=WRITES
    )
    def open_and_be_overtaken(
        self, n: int, alone: bool, resumes: bool, jobs: int, what: str
    ) -> None:
        client = self.clients[n % len(self.clients)]
        for other in self.clients:
            if other.member is not None and (alone or other is client):
                self._disconnect(other)
        self._open(client, resumes)
        self.go_on_with_the_work(jobs)
        if self.jobs:
            self.overtake(n, len(self.jobs), what)

    def _work_at(self, job: Job) -> None:
        if not job.is_read:
            job.read(self.loop)
        self._take_in(job)

    def _take_in(self, job: Job) -> None:
        self._inside(job.calls.popleft())
        if not job.calls:
            self.jobs.remove(job)
        self.loop.settle()

    @rule()
    @precondition(lambda self: self.audience is not None)
    def rest(self) -> None:
        self._come_to_rest()
        self._check(self.unseen)

    @rule(seconds=st.sampled_from([0.01, 1.0, 5.0, 20.0]))
    def wait(self, seconds: float) -> None:
        self.loop.now += seconds
        self.loop.settle()

    # --- the log -------------------------------------------------------------------------------

    @rule(most=st.integers(1, 5))
    def look_at_the_log(self, most: int) -> None:
        head, after = self._head(), self.read_through
        is_whole = head.epoch == after.epoch and head.seq >= after.seq
        if not is_whole or not changelog.holds("default", after):
            self.read_through = head
            if self.audience is not None:
                self._inside(partial(self.audience.start_from, head))
        elif entries := changelog.entries("default", after.seq, head.seq, limit=most):
            self.read_through = Position(head.epoch, entries[-1].seq, entries[-1].tag)
            if self.audience is not None:
                self._inside(partial(self.audience.take, entries, self.read_through))
        self.loop.settle()

    @rule(left=st.integers(1, 40))
    @precondition(lambda self: "a short log" in self.troubles)
    def trim(self, left: int) -> None:
        name, through = changelog.place("default"), self._head().seq - left
        if through > 0:
            Change.objects.filter(**{f"{name}__lte": through}).delete()
            Clock.objects.filter(pk=1, trimmed_through__lt=through).update(trimmed_through=through)

    @rule()
    @precondition(lambda self: "another log" in self.troubles)
    def renew_the_log(self) -> None:
        changelog.begin_anew("default")

    def _head(self) -> Position:
        changelog.stamp("default")
        return changelog.head("default")

    # --- clients -------------------------------------------------------------------------------

    @rule(n=NUMBERS, resumes=st.booleans())
    @precondition(lambda self: any(client.member is None for client in self.clients))
    def connect(self, n: int, resumes: bool) -> None:
        away = [client for client in self.clients if client.member is None]
        self._open(away[n % len(away)], resumes)

    @rule(n=NUMBERS, forged=st.lists(NUMBERS, max_size=2), writes=st.lists(NUMBERS, max_size=4))
    @precondition(lambda self: any(client.member for client in self.clients))
    def go_and_come_back(self, n: int, forged: list[int], writes: list[int]) -> None:
        here = [client for client in self.clients if client.member is not None]
        whole = [client for client in here if client.cursor is not None] or here
        client = whole[n % len(whole)]
        self._disconnect(client)
        for write in writes:
            self.change_many(write, bool(write % 3)) if write % 5 else self.rename_a_supplier(write)
        self._open(client, True, forged)

    def _open(self, client: Client, resumes: bool, forged: Iterable[int] = ()) -> None:
        have = None
        if resumes and client.cursor is not None:
            every = [str(pk) for pk in Product.objects.values_list("pk", flat=True)]
            have = [*client.rows, *(every[n % len(every)] for n in forged if every)]
        self._inside(partial(self._connect, client, have))
        self.loop.settle()

    def _connect(self, client: Client, have: list[str] | None) -> None:
        if self.audience is None:
            sheet = self.sheet_class(None)
            key = audience_key(sheet, "en")
            self.audience = Audience(key, sheet, "en", self.read_through)
        client.open(self.audience, have)

    @rule(n=NUMBERS)
    @precondition(lambda self: any(client.member for client in self.clients))
    def disconnect(self, n: int) -> None:
        here = [client for client in self.clients if client.member is not None]
        self._disconnect(here[n % len(here)])

    def _disconnect(self, client: Client) -> None:
        self._inside(client.leave)
        if self.audience is not None and not self.audience.members:
            self._inside(self.audience.stop)
            self.audience = None
        self.loop.settle()

    @rule(n=NUMBERS, what=st.sampled_from(["acknowledges", "stalls", "reads", "gets a beat"]))
    def the_line_of_one(self, n: int, what: str) -> None:
        client = self.clients[n % len(self.clients)]
        if client.member is None:
            return
        if what == "stalls":
            client.reads.clear()
        elif what == "reads":
            self._inside(client.reads.set)
        elif what == "acknowledges":
            self._inside(client.acknowledge)
        elif (position := client.member.cursor()) is not None:
            cursor = client.member.audience.cursors.seal(position)
            self._inside(partial(client.member.socket.say, {"type": "beat", "cursor": cursor}))
        self.loop.settle()

    # --- writes --------------------------------------------------------------------------------

    def _save(self, product: Product) -> None:
        with acting(Actor(user="someone", client="0" * 32, ref=f"r{product.pk or ''}")):
            product.save()
        if product.active:
            self.once_visible.add(str(product.pk))
        self.unseen.discard(str(product.pk))

    @rule(n=NUMBERS, active=st.booleans(), supplier=st.integers(0, 1))
    def add(self, n: int, active: bool, supplier: int) -> None:
        self._save(Product(name=f"new {n}", active=active, supplier=self.suppliers[supplier]))

    @rule(n=NUMBERS, name=NUMBERS, active=st.booleans(), supplier=st.integers(0, 1))
    def change(self, n: int, name: int, active: bool, supplier: int) -> None:
        for product in self._some(n, 1):
            product.name, product.active = f"name {name}", active
            product.supplier = self.suppliers[supplier]
            self._save(product)

    @rule(n=NUMBERS)
    def delete(self, n: int) -> None:
        for product in self._some(n, 1):
            product.delete()

    @rule(n=NUMBERS, active=st.booleans())
    def change_many(self, n: int, active: bool) -> None:
        with transaction.atomic():
            for product in self._some(n, 4):
                product.name, product.active = f"many {n}", active
                self._save(product)

    @rule(n=NUMBERS)
    def rename_a_supplier(self, n: int) -> None:
        supplier = self.suppliers[n % 2]
        supplier.name = f"renamed {n}"
        supplier.save()

    @rule(n=NUMBERS, is_told=st.booleans())
    @precondition(lambda self: "unseen writes" in self.troubles)
    def write_past_django(self, n: int, is_told: bool) -> None:
        """Of which nobody is told, or only that anything may have been written."""
        with transaction.atomic():
            for product in self._some(n, 3):
                product.name, product.active = f"unseen {n}", bool(n % 2)
                self._update_unseen(product)
                if not is_told:
                    self.unseen.add(str(product.pk))
            if is_told:
                changelog.record_resync(Product, using="default")

    def _update_unseen(self, product: Product) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE app_product SET name = %s, active = %s WHERE id = %s",
                [product.name, product.active, product.pk],
            )
        if product.active:
            self.once_visible.add(str(product.pk))

    def _some(self, n: int, count: int) -> list[Product]:
        every = list(Product.objects.order_by("pk"))
        return [every[(n + k) % len(every)] for k in range(min(count, len(every)))]

    @rule()
    def compare(self) -> None:
        if self.audience is not None:
            comparing = Comparison(self.audience).compare()
            self.loop.run_until_complete(self._start(comparing))
            self.loop.settle()

    async def _start(self, work: Any) -> None:
        self.comparing = asyncio.get_running_loop().create_task(self._quietly(work))

    async def _quietly(self, work: Any) -> None:
        with suppress(OperationalError):
            await work

    # --- what must hold ------------------------------------------------------------------------

    def look_into(self, client: Client, frame: dict[str, Any]) -> None:
        """Nothing is ever said of a row that nobody could ever see."""
        if frame["type"] == "rows":
            assert {row[0] for row in frame["rows"]} <= self.once_visible
        if frame["type"] == "change":
            rows, gone = {row[0] for row in frame["rows"]}, set(frame["gone"])
            assert rows <= self.once_visible
            assert gone <= self.once_visible | client.claimed
            assert set(frame["by"]) <= (rows | gone) & self.once_visible

    @invariant()
    def nothing_broke(self) -> None:
        assert not self.failures, self.failures
        for client in self.clients:
            if client.member is not None and client.is_broken:
                self._disconnect(client)

    def _come_to_rest(self) -> None:
        for _ in range(200):
            self.nothing_broke()
            for client in self.clients:
                if client.member is not None:
                    self._inside(client.reads.set)
                    self._inside(client.acknowledge)
            self.loop.settle()
            if self.jobs:
                self._work_at(self.jobs[0])
            elif self._is_at_rest():
                return
            else:
                self.look_at_the_log(50)
                self.loop.now += 31 if not self.jobs else 0
        raise AssertionError("it does not come to rest")

    def _is_at_rest(self) -> bool:
        here = [client.member for client in self.clients if client.member is not None]
        return all(member.is_live for member in here) and (
            self.audience is None or self.audience.position == self._head()
        )

    def _check_all(self) -> None:
        self._check(self.unseen)
        if self.audience is not None and self.unseen:
            self.compare()
            self._come_to_rest()
            # Nobody can know what is in the copy of one who was away when it was written.
            self._check(self.unseen if any(client.claimed for client in self.clients) else set())

    def _check(self, but: set[str]) -> None:
        holds = {
            str(p.pk): [str(p.pk), p.name, str(p.supplier_id)]
            for p in Product.objects.filter(active=True)
            if str(p.pk) not in but
        }
        names = {str(s.pk): s.name for s in Supplier.objects.all()}
        for client in self.clients:
            if client.member is not None:
                assert {pk: row for pk, row in client.rows.items() if pk not in but} == holds
                used = {row[2] for row in client.rows.values()}
                assert {key: client.labels.get(key) for key in used} == {k: names[k] for k in used}


@pytest.mark.django_db(transaction=True)
def test_every_client_ends_with_what_the_database_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    class Active(ActiveSheet):
        sheet_name = "active"

    class Machine(DeliveryMachine):
        sheet_class = Active

        def __init__(self) -> None:
            monkeypatch.setattr(threads, "run", self.run_job)
            super().__init__()

    for (module, name), value in SMALL.items():
        monkeypatch.setattr(module, name, value)
    monkeypatch.setitem(conf._config(), "MAX_UNREAD_BYTES", 600)
    monkeypatch.setattr("livesheet.sheet.rows.COMPLETE_LABELS", 1)
    real = Snapshot._read_chunks
    monkeypatch.setattr(Snapshot, "_read_chunks", lambda self: iter(list(real(self))))
    phases = set(Phase) - ({Phase.shrink} if "LIVESHEET_MACHINE_RAW" in os.environ else set())
    often = settings(
        phases=phases,
        max_examples=EXAMPLES,
        stateful_step_count=60,
        deadline=None,
        derandomize="LIVESHEET_MACHINE_EXAMPLES" not in os.environ,
        suppress_health_check=list(HealthCheck),
    )
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA synchronous = OFF")  # nobody will pull the plug
    try:
        run_state_machine_as_test(Machine, settings=often)  # type: ignore[no-untyped-call]
    finally:
        unregister(Active)
