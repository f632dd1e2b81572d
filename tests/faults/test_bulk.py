"""A bulk write too large to name, while fifty people type: everybody has everything in the end."""

from __future__ import annotations

import asyncio

from tests.faults.clients import Client
from tests.faults.conftest import serving, starting
from tests.faults.databases import Database

ROWS = 12_000
SOCKETS = 50
EDITS = 4
STOCK = 7


async def test_fifty_editing_sockets_and_one_bulk_update(any_database: Database) -> None:
    with serving(any_database) as server, starting(any_database) as start:
        assert start("fill", ROWS + SOCKETS).hear() == "filled"
        bulk = start("bulk", 1, ROWS, STOCK, 1_000)
        assert bulk.hear() == "ready"
        clients = [Client(server, "open-part") for _ in range(SOCKETS)]
        await asyncio.gather(*(client.connect() for client in clients))
        await asyncio.gather(*(client.open() for client in clients))
        writing = asyncio.create_task(asyncio.to_thread(bulk.tell, "go"))
        await asyncio.gather(*(edit(client, ROWS + n) for n, client in enumerate(clients, 1)))
        await writing
        expected = {str(n): [str(n), f"Part {n}", STOCK] for n in range(1, ROWS + 1)}
        expected |= {str(n): [str(n), f"edit {EDITS}", 1] for n in range(ROWS + 1, ROWS + 51)}
        await asyncio.gather(*(shows(client, expected) for client in clients))
        await asyncio.gather(*(client.disconnect() for client in clients))


async def edit(client: Client, row: int) -> None:
    shown = f"Part {row}"
    for n in range(1, EDITS + 1):
        reply = await client.edit(row, "name", f"edit {n}", shown)
        assert reply["results"] == ["saved"], reply
        shown = f"edit {n}"


async def shows(client: Client, expected: dict[str, list[object]]) -> None:
    await client.until(lambda: client.rows == expected)
