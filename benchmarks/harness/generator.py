"""The load generator, as an object: it opens sockets, sends edits, and tells what it saw."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Any

from benchmarks.harness.environments import generator
from benchmarks.harness.peers import Client

Seen = dict[str, Any]
DRAIN = 5.0


class Generator:
    def __init__(self, port: int, client: Client, rows: int, cookies: Path | None = None) -> None:
        told = {
            "port": port, "path": client.path, "rows": rows, "subprotocol": client.subprotocol,
            "hello": client.hello, "ready": client.ready, "edit": client.edit,
            "answer": client.answer, "refusal": client.refusal, "ping": client.ping,
            "cookies": cookies or "",
        }  # fmt: skip
        words = [str(word) for name, what in told.items() if what for word in (f"--{name}", what)]
        self.popen = subprocess.Popen(
            [generator(), *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def __enter__(self) -> Generator:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self.popen.kill()
        self.popen.communicate()

    def open(self, count: int, together: int, patience: float) -> Seen:
        return self.do("open", count, together, patience)

    def rate(self, edits: float, seconds: float, editors: int = 1) -> Seen:
        """So many edits a second, whether or not the last has arrived everywhere."""
        return self.do("rate", edits, seconds, DRAIN, editors)

    def closed(self, outstanding: int, seconds: float, editors: int = 1) -> Seen:
        """The next edit as soon as fewer than `outstanding` are still on their way to a socket."""
        return self.do("closed", outstanding, seconds, DRAIN, editors)

    def idle(self, seconds: float) -> Seen:
        return self.do("idle", seconds)

    def do(self, *words: object) -> Seen:
        assert self.popen.stdin is not None and self.popen.stdout is not None
        print(*words, file=self.popen.stdin, flush=True)
        line = self.popen.stdout.readline()
        assert line, f"the generator ended with {self.popen.wait()}"
        seen: Seen = json.loads(line)
        return seen
