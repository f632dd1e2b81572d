"""What can be done to rows besides writing their cells: methods of a sheet, as it makes them known.

>>> class OrderSheet(LiveSheetConsumer):
...     actions = ["mark_paid"]
...
...     @action(label="Mark as paid")
...     def mark_paid(self, order):
...         order.paid = True
...         order.save()
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

# Names of the sheet's own questions; any other is a permission of Django's.
OF_A_ROW = ("change", "delete")
OF_THE_SHEET = ("view", "add")

_MADE_KNOWN = "livesheet_action"


@dataclass(frozen=True, slots=True)
class Action:
    """``label``, ``confirm`` and ``done`` are texts, which may be lazy translations."""

    name: str
    label: Any = ""
    permissions: tuple[str, ...] = ("change",)
    confirm: Any = ""
    done: Any = ""

    def describe(self) -> dict[str, str]:
        """Its description in ``hello``."""
        return {"name": self.name, "label": str(self.label), "confirm": str(self.confirm)}

    def is_for(self, sheet: Any, row: Any = None) -> bool:
        """Whether this user may carry it out on ``row``, or on any row if it is None."""
        return all(_has(sheet, permission, row) for permission in self.permissions)

    def message(self, n: int) -> str:
        """The message after it was done to ``n`` rows; empty for the widget's own message."""
        return str(self.done % {"n": n}) if self.done else ""


def action(
    function: Callable[..., Any] | None = None,
    *,
    label: Any = "",
    permissions: Sequence[str] = ("change",),
    confirm: Any = "",
    done: Any = "",
) -> Any:
    """Describes how a method of a sheet is offered as one of its ``actions``.

    ``permissions``: all of these are needed: ``"view"``, ``"add"``, ``"change"`` and ``"delete"``
    call the sheet's own ``has_…_permission()``; others are Django's, such as
    ``"shop.refund_order"``. ``confirm`` is a question to confirm first. ``done`` is the message
    afterwards: a text with ``%(n)d`` for the number of rows, or an ``ngettext_lazy(…, …, "n")``.
    """

    def known(method: Callable[..., Any]) -> Callable[..., Any]:
        said = Action(method.__name__, label, tuple(permissions), confirm, done)
        setattr(method, _MADE_KNOWN, said)
        return method

    return known if function is None else known(function)


def as_declared(kind: type[Any], name: str) -> Action:
    """What the sheet's class declares about its method ``name``, with or without ``action``."""
    said: Action = getattr(getattr(kind, name, None), _MADE_KNOWN, Action(name))
    words = name.replace("_", " ")
    return replace(said, name=name, label=said.label or words[:1].upper() + words[1:])


def actions_of(sheet: Any) -> list[Action]:
    """The actions that are offered to the user of ``sheet``."""
    declared = [as_declared(type(sheet), name) for name in sheet.get_actions()]
    return [one for one in declared if one.is_for(sheet)]


def _has(sheet: Any, permission: str, row: Any) -> bool:
    if permission in OF_A_ROW:
        return bool(getattr(sheet, f"has_{permission}_permission")(row))
    if permission in OF_THE_SHEET:
        return bool(getattr(sheet, f"has_{permission}_permission")())
    return bool(sheet.user.is_authenticated and sheet.user.has_perm(permission))
