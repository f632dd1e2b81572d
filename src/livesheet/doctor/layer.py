"""The channel layer, as it is configured and as it works now."""

from __future__ import annotations

import asyncio
import secrets
import time
from contextlib import aclosing
from typing import Any

from channels.exceptions import InvalidChannelLayerError
from django.conf import settings

from livesheet import conf
from livesheet.doctor import redis_server
from livesheet.doctor.findings import Findings, failing, fine, warning
from livesheet.doorbell import transports

PATIENCE = 6.0


def findings(processes: int) -> Findings:
    """``processes``: how many serve the site, as far as that is known."""
    alias, poll = conf.get("CHANNEL_LAYER"), conf.get("POLL_SECONDS")
    config = getattr(settings, "CHANNEL_LAYERS", {}).get(alias or "")
    if (using := conf.get("NOTIFY_DATABASE")) is not None:
        yield from _notifying(using)
    elif alias is None:
        yield fine("layer.off", f"No channel layer is used; processes poll every {poll} s.")
    elif config is None:
        yield from _missing(alias, processes)
    elif transports.usable_layer() is None:
        yield from _in_memory(alias, processes)
    else:
        yield from _shared(alias, config)


def _notifying(using: str) -> Findings:
    try:
        seconds = asyncio.run(_heard())
    except Exception as error:
        yield failing(
            "notify.deaf",
            f"A NOTIFY on {using!r} is not heard ({type(error).__name__}: {error}).",
            "Processes cannot notify each other; each looks into the log every"
            f" {conf.get('POLL_SECONDS')} s.",
            "LISTEN needs its own connection. If a pooler assigns a connection for each"
            " transaction, name an alias that bypasses the pooler.",
        )
    else:
        yield fine(
            "notify.works", f"A NOTIFY on {using!r} was heard after {seconds * 1000:.0f} ms."
        )


async def _heard() -> float:
    """Seconds until what was said came back. Says it again, since it begins before it listens."""
    token = secrets.token_hex(6)

    def say() -> None:
        sender = transports.new_sender()
        sender.send([{"type": "livesheet.doctor", "token": token}])
        sender.close()

    async def listen() -> None:
        async with aclosing(transports.listen()) as messages:
            async for message in messages:
                if message.get("token") == token:
                    return

    async with asyncio.timeout(PATIENCE):
        listening = asyncio.create_task(listen())
        while not listening.done():
            began = time.perf_counter()
            await asyncio.gather(asyncio.to_thread(say), asyncio.wait([listening], timeout=0.5))
        listening.result()
    return time.perf_counter() - began


def _missing(alias: str, processes: int) -> Findings:
    poll = conf.get("POLL_SECONDS")
    saw = f"No channel layer {alias!r} is configured, and the site runs {processes} process(es)."
    if processes < 2:
        yield fine("layer.none", f"{saw} A single process needs none.")
        return
    yield warning(
        "layer.none",
        saw,
        f"Changes from other processes come up to {poll} s late, and their users are not shown.",
        "Configure channels_redis, or set LIVESHEET = {'CHANNEL_LAYER': None} if that is enough.",
    )


def _in_memory(alias: str, processes: int) -> Findings:
    saw = f"The channel layer {alias!r} is in memory, so it reaches its own process only."
    why = (
        f"With several, each polls every {conf.get('POLL_SECONDS')} s instead, and shows only its"
        " own users' presence."
    )
    fix = 'Set its BACKEND to "channels_redis.core.RedisChannelLayer".'
    if processes > 1:
        yield failing("layer.in-memory", f"{saw} The site runs {processes}.", why, fix)
    else:
        yield warning("layer.in-memory", saw, why, fix)


def _shared(alias: str, config: dict[str, Any]) -> Findings:
    if str(config["BACKEND"]).startswith("channels_redis."):
        trouble = list(redis_server.findings(config))
        yield from trouble
        if any(finding.level == "failing" for finding in trouble):
            return
    try:
        seconds = asyncio.run(_round_trip())
    except (ImportError, InvalidChannelLayerError) as error:
        yield failing(
            "layer.broken",
            f"The channel layer {alias!r} cannot be created: {error}",
            "Processes cannot notify each other, and presence is shown within one process only.",
            "Install the package of its BACKEND: pip install django-livesheet[redis].",
        )
    except Exception as error:
        yield failing(
            "layer.deaf",
            f"A message through the channel layer {alias!r} did not arrive"
            f" ({type(error).__name__}: {error}).",
            "Processes cannot notify each other; each looks into the log every"
            f" {conf.get('POLL_SECONDS')} s.",
            "Try the same with redis-cli and the same user; look at its access rules and memory.",
        )
    else:
        yield fine("layer.works", f"A message through {alias!r} took {seconds * 1000:.1f} ms.")


async def _round_trip() -> float:
    """Seconds from sending to a group until it is received, as a feed does it."""
    layer = transports.new_layer()
    group = f"livesheet.doctor.{secrets.token_hex(6)}"
    async with asyncio.timeout(PATIENCE):
        channel = await layer.new_channel("livesheet")
        await layer.group_add(group, channel)
        began = time.perf_counter()
        await layer.group_send(group, {"type": "livesheet.doctor"})
        await layer.receive(channel)
        took = time.perf_counter() - began
        await layer.group_discard(group, channel)
    return took
