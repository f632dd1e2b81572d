"""The permissions of a user and of the user's groups, in one statement; Django needs two."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, cast

from django.contrib.auth import get_backends
from django.db import connections, models, router

if TYPE_CHECKING:
    from django.contrib.auth.backends import ModelBackend

KINDS = ("user", "group")


def read_together(user: Any) -> None:
    """Put into the user's cache what ``ModelBackend`` would read, if it is the backend in use."""
    if not _may_be_read(user) or backend() is None:
        return
    # Lazy because Django's models need settings, and a sheet is declared without them, too.
    from django.contrib.auth.models import Permission

    # A request has its user lazily, and the class asked for is that of the user.
    using, kind = router.db_for_read(Permission, instance=user), cast(Any, user.__class__)
    connection = connections[using]
    key = user._meta.pk.get_db_prep_value(user.pk, connection)
    found: dict[str, set[str]] = {name: set() for name in KINDS}
    with connection.cursor() as cursor:
        cursor.execute(statement(kind, using), [key, key])
        for label, codename, by_group in cursor.fetchall():
            found[KINDS[by_group]].add(f"{label}.{codename}")
    for name, permissions in zip(KINDS, found.values(), strict=True):
        setattr(user, _cache(name), _shared(frozenset(permissions)))
    user._perm_cache = _shared(frozenset().union(*found.values()))


def hand_on(former: Any, user: Any) -> None:
    """``user`` is the same, read later, and has the same permissions."""
    known = vars(former)
    names = {"_perm_cache", *map(_cache, KINDS)} & known.keys()
    vars(user).update((name, known[name]) for name in names)


@lru_cache(1_000)
def _shared(permissions: frozenset[str]) -> frozenset[str]:
    """One set for all users with equal permissions: each takes half a kilobyte of a socket."""
    return permissions


def _may_be_read(user: Any) -> bool:
    """A user of Django's own kind whose permissions are not cached yet, and no superuser."""
    # Lazy for the same reason.
    from django.contrib.auth.models import PermissionsMixin

    is_known = any(hasattr(user, _cache(kind)) for kind in KINDS)
    if is_known or not isinstance(user, PermissionsMixin):
        return False
    return not user.is_superuser and getattr(user, "is_active", True)


def backend() -> ModelBackend | None:
    """Only Django's own: another backend may look elsewhere."""
    # Lazy for the same reason.
    from django.contrib.auth.backends import ModelBackend

    backends = get_backends()
    found = backends[0] if len(backends) == 1 else None
    return found if type(found) is ModelBackend else None


@cache
def statement(kind: type[Any], using: str) -> str:
    """Each permission of one user: its app, its name, and whether the user has it by a group.

    The SQL is written once, because Django would take longer to build it than the database to
    answer.
    """
    # Lazy for the same reason.
    from django.contrib.auth.models import Group, Permission

    types: Any = Permission._meta.get_field("content_type").related_model
    own = kind._meta.get_field("user_permissions")
    groups = kind._meta.get_field("groups")
    granted: Any = Group._meta.get_field("permissions")
    q = connections[using].ops.quote_name
    app, name = (q(_column(*place)) for place in (
        (types, "app_label"), (Permission, "codename"),
    ))  # fmt: skip
    permissions = (
        f"FROM {q(Permission._meta.db_table)} p JOIN {q(types._meta.db_table)} t"
        f" ON t.{q(_column(types, 'id'))} = p.{q(_column(Permission, 'content_type'))}"
    )
    key = q(_column(Permission, "id"))
    return (
        f"SELECT t.{app}, p.{name}, 0 {permissions} JOIN {q(own.m2m_db_table())} u"
        f" ON u.{q(own.m2m_reverse_name())} = p.{key} WHERE u.{q(own.m2m_column_name())} = %s"
        f" UNION ALL SELECT t.{app}, p.{name}, 1 {permissions} JOIN {q(granted.m2m_db_table())} g"
        f" ON g.{q(granted.m2m_reverse_name())} = p.{key} JOIN {q(groups.m2m_db_table())} u"
        f" ON u.{q(groups.m2m_reverse_name())} = g.{q(granted.m2m_column_name())}"
        f" WHERE u.{q(groups.m2m_column_name())} = %s"
    )


def _column(model: type[models.Model], name: str) -> str:
    field: Any = model._meta.get_field(name)
    return str(field.column)


def _cache(kind: str) -> str:
    return f"_{kind}_perm_cache"
