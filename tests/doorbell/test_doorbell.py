"""The doorbell never blocks, slows or fails a writer, Redis down included."""

from __future__ import annotations

import asyncio
import logging
import os
import subprocess
import sys
import threading
import time
from types import SimpleNamespace
from typing import Any

import pytest
from channels.layers import channel_layers
from django.db import transaction
from django.http import HttpRequest, HttpResponse

from livesheet.doorbell import doorbell, transports
from livesheet.models import Change
from livesheet.testing import LiveSheetCommunicator
from tests.app.models import Note
from tests.services import free_port, service_url


def layer_at(settings: Any, url: str) -> None:
    settings.CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            # The prefix keeps out what other runs say on the same Redis at the same time.
            "CONFIG": {"hosts": [url], "prefix": f"test{os.getpid()}"},
        }
    }


def test_which_layers_reach_other_processes(settings: Any) -> None:
    assert transports.usable_layer() is None
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
    assert transports.usable_layer() is None
    layer_at(settings, "redis://127.0.0.1:1")
    assert transports.usable_layer() == "default"
    settings.LIVESHEET = {"CHANNEL_LAYER": None}
    assert transports.usable_layer() is None
    settings.LIVESHEET = {"CHANNEL_LAYER": "other"}
    assert transports.usable_layer() is None


@pytest.mark.django_db(transaction=True)
def test_a_view_that_saves_a_hundred_rows_rings_once(rf: Any) -> None:
    @transaction.atomic
    def view(request: HttpRequest) -> HttpResponse:
        for n in range(100):
            Note(key=str(n)).save()
        assert rings == []  # nobody may look before there is something to see
        return HttpResponse()

    rings: list[str] = []
    doorbell.listen(rings.append)
    try:
        view(rf.get("/"))
    finally:
        doorbell.unlisten(rings.append)
    assert rings == ["default"]
    assert Change.objects.count() == 100


