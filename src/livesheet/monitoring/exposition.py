"""The counts of ``livesheet.metrics`` and the state of the feeds, in the form of Prometheus.

It needs prometheus-client, and stores nothing: a scrape reads the current values.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import accumulate

from prometheus_client import CollectorRegistry, PlatformCollector, ProcessCollector
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from livesheet import metrics
from livesheet.doorbell import transports
from livesheet.feed import feed
from livesheet.monitoring import logs
from livesheet.sheet.aliases import changelog_aliases

SENT_FRAMES = "Frames that were sent to browsers"
SENT_BYTES = "Bytes of these frames, before compression"
DROPPED = "Sockets that the server closed, by the close code of the protocol"
BATCH = "Rows that were written between two frames of an audience"
READ = "Seconds of reading the rows of one frame"
EDIT = "Seconds of carrying out one request of a browser"
WAIT = "Seconds that work waited for a database thread"


class LiveSheetCollector(Collector):
    """To be registered where a project has an endpoint of its own."""

    def describe(self) -> list[Metric]:
        return []  # collecting reads the database, which registering must not

    def collect(self) -> Iterator[Metric]:
        yield from _sockets()
        yield from _counts()
        yield _histogram("livesheet_batch_rows", BATCH, metrics.batch_rows)
        yield _histogram("livesheet_read_seconds", READ, metrics.read_seconds)
        yield _histogram("livesheet_edit_seconds", EDIT, metrics.edit_seconds)
        yield _histogram("livesheet_thread_wait_seconds", WAIT, metrics.wait_seconds)
        yield from _logs()


def new_registry(collector: Collector) -> CollectorRegistry:
    """``collector``, and what the operating system and Python tell of this process."""
    registry = CollectorRegistry()
    registry.register(collector)
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    return registry


registry = new_registry(LiveSheetCollector())


def render(accept: str) -> tuple[bytes, str]:
    """The body and its content type, in the format that the scraper asks for."""
    encode, kind = choose_encoder(accept)
    return encode(registry), kind


def _sockets() -> Iterator[Metric]:
    feeds = feed.running()
    audiences = [audience for one in feeds for audience in list(one.audiences.values())]
    members = [member for audience in audiences for member in list(audience.members)]
    behind = sum(member.socket.behind_since is not None for member in members)
    names = Counter(
        sheet.get_name() for one in feeds for c in list(one.connections) if (sheet := c.sheet)
    )
    kinds = Counter(audience.sheet.get_name() for audience in audiences)
    yield _gauges("livesheet_open_sockets", "Sockets that are open, by sheet", "sheet", names)
    yield _gauges(
        "livesheet_audiences", "Audiences, each of which is read and encoded once", "sheet", kinds
    )
    yield GaugeMetricFamily("livesheet_behind_sockets", "Sockets that do not keep up", behind)
    heard = [one.subscription.state == "hears" for one in feeds]
    if heard and transports.reaches_others():
        text = "1 where other processes are heard, 0 where this one only polls meanwhile"
        yield GaugeMetricFamily("livesheet_others_heard", text, float(all(heard)))


def _counts() -> Iterator[Metric]:
    yield CounterMetricFamily("livesheet_sent_frames", SENT_FRAMES, metrics.out.frames)
    yield CounterMetricFamily("livesheet_sent_bytes", SENT_BYTES, metrics.out.bytes)
    yield _counters(
        "livesheet_requests", "Edits, adds and deletes that were asked for", "kind",
        metrics.requests,
    )  # fmt: skip
    yield _counters(
        "livesheet_refusals", "Refused cells and rows, by the code of the protocol", "code",
        metrics.refusals,
    )  # fmt: skip
    yield _counters(
        "livesheet_unreadable_changes", "Changes of the log that were passed over", "database",
        metrics.unreadable,
    )  # fmt: skip
    yield _counters("livesheet_dropped_sockets", DROPPED, "code", metrics.dropped)


def _logs() -> Iterator[Metric]:
    changes = GaugeMetricFamily(
        "livesheet_log_changes", "Changes in the log that have a place", labels=["database"]
    )
    waiting = GaugeMetricFamily(
        "livesheet_log_unplaced", "Committed changes without a place yet", labels=["database"]
    )
    lag = GaugeMetricFamily(
        "livesheet_feed_lag_seconds",
        "Age of the oldest change that this process has not sent to all its audiences",
        labels=["database"],
    )
    up = GaugeMetricFamily("livesheet_log_up", "1 where the log can be read", labels=["database"])
    for alias in changelog_aliases():
        facts = logs.facts(alias)
        up.add_metric([alias], float(facts is not None))
        if facts is not None:
            changes.add_metric([alias], facts.changes)
            waiting.add_metric([alias], facts.unplaced)
            if facts.lag is not None:
                lag.add_metric([alias], facts.lag)
    yield from (up, changes, waiting, lag)


# --- families --------------------------------------------------------------------------------


def _gauges(name: str, text: str, label: str, values: Counter[str]) -> Metric:
    family = GaugeMetricFamily(name, text, labels=[label])
    for value, count in sorted(values.items()):
        family.add_metric([value], count)
    return family


def _counters(name: str, text: str, label: str, counted: metrics.Labelled) -> Metric:
    family = CounterMetricFamily(name, text, labels=[label])
    for value, count in sorted(counted.counts.copy().items()):
        family.add_metric([value], count)
    return family


def _histogram(name: str, text: str, histogram: metrics.Histogram) -> Metric:
    bounds = [*(str(float(bound)) for bound in histogram.bounds), "+Inf"]
    buckets = list(zip(bounds, accumulate(list(histogram.counts)), strict=True))
    family = HistogramMetricFamily(name, text)
    family.add_metric([], buckets, histogram.sum)
    return family
