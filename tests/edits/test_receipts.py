"""Exactly once: a repeat is answered and changes nothing; and what the log knows of a row."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest
from django.db import OperationalError, connection, connections, transaction
from django.db.models import F

from livesheet.consumers import LiveSheetConsumer
from livesheet.edits import attempts, receipts
from livesheet.edits.edits import Work
from livesheet.edits.receipts import submit
from livesheet.feed.cursors import Cursors
from livesheet.log import actors, changelog
from livesheet.log.changelog import Position
from livesheet.models import Change, EditRecord
from livesheet.people import colour_of
from livesheet.sheet.declaration import Sheet, find_sheet, unregister
from livesheet.testing import LiveSheetCommunicator
from livesheet.wire.protocol import Add, Delete, Edit, Request
from tests.app.models import Note, Product, Sample, Tag
from tests.holding import held_elsewhere

pytestmark = pytest.mark.django_db(transaction=True)

ONE, TWO = "1" * 32, "2" * 32
NOBODY = {"id": None, "name": "", "colour": colour_of("")}


def sheet_of(name: str, user: Any) -> Sheet:
    sheet_class = find_sheet(name)
    assert sheet_class is not None
    return sheet_class(user)


@pytest.fixture
def note() -> Note:
    return Note.objects.create(key="a", text="old")


def write(text: str, base: str = "old", ref: str = "e1") -> Edit:
    return Edit(ref, [("a", "text", text, base)], False)


def head() -> Position:
    changelog.stamp("default")
    return changelog.head("default")


def code(reply: dict[str, Any]) -> str:
    return str(reply["errors"][0]["code"])


# --- repeats ---------------------------------------------------------------------------------


def test_a_repeat_is_answered_and_changes_nothing(ann: Any, note: Note) -> None:
    sheet = sheet_of("note", ann)
    first = submit(sheet, write("new"), ONE, None)
    Note.objects.update(text="newer")
    changes = Change.objects.count()
    assert submit(sheet, write("new"), ONE, None) == first
    assert Change.objects.count() == changes
    assert Note.objects.get().text == "newer"


def test_a_repeated_add_makes_no_second_row(ann: Any) -> None:
    sheet, request = sheet_of("product", ann), Add("a1", [{"name": "Chair"}], False)
    first = submit(sheet, request, ONE, None)
    assert submit(sheet, request, ONE, None) == first
    assert [str(pk) for pk in Product.objects.values_list("pk", flat=True)] == [
        first["results"][0]["pk"]
    ]


def test_a_reply_says_what_was_saved_and_not_what_was_typed(ann: Any) -> None:
    sheet = sheet_of("product", ann)
    added = submit(sheet, Add("a1", [{"name": "Chair", "price": "3"}], False), ONE, None)
    pk, row = added["results"][0]["pk"], added["left"]["0"]
    assert (row["name"], row["price"], row["stock"]) == ("Chair", "3.00", 0)
    cells = [(pk, "stock", 0, 0), (pk, "price", "4.5", "3.00"), (pk, "stock", 7, 1)]
    reply = submit(sheet, Edit("e1", cells, False), ONE, None)
    assert reply["results"][:2] == ["unchanged", "saved"]
    assert reply["left"] == {"0": 0, "1": "4.50"}
    aborted = submit(sheet, Edit("e2", [(pk, "price", "5", "4.50"), *cells[2:]], True), ONE, None)
    assert aborted["left"] == {}


@pytest.mark.parametrize(
    ("left", "told"),
    [(4, "4.00"), (Decimal("1.005"), None), ("4.5", None), (F("price") + 1, None), (None, None)],
)
def test_a_reply_is_silent_about_what_the_database_may_hold_otherwise(
    ann: Any, caplog: pytest.LogCaptureFixture, left: Any, told: str | None
) -> None:
    class Careless(type(sheet_of("product", ann))):  # type: ignore[misc]
        abstract = True

        def perform_edit(self, serializer: Any) -> None:
            super().perform_edit(serializer)
            serializer.instance.price = left

    added = submit(Careless(ann), Add("a1", [{"name": "Chair"}], False), ONE, None)
    assert added["left"]["0"]["price"] == "0.00"  # the model's default is an integer
    pk = added["results"][0]["pk"]
    reply = submit(Careless(ann), Edit("e1", [(pk, "price", "4.00", "0.00")], False), ONE, None)
    assert reply["results"] == ["saved"]
    assert reply["left"] == ({} if left is not None and told is None else {"0": told})
    assert caplog.text == ""


def test_a_reply_says_which_members_were_saved(ann: Any) -> None:
    """They are the base of what waits: a colleague's of a moment later are not the author's."""
    red, blue, hidden = (str(Tag.objects.create(name=name).pk) for name in ("red", "blue", "x"))

    class Tagged(type(sheet_of("product", ann))):  # type: ignore[misc]
        abstract = True
        also: str | None = None

        def get_related_queryset(self, field: str) -> Any:
            return super().get_related_queryset(field).exclude(name="x")

        def perform_edit(self, serializer: Any) -> None:
            super().perform_edit(serializer)
            if self.also:
                serializer.instance.tags.add(self.also)

    sheet = Tagged(ann)
    added = submit(sheet, Add("a1", [{"name": "Chair", "tags": [red]}], False), ONE, None)
    pk, row = added["results"][0]["pk"], added["left"]["0"]
    assert row["tags"] == [red]
    Product.objects.get().tags.add(hidden)
    reply = submit(sheet, Edit("e1", [(pk, "tags", [red, blue], [red])], False), ONE, None)
    assert reply["left"] == {"0": [blue, red]}, "in the order of their labels, as on the wire"
    reply = submit(sheet, Edit("e2", [(pk, "tags", [], [blue, red])], False), ONE, None)
    assert reply["left"] == {"0": []}
    Tagged.also = red
    reply = submit(sheet, Edit("e3", [(pk, "tags", [blue], [])], False), ONE, None)
    assert (reply["results"], reply["left"]) == (["saved"], {}), "whose it is cannot be told"


def test_a_refusal_is_repeated_too(ann: Any, note: Note) -> None:
    sheet = sheet_of("note", ann)
    first = submit(sheet, write("new", base="stale"), ONE, None)
    assert code(first) == "conflict"
    Note.objects.update(text="stale")  # by now it would be accepted
    assert submit(sheet, write("new", base="stale"), ONE, None) == first
    assert Note.objects.get().text == "stale"


@pytest.mark.parametrize(
    "other",
    [write("other"), Delete("e1", [("a", None)]), Add("e1", [{"key": "b"}], False)],
    ids=["edit", "delete", "add"],
)
def test_another_request_under_a_used_ref_is_refused(ann: Any, note: Note, other: Request) -> None:
    sheet = sheet_of("note", ann)
    submit(sheet, write("new"), ONE, None)
    reply = submit(sheet, other, ONE, None)
    assert (code(reply), reply["ok"], reply["ref"]) == ("ref_reused", False, "e1")
    assert list(Note.objects.values_list("key", "text")) == [("a", "new")]


def test_the_same_request_to_another_sheet_is_another(ann: Any, note: Note) -> None:
    class Second(LiveSheetConsumer):
        model = Note
        sheet_name = "second"
        fields = ["text"]
        params = {"project": int}

    try:
        submit(Second(ann, {"project": "1"}), write("new"), ONE, None)
        assert submit(Second(ann, {"project": "1"}), write("new"), ONE, None)["ok"]
        assert code(submit(Second(ann, {"project": "2"}), write("new"), ONE, None)) == "ref_reused"
        assert code(submit(sheet_of("note", ann), write("new"), ONE, None)) == "ref_reused"
    finally:
        unregister(Second)


def test_nobody_can_ask_for_the_answer_to_somebody_else(ann: Any, bea: Any, note: Note) -> None:
    assert submit(sheet_of("note", ann), write("new"), ONE, None)["ok"]
    # Of her own she has no such request yet, so it is carried out, and finds the value there.
    assert submit(sheet_of("note", bea), write("new"), ONE, None)["results"] == ["unchanged"]
    assert EditRecord.objects.count() == 2
    other_client = submit(sheet_of("note", ann), write("newer", base="new"), TWO, None)
    assert other_client["results"] == ["saved"]


def test_a_repeat_says_whether_its_change_has_come(ann: Any, note: Note) -> None:
    sheet, before = sheet_of("note", ann), head()
    assert submit(sheet, write("new"), ONE, before)["settled"] is False
    if connection.vendor != "sqlite":  # committed, and not yet in order
        assert submit(sheet, write("new"), ONE, before)["settled"] is False
    after = head()
    assert submit(sheet, write("new"), ONE, before)["settled"] is False
    assert submit(sheet, write("new"), ONE, after)["settled"] is True
    assert submit(sheet, write("new"), ONE, None)["settled"] is False


def test_racing_repeats_apply_once(ann: Any, note: Note) -> None:
    replies: list[dict[str, Any]] = []
    together = threading.Barrier(4)

    def work() -> None:
        try:
            together.wait()
            reply = submit(sheet_of("note", ann), write("new"), ONE, None)
            while not reply["ok"] and code(reply) == "retry":
                reply = submit(sheet_of("note", ann), write("new"), ONE, None)
            replies.append(reply)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert replies == [replies[0]] * 4
    assert replies[0]["results"] == ["saved"]
    assert Change.objects.filter(ref="e1").count() == 1


def test_an_edit_and_its_record_are_one_transaction(
    ann: Any, note: Note, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*args: Any) -> str:
        raise OperationalError("the server went away")

    monkeypatch.setattr(receipts.values, "dumps", broken)
    reply = submit(sheet_of("note", ann), write("new"), ONE, None)
    assert code(reply) == "retry"
    assert "the server went away" in caplog.text  # the traceback, for whoever looks after it
    assert (Note.objects.get().text, EditRecord.objects.count()) == ("old", 0)
    monkeypatch.undo()
    assert submit(sheet_of("note", ann), write("new"), ONE, None)["results"] == ["saved"]


async def test_where_the_line_is_lost_over_the_commit_nobody_is_told_that_nothing_was_saved(
    ann: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The client comes back under the same ref, as after any answer that was lost."""
    came = threading.Event()

    def away(*args: Any) -> Any:
        if came.is_set():
            raise OperationalError("connection refused")
        return record(*args)

    record = receipts._record
    async with LiveSheetCommunicator("note", ann) as sheet:
        with monkeypatch.context() as trouble:
            trouble.setattr(receipts, "_record", away)
            trouble.setattr(attempts, "atomic", losing_its_commit(came))
            await sheet.send(type="add", ref="a1", rows=[{"key": "a"}])
            bye = await sheet.receive()
            while bye["type"] != "bye":
                bye = await sheet.receive()
    assert (bye["code"], bye["retry_in"]) == (4500, 2)
    async with LiveSheetCommunicator("note", ann) as again:
        again.client = sheet.client
        reply = await again.request("add", ref="a1", rows=[{"key": "a"}], client=sheet.client)
    assert reply["results"] == [{"pk": "a"}]
    assert await Note.objects.acount() == 1


