"""What does a frame to one of many sockets cost uvicorn: sent, or written to its transport?

    python benchmarks/frames.py
    python benchmarks/frames.py --sockets 1000 --rounds 40 --size 300

It needs a C compiler, and fetches uvicorn and uvloop from PyPI. Clients that only read have a
process of their own. All ways are measured by turns in one process, by the time of the processor,
which a busy machine disturbs least; the kernel's part of a send is in it.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import resource
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

from benchmarks.harness.environments import environment  # noqa: E402
from benchmarks.harness.generator import Generator  # noqa: E402
from benchmarks.harness.peers import RELAYED, Client, all_peers  # noqa: E402

INSIDE = "LIVESHEET_BENCHMARK_INSIDE"
FIRST_ROUNDS = 3
SOCKETS: list[Any] = []


def go_inside() -> None:
    """Start again with the packages that the product is compared with."""
    if not os.environ.get(INSIDE):
        python = environment(all_peers()["livesheet-uvicorn"].requirements)
        os.execve(python, [str(python), *sys.argv], {**os.environ, INSIDE: "1"})


def set_up() -> None:
    import django
    from django.conf import settings

    apps = ["django.contrib.auth", "django.contrib.contenttypes", "livesheet"]
    settings.configure(INSTALLED_APPS=apps, LIVESHEET={"MAX_UNREAD_BYTES": 10**12})
    django.setup()
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


async def application(scope: Any, receive: Any, send: Any) -> None:
    from livesheet.wire.sockets import Socket

    await receive()
    await send({"type": "websocket.accept"})
    SOCKETS.append(Socket(send, lambda: None))
    while (await receive())["type"] != "websocket.disconnect":
        pass


def deliver(text: str) -> None:
    from livesheet.log.changelog import Position

    position = Position("e", 1, "t")
    for socket in SOCKETS:
        socket.deliver([text], position)


def write(text: str) -> None:
    from livesheet.wire.direct import framed

    frame, _size = framed(text)
    for socket in SOCKETS:
        socket._send.__self__.transport.write(frame)


@contextmanager
def without_direct() -> Iterator[None]:
    kept = [socket._direct for socket in SOCKETS]
    for socket in SOCKETS:
        socket._direct = None
    yield
    for socket, direct in zip(SOCKETS, kept, strict=True):
        socket._direct = direct


async def spent(way: Callable[[str], None], text: str) -> float:
    """Seconds of this thread for each socket, with what the loop does later."""
    began = time.thread_time()
    way(text)
    for _ in range(3):
        await asyncio.sleep(0)
    took = (time.thread_time() - began) / len(SOCKETS)
    for socket in SOCKETS:
        socket._unacked.clear()
    await asyncio.sleep(0.02)  # for those who read
    return took


async def measure(options: argparse.Namespace) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {"sent": [], "written directly": [], "transport.write": []}
    for n in range(options.rounds + FIRST_ROUNDS):
        text = f'{{"type":"change","n":{n},"rows":"{"x" * options.size}"}}'
        with without_direct():
            sent = await spent(deliver, text)
        costs = sent, await spent(deliver, text), await spent(write, text)
        if n >= FIRST_ROUNDS:
            for name, cost in zip(found, costs, strict=True):
                found[name].append(cost)
    return found


async def serve(options: argparse.Namespace) -> None:
    import uvicorn

    config = uvicorn.Config(
        application, port=0, ws="websockets-sansio", lifespan="off", log_level="warning",
        ws_per_message_deflate=False,
    )  # fmt: skip
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    with Generator(port, Client("/", RELAYED), 1) as readers:
        await asyncio.to_thread(readers.open, options.sockets, 20, 60)
        reading = asyncio.create_task(asyncio.to_thread(readers.idle, 3_600))
        found = await measure(options)
        for name, costs in found.items():
            print(f"{name:18} {statistics.median(costs) * 1e6:6.1f} µs a frame")
        readers.popen.kill()
        await asyncio.gather(reading, return_exceptions=True)
    server.should_exit = True
    await serving


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sockets", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--size", type=int, default=300, help="letters of a frame")
    options = parser.parse_args()
    go_inside()
    set_up()
    import uvloop

    uvloop.run(serve(options))


if __name__ == "__main__":
    main()
