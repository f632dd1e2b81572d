"""What a project's code does to its rows, each way a function of a chance and a size."""

from __future__ import annotations

import random
import time
import uuid
from collections.abc import Callable
from functools import partial
from typing import Any

from django.db import connection, transaction

import livesheet
from livesheet.triggers.installation import labels_on
from tests.faults.site.models import BROKEN_SEAL, Gadget, Maker, Mark, Ware
from tests.faults.site.personas import CANARIES, TENANTS, nested

MODELS: dict[str, Any] = {"ware": Ware, "gadget": Gadget}
PADDING = 300
SLOW_SECONDS = 0.5
MOST = 3_000
# Not reached by keys that the database gives.
OWN_KEYS = 1_000_000

Chance = random.Random


class Undone(Exception):
    """What a project raises to have its transaction rolled back."""


def carry_out(op: dict[str, Any]) -> None:
    """Do what an operation of kind `write` says."""
    WAYS[op["name"]](MODELS[op["model"]], random.Random(op["seed"]), op.get("count", 1))


# --- rows ------------------------------------------------------------------------------------


def some(model: Any, chance: Chance, count: int) -> list[Any]:
    """Keys of rows that lie next to each other, from a place that chance chooses."""
    keys = list(model.objects.order_by("pk").values_list("pk", flat=True))
    start = chance.randrange(max(1, len(keys) - count + 1))
    return keys[start : start + count]


def one(model: Any, chance: Chance) -> Any:
    keys = some(model, chance, 1)
    if not keys:
        raise Undone("no row is left")
    return model.objects.get(pk=keys[0])


def text(chance: Chance, tenant: int, size: int = 8) -> str:
    return f"{CANARIES[tenant]} {chance.getrandbits(64):x} {'.' * size}"


def values(chance: Chance, tenant: int, model: Any, size: int = 8) -> dict[str, Any]:
    """Everything that says of which tenant a row is, so that a move can be one statement."""
    found = {"tenant": tenant, "name": text(chance, tenant), "note": text(chance, tenant, size)}
    if model is Gadget:
        return {**found, "ware": None}
    return {**found, "maker": None, "stock": chance.randrange(100)}


def change(chance: Chance, row: Any) -> list[str]:
    """Set something. Returns the names of the fields, with all that bear a tenant's mark.

    Somebody may move the row between the reading and the saving, which then moves it back.
    """
    row.note = text(chance, row.tenant)
    if chance.random() < 0.3:
        row.name = text(chance, row.tenant)
    if isinstance(row, Ware):
        row.stock = chance.randrange(100)
        row.price = chance.randrange(10_000) / 4
        row.maker = Maker.objects.filter(tenant=row.tenant).order_by("?").first()
    more = ("stock", "price", "maker") if isinstance(row, Ware) else ()
    return ["tenant", "name", "note", *more]


def odd(chance: Chance, key: Any) -> Any:
    """The same key, written as others write it."""
    if isinstance(key, uuid.UUID):
        return chance.choice([key.hex, str(key).upper(), f"{{{key}}}", str(key)])
    return chance.choice([f"0{key}", str(key), f" {key}", float(key)])


# --- one row ---------------------------------------------------------------------------------


def save(model: Any, chance: Chance, _count: int) -> None:
    row = one(model, chance)
    fields = change(chance, row)
    row.save(update_fields=fields if chance.random() < 0.5 else None)


def save_oddly(model: Any, chance: Chance, _count: int) -> None:
    row = one(model, chance)
    change(chance, row)
    row.pk = odd(chance, row.pk)
    row.save()


def create(model: Any, chance: Chance, _count: int) -> None:
    row = model(**values(chance, chance.randrange(TENANTS), model))
    row.save()
    if model is Ware and chance.random() < 0.5:
        row.marks.set(Mark.objects.filter(tenant=row.tenant)[:2])


