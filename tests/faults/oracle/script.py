"""What happens in a run: lists of operations, made from a seed, that can be kept and cut down."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

Op = dict[str, Any]

# Seconds over which the operations of a batch of twenty are spread.
SPREAD = 0.9
RESTART_EVERY = 3
RESTARTS = ("none", "graceful", "kill", "rolling")

# What writers do, and how often in a hundred.
WRITES = {
    "save": 10, "save_oddly": 6, "create": 4, "create_oddly": 4, "delete": 3, "delete_oddly": 2,
    "update": 6, "bulk_update": 4, "bulk_create": 5, "delete_many": 4, "churn": 4,
    "move": 6, "move_many": 4, "many_to_many": 6, "rename": 6, "hand_over": 2, "drop_label": 2,
    "roll_back": 5, "savepoint": 4, "slowly": 8, "raw": 4, "poison": 5,
}  # fmt: skip
WISHES = {"edit": 60, "add": 12, "delete": 8, "repeat": 12, "paste": 8}
ACCIDENTS = {"reconnect": 30, "cut": 25, "stall": 15, "silence": 10, "leave": 10, "anew": 30}
# What clients do that show a window.
LOOKS = {"scroll": 40, "fling": 10, "enter": 20, "find": 8, "arrange": 20, "again": 8, "cancel": 4}
BULK = frozenset({"update", "bulk_update", "bulk_create", "delete_many", "churn", "move_many"})
MOST_ROWS = 2_000


@dataclass
class Script:
    """`batches` are lists of operations; `restarts` is one of RESTARTS, or `mixed`."""

    database: str
    seed: int
    clients: int = 20
    restarts: str = "mixed"
    sabotage: str = ""
    # How many changes the log keeps, and whether the database writes it itself.
    keep: int = 0
    by_triggers: bool = False
    batches: list[list[Op]] = field(default_factory=list)

    def __str__(self) -> str:
        log = f"a log of {self.keep}" if self.keep else "a long log"
        how = ", written by triggers" if self.by_triggers else ""
        return f"{self.database}, restarts {self.restarts}, {log}{how}"

    def save(self, to: Path) -> None:
        to.write_text(json.dumps(asdict(self)))

    @classmethod
    def load(cls, path: Path) -> Script:
        return cls(**json.loads(path.read_text()))

    def restart_after(self, batch: int) -> str:
        """How the servers are restarted while this batch is under way."""
        if batch % RESTART_EVERY != RESTART_EVERY - 1:
            return "none"
        if self.restarts != "mixed":
            return self.restarts
        return RESTARTS[1 + batch // RESTART_EVERY % 3]


def generate(script: Script, batches: int, mutations: int, without: Collection[str] = ()) -> Script:
    """Fill in the batches; the operations named in `without` are left out."""
    chance = random.Random(script.seed)
    if not script.sabotage:  # a long log that Django writes is where most can go wrong
        script.keep = chance.choice([0, 30, 300])
        script.by_triggers = chance.random() < 0.3
    made = [_batch(chance, script.clients, mutations) for _ in range(batches)]
    script.batches = [[op for op in batch if op["name"] not in without] for batch in made]
    return script


def _batch(chance: random.Random, clients: int, mutations: int) -> list[Op]:
    spread = SPREAD * max(1.0, mutations / 20)
    ops: list[Op] = []
    for _ in range(mutations):
        at = chance.uniform(0, spread)
        wish = chance.random() < 0.45
        make: Callable[..., list[Op]] = _wish if wish else _write
        ops += make(chance, clients, at)
    for _ in range(3 * mutations):
        ops.append(_look(chance, clients, chance.uniform(0, spread)))
    for _ in range(max(1, mutations // 2)):
        ops.append(_accident(chance, clients, chance.uniform(0, spread)))
    return sorted(ops, key=lambda op: op["at"])


def _pick(chance: random.Random, weights: dict[str, int]) -> str:
    return chance.choices(list(weights), list(weights.values()))[0]


def _wish(chance: random.Random, clients: int, at: float) -> list[Op]:
    client = chance.randrange(clients)
    return [_op("wish", _pick(chance, WISHES), chance, at, client=client)]


def _look(chance: random.Random, clients: int, at: float) -> Op:
    return _op("look", _pick(chance, LOOKS), chance, at, client=chance.randrange(clients))


def _write(chance: random.Random, clients: int, at: float) -> list[Op]:
    """Some of the large ones with people who open the sheet just then."""
    op = _op("write", _pick(chance, WRITES), chance, at)
    op["model"] = "gadget" if chance.random() < 0.3 else "ware"
    if op["name"] not in BULK:
        return [op]
    op["count"] = int(MOST_ROWS ** chance.random())
    if chance.random() < 0.3:
        op["count"] = chance.randint(600, MOST_ROWS)
    visitors = chance.randint(0, 4) if op["count"] > 300 else 0
    return [op] + [
        _accident(chance, clients, at + chance.uniform(0, 0.6), "anew") for _ in range(visitors)
    ]


def _accident(chance: random.Random, clients: int, at: float, name: str = "") -> Op:
    name = name or _pick(chance, ACCIDENTS)
    return _op("accident", name, chance, at, client=chance.randrange(clients))


def _op(kind: str, name: str, chance: random.Random, at: float, **more: Any) -> Op:
    seed = chance.randrange(1 << 30)
    return {"kind": kind, "name": name, "at": round(at, 3), "seed": seed, **more}
