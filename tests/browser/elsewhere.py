"""A process that has nothing to do with the servers: a `manage.py shell` that waits for code."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

# Runs in that process: one JSON string with code comes in, one with its output goes out.
LOOP = """
import contextlib, io, json, sys, traceback
for line in sys.stdin:
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        try:
            exec(json.loads(line), globals())
            failed = False
        except Exception:
            traceback.print_exc(file=out)
            failed = True
    print(json.dumps([failed, out.getvalue()]), flush=True)
"""


class Elsewhere:
    """Starting Django takes seconds, so the process stays for the next piece of code."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "django", "shell", "--verbosity=0", "--command", LOOP],
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, code: str) -> str:
        """What the code prints. Raises RuntimeError with its traceback."""
        self.begin(code)
        return self.end()

    def begin(self, code: str) -> None:
        """Run it while the test does something else, until `end()`."""
        assert self.process.stdin is not None
        print(json.dumps(code), file=self.process.stdin, flush=True)

    def end(self) -> str:
        assert self.process.stdout is not None
        failed, text = json.loads(self.process.stdout.readline())
        if failed:
            raise RuntimeError(text)
        return str(text).strip()

    def stop(self) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait(20)
        self.process.stdout.close()