def create_oddly(model: Any, chance: Chance, _count: int) -> None:
    number = OWN_KEYS + chance.getrandbits(29)
    key = uuid.UUID(int=chance.getrandbits(128)) if model is Gadget else number
    model(pk=odd(chance, key), **values(chance, chance.randrange(TENANTS), model)).save()


def delete(model: Any, chance: Chance, _count: int) -> None:
    one(model, chance).delete()


def delete_oddly(model: Any, chance: Chance, _count: int) -> None:
    row = one(model, chance)
    row.pk = odd(chance, row.pk)
    row.delete()


def move(model: Any, chance: Chance, _count: int) -> None:
    row = one(model, chance)
    for name, value in values(chance, chance.randrange(TENANTS), model).items():
        setattr(row, name, value)
    row.save()


def poison(model: Any, chance: Chance, _count: int) -> None:
    """Values that do not go through everything."""
    row = one(model, chance)
    mark = CANARIES[row.tenant]
    row.note = f"{mark} {chance.choice(POISONS)}"
    if isinstance(row, Ware):
        row.stock = chance.choice([-1, row.stock])
        row.ratio = chance.choice([float("nan"), float("inf"), 1e308, 0.1, None])
        row.seal = chance.choice(["whole", BROKEN_SEAL])
        row.data = nested(chance.choice([0, 3, 25, 90, 120]), chance.choice([1, 2**60, "\u2028"]))
    row.save()


POISONS = (
    "\u2028</script>",
    "\U0001f9fa\u0301",
    "\ud800",
    "a\x00b",
    "\x7f\x1b[0m",
    "{}[],\"'\\",
    "\r\n",
)


# --- many rows -------------------------------------------------------------------------------


def update(model: Any, chance: Chance, count: int) -> None:
    tenant = chance.randrange(TENANTS)
    rows = model.objects.filter(pk__in=some(model, chance, count), tenant=tenant)
    changed: dict[str, Any] = {"note": text(chance, tenant, PADDING)}
    if model is Ware:
        changed["stock"] = chance.randrange(100)
    rows.update(**changed)


def bulk_update(model: Any, chance: Chance, count: int) -> None:
    rows = list(model.objects.filter(pk__in=some(model, chance, count)))
    for row in rows:
        row.note = text(chance, row.tenant, PADDING)
    # The row may have moved since it was read; without a lock its note would be in both tenants.
    with transaction.atomic():
        same = {row.pk: row.tenant for row in rows}
        held = model.objects.select_for_update().filter(pk__in=same).values_list("pk", "tenant")
        stay = {pk for pk, tenant in held if same[pk] == tenant}
        model.objects.bulk_update([r for r in rows if r.pk in stay], ["note"], batch_size=400)


def bulk_create(model: Any, chance: Chance, count: int) -> None:
    room = MOST - model.objects.count()
    if room < count:
        return delete_many(model, chance, count)
    rows = [model(**values(chance, chance.randrange(TENANTS), model)) for _ in range(count)]
    model.objects.bulk_create(rows, batch_size=500, ignore_conflicts=chance.random() < 0.15)


def delete_many(model: Any, chance: Chance, count: int) -> None:
    most = model.objects.count() // 3
    model.objects.filter(pk__in=some(model, chance, min(count, most))).delete()


