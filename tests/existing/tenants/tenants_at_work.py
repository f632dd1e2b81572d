"""Two tenants on one server: same keys, same user ids, and nothing of one at the other."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
from asgiref.sync import SyncToAsync, sync_to_async
from django.contrib.auth.models import User
from django.core import checks
from django.core.management import execute_from_command_line
from django.db import connection, connections
from django.test import Client as Browser
from django.test.utils import setup_databases, teardown_databases
from django_tenants.utils import tenant_context

from livesheet import threads
from livesheet.feed.feed import running
from livesheet.models import Change
from livesheet.routing import websocket_application
from livesheet.testing import LiveSheetCommunicator
from tests.existing.tenants.customers.models import Client, Domain
from tests.existing.tenants.shop.consumers import mailed
from tests.existing.tenants.shop.models import Crate

PEOPLE = {"acme": "ann", "bolt": "bea"}
Sit = Callable[..., LiveSheetCommunicator]


@pytest.fixture(scope="session")
def tenants(django_db_blocker: Any) -> Iterator[dict[str, Client]]:
    """The database with its schemas, kept over all tests: emptying it would take the tenants."""
    with django_db_blocker.unblock():
        databases = setup_databases(verbosity=0, interactive=False)
        made = {}
        for name, person in PEOPLE.items():
            tenant = Client.objects.create(schema_name=name, name=name)
            Domain.objects.create(domain=f"{name}.example.com", tenant=tenant, is_primary=True)
            with tenant_context(tenant):
                User.objects.create_superuser(person)
            made[name] = tenant
        yield made
        SyncToAsync.single_thread_executor.submit(connections.close_all).result()
        teardown_databases(databases, verbosity=0)


@pytest.fixture
def sit(tenants: dict[str, Client]) -> Sit:
    """`sit("acme")` is Ann at the sheet of her tenant; `cookie` may be of another."""

    def at(name: str, cookie: str = "") -> LiveSheetCommunicator:
        headers = [(b"host", f"{name}.example.com".encode())]
        with tenant_context(tenants[cookie or name]):
            browser = Browser()
            browser.force_login(User.objects.get())
            headers.append((b"cookie", f"sessionid={browser.cookies['sessionid'].value}".encode()))
        return LiveSheetCommunicator("crate", headers=headers, application=websocket_application)

    return at


@pytest.fixture(autouse=True)
def _afterwards(tenants: dict[str, Client]) -> Iterator[None]:
    yield
    threads.close()
    for tenant in tenants.values():
        with tenant_context(tenant):
            Crate.objects.all().delete()


def in_thread(tenant: Client, work: Callable[[], Any]) -> Any:
    def done() -> Any:
        with tenant_context(tenant):
            return work()

    return sync_to_async(done)()


def test_the_checks_are_content(tenants: dict[str, Client]) -> None:
    assert [one for one in checks.run_checks() if one.id and one.id.startswith("livesheet.E")] == []


async def test_each_sees_its_own(sit: Sit, tenants: dict[str, Client]) -> None:
    sheets = {name: await sync_to_async(sit)(name) for name in PEOPLE}
    for name, tenant in tenants.items():
        row = await in_thread(tenant, lambda n=name: Crate.objects.create(pk=1, name=f"of {n}"))
        assert row.pk == 1, "the same key in both"
    async with AsyncExitStack() as stack:
        for sheet in sheets.values():
            await stack.enter_async_context(sheet)
        assert {n: s.value(1, "name") for n, s in sheets.items()} == {
            "acme": "of acme",
            "bolt": "of bolt",
        }
        assert {n: s.frames[0]["me"]["name"] for n, s in sheets.items()} == PEOPLE
        assert len(running()) == 2, "they share no feed, and no room"
        reply = await sheets["acme"].edit(1, "name", "changed", base="of acme")
        assert reply["results"] == ["saved"]
        await sheets["acme"].until(lambda: sheets["acme"].value(1, "name") == "changed")
        while mailed != ["acme 1"]:  # the hook comes after the answer
            await asyncio.sleep(0.01)
        # From elsewhere, as a page of the other tenant does.
        await in_thread(tenants["bolt"], lambda: Crate.objects.create(pk=2, name="new"))
        await sheets["bolt"].until(lambda: sheets["bolt"].value(2, "name") == "new")
        await sheets["acme"].request("ask", about="none", query={})  # whatever waited has come
        assert list(sheets["acme"].rows) == ["1"]
        assert sheets["bolt"].value(1, "name") == "of bolt"
        heard = str(sheets["bolt"].frames)
        assert "ann" not in heard and "changed" not in heard, "nobody there has heard of her"
    for name, rows in (("acme", ["changed"]), ("bolt", ["of bolt", "new"])):
        names = Crate.objects.order_by("pk").values_list("name", flat=True)
        assert await in_thread(tenants[name], lambda q=names: list(q.all())) == rows
        assert await in_thread(tenants[name], Change.objects.count) > 0, "each has its own log"


# In a process of its own: the tests' own one rests, as Django's always do.
WRITER = """
import os, sys, time
import django
from tests.existing.tenants import settings as ours
ours.DATABASES["default"]["NAME"] = os.environ["DATABASE_NAME"]
ours.LIVESHEET["KEEP_CHANGES"] = 5
django.setup()
from django.db import connection
from django_tenants.utils import get_tenant_model, tenant_context
from livesheet.log import housekeeping
from livesheet.models import Change
from tests.existing.tenants.shop.models import Crate
housekeeping.SOON_SECONDS = 0.1
left = {}
for name in sys.argv[1:]:
    with tenant_context(get_tenant_model().objects.get(name=name)):
        for n in range(20):
            Crate.objects.create(name=f"{name} {n}")
