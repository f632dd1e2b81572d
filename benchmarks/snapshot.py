"""What does it cost to read and encode all rows of a sheet, beside `values_list` and msgspec?

    python benchmarks/snapshot.py
    python benchmarks/snapshot.py --database sqlite --against /path/to/another/src --rounds 7

In one process, without a socket, in interleaved rounds: what `values_list` gives, encoded by
msgspec in chunks; and what a sheet sends, with the marks by which it is compared later.
`compare.py` measures the same with a socket, beside REST framework's list.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.harness.environments import environment, own_requirements  # noqa: E402
from benchmarks.harness.peers import all_peers  # noqa: E402
from benchmarks.harness.servers import PEERS, new_database, prepare  # noqa: E402

CHUNK = 2_000
WANTED = (*own_requirements(), "psycopg[binary]>=3.2", "pymysql>=1.1", "msgspec>=0.18")


def of_msgspec(sheet: Any) -> Iterator[bytes]:
    import msgspec

    names = ["pk", *(column.attname for column in sheet.columns)]
    found = sheet.ordered_rows().values_list(*names).iterator(chunk_size=CHUNK)
    while rows := list(islice(found, CHUNK)):
        yield msgspec.json.encode(rows)


def of_sheet(sheet: Any) -> Iterator[bytes]:
    from livesheet.feed.snapshots import Snapshot

    snapshot = object.__new__(Snapshot)  # its reading alone, without an event loop
    snapshot.sheet, snapshot.language, snapshot.complete = sheet, "en", {}
    for text, _marks, _labels in snapshot._read_chunks():
        yield text.encode()


def measured(ways: dict[str, Callable[[Any], Iterator[bytes]]], sheet: Any, rounds: int) -> Any:
    """By way: seconds, seconds of this process' processor, seconds until the first rows."""
    found: dict[str, list[list[float]]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            began, spent, first = time.perf_counter(), time.process_time(), 0.0
            for _rows in way(sheet):
                first = first or time.perf_counter() - began
            times = [time.perf_counter() - began, time.process_time() - spent, first]
            found[name].append(times)
    return {
        name: [statistics.median(each) for each in zip(*times, strict=True)]
        for name, times in found.items()
    }


def child(rows: int, rounds: int) -> None:
    import fill

    fill.main(rows, 1, Path(os.devnull))
    from django.contrib.auth.models import User
    from sheets.consumers import ProductSheet

    ways = {"values_list, msgspec": of_msgspec, "livesheet": of_sheet}
    print(json.dumps(measured(ways, ProductSheet(User.objects.get()), rounds)))


def run(source: Path, given: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory() as folder, new_database(given.database, Path(folder)) as url:
        variables = {
            "DATABASE_URL": url,
            "DJANGO_SETTINGS_MODULE": "sheets.settings",
            "REDIS_URL": "redis://127.0.0.1:1",
            "PYTHONPATH": os.pathsep.join([str(PEERS), str(source)]),
        }
        words = [environment(WANTED), __file__, "--child", str(given.rows), str(given.rounds)]
        done = subprocess.run(
            words, env={**os.environ, **variables}, stdout=subprocess.PIPE, check=True, text=True
        )
    print(f"{given.database}, {given.rows:,} rows of ten columns; {source}")
    for name, (seconds, spent, first) in json.loads(done.stdout.splitlines()[-1]).items():
        print(
            f"  {name:22} {seconds * 1e3:6.0f} ms, processor {spent * 1e3:6.0f} ms,"
            f" first rows {first * 1e3:4.0f} ms"
        )


def main() -> None:
    if sys.argv[1:2] == ["--child"]:
        child(*map(int, sys.argv[2:]))
        return
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--database", choices=["postgres", "sqlite", "mariadb"], default="postgres")
    parser.add_argument("--against", type=Path, nargs="*", default=[], help="other folders `src`")
    given = parser.parse_args()
    environment(WANTED)
    prepare([all_peers()["livesheet-uvicorn"]], given.database)
    for source in (*given.against, ROOT / "src"):
        run(source, given)


if __name__ == "__main__":
    main()
