"""Processes with Django and a role, each of its own, on one database."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.browser.servers import COMMANDS
from tests.faults.databases import Database
from tests.services import Service
from tests.services.processes import hears, new_service

ROOT = Path(__file__).resolve().parent.parent.parent
PATIENCE = 180


def environment(database: Database, **more: str) -> dict[str, str]:
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.faults.site.settings",
        "DATABASE_URL": database.url,
        "LIVESHEET_TEST_DATABASE": "sqlite",  # what tests.settings look at, for nothing
        "PYTHONPATH": os.pathsep.join([os.environ.get("PYTHONPATH", ""), str(ROOT)]),
        "PYTHONUNBUFFERED": "1",
        **more,
    }


def manage(database: Database, *words: str, **more: str) -> str:
    """What a management command prints, run in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "django", *words],
        cwd=ROOT,
        env=environment(database, **more),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, f"{words[0]} failed:\n{done.stdout[-1500:]}{done.stderr[-3000:]}"
    return done.stdout


def serve(
    database: Database, kind: str = "uvicorn", application: str = "tests.asgi", **more: str
) -> Service:
    """A server process, `daphne` or `uvicorn`, on a free port."""
    server = new_service(kind, "http://127.0.0.1:{port}")
    words = [f"{name}={value}" for name, value in environment(database, **more).items()]
    command = COMMANDS[kind](f"{application}:application", server.port)
    server.start(
        ["env", "-C", ROOT, *words, sys.executable, "-m", *command], lambda: hears(server.port)
    )
    return server


class Process:
    """`Process(database, "write", "w1", 100)`; see `roles.py`."""

    def __init__(self, database: Database, role: str, *words: Any) -> None:
        self.popen = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.roles", role, *map(str, words)],
            cwd=ROOT,
            env=environment(database),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def hear(self) -> Any:
        """The next thing it says."""
        assert self.popen.stdout is not None
        line = self.popen.stdout.readline()
        assert line, f"{self.popen.args} ended with {self.popen.wait(PATIENCE)}"
        return json.loads(line)

    def tell(self, word: str) -> Any:
        """Give it a line of input. Returns its answer."""
        assert self.popen.stdin is not None
        print(word, file=self.popen.stdin, flush=True)
        return self.hear()

    def end(self) -> Any:
        """Let it come to its end. Returns its last word."""
        assert self.popen.stdin is not None
        self.popen.stdin.close()
        word = self.hear()
        self.popen.wait(PATIENCE)
        self.stop()
        return word

    def send(self, what: signal.Signals) -> None:
        self.popen.send_signal(what)

    def stop(self) -> None:
        if self.popen.poll() is None:
            self.popen.kill()
        self.popen.wait()
        for end in (self.popen.stdin, self.popen.stdout):
            if end is not None:
                end.close()
