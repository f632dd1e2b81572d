"""The feed's one connection to the layer: what it hears, and that its loss is survived."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from typing import Any

import pytest
from channels.layers import channel_layers
from redis import Redis

from livesheet.doorbell import doorbell, subscription, transports
from livesheet.doorbell.subscription import Subscription
from livesheet.doorbell.transports import GROUP
from livesheet.feed.feed import Feed
from livesheet.testing import LiveSheetCommunicator
from tests.app.models import Note
from tests.services import free_port, service_url

BACKENDS = [
    "channels_redis.core.RedisChannelLayer",
    "channels_redis.pubsub.RedisPubSubChannelLayer",
]


def use(settings: Any, url: str, backend: str = BACKENDS[1]) -> None:
    # The prefix keeps out what other runs say on the same Redis at the same time.
    layer = {"BACKEND": backend, "CONFIG": {"hosts": [url], "prefix": f"test{os.getpid()}"}}
    settings.CHANNEL_LAYERS = {"default": layer}


@pytest.fixture(autouse=True)
def _a_ringer_of_its_own() -> Iterator[None]:
    doorbell._ringing = None
    yield
    doorbell._ringing = None


@pytest.fixture
async def heard() -> AsyncIterator[tuple[Subscription, list[Any]]]:
    """A running subscription, and what it heard."""
    got: list[Any] = []
    one = Subscription(got.append, got.append)
    running = asyncio.create_task(one.run())
    yield one, got
    running.cancel()
    await asyncio.wait([running])


async def eventually(condition: Any) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("backend", BACKENDS, ids=["lists", "pubsub"])
async def test_bells_and_presence_are_heard_and_nothing_else_is_believed(
    settings: Any, backend: str, heard: tuple[Subscription, list[Any]]
) -> None:
    use(settings, service_url("redis"), backend)
    _one, got = heard
    speaker = channel_layers.make_backend("default")
    for _ in range(100):  # until it has joined
        await speaker.group_send(GROUP, {"type": "livesheet.bell", "alias": "first"})
        await asyncio.sleep(0.02)
        if got:
            break
    for nonsense in (
        {"type": "livesheet.bell", "alias": ["default"]},
        {"type": "livesheet.bell"},
        {"type": "websocket.close"},
        {"no": "type"},
    ):
        await speaker.group_send(GROUP, nonsense)
    doorbell.tell({"type": "livesheet.presence", "room": "note []"})
    await speaker.group_send(GROUP, {"type": "livesheet.bell", "alias": "last"})
    await eventually(lambda: "last" in got and any(isinstance(said, dict) for said in got))
    others = [message for message in got if message not in ("first", "last")]
    assert [message["room"] for message in others] == ["note []"]


@pytest.mark.parametrize("backend", BACKENDS, ids=["lists", "pubsub"])
async def test_a_process_is_not_woken_by_its_own_ring(
    settings: Any, backend: str, heard: tuple[Subscription, list[Any]]
) -> None:
    """Its feeds were, when it was rung; they would read the log once more for nothing."""
    use(settings, service_url("redis"), backend)
    _one, got = heard
    speaker = channel_layers.make_backend("default")
    async with asyncio.timeout(20):
        while not got:  # until it has joined
            await speaker.group_send(GROUP, {"type": "livesheet.bell", "alias": "first"})
            await asyncio.sleep(0.02)
    doorbell.ring("own")
    assert await asyncio.to_thread(doorbell._ringer().idle.wait, 20)
    other = {"type": "livesheet.bell", "alias": "last", "process": "another"}
    await speaker.group_send(GROUP, other)
    await eventually(lambda: "last" in got)
    assert "own" not in got


@pytest.mark.parametrize("backend", BACKENDS, ids=["lists", "pubsub"])
async def test_whoever_listens_says_so_and_notes_who_else_does(
    settings: Any, monkeypatch: pytest.MonkeyPatch, backend: str
) -> None:
    monkeypatch.setattr(doorbell, "HERE_SECONDS", 0.05)  # said again until both have joined
    monkeypatch.setattr(doorbell, "_heard", {})
    monkeypatch.setattr(doorbell, "_ears", {})
    use(settings, service_url("redis"), backend)
    running = asyncio.create_task(Subscription(print, print).run())
    other = channel_layers.make_backend("default")
    channel = await other.new_channel()
    await other.group_add(GROUP, channel)
    async with asyncio.timeout(20):
        here = await other.receive(channel)
    assert here == {"type": "livesheet.here", "process": doorbell._process}
    await eventually(lambda: doorbell._ears and True in doorbell._heard)
    assert False not in doorbell._heard
    await other.group_send(GROUP, {**here, "process": "another"})
    await eventually(lambda: False in doorbell._heard)
    running.cancel()
    await asyncio.wait([running])
    assert not doorbell._ears
    await other.group_discard(GROUP, channel)


@pytest.mark.parametrize("backend", BACKENDS, ids=["lists", "pubsub"])
async def test_who_stops_listening_leaves_nothing_behind(settings: Any, backend: str) -> None:
    """As whenever the last sheet of a process is closed and another opened."""
    name = f"test{os.getpid()}-leaving"
    use(settings, f"{service_url('redis')}?client_name={name}", backend)
    speaker = channel_layers.make_backend("default")
    connections = []
    with Redis.from_url(service_url("redis")) as redis:
        for _ in range(6):
            got: list[Any] = []
            running = asyncio.create_task(Subscription(got.append, got.append).run())
            async with asyncio.timeout(10):
                while not got:
                    await speaker.group_send(GROUP, {"type": "livesheet.bell", "alias": "x"})
                    await asyncio.sleep(0.02)
            running.cancel()
            await asyncio.wait([running])
            assert redis.zcard(f"test{os.getpid()}:group:{GROUP}") == 0
            connections.append(sum(client["name"] == name for client in redis.client_list()))
    assert connections[-1] <= connections[1] + 1


async def test_a_layer_that_comes_back_is_joined_again(
    settings: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture,
    heard: tuple[Subscription, list[Any]],
) -> None:  # fmt: skip
    monkeypatch.setattr(subscription, "MAX_BACKOFF", 0.1)
    use(settings, f"redis://127.0.0.1:{free_port()}")
    await eventually(lambda: "Other processes cannot be heard" in caplog.text)
    use(settings, service_url("redis"))
    speaker = channel_layers.make_backend("default")
    _one, got = heard
    async with asyncio.timeout(10):
        while not got:
            await speaker.group_send(GROUP, {"type": "livesheet.bell", "alias": "x"})
            await asyncio.sleep(0.05)


async def test_the_group_is_joined_again_and_again(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transports, "JOIN_SECONDS", 0.01)
    joined: list[tuple[str, str]] = []

    class Layer:
        async def new_channel(self, prefix: str) -> str:
            return "c"

        async def group_add(self, group: str, channel: str) -> None:
            joined.append((group, channel))
            if len(joined) == 3:
                raise ConnectionError

        async def receive(self, channel: str) -> dict[str, str]:
            await asyncio.Event().wait()
            return {}

    monkeypatch.setattr(transports, "new_layer", Layer)
    async with aclosing(transports.listen()) as messages:
        with pytest.raises(ConnectionError):
            await anext(messages)
    assert joined == [(GROUP, "c")] * 3


@pytest.mark.django_db(transaction=True)
async def test_a_bell_from_another_process_is_faster_than_polling(ann: Any, settings: Any) -> None:
    settings.LIVESHEET = {"POLL_SECONDS": 60, "MAX_FRAMES_PER_SECOND": 100_000}
    use(settings, service_url("redis"))
    speaker = channel_layers.make_backend("default")
    async with LiveSheetCommunicator("note", ann) as sheet:
        feed = Feed.of_this_loop()
        doorbell.unlisten(feed._heard)  # as if the writer were elsewhere
        await Note.objects.acreate(key="a")
        async with asyncio.timeout(10):
            while "a" not in sheet.rows:
                bell = {"type": "livesheet.bell", "alias": "default"}
                await speaker.group_send(GROUP, bell)
                await sheet.send(type="ping")
                await sheet.receive()
