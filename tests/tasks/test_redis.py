"""Bells by way of several Redis servers: sharded, and watched over by a Sentinel."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

from livesheet.doorbell import doorbell, subscription
from livesheet.doorbell.subscription import Subscription
from tests.services import Service, redis
from tests.services.processes import HOST, hears, new_service, program

CORE = "channels_redis.core.RedisChannelLayer"
PUBSUB = "channels_redis.pubsub.RedisPubSubChannelLayer"
# As another process rings; a process does not hear its own.
RING = {"type": "livesheet.bell", "alias": "default", "process": "another"}


@pytest.fixture(autouse=True)
def _a_ringer_of_its_own() -> Iterator[None]:
    doorbell._ringing = None
    yield
    ringer, doorbell._ringing = doorbell._ringing, None
    if ringer is not None:
        ringer.end()


@pytest.fixture
def pair() -> Iterator[tuple[Service, Service]]:
    first, second = redis(), redis()
    yield first, second
    first.stop()
    second.stop()


@pytest.fixture
def sentinel(pair: tuple[Service, Service]) -> Iterator[Service]:
    """Watches over the first server, and puts the second in its place."""
    first, second = pair
    command(second, "REPLICAOF", HOST, first.port)
    service = new_service("sentinel", "redis://127.0.0.1:{port}")
    path = service.folder / "sentinel.conf"
    path.write_text(
        f"port {service.port}\nbind {HOST}\ndir {service.folder}\n"
        f"sentinel monitor desk {HOST} {first.port} 1\n"
        "sentinel down-after-milliseconds desk 500\nsentinel failover-timeout desk 3000\n"
    )
    binary = program("redis-server", "redis-server")
    service.start([binary, path, "--sentinel"], lambda: hears(service.port, b"PING\r\n", b"+PONG"))
    yield service
    service.stop()


def command(service: Service, *words: Any) -> str:
    done = subprocess.run(
        ["redis-cli", "-p", str(service.port), *map(str, words)],
        capture_output=True,
        text=True,
        check=True,
        timeout=20,
    )
    return done.stdout


async def rings_are_heard() -> None:
    """Ring until it is heard, which a layer that has to find its servers again may take a while."""
    heard = asyncio.Event()
    running = asyncio.create_task(
        Subscription(lambda alias: heard.set(), lambda message: None).run()
    )
    try:
        async with asyncio.timeout(40):
            while not heard.is_set():
                doorbell._ringer().say(RING)
                with suppress(TimeoutError):
                    async with asyncio.timeout(0.2):
                        await heard.wait()
    finally:
        running.cancel()
        await asyncio.wait([running])


@pytest.mark.parametrize("backend", [CORE, PUBSUB])
async def test_sharded_over_two_servers(
    backend: str, settings: Any, pair: tuple[Service, Service]
) -> None:
    hosts = [service.url for service in pair]
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": backend, "CONFIG": {"hosts": hosts}}}
    await rings_are_heard()


@pytest.mark.parametrize("backend", [CORE, PUBSUB])
def test_a_sentinel_puts_another_server_in_the_place_of_a_dead_one(
    backend: str,
    settings: Any,
    pair: tuple[Service, Service],
    sentinel: Service,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(subscription, "MAX_BACKOFF", 0.5)
    host = {"sentinels": [(HOST, sentinel.port)], "master_name": "desk"}
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": backend, "CONFIG": {"hosts": [host]}}}

    async def story() -> None:
        # Until the Sentinel knows of the replica.
        await told(sentinel, "num-slaves\n1", "SENTINEL", "MASTER", "desk")
        await rings_are_heard()
        pair[0].halt()
        await told(pair[1], "role:master", "INFO", "replication")
        await rings_are_heard()

    asyncio.run(story())


async def told(service: Service, wanted: str, *words: Any) -> None:
    async with asyncio.timeout(30):
        while wanted not in await asyncio.to_thread(command, service, *words):
            await asyncio.sleep(0.1)
