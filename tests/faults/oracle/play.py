"""A script, played on a database of its own."""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.faults.databases import new_database
from tests.faults.oracle.client import TROUBLE
from tests.faults.oracle.run import Report, run
from tests.faults.oracle.script import Script
from tests.faults.processes import manage


def play(script: Script, *, verbose: bool = False, shown: int = 20) -> Report:
    """Run it, and say how it went."""
    print(f"{script}, --seed {script.seed}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        database = new_database(script.database, Path(folder))
        try:
            manage(database, "migrate", "--run-syncdb", "--verbosity=0")
            report = run(script, database, verbose=verbose)
        finally:
            database.drop()
    print(f"  {report.seconds:.0f} s, {report.counts}", flush=True)
    if report.faults or TROUBLE in report.counts["byes"]:
        log = Path(tempfile.mkdtemp(prefix="oracle-")) / "servers.log"
        log.write_text(report.logs)
        print(f"  what the servers logged: {log}", flush=True)
    for fault in report.faults[:shown]:
        print(f"  batch {report.batch}: {fault}", flush=True)
    return report
