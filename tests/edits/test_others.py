"""What others did since, and who: bounded looks into the log, none of them long under a lock."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from livesheet import people
from livesheet.consumers import LiveSheetConsumer
from livesheet.edits import others
from livesheet.edits.edits import Work
from livesheet.edits.receipts import submit
from livesheet.feed.cursors import Cursors
from livesheet.log import actors, changelog
from livesheet.log.transactions import atomic
from livesheet.models import Change
from livesheet.questions import history
from livesheet.sheet.declaration import Sheet, find_sheet, unregister
from livesheet.tables import Clock
from livesheet.wire.protocol import Delete, Edit
from tests.app.models import Article, Note, Product, Sample, Supplier

pytestmark = pytest.mark.django_db(transaction=True)

CLIENT = "c" * 32


def sheet_of(name: str, user: Any) -> Sheet:
    sheet_class = find_sheet(name)
    assert sheet_class is not None
    return sheet_class(user)


def cursor_of_now(sheet: Sheet) -> str:
    while changelog.stamp("default"):
        pass
    return Cursors(sheet).seal(changelog.head("default"))


def stamped(count: int, pks: Callable[[int], list[Any]], **facts: Any) -> None:
    """Changes of somebody else's."""
    made = [
        Change(
            model="app.note", kind="save", pks=json.dumps(pks(n)), tag=f"{n:08}",
            at=timezone.now(), **facts,
        )
        for n in range(count)
    ]  # fmt: skip
    Change.objects.bulk_create(made)
    while changelog.stamp("default"):
        pass


@contextmanager
def queries() -> Iterator[list[tuple[str, bool]]]:
    """Each statement, and whether a transaction was open."""
    seen: list[tuple[str, bool]] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        seen.append((sql, connection.in_atomic_block))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield seen


def looks(seen: list[tuple[str, bool]], table: str) -> list[bool]:
    """For each question about the table, whether a transaction was open."""
    quoted = connection.ops.quote_name(table)
    return [inside for sql, inside in seen if sql.startswith("SELECT") and f"FROM {quoted}" in sql]


# --- a delete with an old cursor -------------------------------------------------------------


def delete(sheet: Sheet, cursor: str, *pks: str, ref: str = "d") -> list[Any]:
    reply = submit(sheet, Delete(ref, [(pk, cursor) for pk in pks]), CLIENT, None)
    return [one if isinstance(one, str) else "refused" for one in reply["results"]]


def test_each_row_is_judged_by_its_own_cursor(ann: Any) -> None:
    sheet = sheet_of("note", ann)
    for key in "abc":
        Note.objects.create(key=key)
    first = cursor_of_now(sheet)
    stamped(1, lambda n: ["a", "b"])
    second = cursor_of_now(sheet)
    stamped(1, lambda n: ["b"])
    pks = [("a", second), ("b", second), ("c", first)]
    reply = submit(sheet, Delete("d", pks), CLIENT, None)
    assert [error["pk"] for error in reply["errors"]] == ["b"]
    assert [note.key for note in Note.objects.all()] == ["b"]


def test_at_the_beginning_of_a_log_nothing_has_been_written(ann: Any) -> None:
    sheet = sheet_of("note", ann)
    for key in "ab":
        Note.objects.create(key=key)
    Change.objects.all().delete()
    Clock.objects.update(last_seq=0, last_tag="")
    cursor = Cursors(sheet).seal(changelog.head("default"))
    assert delete(sheet, cursor, "a") == ["saved"]
    stamped(1, lambda n: ["b"])
    assert delete(sheet, cursor, "b", ref="d2") == ["refused"]


