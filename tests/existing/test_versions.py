"""`edit_context()` tells django-reversion and django-auditlog who wrote, and what."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import reversion
from auditlog.context import set_actor
from auditlog.models import LogEntry
from rest_framework.test import APIClient
from reversion.models import Version

from livesheet.consumers import LiveSheetConsumer
from livesheet.edits.receipts import submit
from livesheet.sheet.declaration import unregister
from livesheet.wire.protocol import Add, Delete, Edit
from tests.existing.site.models.versions import Deed

pytestmark = pytest.mark.django_db(transaction=True)


class Versioned:
    """As docs/consumers.md has it."""

    user: Any

    @contextmanager
    def edit_context(self) -> Iterator[None]:
        with set_actor(self.user), reversion.create_revision():
            reversion.set_user(self.user)
            yield


@pytest.fixture
def sheet(ann: Any) -> Iterator[Any]:
    class DeedSheet(Versioned, LiveSheetConsumer):
        model, fields = Deed, ["name", "price"]

        def perform_edit(self, serializer: Any) -> None:
            super().perform_edit(serializer)
            if serializer.instance.price == 13:
                raise PermissionError

    yield DeedSheet(ann)
    unregister(DeedSheet)


def versions(deed: Deed) -> list[tuple[Any, Any]]:
    """Price and author, the newest first."""
    found = Version.objects.get_for_object(deed)
    return [(one.field_dict["price"], one.revision.user) for one in found]


def entries(deed: Deed) -> list[tuple[Any, Any]]:
    """Kind and author, the oldest first."""
    found = LogEntry.objects.get_for_object(deed).order_by("pk")
    return [(one.get_action_display(), one.actor) for one in found]


def test_the_author_of_an_edit_is_recorded(sheet: Any, ann: Any) -> None:
    added = submit(sheet, Add("a", [{"name": "Deed", "price": 1}], False), "c" * 32, None)
    deed = Deed.objects.get(pk=added["results"][0]["pk"])
    edit = Edit("e", [(str(deed.pk), "price", 2, 1)], False)
    assert submit(sheet, edit, "c" * 32, None)["ok"]
    assert versions(deed) == [(2, ann), (1, ann)]
    assert entries(deed) == [("create", ann), ("update", ann)]
    pk = str(deed.pk)
    assert submit(sheet, Delete("d", [(pk, None)]), "c" * 32, None)["ok"]
    kept = LogEntry.objects.filter(object_pk=pk, action=LogEntry.Action.DELETE).get()
    assert kept.actor == ann


def test_over_rest_as_well(sheet: Any, ann: Any) -> None:
    deed = Deed.objects.create(name="Deed")
    client = APIClient()
    client.force_login(ann)
    url = f"/sheets/deed/{deed.pk}/"
    assert client.patch(url, {"price": 3}, format="json").status_code == 200
    assert versions(deed) == [(3, ann)]
    assert entries(deed)[-1] == ("update", ann)


def test_a_row_that_is_refused_leaves_no_version(sheet: Any, ann: Any) -> None:
    """Of the rows of one paste each has its own savepoint, and what is recorded of it."""
    good, bad = Deed.objects.create(name="good"), Deed.objects.create(name="bad")
    cells = [(str(good.pk), "price", 5, 0), (str(bad.pk), "name", "x" * 41, "bad")]
    reply = submit(sheet, Edit("e1", cells, False), "c" * 32, None)
    assert reply["results"] == ["saved", {"error": 0}]
    assert (versions(good), versions(bad)) == ([(5, ann)], [])
    reply = submit(sheet, Edit("e2", cells, True), "c" * 32, None)
    assert not reply["ok"]
    assert versions(good) == [(5, ann)]
    broken = Edit("e3", [(str(bad.pk), "price", 13, 0)], False)
    assert submit(sheet, broken, "c" * 32, None)["errors"][0]["code"] == "invalid"
    assert (versions(bad), len(entries(bad))) == ([], 1)
