"""How a method of a sheet is offered as an action, and to whom."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.utils.translation import ngettext_lazy

from livesheet.sheet.actions import Action, action, actions_of, as_declared


class Payments:
    @action
    def mark_paid(self, row: Any) -> None: ...

    @action(label="Refund …", permissions=["shop.refund"], confirm="Sure?")
    def refund(self, row: Any) -> None: ...

    @action(permissions=["view", "add"])
    def copy(self, row: Any) -> None: ...

    def plain(self, row: Any) -> None: ...

    def __init__(self, *may: str, closed: Any = None) -> None:
        self.may, self.closed = may, closed
        held = {name for name in may if "." in name}
        self.user = SimpleNamespace(is_authenticated="in" in may, has_perm=held.__contains__)

    def get_actions(self) -> list[str]:
        return ["mark_paid", "refund", "copy", "plain"]

    def has_change_permission(self, row: Any = None) -> bool:
        return "change" in self.may and (row is None or row != self.closed)

    def has_view_permission(self) -> bool:
        return "view" in self.may

    def has_add_permission(self) -> bool:
        return "add" in self.may


def test_an_action_has_what_its_decorator_says_or_the_words_of_its_name() -> None:
    assert as_declared(Payments, "mark_paid") == Action("mark_paid", "Mark paid")
    assert as_declared(Payments, "plain") == Action("plain", "Plain")
    refund = as_declared(Payments, "refund")
    assert refund.describe() == {"name": "refund", "label": "Refund …", "confirm": "Sure?"}


@pytest.mark.parametrize(
    ("may", "offered"),
    [
        (["change"], ["mark_paid", "plain"]),
        (["in", "shop.refund"], ["refund"]),
        (["shop.refund"], []),  # of a user who is not signed in
        (["view"], []),
        (["view", "add"], ["copy"]),
    ],
)
def test_all_permissions_of_an_action_are_needed(may: list[str], offered: list[str]) -> None:
    assert [one.name for one in actions_of(Payments(*may))] == offered


def test_a_permission_may_depend_on_the_row() -> None:
    sheet = Payments("change", closed="row 7")
    mark_paid = as_declared(Payments, "mark_paid")
    assert mark_paid.is_for(sheet)
    assert mark_paid.is_for(sheet, "row 8")
    assert not mark_paid.is_for(sheet, "row 7")


def test_a_message_is_filled_with_the_number_of_rows() -> None:
    assert Action("a", done="%(n)d orders are paid.").message(3) == "3 orders are paid."
    several = ngettext_lazy("%(n)d order is paid.", "%(n)d orders are paid.", "n")
    assert Action("a", done=several).message(1) == "1 order is paid."
    assert Action("a").message(3) == ""
