"""What it costs to load a sheet, and what it costs to ask for it again and again instead."""

from __future__ import annotations

import http.client
import statistics
import time
from dataclasses import replace

from benchmarks.harness import machine
from benchmarks.harness.generator import Generator
from benchmarks.harness.measures import PATIENCE, Figures, Plan
from benchmarks.harness.peers import Peer, polling
from benchmarks.harness.servers import Served, Site, served

MOST = 200
TIMES = 3


def loading(peer: Peer, rows: int, plan: Plan, without: str = "") -> Figures:
    """Of one socket that opens, the median of a few after the first; see `Site`."""
    site = Site(rows=rows, users=TIMES + 1, database=plan.database, without=without)
    at_once = replace(peer.client, ready='"rows":[[')
    with (
        served(peer, site) as server,
        Generator(server.port, peer.client, plan.rows, server.cookies) as generator,
        Generator(server.port, at_once, plan.rows, server.cookies) as impatient,
    ):
        generator.open(1, 1, PATIENCE)
        machine.forget_the_peak(server.pid)
        held, found = server.memory(), list[tuple[float, float, int]]()
        for _ in range(TIMES):
            spent = server.spent()
            seen = generator.open(1, 1, PATIENCE)
            found.append((seen["seconds"], server.spent() - spent, seen["bytes"]))
        figures = summed(found) | {"grown_mb": (server.memory() - held) / 2**20}
        figures["most_mb"] = (machine.peak(server.pid) - held) / 2**20
        first = [impatient.open(1, 1, PATIENCE)["seconds"] for _ in range(TIMES)]
        return figures | {"first_ms": statistics.median(first) * 1e3}


def polled(rows: int, plan: Plan) -> Figures:
    """Of one request to REST framework for all rows."""
    site = Site(rows=rows, database=plan.database)
    with served(polling(), site) as server:
        asked(server)
        machine.forget_the_peak(server.pid)
        held, found = server.memory(), list[tuple[float, float, int]]()
        end = time.monotonic() + plan.seconds
        while len(found) < TIMES or (time.monotonic() < end and len(found) < MOST):
            began, spent = time.monotonic(), server.spent()
            size = asked(server)
            found.append((time.monotonic() - began, server.spent() - spent, size))
        figures = summed(found)
        # A single short one is below what the clock of processor time can tell.
        figures["load_ms"] = statistics.mean(spent for _, spent, _ in found) * 1e3
        figures["most_mb"] = (machine.peak(server.pid) - held) / 2**20
        return figures | {"grown_mb": (server.memory() - held) / 2**20}


def asked(server: Served) -> int:
    line = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
    line.request("GET", "/products/")
    answer = line.getresponse()
    assert answer.status == 200, answer.status
    size = len(answer.read())
    line.close()
    return size


def summed(found: list[tuple[float, float, int]]) -> Figures:
    seconds, spent, size = (statistics.median(column) for column in zip(*found, strict=True))
    return {"load_s": seconds, "load_ms": spent * 1e3, "load_kb": size / 1024}
