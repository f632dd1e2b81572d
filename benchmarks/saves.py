"""What a write costs the writer: not live, live, and live with a channel layer that is up or dead.

The variants take turns in small rounds, so that whatever else the machine does hits all alike.
Prints the median microseconds of each, and two ratios of live to plain: the median of those round
by round, and that of the fastest rounds, which the rest of the machine disturbed least.

    LIVESHEET_TEST_DURABLE=1 python -m tests.services postgres redis -- \\
        python benchmarks/saves.py [sqlite|postgres]

Durable is what databases are by themselves and for a site; without it, as the tests run them,
a commit costs next to nothing, and the ratios say more of Python than of a write.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).resolve().parent.parent / part) for part in ("src", "")]

ROUNDS = 40
SAVES = 25
BULK_ROWS = 1_000

# What is compared with what, and what the live one may cost at most.
PAIRS = {
    "live, in a transaction": ("plain, in a transaction", 1.5),
    "live, autocommit": ("plain, autocommit", 2.6),
    "live, bulk_update": ("plain, bulk_update", 1.3),
    "triggers, in a transaction": ("live, in a transaction", 2.0),
    "triggers, bulk_update": ("live, bulk_update", 2.0),
    "live, Redis down": ("live, in a transaction", 1.05),
}


def configure(kind: str) -> None:
    import django
    from django.conf import settings

    os.environ["LIVESHEET_TEST_DATABASE"] = kind
    from tests.services import database_settings

    settings.configure(
        SECRET_KEY="benchmark",
        USE_TZ=True,
        DATABASES={"default": database_settings(Path(tempfile.mkdtemp()))},
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "rest_framework",
            "livesheet",
        ],
    )
    django.setup()


def layers() -> dict[str, dict[str, Any]]:
    backend = "channels_redis.core.RedisChannelLayer"
    alive = os.environ.get("LIVESHEET_TEST_REDIS_URL", "")
    return {
        "none": {},
        "up": {"default": {"BACKEND": backend, "CONFIG": {"hosts": [alive]}}},
        "down": {"default": {"BACKEND": backend, "CONFIG": {"hosts": ["redis://127.0.0.1:1"]}}},
    }


@contextmanager
def layer(config: dict[str, Any]) -> Iterator[None]:
    """Each layer with the ringing thread that belongs to it."""
    from django.conf import settings

    from livesheet.doorbell import doorbell

    settings.CHANNEL_LAYERS = config
    doorbell._ringing = ringers.get(str(config))
    yield
    if doorbell._ringing is not None:
        ringers[str(config)] = doorbell._ringing
        doorbell._ringing.idle.wait(2)  # what is left to ring must not fall into the next round


ringers: dict[str, Any] = {}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("database", nargs="?", default="postgres")
    kind = parser.parse_args().database
    configure(kind)
    from django.core.management import call_command
    from django.db import connection, models, transaction

    from livesheet.models import LiveSheetMixin
    from livesheet.triggers import installation

    class Plain(models.Model):
        name = models.CharField(max_length=50)
        stock = models.IntegerField(default=0)

        class Meta:
            app_label = "livesheet"

    class Live(LiveSheetMixin, models.Model):
        name = models.CharField(max_length=50)
        stock = models.IntegerField(default=0)

        class Meta:
            app_label = "livesheet"

    class Triggered(LiveSheetMixin, models.Model):
        name = models.CharField(max_length=50)
        stock = models.IntegerField(default=0)

        class Meta:
            app_label = "livesheet"

    connection.creation.create_test_db(verbosity=0, serialize=False)
    try:
        call_command("migrate", verbosity=0)
        with connection.schema_editor() as editor:
            editor.create_model(Plain)
            editor.create_model(Live)
            editor.create_model(Triggered)
            installation.install(Triggered, False, "default", lambda sql: editor.execute(sql, None))
        plain, live = Plain.objects.create(name="a"), Live.objects.create(name="a")
        triggered = Triggered.objects.create(name="a")

        def in_transaction(row: Any) -> Callable[[], None]:
            def save() -> None:
                with transaction.atomic():
                    row.stock += 1  # an update that changes nothing costs SQLite nothing
                    row.save()

            return save

        def alone(row: Any) -> Callable[[], None]:
            def save() -> None:
                row.stock += 1
                row.save()

            return save

        def in_bulk(model: Any) -> Callable[[], None]:
            rows = model.objects.bulk_create([model(name="b") for _ in range(BULK_ROWS)])

            def write() -> None:
                for row in rows:
                    row.stock += 1
                model.objects.bulk_update(rows, ["stock"])

            return write

        configs = layers()
        variants: dict[str, Variant] = {
            "plain, autocommit": (configs["none"], alone(plain), SAVES),
            "plain, in a transaction": (configs["none"], in_transaction(plain), SAVES),
            "plain, bulk_update": (configs["none"], in_bulk(Plain), 1),
            "live, autocommit": (configs["none"], alone(live), SAVES),
            "live, in a transaction": (configs["none"], in_transaction(live), SAVES),
            "live, bulk_update": (configs["none"], in_bulk(Live), 1),
            "triggers, in a transaction": (configs["none"], in_transaction(triggered), SAVES),
            "triggers, bulk_update": (configs["none"], in_bulk(Triggered), 1),
        }
        if os.environ.get("LIVESHEET_TEST_REDIS_URL"):
            variants["live, Redis down"] = (configs["down"], in_transaction(live), SAVES)
            variants["live, Redis up"] = (configs["up"], in_transaction(live), SAVES)
        report(kind, measure(variants))
    finally:
        connection.creation.destroy_test_db(str(connection.settings_dict["NAME"]), verbosity=0)


# A channel layer, what to do, and how often in a round.
Variant = tuple[dict[str, Any], Callable[[], None], int]


def measure(variants: dict[str, Variant]) -> dict[str, list[float]]:
    times: dict[str, list[float]] = {name: [] for name in variants}
    for _round in range(ROUNDS):
        for name, (config, write, often) in variants.items():
            with layer(config):
                write()
                began = time.perf_counter()
                for _ in range(often):
                    write()
                times[name].append((time.perf_counter() - began) / often * 1e6)
    return times


def report(kind: str, times: dict[str, list[float]]) -> None:
    load = os.getloadavg()[0]
    kind += ", durable" if os.environ.get("LIVESHEET_TEST_DURABLE") else ", not durable"
    print(f"{kind}: {ROUNDS} rounds, microseconds per write; load average {load:.1f}")
    for name, taken in times.items():
        line = f"  {name:26} {statistics.median(taken):8.0f}"
        if name in PAIRS and PAIRS[name][0] in times:
            base, limit = PAIRS[name]
            ratio = statistics.median(a / b for a, b in zip(taken, times[base], strict=True))
            fastest = min(taken) / min(times[base])
            line += f"   {ratio:5.2f} × (fastest {fastest:5.2f} ×) {base}; at most {limit}"
        print(line)


if __name__ == "__main__":
    main()
