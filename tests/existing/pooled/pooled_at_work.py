"""Sheets behind PgBouncer: nothing gets lost, and nothing of ours stays on a shared connection."""

from __future__ import annotations

import asyncio
import os
import threading
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, aclosing
from typing import Any

import psycopg
import pytest
from asgiref.sync import SyncToAsync, sync_to_async
from django.apps import apps
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection, connections, transaction
from django.db.migrations.state import ProjectState

from livesheet import threads
from livesheet.doctor import database
from livesheet.doorbell import transports
from livesheet.log import changelog, trimming
from livesheet.models import Change
from livesheet.testing import LiveSheetCommunicator
from livesheet.triggers import AddTriggers
from tests.app.models import Note, Product, Tag

CONNECTIONS = int(os.environ["POOLED_CONNECTIONS"])
PEOPLE = 8


@pytest.fixture(scope="session", autouse=True)
def ann(django_db_blocker: Any) -> Iterator[User]:
    """The database is made and dropped by who starts this, since a pooler keeps it in use."""
    with django_db_blocker.unblock():
        call_command("migrate", run_syncdb=True, verbosity=0)
        state = ProjectState.from_apps(apps)
        with connection.schema_editor() as editor:
            AddTriggers("Note", notify=True).database_forwards("app", editor, state, state)
        yield User.objects.create_superuser("ann")
        close_all()


@pytest.fixture(autouse=True)
def _afterwards() -> Iterator[None]:
    yield
    close_all()


def close_all() -> None:
    threads.close()
    SyncToAsync.single_thread_executor.submit(connections.close_all).result()
    connections.close_all()


def at_once(work: Callable[[int], Any], people: int = PEOPLE) -> list[Any]:
    def done(n: int) -> Any:
        try:
            return work(n)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(people) as pool:
        return list(pool.map(done, range(people)))


def each_connection(sql: str) -> list[tuple[Any, ...]]:
    """What each connection that PgBouncer shares says, all of them held at the same time."""
    together = threading.Barrier(CONNECTIONS, timeout=60)

    def ask(_n: int) -> Any:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SELECT pg_backend_pid(), {sql}")
            together.wait()
            return cursor.fetchone()

    found: list[tuple[Any, ...]] = at_once(ask, CONNECTIONS)
    assert len({row[0] for row in found}) == CONNECTIONS
    return [row[1:] for row in found]


def numbered() -> list[int]:
    while changelog.stamp("default"):
        pass
    return list(Change.objects.order_by("seq").values_list("seq", flat=True))


async def test_people_at_the_same_rows_see_the_same(ann: User) -> None:
    tags = [str((await Tag.objects.acreate(name=name)).pk) for name in "abc"]
    rows = [await Product.objects.acreate(name=f"row {n}", stock=0) for n in range(PEOPLE)]
    wanted = {str(row.pk): (5, [tags[n % 3]]) for n, row in enumerate(rows)}
    sheets = [LiveSheetCommunicator("product", ann, timeout=30) for _n in range(PEOPLE)]

    async def work(n: int) -> None:
        for step in range(5):
            reply = await sheets[n].edit(rows[n].pk, "stock", step + 1, base=step)
            assert reply["results"] == ["saved"]
        reply = await sheets[n].edit(rows[n].pk, "tags", [tags[n % 3]], base=[])
        assert reply["results"] == ["saved"]

    def held(sheet: LiveSheetCommunicator) -> dict[str, Any]:
        return {pk: (sheet.value(pk, "stock"), sheet.value(pk, "tags")) for pk in wanted}

    async with AsyncExitStack() as stack:
        await asyncio.gather(*map(stack.enter_async_context, sheets))
        await asyncio.gather(*map(work, range(PEOPLE)))
        key, old = rows[0].pk, "row 0"
        edits = (one.edit(key, "name", f"by {n}", base=old) for n, one in enumerate(sheets))
        await asyncio.gather(*edits)  # of whom some are told that another was first
        name = (await Product.objects.aget(pk=rows[0].pk)).name
        for sheet in sheets:
            await sheet.until(lambda s=sheet: held(s) == wanted)
            await sheet.until(lambda s=sheet: s.value(rows[0].pk, "name") == name)


