"""What a lone edit, and what follows it, ask of the database: bounds, so that no statement comes
back unnoticed.
"""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import Permission
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from django.test.utils import CaptureQueriesContext

from livesheet.consumers import LiveSheetConsumer
from livesheet.edits.receipts import submit
from livesheet.feed.reading import Known, Reading
from livesheet.log import changelog
from livesheet.sheet.declaration import find_sheet
from livesheet.sheet.permissions import admitted
from livesheet.wire.protocol import Edit
from tests.app.models import Product

pytestmark = pytest.mark.django_db(transaction=True)

# The session, its user, permissions; the receipt; the locked row; the row; the change; the reply.
# Where `get_queryset()` narrows: visible before it is locked, behind the lock, and after saving.
MOST = {"everything": 9, "narrowed": 11}
# Numbering what was written, reading it, and reading its rows for all who have the sheet open.
MOST_OF_A_BATCH = 5
# A server pays for these as well, but they ask nothing of a table.
FRAME = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "ROLLBACK", "SET ", "SELECT SET_CONFIG")


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


@pytest.fixture
def scope(editor: Any) -> dict[str, Any]:
    """Of a socket whose user has signed in."""
    session = SessionStore()
    session[SESSION_KEY] = str(editor.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = editor.get_session_auth_hash()
    session.save()
    return {"user": editor, "session": session, "headers": []}


def asked(sheet: Any, scope: dict[str, Any], price: str) -> list[str]:
    """The statements of one edit, which is saved, as a connection has it carried out."""
    row = Product.objects.get()
    cells = [(str(row.pk), "price", price, str(row.price))]
    with CaptureQueriesContext(connection) as queries:
        sheet = admitted(type(sheet), {}, scope, sheet)
        reply = submit(sheet, Edit(uuid.uuid4().hex, cells, False), "c" * 32, None)
    assert reply["results"] == ["saved"]
    return of_tables(queries)


def of_tables(queries: CaptureQueriesContext) -> list[str]:
    return [q["sql"] for q in queries if not q["sql"].lstrip().upper().startswith(FRAME)]


@pytest.mark.parametrize("rows", MOST)
def test_a_lone_edit_takes_few_statements(scope: dict[str, Any], rows: str) -> None:
    Product.objects.create(name="Table", price="12.00", active=True)
    sheet_class = NarrowSheet if rows == "narrowed" else find_sheet("product")
    sheet = admitted(sheet_class, {}, scope)
    asked(sheet, scope, "12.50")  # the first one looks around
    statements = asked(sheet, scope, "13.50")
    assert len(statements) <= MOST[rows], "\n".join(statements)
    assert "django_session" in statements[0]  # a sign-out ends this edit, too


def test_a_batch_and_its_rows_take_few_statements(editor: Any) -> None:
    rows = [Product.objects.create(name=f"Table {n}", price="12.00", active=True) for n in range(9)]
    head, _entries = changelog.news("default", None, 100)
    Product.objects.bulk_update(rows, ["name"])
    for row in rows:
        row.save()
    reading = Reading(NarrowSheet(user=editor), "en", [])
    with CaptureQueriesContext(connection) as queries:
        _after, entries = changelog.news("default", head, 100, expected=True)
        assert entries is not None
        pks = {pk for entry in entries for pk in entry.pks}
        news = reading.read(pks, {}, Known())
    assert len(entries) == 10 and news.rows.keys() == {str(row.pk) for row in rows}
    statements = of_tables(queries)
    assert len(statements) <= MOST_OF_A_BATCH, "\n".join(statements)