@pytest.mark.parametrize(("bound", "value"), [("MOST_CHANGES", 9), ("MOST_KEYS", 19)])
def test_too_long_a_look_back_refuses(
    ann: Any, monkeypatch: pytest.MonkeyPatch, bound: str, value: int
) -> None:
    sheet = sheet_of("note", ann)
    for key in "ab":
        Note.objects.create(key=key)
    cursor = cursor_of_now(sheet)
    stamped(9, lambda n: [f"x{n}", f"y{n}"])
    monkeypatch.setattr(others, bound, value)
    assert delete(sheet, cursor, "a") == ["saved"]
    stamped(1, lambda n: ["x", "y"])
    assert delete(sheet, cursor, "b", ref="d2") == ["refused"]
    assert delete(sheet, cursor_of_now(sheet), "b", ref="d3") == ["saved"]


def test_what_is_written_while_a_lock_is_waited_for_counts(ann: Any) -> None:
    sheet = sheet_of("note", ann)
    note = Note.objects.create(key="a")
    work = Work(sheet, Delete("d", [("a", cursor_of_now(sheet))]), CLIENT)
    note.save()  # in order or not
    with atomic("default"):
        assert [error["code"] for error in work.carried_out().errors] == ["changed"]


def test_the_long_look_back_is_taken_while_nothing_is_locked(ann: Any) -> None:
    sheet = sheet_of("note", ann)
    Note.objects.create(key="a")
    cursor = cursor_of_now(sheet)
    stamped(1_000, lambda n: [str(key) for key in range(n, n + 20)])
    with queries() as seen:
        assert delete(sheet, cursor, "a") == ["saved"]
    inside = looks(seen, "livesheet_change")
    assert inside.count(False) > 1_000 / others.PAGE
    assert inside.count(True) <= 4


# --- by whom ---------------------------------------------------------------------------------


def conflicts(sheet: Sheet, rows: list[Product]) -> tuple[dict[str, Any], list[tuple[str, bool]]]:
    cells = [(str(row.pk), "name", "new", "stale") for row in rows]
    with queries() as seen:
        reply = submit(sheet, Edit(f"e{len(rows)}", cells, False), CLIENT, None)
    assert {error["code"] for error in reply["errors"]} == {"conflict"}
    return reply, seen


def test_who_changed_them_is_asked_once_and_with_nothing_locked(ann: Any, bea: Any) -> None:
    sheet = sheet_of("product", ann)
    with actors.acting_as(bea):
        rows = [Product.objects.create(name=f"p{n}") for n in range(60)]
    _few, seen_of_few = conflicts(sheet, rows[:2])
    many, seen_of_many = conflicts(sheet, rows)
    assert {error["by"]["name"] for error in many["errors"]} == {"Bea"}
    assert many["errors"][-1]["message"] == "Bea changed this to “p59” in the meantime."
    of_few, of_many = (looks(seen, "livesheet_change") for seen in (seen_of_few, seen_of_many))
    assert of_few == of_many
    assert not any(of_many)
    assert looks(seen_of_many, "auth_user") == looks(seen_of_few, "auth_user")


def test_a_repeat_names_them_too(ann: Any, bea: Any) -> None:
    sheet = sheet_of("product", ann)
    with actors.acting_as(bea):
        row = Product.objects.create(name="p")
    first, _seen = conflicts(sheet, [row])
    row.save()  # by nobody
    again, _seen = conflicts(sheet, [row])
    assert again == first


def test_labels_of_a_relation_are_asked_for_at_once(ann: Any) -> None:
    sheet = sheet_of("product", ann)
    rows = [
        Product.objects.create(name="p", supplier=Supplier.objects.create(name=f"s{n}"))
        for n in range(12)
    ]
    cells = [(str(row.pk), "supplier", None, "stale") for row in rows]
    with queries() as seen:
        reply = submit(sheet, Edit("e", cells, False), CLIENT, None)
    assert "to “s11” in the meantime" in reply["errors"][-1]["message"]
    assert looks(seen, "app_supplier") == [False]


