"""Plain `websockets` with Redis between processes, and nothing else: no Django, no saving.

python broadcast.py PORT
"""

from __future__ import annotations

import asyncio
import os
import sys

import uvloop
from redis.asyncio import Redis
from websockets.asyncio.server import ServerConnection, broadcast, serve

CHANNEL = "sheet"
sockets: set[ServerConnection] = set()


async def hand_on(redis: Redis) -> None:
    async with redis.pubsub() as bell:
        await bell.subscribe(CHANNEL)
        async for message in bell.listen():
            if message["type"] == "message":
                broadcast(sockets, message["data"].decode())


async def main(port: int) -> None:
    redis = Redis.from_url(os.environ["REDIS_URL"])

    async def hear(socket: ServerConnection) -> None:
        sockets.add(socket)
        try:
            async for text in socket:
                await redis.publish(CHANNEL, text)
        finally:
            sockets.discard(socket)

    async with serve(hear, "127.0.0.1", port, compression=None, ping_interval=None):
        await hand_on(redis)


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(int(sys.argv[1])))
