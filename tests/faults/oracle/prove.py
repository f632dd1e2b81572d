"""The oracle proves itself: with any one mechanism switched off it must not be content."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tests.faults.oracle.play import play
from tests.faults.oracle.script import Script, generate

# Where each is looked for (on SQLite the order of ids is the order of commits), and what it must
# be blamed for: a fault of another kind proves nothing.
STALE = r"wrong values|lacks|which it may not see|wrongly"
SWITCHED_OFF = {
    "joining": ("sqlite", STALE),
    "canonical_keys": ("sqlite", STALE),
    "row_bound": ("sqlite", r"got zq\dqz"),
    "gone_tracking": ("sqlite", r"never its tenant's"),
    "idempotence": ("sqlite", r"was answered|written [2-9]"),
    "following": ("sqlite", STALE),
    "sequence_order": ("postgres", STALE),
}


@dataclass(frozen=True)
class Proof:
    sabotage: str
    database: str
    caught: bool
    batch: int
    seconds: float
    fault: str

    def __str__(self) -> str:
        caught = f"batch {self.batch}" if self.caught else "NOT CAUGHT"
        start = f"{self.sabotage:16} {self.database:9} {caught:10} {self.seconds:4.0f} s"
        return f"{start}  {self.fault[:150]}"


def prove(sabotage: str, seed: int, clients: int = 20, batches: int = 10, size: int = 20) -> Proof:
    """Run the short form without this mechanism."""
    database, pattern = SWITCHED_OFF[sabotage]
    script = Script(database, seed, clients, "none", sabotage)
    report = play(generate(script, batches, size), shown=0)
    blamed = [fault for fault in report.faults if re.search(pattern, fault)]
    first = next(iter([*blamed, *report.faults]), "")
    return Proof(sabotage, database, bool(blamed), report.batch, report.seconds, first)


def prove_all(seed: int) -> bool:
    """Print a line for each. Returns whether all were caught."""
    proofs = [prove(sabotage, seed) for sabotage in SWITCHED_OFF]
    print("\nswitched off     on        caught in  after   first fault")
    for proof in proofs:
        print(proof)
    return all(proof.caught for proof in proofs)