def test_a_choice_is_called_as_it_is_shown(ann: Any) -> None:
    row = Sample.objects.create(choice=2)
    edit = Edit("e", [(str(row.pk), "choice", 1, None)], False)
    (error,) = submit(sheet_of("sample", ann), edit, CLIENT, None)["errors"]
    assert "to “Two” in the meantime" in error["message"]


def test_a_writer_is_looked_for_among_the_newest_changes(
    ann: Any, bea: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    sheet = sheet_of("note", ann)
    with actors.acting_as(bea):
        Note.objects.create(key="a", text="hers")
    stamped(40, lambda n: ["x"])
    edit = Edit("e", [("a", "text", "mine", "stale")], False)
    monkeypatch.setattr(others, "PAGE", 7)
    assert submit(sheet, edit, CLIENT, None)["errors"][0]["by"]["name"] == "Bea"
    monkeypatch.setattr(others, "MOST_SEARCHED", 20)
    assert submit(sheet, edit, "d" * 32, None)["errors"][0]["by"]["name"] == ""
    monkeypatch.setattr(others, "MOST_SEARCHED", 5_000)
    monkeypatch.setattr(others, "MOST_KEYS", 10)
    assert submit(sheet, edit, "e" * 32, None)["errors"][0]["by"]["name"] == ""


def test_a_saved_edit_stays_saved_where_nobody_can_be_named(
    ann: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database may go away between the COMMIT and that question."""
    sheet = sheet_of("note", ann)
    for key in "ab":
        Note.objects.create(key=key, text="old")

    def away(*_args: Any) -> Any:
        raise ConnectionError

    monkeypatch.setattr(others, "last_writers", away)
    cells = [("a", "text", "new", "old"), ("b", "text", "new", "stale")]
    reply = submit(sheet, Edit("e", cells, False), CLIENT, None)
    assert reply["results"] == ["saved", {"error": 0}]
    assert reply["errors"][0]["message"] == "Somebody changed this cell in the meantime."
    assert Note.objects.get(key="a").text == "new"
    with transaction.atomic():
        assert submit(sheet, Edit("e", cells, False), CLIENT, None) == reply


# --- to whom they are named ------------------------------------------------------------------


@pytest.fixture
def shared() -> Iterator[type[Sheet]]:
    """Rows that everybody sees, in a sheet whose hooks vary; tenants by last name."""

    class Shared(LiveSheetConsumer):
        model, sheet_name, fields = Article, "shared", ["name"]

        def get_queryset(self) -> Any:
            return Article.objects.all()

        def get_room(self) -> Any:
            if not self.user.last_name:
                raise LookupError("nobody's tenant")
            return self.user.last_name

    yield Shared
    unregister(Shared)


@pytest.mark.parametrize(
    ("tenant", "is_named"), [("oak", True), ("elm", False), ("", False)], ids=repr
)
def test_who_wrote_is_named_to_their_own_room(
    shared: type[Sheet], ann: Any, bea: Any, tenant: str, is_named: bool
) -> None:
    ann.last_name, bea.last_name = "oak", tenant
    ann.save()
    bea.save()
    with actors.acting_as(bea):
        article = Article.objects.create(name="Table")
    sheet, pk = shared(ann), str(article.pk)
    reply = submit(sheet, Edit("r", [(pk, "name", "Desk", "Chair")], False), CLIENT, None)
    [error] = reply["errors"]
    [entry] = history.answer(sheet, {"pk": pk})["entries"]
    name = f"Bea {tenant}"
    if is_named:
        assert error["message"] == f"{name} changed this to “Table” in the meantime."
        assert entry["by"] == error["by"] == people.me(bea)
    else:
        assert error["message"] == "Somebody changed this to “Table” in the meantime."
        assert error["by"] == {"id": None, "name": "", "colour": people.colour_of("")}
        assert entry["by"] is None


def test_oneself_is_always_known(shared: type[Sheet], ann: Any) -> None:
    assert ann.last_name == ""
    assert shared(ann).knows(ann)