@pytest.mark.django_db(transaction=True)
async def test_a_save_works_while_redis_is_down_and_polling_delivers(
    ann: Any, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    layer_at(settings, f"redis://127.0.0.1:{free_port()}")
    async with LiveSheetCommunicator("note", ann) as sheet:
        started = time.monotonic()
        await Note.objects.acreate(key="a", text="old")
        await sheet.until(lambda: "a" in sheet.rows)
        reply = await sheet.edit("a", "text", "new", "old")
        assert reply["results"] == ["saved"]
        await sheet.until(lambda: sheet.value("a", "text") == "new")
        assert time.monotonic() - started < 5
    assert {record.levelno for record in caplog.records} <= {logging.WARNING}
    assert all(record.exc_info is None for record in caplog.records)


@pytest.mark.django_db(transaction=True)
def test_a_writer_does_not_wait_for_a_layer_that_hangs(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    layer_at(settings, "redis://127.0.0.1:1")
    called, hang = threading.Event(), threading.Event()

    def hangs() -> Any:
        called.set()
        hang.wait(30)
        raise ConnectionError

    monkeypatch.setattr(transports, "new_sender", hangs)
    try:
        for n in range(20):
            Note.objects.create(key=str(n))
        assert called.wait(30)
        assert Change.objects.count() == 20
        assert doorbell._ringer().waiting <= {"default"}
    finally:
        hang.set()


def test_rings_reach_the_layer(settings: Any) -> None:
    """One ring for many saves: they gather while the bell is being rung."""
    layer_at(settings, service_url("redis"))
    got: list[Any] = []

    async def hear() -> None:
        layer = channel_layers.make_backend("default")
        channel = await layer.new_channel()
        await layer.group_add(transports.GROUP, channel)
        for _ in range(500):
            doorbell.ring("default")
        doorbell.ring("other")
        async with asyncio.timeout(10):
            while {message["alias"] for message in got} != {"default", "other"}:
                got.append(await layer.receive(channel))

    asyncio.run(hear())
    assert all(message["type"] == "livesheet.bell" for message in got)
    assert len(got) < 20


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time, as the doorbell has it; and nobody has been heard yet."""
    now = [1_000.0]
    monkeypatch.setattr(
        doorbell, "time", SimpleNamespace(monotonic=lambda: now[0], sleep=time.sleep)
    )
    monkeypatch.setattr(doorbell, "_ears", {})
    monkeypatch.setattr(doorbell, "_heard", {})
    return now


HERE = {"type": "livesheet.here", "process": "another"}


def test_a_process_that_hears_nobody_rings_for_nobody(clock: list[float]) -> None:
    own = {**HERE, "process": doorbell._process}
    assert doorbell.may_have_others()  # it does not listen, so how would it know?
    doorbell.hears("ear", whether=True)
    for _ in range(2):
        assert doorbell.may_have_others()  # somebody may not have said so yet
        assert not doorbell.note(own)
        clock[0] += doorbell.HERE_SECONDS
    assert not doorbell.may_have_others()
    assert doorbell.note(HERE)  # somebody has come
    clock[0] += doorbell.THERE_SECONDS - 1
    doorbell.note(own)
    assert doorbell.may_have_others()
    clock[0] += 2  # and was not heard again
    assert not doorbell.may_have_others()
    assert doorbell.note({"type": "livesheet.bell", "alias": "default"})  # of an older version
    assert doorbell.may_have_others()


@pytest.mark.parametrize("trouble", ["the line is cut", "nothing is heard"])
def test_a_process_that_may_be_deaf_rings(clock: list[float], trouble: str) -> None:
    doorbell.hears("ear", whether=True)
    clock[0] += doorbell.THERE_SECONDS + 1
    doorbell.note({**HERE, "process": doorbell._process})
    assert not doorbell.may_have_others()
    if trouble == "the line is cut":
        doorbell.hears("ear", whether=False)
    else:
        clock[0] += doorbell.THERE_SECONDS + 1
    assert doorbell.may_have_others()


def test_nothing_is_sent_if_nobody_is_there(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    layer_at(settings, "redis://127.0.0.1:1")
    pushed: list[str] = []
    monkeypatch.setattr(doorbell._Ringer, "push", lambda self, using: pushed.append(using))
    for others in (False, True):
        monkeypatch.setattr(doorbell, "may_have_others", lambda others=others: others)
        doorbell.ring(f"others: {others}")
    assert pushed == ["others: True"]


SCRIPT = """
import django
from tests import settings
settings.CHANNEL_LAYERS = {"default": {
    "BACKEND": "channels_redis.core.RedisChannelLayer", "CONFIG": {"hosts": ["%s"]}}}
django.setup()
from livesheet.doorbell import doorbell, transports
doorbell.ring("default")
doorbell._flush()
assert not doorbell._ringing.waiting
"""


def test_a_short_script_rings_before_it_ends() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT % service_url("redis")],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_a_fork_gets_a_ringer_of_its_own(settings: Any) -> None:
    layer_at(settings, "redis://127.0.0.1:1")
    first = doorbell._ringer()
    assert doorbell._ringer() is first
    first.pid = -1  # as a child process sees its parent's
    assert doorbell._ringer() is not first
    first.end()


FORK = """
import os, sys, threading
import django
django.setup()
from livesheet.doorbell import doorbell
held = threading.Event()
def hold():
    with doorbell._making:
        held.set()
        threading.Event().wait()
threading.Thread(target=hold, daemon=True).start()
held.wait()
parent = doorbell._process
child = os.fork()
if child == 0:
    doorbell._ringer()
    os._exit(7 if doorbell.note({"process": parent}) else 8)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def test_a_fork_waits_for_no_lock_of_its_parent_and_hears_its_rings() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", FORK],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"},
        timeout=60,
    )
    assert done.returncode == 7


def test_a_layer_of_lists_waits_less_than_its_client(settings: Any) -> None:
    config = {"BACKEND": "channels_redis.core.RedisChannelLayer", "CONFIG": {}}
    settings.CHANNEL_LAYERS = {"default": config}
    assert transports.new_layer().brpop_timeout == 2


def test_a_killed_process_is_soon_out_of_the_group(settings: Any) -> None:
    config = {"BACKEND": "channels_redis.core.RedisChannelLayer", "CONFIG": {}}
    settings.CHANNEL_LAYERS = {"default": config}
    assert transports.new_layer().group_expiry == 300
