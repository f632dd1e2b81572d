"""How long a server's loop has stood still, told to whoever asks for `/standstill`."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from typing import Any

Application = Callable[[dict[str, Any], Any, Any], Awaitable[None]]
TICK = 0.001


class Pulse:
    """Around an application. It looks every millisecond, from the first time that it is asked.

    `wall` is the longest standstill since the last answer in milliseconds, `own` how much of it, at
    most, the loop's own thread was at work: what other processes of a busy machine cannot lengthen.
    """

    def __init__(self, application: Application) -> None:
        self.application = application
        self.wall = self.own = 0.0
        self.beating: asyncio.Task[None] | None = None

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http" or scope["path"] != "/standstill":
            await self.application(scope, receive, send)
            return
        self.beating = self.beating or asyncio.get_running_loop().create_task(self.beat())
        text = json.dumps({"wall": self.wall * 1e3, "own": self.own * 1e3}).encode()
        self.wall = self.own = 0.0
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": text})

    async def beat(self) -> None:
        while True:
            wall, own = time.perf_counter(), time.thread_time()
            await asyncio.sleep(TICK)
            self.wall = max(self.wall, time.perf_counter() - wall - TICK)
            self.own = max(self.own, time.thread_time() - own)