deadline = time.monotonic() + 60
for name in sys.argv[1:]:
    with tenant_context(get_tenant_model().objects.get(name=name)):
        waiting = Change.objects.filter(seq=None)
        while time.monotonic() < deadline and (Change.objects.count() > 6 or waiting.exists()):
            time.sleep(0.05)
assert connection.schema_name == "public"
"""


def test_the_log_of_a_tenant_is_tidied_by_who_writes_there(tenants: dict[str, Client]) -> None:
    logs = {name: Change.objects.filter(seq=None) for name in PEOPLE}
    with tenant_context(tenants["bolt"]):
        for n in range(10):
            Crate.objects.create(name=str(n))
        waiting = logs["bolt"].count()
    done = subprocess.run(
        [sys.executable, "-c", WRITER, "acme"],
        env={**os.environ, "DATABASE_NAME": str(connection.settings_dict["NAME"])},
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    with tenant_context(tenants["acme"]):
        assert Change.objects.count() <= 6
        assert not logs["acme"].exists(), "each has its place"
    with tenant_context(tenants["bolt"]):
        assert logs["bolt"].count() == waiting >= 10, "nobody has written there"


def test_a_command_tidies_the_logs_of_all(tenants: dict[str, Client]) -> None:
    for tenant in tenants.values():
        with tenant_context(tenant):
            Crate.objects.create(name="new")
    execute_from_command_line(["manage.py", "all_tenants_command", "livesheet_log", "--trim"])
    for tenant in tenants.values():
        with tenant_context(tenant):
            assert Change.objects.exists() and not Change.objects.filter(seq=None).exists()


async def test_a_session_of_one_is_nobody_at_the_other(sit: Sit) -> None:
    """Both users have the key 1, and both tenants a table of sessions."""
    thief = await sync_to_async(sit)("acme", cookie="bolt")
    await thief.connect()
    assert (await thief.receive())["code"] == 4401
    await thief.disconnect()


async def test_an_unknown_host_is_refused(sit: Sit) -> None:
    stranger = await sync_to_async(sit)("acme")
    stranger.scope["headers"][0] = (b"host", b"nobody.example.com")
    await stranger.connect()
    assert (await stranger.receive())["code"] == 4404
    await stranger.disconnect()


async def test_many_at_once_on_the_same_threads(sit: Sit, tenants: dict[str, Client]) -> None:
    """The threads and their connections are shared; the tenant is not left behind on them."""
    seats = [(name, await sync_to_async(sit)(name)) for name in list(PEOPLE) * 6]
    for name, tenant in tenants.items():
        await in_thread(tenant, lambda n=name: Crate.objects.create(pk=7, name=n))
    async with AsyncExitStack() as stack:
        for _name, sheet in seats:
            await stack.enter_async_context(sheet)
        await asyncio.gather(
            *(
                sheet.edit(7, "name", f"{name} {n}", base=name)
                for n, (name, sheet) in enumerate(seats)
            )
        )
        await asyncio.gather(
            *(sheet.until(lambda s=sheet, n=name: s.value(7, "name") != n) for name, sheet in seats)
        )
        assert all(str(sheet.value(7, "name")).startswith(name) for name, sheet in seats)
    assert connection.schema_name == "public"