def losing_its_commit(came: threading.Event) -> Any:
    """``atomic()`` that commits, and then hears nothing more of its server."""

    @contextmanager
    def losing(using: str) -> Iterator[None]:
        with transaction.atomic(using):
            yield
        if not came.is_set():
            came.set()
            raise OperationalError("server closed the connection unexpectedly")

    return losing


def test_a_repeat_that_nobody_lets_in_gets_its_answer_all_the_same(
    ann: Any, note: Note, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = submit(sheet_of("note", ann), write("new"), ONE, None)

    def held(*args: Any) -> Any:
        raise attempts.Held

    monkeypatch.setattr(attempts, "WAIT_SECONDS", 0.1)
    monkeypatch.setattr(receipts, "_carried_out", held)
    assert submit(sheet_of("note", ann), write("new"), ONE, None) == first


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one lock for all")
def test_a_repeat_waits_for_the_same_wish_that_is_being_carried_out(
    ann: Any, note: Note, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A line broke while a slow save went on; the page asks again on another line."""
    begun, may_end, replies = threading.Event(), threading.Event(), []
    carried_out = Work.carried_out

    def slowly(work: Work) -> Any:
        begun.set()
        assert may_end.wait(60)
        return carried_out(work)

    def first() -> None:
        replies.append(submit(sheet_of("note", ann), write("new"), ONE, None))
        connections.close_all()

    monkeypatch.setattr(attempts, "WAIT_SECONDS", 0.1)
    monkeypatch.setattr(Work, "carried_out", slowly)
    threads = [threading.Thread(target=first), threading.Timer(2, may_end.set)]
    threads[0].start()
    assert begun.wait(60)
    threads[1].start()
    replies.append(submit(sheet_of("note", ann), write("new"), ONE, None))
    for thread in threads:
        thread.join()
    assert [reply["results"] for reply in replies] == [["saved"]] * 2
    assert Change.objects.filter(ref="e1").count() == 1


def test_an_edit_does_not_wait_for_ever_for_a_row_that_somebody_holds(
    ann: Any, note: Note, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempts, "WAIT_SECONDS", 0.5)
    with held_elsewhere(note):
        assert code(submit(sheet_of("note", ann), write("new"), ONE, None)) == "retry"
    assert submit(sheet_of("note", ann), write("new"), ONE, None)["results"] == ["saved"]


# --- delete, since when ----------------------------------------------------------------------


def remove(user: Any, cursor: Position | str | None, client: str = ONE) -> dict[str, Any]:
    sheet = sheet_of("note", user)
    text = Cursors(sheet).seal(cursor) if isinstance(cursor, Position) else cursor
    request = Delete(f"d{EditRecord.objects.count()}", [("a", text)])
    return submit(sheet, request, client, None)


def test_a_row_that_somebody_changed_meanwhile_is_not_deleted(
    ann: Any, bea: Any, note: Note
) -> None:
    seen = head()
    assert submit(sheet_of("note", bea), write("new"), TWO, None)["ok"]
    if connection.vendor != "sqlite":
        assert code(remove(ann, seen)) == "changed"  # though it is not in order yet
    head()
    reply = remove(ann, seen)
    assert code(reply) == "changed"
    assert "Check it before you delete it" in reply["errors"][0]["message"]
    assert reply["errors"][0]["by"]["id"] == str(bea.pk)
    assert remove(ann, head())["ok"]
    assert not Note.objects.exists()


def test_own_changes_and_other_rows_do_not_hinder_a_delete(ann: Any, note: Note) -> None:
    seen = head()
    assert submit(sheet_of("note", ann), write("mine"), ONE, None)["ok"]
    Note.objects.create(key="aa")
    Product.objects.create(name="a")
    assert remove(ann, seen)["ok"]


@pytest.mark.parametrize("cursor", ["x", "a.1.b"])
def test_a_cursor_that_proves_nothing_refuses_a_delete(ann: Any, note: Note, cursor: str) -> None:
    assert code(remove(ann, cursor)) == "changed"


def test_a_resync_or_a_trim_in_between_refuses_a_delete(ann: Any, note: Note) -> None:
    seen = head()
    with transaction.atomic():
        changelog.record(Note, range(10_001), "save", using="default")
    head()
    assert code(remove(ann, seen)) == "changed"
    now = head()
    with transaction.atomic():
        changelog.record(Product, [1], "save", using="default")
    changelog.Clock.objects.update(trimmed_through=head().seq)
    assert code(remove(ann, now)) == "changed"


def test_another_copy_of_the_sheet_may_repeat_what_a_closed_one_had_sent(
    ann: Any, bea: Any, note: Note
) -> None:
    sheet = sheet_of("note", ann)
    first = submit(sheet, write("new"), ONE, None)
    Note.objects.update(text="old")
    repeated = Edit("e1", [("a", "text", "new", "old")], False, client=ONE)
    assert submit(sheet, repeated, TWO, None) == first
    assert Note.objects.get().text == "old"
    # Under another user's name it is another wish.
    assert submit(sheet_of("note", bea), repeated, TWO, None)["results"] == ["saved"]
    assert Change.objects.latest("id").client == ONE

    row = Add("a1", [{"key": "b", "text": "once"}], False)
    assert submit(sheet, row, ONE, None)["ok"]
    again = Add("a1", [{"key": "b", "text": "once"}], False, client=ONE)
    assert submit(sheet, again, TWO, None)["results"] == [{"pk": "b"}]
    assert Note.objects.count() == 2


# --- who it was ------------------------------------------------------------------------------


def by(user: Any) -> dict[str, Any]:
    request = Edit(f"e{EditRecord.objects.count()}", [("a", "text", "mine", "stale")], False)
    error: dict[str, Any] = submit(sheet_of("note", user), request, ONE, None)["errors"][0]
    return {"by": error["by"], "message": error["message"]}


def test_an_origin_is_named_as_it_is(ann: Any, note: Note) -> None:
    with actors.acting_as(origin="task: import_prices"):
        note.save()
    assert by(ann)["by"] == {**NOBODY, "name": "task: import_prices"}


def test_a_user_who_was_deleted_has_no_name(ann: Any, bea: Any, note: Note) -> None:
    with actors.acting_as(bea):
        note.save()
    key = str(bea.pk)
    bea.delete()
    assert by(ann) == {
        "by": {"id": key, "name": "", "colour": colour_of(key)},
        "message": "Somebody changed this to “old” in the meantime."
    }  # fmt: skip


def test_a_user_of_another_kind_has_no_name(ann: Any, note: Note) -> None:
    with actors.acting(actors.Actor(user="no-number", origin="elsewhere")):
        note.save()
    assert by(ann)["by"] == {
        "id": "no-number", "name": "elsewhere", "colour": colour_of("no-number")
    }  # fmt: skip


def test_an_empty_value_is_called_so(ann: Any, note: Note) -> None:
    note.text = ""
    note.save()
    assert by(ann)["message"] == "Somebody changed this to empty in the meantime."


# --- bounds ----------------------------------------------------------------------------------


def large(count: int, text: str) -> list[Sample]:
    Sample.objects.bulk_create([Sample(text=text, data=[text]) for _n in range(count)])
    return list(Sample.objects.order_by("pk"))


def test_a_small_frame_gets_no_large_reply(ann: Any) -> None:
    rows = large(120, "long and wide " * 1_000)
    names = ("text", "data")
    cells = [(str(row.pk), name, "new", "stale") for row in rows for name in names]
    request = Edit("e1", cells, False)
    reply = submit(sheet_of("sample", ann), request, ONE, None)
    assert {error["code"] for error in reply["errors"]} == {"conflict"}
    text, data = reply["errors"][:2]
    assert (len(text["value"]), text["value"][-1], text["cut"]) == (200, "…", True)
    assert (data["value"], data["cut"]) == (None, True)
    assert "changed this to “long and wide" in text["message"]
    assert len(text["message"]) < 200
    assert len(json.dumps(reply)) < 150_000
    assert submit(sheet_of("sample", ann), request, ONE, None) == reply
    assert len(EditRecord.objects.get().reply) < 8_000


def test_values_that_are_small_come_whole_until_there_are_many(ann: Any) -> None:
    rows = large(100, "x" * 1_500)
    cells = [(str(row.pk), "text", "new", "stale") for row in rows]
    reply = submit(sheet_of("sample", ann), Edit("e1", cells, False), ONE, None)
    whole = [error for error in reply["errors"] if "cut" not in error]
    assert [error["value"] for error in whole] == ["x" * 1_500] * len(whole)
    assert 40 < len(whole) < 50
    assert len(json.dumps(reply)) < 130_000


def test_what_a_serializer_says_is_bounded(ann: Any) -> None:
    row = Sample.objects.create()
    cells = [(str(row.pk), "choice", "no choice " * 5_000, None)]
    (error,) = submit(sheet_of("sample", ann), Edit("e1", cells, False), ONE, None)["errors"]
    assert (error["code"], len(error["message"])) == ("invalid", 1_000)
    assert error["cut"]


def test_an_answer_of_an_older_version_is_read(ann: Any, note: Note) -> None:
    first = submit(sheet_of("note", ann), write("new"), ONE, None)
    EditRecord.objects.update(reply=json.dumps(first))  # as it was kept before
    assert submit(sheet_of("note", ann), write("new"), ONE, None) == first
