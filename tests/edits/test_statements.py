"""What a lone edit asks of the database: a bound, so that no statement comes back unnoticed."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext

from livesheet.consumers import LiveSheetConsumer
from livesheet.edits.receipts import submit
from livesheet.sheet.declaration import find_sheet
from livesheet.wire.protocol import Edit
from tests.app.models import Product

pytestmark = pytest.mark.django_db(transaction=True)

# Visible; the write lock (of SQLite) or the time-outs (of PostgreSQL); the receipt; the locked row;
# still visible; permissions; the row; the change; visible after saving; the reply.
MOST = 10
# A server pays for these as well, but they ask nothing of a table.
FRAME = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "ROLLBACK", "SET ")


@pytest.fixture
def editor(django_user_model: Any) -> Any:
    """Whose rights have to be read, since they are no superuser's."""
    editor = django_user_model.objects.create_user("vic")
    wanted = Permission.objects.filter(codename__in=["view_product", "change_product"])
    editor.user_permissions.set(wanted)
    return editor


class NarrowSheet(LiveSheetConsumer):
    abstract = True
    model = Product
    sheet_name = "narrow"
    fields = ("name", "price")

    def get_queryset(self) -> Any:
        return super().get_queryset().filter(active=True)


def asked(sheet_class: Any, user: Any, price: str) -> list[str]:
    """The statements of one edit, which is saved."""
    row = Product.objects.get()
    cells = [(str(row.pk), "price", price, str(row.price))]
    sheet = sheet_class(type(user).objects.get(pk=user.pk))  # as if it had just signed in
    with CaptureQueriesContext(connection) as queries:
        reply = submit(sheet, Edit(uuid.uuid4().hex, cells, False), "c" * 32, None)
    assert reply["results"] == ["saved"]
    return [q["sql"] for q in queries if not q["sql"].lstrip().upper().startswith(FRAME)]


@pytest.mark.parametrize("narrowed", [False, True])
def test_a_lone_edit_takes_few_statements(editor: Any, narrowed: bool) -> None:
    Product.objects.create(name="Table", price="12.00", active=True)
    sheet_class = NarrowSheet if narrowed else find_sheet("product")
    asked(sheet_class, editor, "12.50")  # the first one looks around
    statements = asked(sheet_class, editor, "13.50")
    assert len(statements) <= MOST, "\n".join(statements)
