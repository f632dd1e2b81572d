"""A separate port for the metrics of each process, if processes share the port of the site.

In ``asgi.py``, after Django is set up: ``serve_metrics(9400, processes=4)``.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator

from django.db import connections
from prometheus_client import start_http_server
from prometheus_client.core import Metric

from livesheet.monitoring.exposition import LiveSheetCollector, new_registry

logger = logging.getLogger("livesheet")


class _OnAnotherThread(LiveSheetCollector):
    """Each scrape has a thread of its own, whose connections end with it."""

    def collect(self) -> Iterator[Metric]:
        try:
            yield from super().collect()
        finally:
            connections.close_all()


def serve_metrics(port: int, *, processes: int = 1, address: str = "127.0.0.1") -> int | None:
    """Serve this process's metrics on the first free port from ``port`` on; returns which.

    Each of ``processes`` takes one. Whoever reaches the port may read them, so it is the
    loopback's unless you say otherwise. None, and a warning, where all are taken.
    """
    registry = new_registry(_OnAnotherThread())
    for candidate in range(port, port + processes):
        try:
            start_http_server(candidate, address, registry)
        except OSError:
            continue
        facts = {"event": "metrics.served", "port": candidate}
        logger.info("Metrics on %s:%d.", address, candidate, extra=facts)
        return candidate
    facts, last = {"event": "metrics.no_port", "port": port}, port + processes - 1
    logger.warning("No port from %d to %d is free for metrics.", port, last, extra=facts)
    return None