def test_no_change_is_lost_or_out_of_order(ann: User) -> None:
    """Slow transactions, undone ones, and four who number at once."""
    before = len(numbered())

    def write(n: int) -> int:
        if n < 4:
            return sum(changelog.stamp("default") for _turn in range(60))
        for step in range(20):
            try:
                with transaction.atomic():
                    Note.objects.create(key=f"{n}-{step}")
                    if step % 5 == 0:
                        raise KeyError
            except KeyError:
                continue
        return 0

    at_once(write)
    found = numbered()
    assert found == list(range(found[0], found[0] + before + 4 * 16))
    names = Change.objects.filter(model="app.note").values_list("pks", flat=True)
    twice = {pks: count for pks, count in Counter(names).items() if count > 1}
    assert not twice, "the triggers' own entries are replaced"
    assert trimming.tidy("default") is False


def test_nothing_of_ours_stays_on_a_shared_connection(ann: User) -> None:
    def work(n: int) -> None:
        threads.run_alone(trimming.tidy, "default")
        for step in range(5):
            Note.objects.create(key=f"session {n} {step}")
            Note.objects.filter(key=f"session {n} {step}").update(text="new")

    at_once(work)
    names = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
    settings = ", ".join(f"current_setting('{name}')" for name in names)
    ours = "coalesce(current_setting('livesheet.first', true), '')"
    for found in each_connection(f"{settings}, {ours}"):
        assert found == ("0", "0", "0", "")
    for name in ("pg_prepared_statements", "pg_cursors"):
        found = each_connection(f"(SELECT count(*) FROM {name} WHERE name NOT LIKE '')")
        assert found == [(0,)] * CONNECTIONS
    locks = "(SELECT count(*) FROM pg_locks WHERE locktype = 'advisory')"
    assert each_connection(locks) == [(0,)] * CONNECTIONS


async def test_a_large_sheet_opens_for_many_at_once(ann: User) -> None:
    await sync_to_async(Note.objects.bulk_create)(Note(key=f"n {n}") for n in range(3_000))
    count = await Note.objects.acount()
    sheets = [LiveSheetCommunicator("note", ann, timeout=30) for _n in range(PEOPLE)]
    async with AsyncExitStack() as stack:
        await asyncio.gather(*map(stack.enter_async_context, sheets))
        assert [len(sheet.rows) for sheet in sheets] == [count] * PEOPLE


async def test_what_is_said_past_the_pooler_is_heard(ann: User) -> None:
    """A trigger rings on a shared connection, for who listens on one of his own."""
    async with aclosing(transports.listen()) as messages:
        heard = asyncio.ensure_future(rung(messages))
        async with asyncio.timeout(30):
            while not heard.done():  # until it listens, nobody does
                await asyncio.to_thread(raw_note)
                await asyncio.wait([heard], timeout=0.2)
        await heard


async def rung(messages: AsyncGenerator[transports.Message]) -> None:
    async for message in messages:
        if message["type"] == "livesheet.bell":
            return


def raw_note() -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO app_note (key, text) VALUES (gen_random_uuid(), 'raw')")
    connections.close_all()


def said() -> set[str]:
    found = {finding.id for finding in database.findings(1)}
    return {name for name in found if name.startswith("database.pooler")}


def test_the_doctor_sees_it(monkeypatch: pytest.MonkeyPatch, ann: User) -> None:
    assert said() == {"database.pooler-statements"}
    monkeypatch.setitem(connection.settings_dict, "DISABLE_SERVER_SIDE_CURSORS", False)
    assert said() == {"database.pooler-statements", "database.pooler-cursors"}
    monkeypatch.undo()
    name = connection.settings_dict["NAME"]
    with connections["straight"].cursor() as cursor:
        cursor.execute(f"ALTER ROLE postgres IN DATABASE {name} SET statement_timeout = '20s'")
    connections.close_all()
    pooler = os.environ["POOLED_URL"].rpartition("/")[0] + "/pgbouncer"
    with psycopg.connect(pooler, autocommit=True) as console:
        console.execute("RECONNECT")  # who is there already has the old setting
    assert said() == set()
