"""Every save, create and delete leaves a change in the same transaction; a rollback leaves none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.signals import user_logged_out
from django.core import management, serializers
from django.db import IntegrityError, models, transaction
from django.test.utils import isolate_apps

from livesheet import lineage
from livesheet.doorbell import doorbell
from livesheet.log import actors, capture
from livesheet.models import Change, Clock, EditRecord, LiveSheetMixin
from livesheet.testing import LiveSheetCommunicator
from tests.app.models import Note, Supplier

pytestmark = pytest.mark.django_db(transaction=True)


def log() -> list[tuple[str, str, list[str]]]:
    changes = Change.objects.order_by("id").values_list("kind", "model", "pks")
    return [(kind, model, json.loads(pks)) for kind, model, pks in changes]


@pytest.fixture
def rings() -> Any:
    """The aliases for which the doorbell rang in this process."""
    heard: list[str] = []
    doorbell.listen(heard.append)
    yield heard
    doorbell.unlisten(heard.append)


def test_create_save_and_delete(rings: list[str]) -> None:
    note = Note.objects.create(key="a")
    note.text = "new"
    note.save()
    note.save(update_fields=["text"])
    note.delete()
    names = ["add", "save", "save", "delete"]
    assert log() == [(kind, "app.note", ["a"]) for kind in names]
    assert list(Change.objects.order_by("id").values_list("fields", flat=True)) == [
        "", "", '["text"]', ""
    ]  # fmt: skip
    assert rings == ["default"] * 4


@pytest.mark.parametrize("save", [True, False], ids=["save", "delete"])
def test_a_change_that_cannot_be_logged_takes_the_row_back(
    monkeypatch: pytest.MonkeyPatch, save: bool
) -> None:
    """In autocommit mode Django itself would commit the row before anybody hears of it."""
    note = Note.objects.create(key="a", text="old")

    def broken(*args: Any, **kwargs: Any) -> None:
        raise IntegrityError("the log is full")

    monkeypatch.setattr(capture.changelog, "record", broken)
    with pytest.raises(IntegrityError):
        if save:
            note.text = "new"
            note.save()
        else:
            note.delete()
    monkeypatch.undo()
    assert Note.objects.get().text == "old"


def test_a_rollback_leaves_no_change_and_does_not_ring(rings: list[str]) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        Note.objects.create(key="a")
        raise ZeroDivisionError
    assert (log(), rings, Note.objects.count()) == ([], [], 0)


def test_a_savepoint_rolled_back_takes_only_its_own_changes(rings: list[str]) -> None:
    with transaction.atomic():
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            Note.objects.create(key="a")
            raise ZeroDivisionError
        assert rings == []
        Note.objects.create(key="b")
        Note.objects.create(key="c")
        assert rings == []
    assert log() == [("add", "app.note", ["b"]), ("add", "app.note", ["c"])]
    assert rings == ["default"]


def test_a_bell_lost_with_its_savepoint_is_rung_by_the_next(rings: list[str]) -> None:
    with transaction.atomic():
        Note.objects.create(key="a")
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            Note.objects.create(key="b")
            raise ZeroDivisionError
    assert rings == ["default"]
    rings.clear()
    with transaction.atomic(), pytest.raises(ZeroDivisionError), transaction.atomic():
        Note.objects.create(key="c")
        raise ZeroDivisionError
    assert rings == []


async def test_a_rolled_back_transaction_sends_nothing(ann: Any) -> None:
    def rolled_back() -> None:
        with transaction.atomic():
            Note.objects.create(key="never")
            transaction.set_rollback(True)

    async with LiveSheetCommunicator("note", ann) as sheet:
        seen = len(sheet.frames)
        await sync_to_async(rolled_back)()
        await Note.objects.acreate(key="after")
        await sheet.until(lambda: "after" in sheet.rows)
        assert "never" not in json.dumps(sheet.frames[seen:])


def test_deleting_a_queryset_and_cascades_are_seen() -> None:
    for name in ("one", "two"):
        Supplier.objects.create(name=name)
    Change.objects.all().delete()
    keys = {str(pk) for pk in Supplier.objects.values_list("pk", flat=True)}
    Supplier.objects.all().delete()
    ((kind, model, pks),) = log()
    assert (kind, model, set(pks)) == ("delete", "app.supplier", keys)


def test_loaddata_is_seen(tmp_path: Path) -> None:
    fixture = tmp_path / "notes.json"
    fixture.write_text(serializers.serialize("json", [Note(key="a"), Note(key="b")]))
    management.call_command("loaddata", fixture, verbosity=0)
    assert [pks for _kind, _model, pks in log()] == [["a"], ["b"]]


@isolate_apps("tests.app")
def test_a_proxy_is_logged_as_its_concrete_model() -> None:
    class Memo(Note):
        class Meta:
            proxy = True
            app_label = "app"

    Memo(key="a").save()
    assert log() == [("add", "app.note", ["a"])]


@isolate_apps("tests.app")
def test_a_child_row_is_a_row_of_its_live_parents() -> None:
    class Letter(Note):
        class Meta:
            app_label = "app"

    class Plain(models.Model):
        class Meta:
            app_label = "app"

    class Postcard(LiveSheetMixin, Plain):
        class Meta:
            app_label = "app"

    assert list(lineage.seen_as(Letter)) == [Letter, Note]
    assert list(lineage.seen_as(Postcard)) == [Postcard]
    assert lineage.is_live(Letter)
    assert not lineage.is_live(Plain)


def test_a_mixin_adds_nothing_to_a_model() -> None:
    assert [field.name for field in Note._meta.get_fields()] == ["key", "text"]
    assert LiveSheetMixin._meta.abstract


def test_signing_out_is_logged_for_every_process(ann: Any, rings: list[str]) -> None:
    user_logged_out.send(sender=type(ann), request=None, user=ann)
    user_logged_out.send(sender=type(ann), request=None, user=None)
    assert log() == [("access", "", [str(ann.pk)])]
    assert rings == ["default"]


def test_texts_of_the_tables_are_readable() -> None:
    Note.objects.create(key="a")
    assert str(Change.objects.get()) == 'add app.note ["a"]'
    assert str(Clock(epoch="abc", last_seq=7)) == "abc.7"
    assert str(EditRecord(user="1", client="c", ref="r")) == "1 c r"


@isolate_apps("tests.app")
def test_what_one_statement_writes_is_logged_for_live_parents_too() -> None:
    class Letter(Note):
        class Meta:
            app_label = "app"

    capture.note_added(Letter, {0: "a"}, using="default", since=None)
    capture.note_saved_by(Letter, [(actors.NOBODY, ["a"])], using="default", since=None)
    assert log() == [
        ("add", "app.letter", ["a"]),
        ("add", "app.note", ["a"]),
        ("save", "app.letter", ["a"]),
        ("save", "app.note", ["a"]),
    ]


@pytest.mark.parametrize(
    ("last", "logged"), [(["key"], '["key", "text"]'), (None, "")], ids=["known", "unknown"]
)
def test_writes_that_are_gathered_name_the_fields_of_all(last: Any, logged: str) -> None:
    with capture.gathering("default"):
        for pk, fields in (("a", ["text"]), ("b", last), ("c", ["text"])):
            capture.note(Note, [pk], Change.Kind.SAVE, using="default", fields=fields)
    assert log() == [("save", "app.note", ["a", "b", "c"])]
    assert Change.objects.get().fields == logged


def test_what_is_gathered_on_one_database_is_not_gathered_on_another() -> None:
    with capture.gathering("default"):
        assert capture._gathering_on("default") is not None
        assert capture._gathering_on("another") is None
        assert capture._gathering_on("zebra") is None
