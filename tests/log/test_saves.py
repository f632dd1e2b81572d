"""``save()`` is what it is without us: the same transactions, signals, errors and arguments."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, connections, models, transaction
from django.db.models.functions import Lower
from django.db.models.signals import post_save, pre_save
from django.test.utils import isolate_apps

from livesheet.consumers import LiveSheetConsumer
from livesheet.log import capture
from livesheet.models import Change
from livesheet.sheet.declaration import unregister
from livesheet.testing import LiveSheetCommunicator
from tests.app.models import LoudLetter, Note, Plant, Product, Ticket, Tree, Weed

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "archive"])


def logged() -> list[tuple[str, str, list[str]]]:
    rows = Change.objects.order_by("id").values_list("model", "kind", "pks")
    return [(model, kind, json.loads(pks)) for model, kind, pks in rows]


@contextmanager
def heard(signal: Any, sender: Any, receiver: Callable[..., None]) -> Iterator[None]:
    signal.connect(receiver, sender=sender)
    try:
        yield
    finally:
        signal.disconnect(receiver, sender=sender)


def refuse(**_kwargs: Any) -> None:
    raise ValidationError("no")


@pytest.mark.parametrize("model", [Note, LoudLetter])
def test_a_refusal_that_is_caught_leaves_the_transaction_of_the_request(model: Any) -> None:
    with transaction.atomic():
        Note.objects.create(key="before")
        with heard(pre_save, model, refuse), pytest.raises(ValidationError):
            model(key="a").save()
        Note.objects.create(key="after")
    assert set(Note.objects.values_list("key", flat=True)) == {"before", "after"}


@pytest.mark.parametrize("model", [Note, LoudLetter])
@pytest.mark.parametrize("inside", [True, False], ids=["in a transaction", "autocommit"])
def test_a_row_that_post_save_refused_too_late_is_logged(model: Any, inside: bool) -> None:
    """Django keeps such a row, so everybody has to hear of it."""

    def save() -> None:
        with heard(post_save, model, refuse), pytest.raises(ValidationError):
            model(key="a").save()

    if inside:
        with transaction.atomic():
            save()
    else:
        save()
    assert model.objects.count() == 1
    assert (model._meta.label_lower, "add", ["a"]) in logged()


@pytest.mark.parametrize("model", [Note, LoudLetter])
def test_in_autocommit_mode_post_save_comes_after_the_commit(model: Any) -> None:
    open_in: list[bool] = []

    def handler(**_kwargs: Any) -> None:
        open_in.append(connection.in_atomic_block)
        with transaction.atomic(durable=True):
            open_in.append(connection.in_atomic_block)

    with heard(post_save, model, handler), heard(pre_save, model, handler):
        model(key="a").save()
    assert open_in == [False, True] * 2


def test_what_fails_in_the_database_marks_the_transaction_as_django_does() -> None:
    Ticket.objects.create(number=1)
    with transaction.atomic():
        with pytest.raises(IntegrityError):
            Ticket(number=1).save()
        assert connection.needs_rollback


def test_a_row_that_cannot_be_logged_is_not_committed(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: Any, **_kwargs: Any) -> None:
        raise ValueError("the log is full")

    monkeypatch.setattr(capture.changelog, "record", broken)
    with transaction.atomic():
        with pytest.raises(ValueError, match="full"):
            Note.objects.create(key="a")
        assert connection.needs_rollback
    assert not Note.objects.exists()


def test_kin_of_a_tracked_model() -> None:
    weed = Weed.objects.create(name="nettle")
    tree = Tree.objects.create(name="oak", height=3)
    tree.save(update_fields=["name"])
    for row in (Weed.objects.get(pk=weed.pk), tree):
        key = str(row.pk)
        row.delete()
        assert logged()[-1] == ("app.plant", "delete", [key])
    assert [kind for _model, kind, _keys in logged()] == ["add", "add", "save", *["delete"] * 2]
    assert {model for model, _kind, _keys in logged()} == {"app.plant"}


@isolate_apps("tests.app")
def test_every_argument_is_passed_on_as_given() -> None:
    given: list[Any] = []

    class Base(models.Model):
        class Meta:
            abstract = True
            app_label = "app"

        def save(self, *args: Any, **kwargs: Any) -> None:
            given.append((args, kwargs))

        def delete(self, *args: Any, **kwargs: Any) -> Any:
            given.append((args, kwargs))

    from livesheet.models import LiveSheetMixin

    for bases in ((LiveSheetMixin, Base), (Base, LiveSheetMixin)):
        meta = type("Meta", (), {"app_label": "app"})
        name = f"Made{len(given)}"
        made: Any = type(name, bases, {"Meta": meta, "__module__": __name__})
        made().save("now", keep_deleted=True)
        made().delete(force_policy=3, extra_update={})
        assert given[-2:] == [
            (("now",), {"keep_deleted": True}),
            ((), {"force_policy": 3, "extra_update": {}}),
        ]


@pytest.mark.parametrize("given", [" 01", "1", 1.0, True], ids=repr)
def test_a_key_is_logged_as_the_database_has_it(given: Any) -> None:
    Product(pk=given, name="a").save()
    Product.objects.filter(pk=1).delete()
    assert [keys for _model, _kind, keys in logged()] == [["1"]] * 2


@pytest.mark.parametrize(
    "form", [str, lambda key: key.hex, lambda key: str(key).upper()], ids=["plain", "hex", "upper"]
)
async def test_a_key_of_any_form_reaches_the_sheets(ann: Any, form: Any) -> None:
    class TicketSheet(LiveSheetConsumer):
        model = Ticket
        fields = ["number", "text"]

    key = uuid.uuid4()
    try:
        async with LiveSheetCommunicator("ticket", ann) as sheet:
            await Ticket(pk=form(key), number=1, text="a").asave()
            await sheet.until(lambda: sheet.value(key, "text") == "a")
            await Ticket(pk=form(key), number=1, text="b").asave(force_update=True)
            await sheet.until(lambda: sheet.value(key, "text") == "b")
            await Ticket(pk=form(key)).adelete()
            await sheet.until(lambda: not sheet.rows)
    finally:
        unregister(TicketSheet)


async def test_a_row_that_gives_itself_a_key_is_added_through_the_sheet(ann: Any) -> None:
    class Numbered(LiveSheetConsumer):
        model, sheet_name, fields = Ticket, "numbered", ["number"]

    def numbered(instance: Ticket, **_kwargs: Any) -> None:
        instance.pk = uuid.uuid4().hex  # as many a `save()` has it

    pre_save.connect(numbered, sender=Ticket)
    try:
        async with LiveSheetCommunicator("numbered", ann) as sheet:
            reply = await sheet.add(number=7)
            (result,) = reply["results"]
            assert result["pk"] == str((await Ticket.objects.aget()).pk)
            await sheet.until(lambda: sheet.value(result["pk"], "number") == 7)
    finally:
        pre_save.disconnect(numbered, sender=Ticket)
        unregister(Numbered)


def test_a_key_that_the_database_makes_and_keeps_to_itself() -> None:
    Note(key=Lower(models.Value("A"))).save(force_insert=True)
    expected = [("app.note", "add", ["a"]), ("app.note", "resync", [])]
    assert logged()[-1] in expected  # Django 6.0 and newer ask for it where they can


@pytest.fixture
def bare() -> Iterator[str]:
    """An alias without our tables."""
    with connections["archive"].schema_editor() as editor:
        editor.delete_model(Change)
    capture.look_again()
    yield "archive"
    with connections["archive"].schema_editor() as editor:
        editor.create_model(Change)
    capture.look_again()


def test_where_there_is_no_log_a_write_is_as_it_was_and_it_is_said_once(
    bare: str, caplog: pytest.LogCaptureFixture
) -> None:
    note = Note(key="a")
    note.save(using=bare)
    note.save(using=bare)
    Plant.objects.using(bare).bulk_create([Plant(name="a"), Plant(name="b")])
    assert Plant.objects.using(bare).update(name="c") == 2
    assert Plant.objects.using(bare).all().delete()[0] == 2
    note.delete()
    assert not Note.objects.using(bare).exists()
    (record,) = (r for r in caplog.records if r.name == "livesheet")
    assert "'archive'" in record.getMessage()
