"""The rules of the sheets said a second time: what may have changed in the database, and what not.

What was read before is compared with what is read now, without a line of the package.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Table = dict[Any, dict[str, Any]]

# Of each table: which column names the tenant, and which nobody may write.
OWNED = {
    "Product": ("owner", ("stock",)),
    "Sample": ("slug", ("email", "upload", "blob")),
    "Article": ("owner", ("secret", "seal")),
    "Note": ("key", ()),
}
UNTOUCHED = ("Supplier", "Tag", "User", "Group", "Permission", "ContentType")
INITIAL = {"stock": 0, "email": "", "upload": "", "blob": None, "secret": "", "seal": ""}


class Shadow:
    """``exempt`` are keys of rows that a bystander edits, as ``(table, pk)``."""

    def __init__(self, exempt: frozenset[tuple[str, Any]] = frozenset()) -> None:
        self.exempt = exempt
        self.before = read()

    def faults(self) -> list[str]:
        now = read()
        return [*self._untouched(now), *self._owned(now), *_foreign_members(now), *_who_wrote()]

    def _untouched(self, now: Mapping[str, Table]) -> Iterator[str]:
        for name in UNTOUCHED:
            if now[name] != self.before[name]:
                yield f"{name} is another: {difference(self.before[name], now[name])}"

    def _owned(self, now: Mapping[str, Table]) -> Iterator[str]:
        for name, (owner, sealed) in OWNED.items():
            before = self.before[name]
            for pk in before.keys() - now[name].keys():
                if tenant_of(before[pk], owner) != "oak":
                    yield f"{name} {pk!r} is gone"
            for pk, row in now[name].items():
                if (name, pk) not in self.exempt:
                    yield from row_faults(name, before.get(pk), row, owner, sealed)


def row_faults(
    name: str, before: dict[str, Any] | None, row: dict[str, Any], owner: str, sealed: Any
) -> Iterator[str]:
    tenant = tenant_of(row, owner)
    if before is None:
        before = {**row, **{column: INITIAL[column] for column in sealed}}
        if tenant != "oak":
            yield f"{name}: a new row of {tenant!r}: {row}"
    elif tenant != tenant_of(before, owner):
        yield f"{name}: moved to another tenant: {row}"
    if tenant == "ash" and row != before:
        yield f"{name}: a row of ash was written: {row}"
    for column in sealed:
        if row[column] != before[column]:
            yield f"{name}.{column} was written: {row}"


def tenant_of(row: Mapping[str, Any], owner: str) -> str:
    return str(row[owner]).partition(".")[0]


def difference(before: Table, now: Table) -> str:
    changed = {pk: row for pk, row in now.items() if before.get(pk) != row}
    return f"{before.keys() - now.keys()} left, {changed}"[:500]


def read() -> dict[str, Table]:
    from django.contrib.auth.models import Group, Permission, User
    from django.contrib.contenttypes.models import ContentType

    from tests.app.models import Article, Note, Product, Sample, Supplier, Tag

    models: tuple[Any, ...] = (
        Product, Sample, Article, Note, Supplier, Tag, User, Group, Permission, ContentType,
    )  # fmt: skip
    return {
        model.__name__: {row[model._meta.pk.attname]: row for row in model.objects.values()}
        for model in models
    }


def _foreign_members(now: Mapping[str, Table]) -> Iterator[str]:
    """Relations lead to what is of the same tenant."""
    from tests.app.models import Product

    for name in ("Product", "Article"):
        for row in now[name].values():
            supplier = now["Supplier"].get(row["supplier_id"])
            if supplier and not supplier["name"].startswith(f"{row['owner']}-"):
                yield f"{name}: a supplier of others: {row}"
    for pk, owner, tag in Product.objects.exclude(tags=None).values_list(
        "pk", "owner", "tags__name"
    ):
        if not tag.startswith(f"{owner}-"):
            yield f"Product {pk}: a tag of others: {tag}"


def _who_wrote() -> Iterator[str]:
    """Nobody who may only look stands in the log."""
    from django.contrib.auth.models import User

    from livesheet.models import Change

    viewer = str(User.objects.get(username="oak-view").pk)
    if Change.objects.filter(actor=viewer).exists():
        yield "oak-view has written"
