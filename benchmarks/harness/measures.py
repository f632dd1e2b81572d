"""What is measured of one freshly started server with so many sockets."""

from __future__ import annotations

import os
import statistics
from collections.abc import Iterable
from dataclasses import dataclass, replace

from benchmarks.harness import machine
from benchmarks.harness.generator import Generator, Seen
from benchmarks.harness.peers import Peer
from benchmarks.harness.servers import Served, Site, served

Figures = dict[str, float | None]
RATE = 10
TOGETHER = 20
PATIENCE = 120.0
MOST_SETTLING = 30  # halves of a second
# Of each measurement of a peer that does not keep up, and of waiting until it has done with it.
SHORT_SECONDS, SHORT_SETTLING = 2.0, 10
# What is measured of each, and how many edits are on their way: none is the one at a steady rate.
# It comes last: who cannot keep up with it is still busy with it long after.
OUTSTANDING = {"few": 4, "many": 16, "burst": 64, "rate": None}


@dataclass(frozen=True)
class Plan:
    """`audiences` other than 1 shares the sockets among so many users with rows of their own."""

    seconds: float = 5.0
    rows: int = 100
    audiences: int = 1
    processes: int = 1
    database: str = "postgres"
    idle: float = 0.0


def measure(peer: Peer, sockets: int, plan: Plan, site: Site | None = None) -> Figures:
    """Figures in milliseconds, microseconds, kilobytes or a second, as their names end."""
    site = site or Site(rows=plan.rows, database=plan.database)
    client = peer.client
    users = sockets
    if plan.audiences > 1:
        client, users = replace(client, path="/ws/sheet/own-product/"), plan.audiences
    site = replace(site, users=users, processes=plan.processes)
    is_short = sockets > peer.keeps_up_with
    if is_short:
        plan = replace(plan, seconds=min(plan.seconds, SHORT_SECONDS))
    began, load = machine.busy_seconds(), os.times().elapsed
    with (
        served(peer, site) as server,
        Generator(server.port, client, plan.rows, server.cookies) as generator,
    ):
        mine = server.spent()
        figures = opening(server, generator, sockets)
        if plan.idle:
            figures |= idling(server, generator, plan.idle)
        settle(generator, sockets)
        figures |= editing(
            server, generator, sockets, plan, SHORT_SETTLING if is_short else MOST_SETTLING
        )
        figures["own_seconds"] = server.spent() - mine
    figures["busy_cores"] = (machine.busy_seconds() - began) / (os.times().elapsed - load)
    return figures


def opening(server: Served, generator: Generator, sockets: int) -> Figures:
    """What a process does once, it does for the first of them."""
    generator.open(1, 1, PATIENCE)
    if sockets == 1:
        return {"alive": 1.0}
    spent, held, seconds, alive = server.spent(), server.memory(), 0.0, 1
    for part in tenths(sockets - 1):
        seen = generator.open(part, TOGETHER, PATIENCE)
        seconds, alive = seconds + seen["seconds"], seen["alive"]
    return {
        "alive": float(alive),
        "open_s": seconds,
        "open_ms": (server.spent() - spent) / (sockets - 1) * 1e3,
        "socket_kb": (server.memory() - held) / (sockets - 1) / 1024,
    }


def tenths(count: int) -> Iterable[int]:
    return [part for n in range(10) if (part := count * (n + 1) // 10 - count * n // 10)]


def idling(server: Served, generator: Generator, seconds: float) -> Figures:
    spent = server.spent()
    seen = generator.idle(seconds)
    return {
        "idle_percent": (server.spent() - spent) / seen["seconds"] * 100,
        "idle_closed": float(seen["closed"]),
    }


def settle(generator: Generator, sockets: int, most: int = MOST_SETTLING) -> None:
    """Until hardly anything comes any more: what is late must not be in the next figures."""
    for _ in range(most):
        if generator.idle(0.5)["frames"] <= 1 + sockets / 10:
            return


def editing(
    server: Served, generator: Generator, sockets: int, plan: Plan, settling: int
) -> Figures:
    figures: Figures = {}
    generator.closed(1, min(2.0, plan.seconds))  # so that nothing below is the first of its kind
    for name, outstanding in OUTSTANDING.items():
        settle(generator, sockets, settling)
        spent = server.spent()
        if outstanding:
            seen = generator.closed(outstanding, plan.seconds, min(outstanding, sockets))
        else:
            seen = generator.rate(RATE, plan.seconds)
        figures |= told(name, seen, server.spent() - spent)
    return figures


def told(name: str, seen: Seen, spent: float) -> Figures:
    """`each` is over all receivers, `last` over edits; what never arrived is slower than all."""
    if not seen["alive"]:  # closed: daphne cannot slow down who sends too much
        return {}
    delivered = seen["sent"] * seen["alive"] - seen["missing"]
    figures: Figures = {
        key: seen[key]
        for key in ("each_p50", "each_p99", "last_p50", "last_p99", "answer_p50", "answer_p99")
        if key in seen
    }
    figures |= {
        "edits_per_s": seen["delivered"] / max(1, seen["alive"]) / seen["seconds"],
        "deliveries_per_s": seen["delivered"] / seen["seconds"],
        "edit_ms": spent / seen["sent"] * 1e3 if seen["sent"] else None,
        "delivery_us": spent / delivered * 1e6 if delivered > 0 else None,
        "missing": seen["missing"],
        "refused": seen["refused"],
        "generator_share": seen["processor"] / seen["seconds"],
    }
    return {f"{name}_{key}": value for key, value in figures.items()}


def medians(rounds: list[Figures]) -> Figures:
    """Of each figure; none where most rounds had none, because the peer did not keep up."""
    found: Figures = {}
    for name in dict.fromkeys(name for figures in rounds for name in figures):
        values = [figures.get(name) for figures in rounds]
        known = [value for value in values if value is not None]
        found[name] = statistics.median(known) if len(known) * 2 > len(values) else None
    return found
