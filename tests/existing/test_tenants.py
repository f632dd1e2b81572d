"""django-tenants: two schemas, two hosts, in a project of their own on PostgreSQL."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "tenants"
ROOT = FOLDER.parent.parent.parent


def test_tenants_at_work() -> None:
    tests = FOLDER / "tenants_at_work.py"
    environment = {k: v for k, v in os.environ.items() if k != "DJANGO_SETTINGS_MODULE"}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-c", FOLDER / "pytest.ini",
         "--confcutdir", FOLDER, tests],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=150,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
