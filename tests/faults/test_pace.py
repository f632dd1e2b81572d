"""Who is too fast is slowed where the server can leave a line unread, and sent away where not."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.faults.pace import FLOOD, POLITE
from tests.faults.processes import ROOT

PATIENCE = 240


@pytest.mark.parametrize("server", ["uvicorn", "daphne"])
def test_who_waits_for_each_reply_is_never_too_fast(server: str) -> None:
    found = treated_by(server)
    assert (found["polite"]["answers"], found["polite"]["code"]) == (POLITE, None)
    if server == "uvicorn":
        assert (found["flood"]["answers"], found["flood"]["code"]) == (FLOOD, None)
        assert found["flood"]["seconds"] > 1  # two seconds' worth more than goes at once
    else:
        assert found["flood"]["code"] == 4429


def treated_by(server: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.pace", server],
        cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert done.returncode == 0, (done.stdout + done.stderr)[-6_000:]
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found
