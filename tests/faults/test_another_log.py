"""Fixtures, flushes, restored dumps and trims beneath a running server: never a silent gap."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.faults.clients import Client
from tests.faults.conftest import Start, serving, starting
from tests.faults.databases import Database
from tests.faults.processes import Process, manage
from tests.services import Service

# What an administrator may do with a dump: one way on a server, three with a file.
WAYS = {
    "sqlite": ["copied over", "replaced", "restored"],
    "postgres": ["psql"],
    "mariadb": ["source"],
}


@dataclass
class Site:
    """A database, a server on it, and a process that saves notes."""

    database: Database
    server: Service
    writer: Process
    start: Start

    def save(self, *keys: str) -> None:
        for key in keys:
            assert self.writer.tell(key) == "saved"

    @contextmanager
    def server_asleep(self) -> Iterator[None]:
        """As if its polls and bells came too late to see anything of what happens meanwhile."""
        assert self.server.process is not None
        self.server.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.server.process.send_signal(signal.SIGCONT)


@pytest.fixture(scope="module")
def site(any_database: Database) -> Iterator[Site]:
    with serving(any_database) as server, starting(any_database) as start:
        writer = start("save")
        assert writer.hear() == "ready"
        yield Site(any_database, server, writer, start)


async def sleeper(site: Site) -> Client:
    """Who has opened the sheet, and is away since."""
    async with Client(site.server, "open-note") as client:
        return client


async def shows(client: Client, keys: set[str]) -> None:
    await client.until(lambda: client.rows.keys() == keys)


async def test_loaddata_is_seen(site: Site, tmp_path: Path) -> None:
    manage(site.database, "flush", "--no-input")
    site.save("a", "b")
    fixture = tmp_path / "notes.json"
    rows = [{"model": "app.note", "pk": key, "fields": {"text": "loaded"}} for key in "bc"]
    fixture.write_text(json.dumps(rows))
    away = await sleeper(site)
    async with Client(site.server, "open-note") as live:
        await shows(live, {"a", "b"})
        manage(site.database, "loaddata", str(fixture))
        await live.until(lambda: live.value("b", "text") == live.value("c", "text") == "loaded")
    assert await away.come_back() == ["change"]
    assert away.rows == live.rows
    await away.disconnect()


async def test_a_flush_empties_every_sheet(site: Site) -> None:
    site.save("a", "b")
    away = await sleeper(site)
    async with Client(site.server, "open-note") as live:
        with site.server_asleep():
            manage(site.database, "flush", "--no-input")
            site.save(*"cdefgh")  # more than there were: the numbers are past the old ones
        await shows(live, set("cdefgh"))
    assert "rows" in await away.come_back()
    assert away.rows == live.rows
    await away.disconnect()


@pytest.mark.parametrize("after", ["nothing", "as many", "more"])
async def test_an_older_dump(site: Site, tmp_path: Path, after: str) -> None:
    """Numbers are given a second time, to other changes."""
    for way in WAYS[site.database.kind]:
        await restored(site, tmp_path / way, way, after)


async def restored(site: Site, dump: Path, way: str, after: str) -> None:
    manage(site.database, "flush", "--no-input")
    site.save("a", "b")
    site.database.dump(dump)
    site.save("lost1", "lost2", "lost3")
    away = await sleeper(site)
    async with Client(site.server, "open-note") as live:
        await shows(live, {"a", "b", "lost1", "lost2", "lost3"})
        new = {"nothing": [], "as many": list("xyz"), "more": list("uvwxyz")}[after]
        if new:
            with site.server_asleep():
                site.database.restore(dump, way)
                site.save(*new)
        else:
            site.database.restore(dump, way)
        await shows(live, {"a", "b", *new})
        site.save("later")
        await live.until(lambda: "later" in live.rows)
    assert "rows" in await away.come_back()
    assert away.rows == live.rows
    await away.disconnect()


async def test_a_trim_below_a_sleeping_cursor(site: Site) -> None:
    manage(site.database, "flush", "--no-input")
    follower = site.start("follow")  # puts in order what comes while the server sleeps
    assert follower.hear() == "ready"
    site.save("a", "b")
    away = await sleeper(site)
    async with Client(site.server, "open-note") as live:
        with site.server_asleep():
            site.save(*"cdefgh")
            manage(site.database, "livesheet_log", "--trim", KEEP_CHANGES="2")
        await shows(live, set("abcdefgh"))
        assert [frame for frame in live.frames if frame.get("reset")][1:], "a silent gap"
    assert "rows" in await away.come_back()
    assert away.rows == live.rows
    await away.disconnect()
