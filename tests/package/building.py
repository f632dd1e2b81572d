"""`python -m build`, with a PATH of the caller's choosing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def build(source: Path, kind: str, target: Path, path: str | None = None) -> Path:
    done = run_build(source, kind, target, path)
    assert done.returncode == 0, done.stdout + done.stderr
    (made,) = target.iterdir()
    return made


def run_build(
    source: Path, kind: str, target: Path, path: str | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "build", kind, "--outdir", str(target), str(source)],
        env={**os.environ, "PATH": os.environ["PATH"] if path is None else path},
        capture_output=True,
        text=True,
        check=False,
    )
