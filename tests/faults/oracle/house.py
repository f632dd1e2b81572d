"""The processes of a run: two servers of different make, and a worker that knows the truth."""

from __future__ import annotations

import asyncio
import json
import random
import signal
import sys
from typing import Any

from tests.faults.databases import Database
from tests.faults.processes import ROOT, environment, serve
from tests.services import Service

KINDS = ("uvicorn", "daphne")
ANSWER_SECONDS = 120


class Worker:
    """`await worker.ask("rows")`; see `worker.py`."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self._asked: dict[int, asyncio.Future[Any]] = {}
        self._hearing = asyncio.create_task(self._hear())

    @classmethod
    async def start(cls, database: Database, **more: str) -> Worker:
        return cls(
            await asyncio.create_subprocess_exec(
                sys.executable, "-m", "tests.faults.oracle.worker",
                cwd=ROOT, env=environment(database, ORACLE_WRITER="1", **more),
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=1 << 28,
            )
        )  # fmt: skip

    async def ask(self, do: str, **words: Any) -> Any:
        """The answer. Raises ``WorkerError`` with what went wrong in there."""
        assert self.process.stdin is not None
        number = len(self._asked)
        self._asked[number] = asyncio.get_running_loop().create_future()
        line = json.dumps({"id": number, "do": do, "with": words})
        self.process.stdin.write(f"{line}\n".encode())
        return await asyncio.wait_for(self._asked[number], ANSWER_SECONDS)

    async def _hear(self) -> None:
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            said = json.loads(line)
            future = self._asked[said["id"]]
            if future.done():
                continue
            if "error" in said:
                future.set_exception(WorkerError(said["error"], said["trace"]))
            else:
                future.set_result(said["result"])

    async def stop(self) -> None:
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()
        await self._hearing
        for future in self._asked.values():
            if future.done() and not future.cancelled():
                future.exception()  # heard or not


class WorkerError(Exception):
    """What a write or a question raised, and its trace."""


class House:
    """Two servers on one database, restarted in one of the ways."""

    def __init__(self, database: Database, **more: str) -> None:
        self.database, self.more = database, more
        self.servers: list[Service] = []
        self.ending: set[str] = set()
        self._chance = random.Random(0)

    def start(self) -> None:
        self.servers = [self._serve(kind) for kind in KINDS]

    def _serve(self, kind: str) -> Service:
        return serve(self.database, kind, ORACLE_JITTER="1", **self.more)

    def address(self) -> str:
        return _socket_url(self._chance.choice(self.servers))

    async def restart(self, way: str) -> None:
        if way == "rolling":
            for n in range(len(KINDS)):
                await self._replace([n], signal.SIGTERM)
        elif way != "none":
            how = signal.SIGKILL if way == "kill" else signal.SIGTERM
            await self._replace(range(len(KINDS)), how)

    async def _replace(self, places: Any, how: signal.Signals) -> None:
        old = [self.servers[n] for n in places]
        self.ending.update(map(_socket_url, old))
        await asyncio.gather(*(asyncio.to_thread(server.halt, how) for server in old))
        fresh = [asyncio.to_thread(self._serve, KINDS[n]) for n in places]
        for n, server in zip(places, await asyncio.gather(*fresh), strict=True):
            self.servers[n] = server
        for server in old:
            self._keep_log(server)
            server.stop()

    def _keep_log(self, server: Service) -> None:
        self.logs = getattr(self, "logs", "") + server.log.read_text(errors="replace")

    def stop(self) -> str:
        """End them. Returns what they have logged."""
        for server in self.servers:
            server.halt()
            self._keep_log(server)
            server.stop()
        return self.logs


def _socket_url(server: Service) -> str:
    return server.url.replace("http", "ws")
