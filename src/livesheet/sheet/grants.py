"""A user's own permissions and those of the groups, in one statement; Django reads them in two."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth import get_backends
from django.db.models import Value

if TYPE_CHECKING:
    from django.contrib.auth.backends import ModelBackend

KINDS = ("user", "group")


def read_together(user: Any) -> None:
    """Leave with the user what ``ModelBackend`` would read, where that is who is asked."""
    if not _may_be_read(user) or backend() is None:
        return
    found: dict[str, set[str]] = {kind: set() for kind in KINDS}
    of_user, of_groups = (_statement(user, kind) for kind in KINDS)
    for label, codename, kind in of_user.union(of_groups, all=True).order_by():
        found[kind].add(f"{label}.{codename}")
    for kind in KINDS:
        setattr(user, _cache(kind), found[kind])


def _may_be_read(user: Any) -> bool:
    """Django's kind of user, of whom nothing is known yet; a superuser's are nobody's own."""
    # Lazy because Django's models need settings, and a sheet is declared without them, too.
    from django.contrib.auth.models import PermissionsMixin

    is_known = any(hasattr(user, _cache(kind)) for kind in KINDS)
    if is_known or not isinstance(user, PermissionsMixin):
        return False
    return not user.is_superuser and getattr(user, "is_active", True)


def backend() -> ModelBackend | None:
    """Only Django's own: another may look elsewhere."""
    # Lazy for the same reason.
    from django.contrib.auth.backends import ModelBackend

    backends = get_backends()
    found = backends[0] if len(backends) == 1 else None
    return found if type(found) is ModelBackend else None


def _statement(user: Any, kind: str) -> Any:
    permissions = getattr(backend(), f"_get_{kind}_permissions")(user)
    named = permissions.order_by().values_list("content_type__app_label", "codename")
    return named.annotate(kind=Value(kind))


def _cache(kind: str) -> str:
    return f"_{kind}_perm_cache"
