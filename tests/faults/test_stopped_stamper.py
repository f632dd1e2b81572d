"""A process that is stopped while it numbers holds up the others for seconds at most."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from statistics import median

import pytest

from tests.faults.clients import Client
from tests.faults.conftest import Start, serving
from tests.faults.databases import Database
from tests.services import Service

ROUNDS = 3
AT_MOST_SECONDS = 3.0
# On PostgreSQL the lock is held during one statement, whoever is stopped behind it.
LEFT = {
    "postgres": "it went on as if nothing had been", "mariadb": "its transaction was ended"
}  # fmt: skip


@pytest.fixture
def server(database: Database) -> Iterator[Service]:
    with serving(database) as running:
        yield running


async def test_others_wait_three_seconds_at_most(
    start: Start, server: Service, database: Database
) -> None:
    """What is saved while the stamper is stopped is on everybody's screen soon."""
    reader, writer = start("follow"), start("save")
    assert [reader.hear(), writer.hear()] == ["ready", "ready"]
    delays: list[float] = []
    async with Client(server, "open-note") as client:
        for n in range(ROUNDS):
            stopped = start("stop_while_stamping", f"before{n}")
            assert stopped.hear() == "holding"
            began = time.monotonic()
            assert writer.tell(f"after{n}") == "saved"
            await client.until(lambda key=f"after{n}": key in client.rows)  # type: ignore[misc]
            delays.append(time.monotonic() - began)
            stopped.send(signal.SIGCONT)
            assert stopped.hear() == LEFT[database.kind]
        keys = sorted(client.rows)
    assert median(delays) <= AT_MOST_SECONDS, delays
    seen = reader.end()
    assert [place for place, _key in seen] == list(range(1, len(keys) + 1))
    assert sorted(key for _place, key in seen) == keys
