"""What many sockets cost a process.

While nobody does anything, beside a consumer that is empty; and where users have rows of their own.
"""

from __future__ import annotations

import json
from dataclasses import replace
from urllib.request import urlopen

from benchmarks.harness.generator import Generator
from benchmarks.harness.measures import (
    PATIENCE,
    TOGETHER,
    Figures,
    Plan,
    idling,
    opening,
    settle,
    tenths,
)
from benchmarks.harness.peers import Peer
from benchmarks.harness.servers import Served, Site, served

# By then each socket's rights have been read once more, which is a part of its opening.
FIRST_CHECKS = 35.0
STILL = 15.0
OWN_PATH = "/ws/sheet/own-product/"


def crowd(peer: Peer, sockets: int, plan: Plan, seconds: float) -> Figures:
    site = Site(rows=plan.rows, users=sockets, database=plan.database)
    with (
        served(peer, site) as server,
        Generator(server.port, peer.client, plan.rows, server.cookies) as generator,
    ):
        figures = opening(server, generator, sockets)
        if peer.own:
            spent = server.spent()
            generator.idle(FIRST_CHECKS)
            figures["checks_ms"] = (server.spent() - spent) / sockets * 1e3
        return figures | idling(server, generator, seconds)


def audiences(peer: Peer, users: int, plan: Plan) -> Figures:
    """Two sockets of each: an edit at a time, while all share frames and while nobody does."""
    shared = _edited(peer, users, plan)
    own = _edited(replace(peer, client=replace(peer.client, path=OWN_PATH)), users, plan)
    further = (own["edit_ms"] - shared["edit_ms"]) / (users - 1) * 1e3
    return {**own, "shared_ms": shared["edit_ms"], "further_us": further}


def _edited(peer: Peer, users: int, plan: Plan) -> dict[str, float]:
    sockets, site = 2 * users, Site(rows=plan.rows, users=users, database=plan.database)
    with (
        served(peer, site) as server,
        Generator(server.port, peer.client, plan.rows, server.cookies) as generator,
    ):
        generator.open(1, 1, PATIENCE)  # what a process does once, it does for the first of them
        standstill(server, "")  # from now on
        for part in tenths(sockets - 1):
            generator.open(part, TOGETHER, PATIENCE)
        settle(generator, sockets)
        figures = standstill(server, "open")
        generator.idle(FIRST_CHECKS)
        generator.closed(1, 2.0)  # so that nothing below is the first of its kind
        settle(generator, sockets)
        # What goes on without any edit is not the edits' cost.
        spent = server.spent()
        seconds = generator.idle(STILL)["seconds"]
        rest = (server.spent() - spent) / seconds
        standstill(server, "")
        spent = server.spent()
        seen = generator.closed(1, plan.seconds)
        figures |= standstill(server, "edit")
        edits = server.spent() - spent - rest * seen["seconds"]
        figures |= {"edit_ms": edits / seen["sent"] * 1e3, "rest_percent": rest * 100}
        return figures | {name: seen[name] for name in ("alive", "missing", "last_p50")}


def standstill(server: Served, during: str) -> dict[str, float]:
    """The longest since the last time that this was asked, in milliseconds: see peers/pulse.py."""
    with urlopen(f"http://127.0.0.1:{server.port}/standstill", timeout=PATIENCE) as answer:
        return {f"{during}_still_{name}": ms for name, ms in json.load(answer).items()}
