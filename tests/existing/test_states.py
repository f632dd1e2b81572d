"""django-fsm: a protected state is shown and never written; another is a text."""

from __future__ import annotations

from typing import Any

import pytest

from tests.existing.sheets import Opened
from tests.existing.site.models.states import Order

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_protected_state_is_read_only(ann: Any) -> None:
    order = Order.objects.create(name="a")
    with Opened(ann, Order, ["name", "state", "mood"]) as sheet:
        assert sheet.row(order) == {"name": "a", "state": "new", "mood": "calm"}
        assert sheet.edit(order, "name", "b") == "saved"
        assert sheet.edit(order, "mood", "stormy") == "saved"
        assert sheet.edit(order, "state", "paid") == "State cannot be changed here."


def test_a_transition_that_is_not_allowed_is_told(ann: Any) -> None:
    order = Order.objects.create(name="a")

    def perform_edit(self: Any, serializer: Any) -> None:
        serializer.instance.pay()

    with Opened(ann, Order, ["name"], perform_edit=perform_edit) as sheet:
        assert sheet.edit(order, "name", "b") == "Can't switch from state 'new' using method 'pay'"
