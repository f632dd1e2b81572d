"""What the processes of these tests do: `python -m tests.faults.roles <role> <words>`.

Each prints one JSON text at its end, and ends when its standard input does.
"""

from __future__ import annotations

import json
import os
import random
import select
import signal
import sys
import time
from collections.abc import Callable
from typing import Any

import django

LOOK_SECONDS = 0.01


def told_to_end() -> bool:
    """Whether standard input is closed; waits a moment for it."""
    return bool(select.select([sys.stdin], [], [], LOOK_SECONDS)[0])


def say(word: Any) -> None:
    print(json.dumps(word), flush=True)


# --- writing ---------------------------------------------------------------------------------


def write(name: str, commits: str) -> None:
    """Save new notes, one in fifty slowly, and roll one in ten back. Prints the committed keys."""
    from django.db import transaction

    from tests.app.models import Note

    chance, kept, n = random.Random(name), list[str](), 0
    while len(kept) < int(commits):
        key, n, rolls_back = f"{name}.{n}", n + 1, chance.random() < 0.10
        with transaction.atomic():
            Note(key=key).save(force_insert=True)
            if chance.random() < 0.02:
                time.sleep(chance.uniform(0.1, 0.5))
            transaction.set_rollback(rolls_back)
        if not rolls_back:
            kept.append(key)
    say(kept)


def save() -> None:
    """Save a note for each line that comes in, and say so. Each as a request of its own."""
    from django.db import connection

    from tests.app.models import Note

    say("ready")
    for line in sys.stdin:
        Note(key=line.strip()).save()
        connection.close()
        say("saved")


def fill(count: str) -> None:
    """Make that many parts, with keys from 1 on."""
    from tests.app.models import Part

    Part.objects.bulk_create(
        (Part(pk=n, name=f"Part {n}", stock=1) for n in range(1, int(count) + 1)), batch_size=2_000
    )
    say("filled")


def sign_in(count: str) -> None:
    """Make so many users who may see and change products, say. Prints their session keys."""
    from django.contrib.auth.models import Permission, User
    from django.db import transaction

    from tests.faults.oracle.truth import session_of

    names = ("product", "pallet", "savedpallet")
    codes = [f"{action}_{name}" for action in ("view", "change") for name in names]
    may = Permission.objects.filter(codename__in=codes)
    with transaction.atomic():
        users = [User.objects.create_user(f"user{n}") for n in range(int(count))]
        for permission in may:
            permission.user_set.add(*users)
        keys = [session_of(user) for user in users]
    say(keys)


def stock(count: str) -> None:
    """Make that many products, of five suppliers, with keys from 1 on."""
    from tests.app.models import Product, Supplier

    suppliers = [Supplier.objects.create(name=f"Supplier {n}") for n in range(5)]
    Product.objects.bulk_create(
        Product(pk=n, name=f"Product {n}", price=n, supplier=suppliers[n % 5])
        for n in range(1, int(count) + 1)
    )
    say("stocked")


def pallets(count: str) -> None:
    """Make that many, with keys from 1 on, as benchmarks/pastes.py takes them for granted."""
    from tests.faults.site.models import Pallet

    Pallet.objects.bulk_create(Pallet(pk=n, name=f"Product {n}") for n in range(1, int(count) + 1))
    say("piled")


def bulk(first: str, last: str, stock: str, batch: str) -> None:
    """One `bulk_update` of the parts from `first` to `last`, when told to. Prints its seconds."""
    from tests.app.models import Part

    parts = list(Part.objects.filter(pk__gte=first, pk__lte=last))
    for part in parts:
        part.stock = int(stock)
    say("ready")
    sys.stdin.readline()
    began = time.monotonic()
    Part.objects.bulk_update(parts, ["stock"], batch_size=int(batch))
    say(time.monotonic() - began)


# --- reading ---------------------------------------------------------------------------------


def follow() -> None:
    """Read the log as a feed does, stamping. Prints the places and keys in the order seen."""
    from django.db import OperationalError

    from livesheet.feed import feed
    from livesheet.log import changelog

    position, seen = changelog.head("default"), list[tuple[int, str]]()
    say("ready")
    while True:
        at_the_end = told_to_end()
        while True:
            try:
                _head, entries = feed._read_news("default", position)
            except OperationalError:  # waited too long for the clock
                continue
            assert entries is not None, "the log is said to be another one"
            if not entries:
                break
            seen.extend((entry.seq, pk) for entry in entries for pk in entry.pks)
            position = changelog.Position(position.epoch, entries[-1].seq, entries[-1].tag)
        if at_the_end:
            return say(seen)


def naive() -> None:
    """Read `id > cursor`, as one would without thinking of slow transactions."""
    from livesheet.models import Change

    cursor, seen = 0, list[str]()
    say("ready")
    while True:
        at_the_end = told_to_end()
        for change in Change.objects.filter(id__gt=cursor).order_by("id").only("pks"):
            cursor = change.pk
            seen.extend(json.loads(change.pks))
        if at_the_end:
            return say(seen)


def stamp() -> None:
    """Stamp for ever, without a pause: somebody to be killed in the middle of it."""
    from livesheet.log import changelog

    say("ready")
    while not changelog.stamp("default"):
        pass
    say("busy")
    while True:
        changelog.stamp("default")


def stop_while_stamping(name: str) -> None:
    """Save and stamp until it is us who stamp, and stop with the clock locked.

    Prints "holding" before, and afterwards what became of the transaction.
    """
    from django.db import Error, connection

    from livesheet.log import changelog
    from tests.app.models import Note

    def stop(execute: Callable[..., Any], sql: str, *args: Any) -> Any:
        result = execute(sql, *args)
        if "UPDATE livesheet_change" in sql and not stopped:
            stopped.append(sql)
            say("holding")
            os.kill(os.getpid(), signal.SIGSTOP)
        return result

    numbered = n = 0
    stopped: list[str] = []
    try:
        with connection.execute_wrapper(stop):
            while not numbered:
                Note(key=f"{name}.{n}").save(force_insert=True)
                numbered, n = changelog.stamp("default"), n + 1
        say("it went on as if nothing had been")
    except Error:
        say("its transaction was ended")


ROLES: dict[str, Callable[..., None]] = {
    role.__name__: role
    for role in (
        write,
        save,
        fill,
        sign_in,
        stock,
        bulk,
        pallets,
        follow,
        naive,
        stamp,
        stop_while_stamping,
    )
}

if __name__ == "__main__":
    django.setup()
    ROLES[sys.argv[1]](*sys.argv[2:])
