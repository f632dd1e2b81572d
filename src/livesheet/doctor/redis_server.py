"""The Redis servers behind a channel layer: reachable, new enough, and not full."""

from __future__ import annotations

import asyncio
import secrets
import time
from typing import Any

from livesheet.doctor import hosts
from livesheet.doctor.findings import Finding, Findings, failing, fine, warning
from livesheet.doorbell.transports import GROUP, JOIN_SECONDS

PATIENCE = 5.0
POLLING = (
    "Sheets stay open and edits are saved, but processes get each other's changes only by polling."
)


def findings(config: dict[str, Any]) -> Findings:
    """``config`` is an entry of ``CHANNEL_LAYERS`` that channels_redis serves."""
    options = config.get("CONFIG", {})
    by_lists = config["BACKEND"].endswith(".RedisChannelLayer")
    for host in hosts.decoded(options.get("hosts")):
        yield from asyncio.run(_look(host, options, by_lists))


async def _look(host: hosts.Host, options: dict[str, Any], by_lists: bool) -> list[Finding]:
    found: list[Finding] = []
    client = hosts.client(host)
    try:
        async with asyncio.timeout(PATIENCE):
            version = await _version(client)
    except Exception as error:
        await client.aclose(close_connection_pool=True)
        if "HELLO" not in str(error):
            return [_unreachable(host, error)]
        found.append(_no_hello(host))
        client = hosts.client({**host, "protocol": 2})
        version = await _version(client)
    try:
        async with asyncio.timeout(PATIENCE):
            found.extend([item async for item in _fit(client, host, version, options, by_lists)])
    except Exception as error:
        found.append(_unreachable(host, error))
    finally:
        await client.aclose(close_connection_pool=True)
    return found


async def _version(client: Any) -> str:
    await client.ping()
    try:
        return str((await client.info("server"))["redis_version"])
    except Exception:  # its access rules may forbid to ask
        return ""


async def _fit(client: Any, host: hosts.Host, version: str, options: Any, by_lists: bool) -> Any:
    if by_lists and not await _pops(client):
        yield _too_old(host, version)
    else:
        yield fine("redis.version", f"Redis {version or '(unnamed)'} at {hosts.name(host)}.")
    if by_lists:
        async for finding in _listeners(client, options):
            yield finding


async def _pops(client: Any) -> bool:
    """Whether it knows BZPOPMIN, by trying: a version number may be a fork's."""
    key = f"livesheet.doctor.{secrets.token_hex(6)}"
    try:
        await client.zadd(key, {"a": 1})
        await client.bzpopmin(key, 1)
    except Exception as error:
        if "unknown command" not in str(error).lower():
            raise
        await client.delete(key)
        return False
    return True


async def _listeners(client: Any, options: Any) -> Any:
    """How many feeds are subscribed, and whether one's queue is full."""
    prefix = options.get("prefix", "asgi")
    group = f"{prefix}:group:{GROUP}"
    since = time.time() - 2 * JOIN_SECONDS
    channels = [name.decode() for name in await client.zrangebyscore(group, since, "+inf")]
    yield fine("layer.listeners", f"{len(channels)} process(es) with open sheets listen.")
    capacity = options.get("capacity", 100)
    for channel in channels:
        waiting = await client.zcard(f"{prefix}{channel.partition('!')[0]}!")
        if waiting >= capacity:
            yield warning(
                "layer.full",
                f"{waiting} messages wait for one process, whose capacity is {capacity}.",
                "Further messages are dropped: colleagues' cursors stop. Changes still come.",
                "Raise `capacity` in the layer's CONFIG; find out why that process is too slow.",
            )


def _unreachable(host: hosts.Host, error: Exception) -> Finding:
    return failing(
        "redis.unreachable",
        f"Redis at {hosts.name(host)} does not answer ({type(error).__name__}: {error}).",
        POLLING,
        "Start it, or correct `hosts` in CHANNEL_LAYERS; see also its bind, password and firewall.",
    )


def _no_hello(host: hosts.Host) -> Finding:
    return failing(
        "redis.no-hello",
        f"Redis at {hosts.name(host)} does not know HELLO, with which redis-py"
        f" {hosts.client_version()} begins every connection.",
        f"No connection can be made. {POLLING}",
        'Upgrade to Redis 6 or newer, or set {"address": "redis://…", "protocol": 2} in `hosts`.',
    )


def _too_old(host: hosts.Host, version: str) -> Finding:
    return failing(
        "redis.no-bzpopmin",
        f"Redis {version} at {hosts.name(host)} does not know BZPOPMIN.",
        "The layer waits for messages with this command, which exists since Redis 5. Without it,"
        " no process hears another.",
        "Upgrade Redis, or use channels_redis.pubsub.RedisPubSubChannelLayer, which works without.",
    )
