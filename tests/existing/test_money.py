"""django-money: an amount is read, changed and compared; its currency stays."""

from __future__ import annotations

from typing import Any

import pytest
from djmoney.money import Money

from tests.existing.sheets import Opened
from tests.existing.site.models.money import Invoice

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_amount_is_changed_and_keeps_its_currency(ann: Any) -> None:
    dollars = Invoice.objects.create(name="a", total=Money(5, "USD"))
    with Opened(ann, Invoice, ["name", "total", "total_currency"]) as sheet:
        assert sheet.row(dollars) == {"name": "a", "total": "5.00", "total_currency": "USD"}
        assert sheet.edit(dollars, "total", "7.50") == "saved"
        assert sheet.edit(dollars, "name", "b") == "saved"
        dollars.refresh_from_db()
        assert (dollars.total, dollars.name) == (Money("7.50", "USD"), "b")
        row = {"pk": str(dollars.pk), "name": "b", "total": "7.50", "total_currency": "USD"}
        assert sheet.rest(dollars) == row


def test_an_amount_without_a_currency_says_what_it_lacks(ann: Any) -> None:
    invoice = Invoice.objects.create(name="a", total=Money(5, "EUR"))
    with Opened(ann, Invoice, ["tip"]) as sheet:
        assert sheet.edit(invoice, "tip", "1") == "This amount has no currency."
        assert sheet.row(invoice) == {"tip": None}
