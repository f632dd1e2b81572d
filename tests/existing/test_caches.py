"""django-cacheops: what a project remembers of its querysets, in a project of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "cached"
ROOT = FOLDER.parent.parent.parent


def test_a_cache_at_work() -> None:
    environment = {k: v for k, v in os.environ.items() if k != "DJANGO_SETTINGS_MODULE"}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-c", FOLDER / "pytest.ini",
         "--confcutdir", FOLDER, FOLDER / "cached_at_work.py"],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=150,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
