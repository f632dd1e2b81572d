"""The oracle's short form on every database, and that it is not content with everything."""

from __future__ import annotations

import os
import random

import pytest

from tests.faults.oracle.play import play
from tests.faults.oracle.prove import prove
from tests.faults.oracle.script import Script, generate
from tests.faults.oracle.shrink import cut, shrink

CLIENTS, BATCHES, MUTATIONS = 20, 10, 20
# The others take more batches: `python -m tests.faults.oracle --prove`.
QUICKLY_NOTICED = ("row_bound", "gone_tracking", "idempotence", "following")
SHRINK_SECONDS = 240.0
SEED = int(os.environ.get("ORACLE_SEED") or random.SystemRandom().randrange(1 << 31))


@pytest.mark.timeout(600)
@pytest.mark.parametrize("database", ["sqlite", "postgres", "mariadb"])
def test_every_screen_shows_the_database(database: str) -> None:
    script = generate(Script(database, SEED, CLIENTS), BATCHES, MUTATIONS)
    report = play(script)
    if not report.ok:
        shrink(script, report, SHRINK_SECONDS)
    assert report.faults == [], f"--database {database} --seed {SEED}"


@pytest.mark.parametrize("sabotage", QUICKLY_NOTICED)
def test_what_is_switched_off_is_noticed(sabotage: str) -> None:
    proof = prove(sabotage, SEED)
    assert proof.caught, proof


def test_a_script_is_cut_down_to_what_fails() -> None:
    assert cut(list(range(40)), lambda left: {7, 31} <= set(left)) == [7, 31]