def churn(model: Any, chance: Chance, count: int) -> None:
    """Many written and some of them deleted: frames in several parts that hold both."""
    keys = some(model, chance, count)
    with transaction.atomic():
        for tenant in range(TENANTS):
            rows = model.objects.filter(pk__in=keys, tenant=tenant)
            rows.update(note=text(chance, tenant, PADDING))
        doomed = chance.sample(keys, min(len(keys), 1 + len(keys) // 20))
        model.objects.filter(pk__in=doomed).delete()


def move_many(model: Any, chance: Chance, count: int) -> None:
    rows = model.objects.filter(pk__in=some(model, chance, count))
    rows.update(**values(chance, chance.randrange(TENANTS), model))


# --- relations -------------------------------------------------------------------------------


def many_to_many(_model: Any, chance: Chance, _count: int) -> None:
    ware = one(Ware, chance)
    marks = list(Mark.objects.filter(tenant=ware.tenant))
    if not marks:
        return
    mark = chance.choice(marks)
    ways: list[Callable[[], Any]] = [
        partial(ware.marks.add, mark), partial(ware.marks.remove, mark), ware.marks.clear,
        partial(ware.marks.set, chance.sample(marks, chance.randint(0, len(marks)))),
        partial(mark.ware_set.add, ware), partial(mark.ware_set.remove, ware),
        mark.ware_set.clear,
    ]  # fmt: skip
    chance.choice(ways)()


def rename(_model: Any, chance: Chance, _count: int) -> None:
    """One in ten gets a name that cannot be said."""
    row = one(chance.choice([Maker, Mark]), chance)
    name = text(chance, row.tenant)
    row.name = f"!{name}" if chance.random() < 0.1 else name
    row.save()


def hand_over(_model: Any, chance: Chance, _count: int) -> None:
    """A label goes to another tenant; what refers to it stays.

    Not a mark: its members' cells would be others, which no change tells of, but the comparison.
    """
    row = one(Maker, chance)
    row.tenant = chance.randrange(TENANTS)
    row.name = text(chance, row.tenant)
    row.save()


def drop_label(_model: Any, chance: Chance, _count: int) -> None:
    model = chance.choice([Maker, Mark])
    if model.objects.count() > 2 * TENANTS:
        one(model, chance).delete()
    model.objects.create(tenant=(tenant := chance.randrange(TENANTS)), name=text(chance, tenant))


# --- transactions ----------------------------------------------------------------------------


def roll_back(model: Any, chance: Chance, count: int) -> None:
    with transaction.atomic():
        for _ in range(3):
            PLAIN[chance.choice(list(PLAIN))](model, chance, chance.randint(1, 50))
        transaction.set_rollback(True)


def savepoint(model: Any, chance: Chance, count: int) -> None:
    with transaction.atomic():
        save(model, chance, 1)
        try:
            with transaction.atomic():
                delete(model, chance, 1)
                create(model, chance, 1)
                raise Undone
        except Undone:
            create(model, chance, 1)


def slowly(model: Any, chance: Chance, _count: int) -> None:
    """Its changes have their ids long before they are to be seen."""
    with transaction.atomic():
        create(model, chance, 1)
        save(model, chance, 1)
        time.sleep(chance.uniform(0.05, SLOW_SECONDS))


def raw(model: Any, chance: Chance, _count: int) -> None:
    """Past Django, and told, unless triggers see it."""
    table, key = model._meta.db_table, one(model, chance).pk
    with transaction.atomic(), connection.cursor() as cursor:
        tenant = model.objects.select_for_update().values_list("tenant", flat=True).get(pk=key)
        sql = f"UPDATE {table} SET note = %s WHERE id = %s"
        cursor.execute(sql, [text(chance, tenant), _bound(key)])
        if not labels_on(connection.alias):
            livesheet.record(model.objects.filter(pk=key))


def _bound(key: Any) -> Any:
    if isinstance(key, uuid.UUID) and not connection.features.has_native_uuid_field:
        return key.hex
    return key


PLAIN: dict[str, Callable[[Any, Chance, int], None]] = {
    way.__name__: way
    for way in (save, create, delete, update, bulk_create, delete_many, move, save_oddly)
}
WAYS: dict[str, Callable[[Any, Chance, int], None]] = {
    way.__name__: way
    for way in (
        save, save_oddly, create, create_oddly, delete, delete_oddly, update, bulk_update,
        bulk_create, delete_many, churn, move, move_many, many_to_many, rename, hand_over,
        drop_label, roll_back, savepoint, slowly, raw, poison,
    )
}  # fmt: skip
