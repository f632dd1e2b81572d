"""What many sockets cost a process while nobody does anything, beside a consumer that is empty."""

from __future__ import annotations

from benchmarks.harness.generator import Generator
from benchmarks.harness.measures import Figures, Plan, idling, opening
from benchmarks.harness.peers import Peer
from benchmarks.harness.servers import Site, served

# By then each socket's rights have been read once more, which is a part of its opening.
FIRST_CHECKS = 35.0


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
