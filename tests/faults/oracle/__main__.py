"""`python -m tests.faults.oracle`: a random script on each database, or a kept one again."""

from __future__ import annotations

import argparse
import random
import sys
from pathlib import Path

from tests.faults.oracle.play import play
from tests.faults.oracle.prove import prove_all
from tests.faults.oracle.script import RESTARTS, Script, generate
from tests.faults.oracle.shrink import shrink

DATABASES = ("sqlite", "postgres", "mariadb")
LONG = {"clients": 200, "batches": 50, "mutations": 100}
SHORT = {"clients": 20, "batches": 10, "mutations": 20}


def main() -> int:
    words = parser().parse_args()
    if words.prove:
        return 0 if prove_all(words.seed) else 1
    if words.script:
        return 0 if play(Script.load(words.script), verbose=True).ok else 1
    failed = [script for script in scripts(words) if not one_of(words, script)]
    return 1 if failed else 0


def scripts(words: argparse.Namespace) -> list[Script]:
    size = {**(LONG if words.long else SHORT)}
    size |= {name: value for name in size if (value := getattr(words, name)) is not None}
    kinds = words.restarts or (RESTARTS if words.long else ["mixed"])
    return [
        generate(
            Script(database, words.seed, size["clients"], kind, words.sabotage),
            size["batches"], size["mutations"], words.without,
        )
        for database in words.database or DATABASES
        for kind in kinds
    ]  # fmt: skip


def one_of(words: argparse.Namespace, script: Script) -> bool:
    report = play(script, verbose=words.verbose)
    if not report.ok and words.shrink:
        shrink(script, report, words.shrink)
    return report.ok


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="python -m tests.faults.oracle", description=__doc__)
    made.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 31))
    made.add_argument("--database", action="append", choices=DATABASES)
    made.add_argument("--restarts", action="append", choices=(*RESTARTS, "mixed"))
    for name, number in SHORT.items():
        made.add_argument(f"--{name}", type=int, help=f"{number}; with --long {LONG[name]}")
    made.add_argument("--long", action="store_true", help="each database × each kind of restart")
    made.add_argument("--prove", action="store_true", help="each mechanism switched off in turn")
    made.add_argument("--sabotage", default="", help="switch a mechanism off; see sabotage.py")
    made.add_argument("--without", action="append", default=[], help="an operation to leave out")
    made.add_argument("--script", type=Path, help="a script that was kept, once more")
    made.add_argument(
        "--shrink", type=float, default=600, help="seconds for cutting a script down that fails"
    )
    made.add_argument("--verbose", action="store_true")
    return made


if __name__ == "__main__":
    sys.exit(main())
