"""What a sheet's class computes in its own way, which may be different for each user."""

from __future__ import annotations

from typing import Any

# Hooks that a class may override although its users share frames: they are called for each user
# or at a write, or say themselves who shares. All others that a class overrides may vary by user.
SHARED_HOOKS = frozenset({
    "has_view_permission", "has_add_permission", "has_change_permission", "has_delete_permission",
    "has_history_permission", "get_audience", "audience", "get_room", "room", "knows", "get_title",
    "perform_edit", "perform_add", "perform_delete", "edit_context", "get_name", "get_model",
    "can_share_views", "get_actions", "offered_actions",
})  # fmt: skip
# Hooks that say which rows a sheet shows, but nothing about their form.
OF_ROWS = frozenset({"get_queryset", "queryset"})
# Parts of a sheet that are built from all other hooks.
BUILT = frozenset({"alias", "columns", "_columns_by_name", "_serializer_class", "style"})
_MADE_BY = frozenset({"__init__", "__new__", "__getattr__", "__getattribute__"})


def computed_by(kind: type[Any], base: type[Any]) -> list[str]:
    """The names of ``base`` that ``kind`` computes differently.

    These are hooks, and attributes that are computed, such as ``queryset`` as a property.
    """
    own: dict[str, Any] = {}
    for each in reversed(kind.__mro__[: kind.__mro__.index(base)]):
        own |= vars(each)
    return [
        name
        for name, value in own.items()
        if (name in _MADE_BY or (name in vars(base) and not name.startswith("__")))
        and name not in SHARED_HOOKS
        and value is not vars(base).get(name)
        and (hasattr(type(value), "__get__") or (callable(value) and not isinstance(value, type)))
    ]
