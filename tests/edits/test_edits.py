"""May I? → lock → still the base? → validate → save, and what is answered at each stop."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.exceptions import ValidationError as ModelValidationError
from django.db import IntegrityError, connection, connections, models
from rest_framework import exceptions, serializers

from livesheet import people
from livesheet.consumers import LiveSheetConsumer
from livesheet.edits.receipts import submit
from livesheet.log import actors
from livesheet.models import Change
from livesheet.sheet.declaration import Sheet, find_sheet, unregister
from livesheet.sheet.rows import RowReader
from livesheet.wire.protocol import Add, Delete, Edit
from tests import unseen
from tests.app.models import Note, Product, Sample, Supplier, Tag
from tests.app.odd import Lesson

pytestmark = pytest.mark.django_db(transaction=True)

CLIENT = "c" * 32


@pytest.fixture
def declared() -> Iterator[Any]:
    """Declares sheets that the test forgets again: `declared(ann, Product, fields=[…], …)`."""
    made: list[type[Sheet]] = []

    def declare(user: Any, model: type[models.Model] = Product, **body: Any) -> Sheet:
        body = {"model": model, "sheet_name": f"t{len(made)}", **body}
        made.append(type("Declared", (LiveSheetConsumer,), body))
        return made[-1](user)

    yield declare
    for sheet in made:
        unregister(sheet)


def sheet_of(name: str, user: Any) -> Sheet:
    sheet_class = find_sheet(name)
    assert sheet_class is not None
    return sheet_class(user)


def edit(sheet: Sheet, *cells: Any, atomic: bool = False, ref: str = "") -> dict[str, Any]:
    cells = tuple((str(pk), column, value, base) for pk, column, value, base in cells)
    request = Edit(ref or uuid.uuid4().hex, list(cells), atomic)
    return submit(sheet, request, CLIENT, None)


def patient_edit(sheet: Sheet, *cells: Any) -> dict[str, Any]:
    """As a browser does it: the same request again while the database asks for that."""
    ref = uuid.uuid4().hex
    while codes(reply := edit(sheet, *cells, ref=ref)) == ["retry"]:
        pass
    return reply


def add(sheet: Sheet, *rows: dict[str, Any], atomic: bool = False) -> dict[str, Any]:
    return submit(sheet, Add(uuid.uuid4().hex, list(rows), atomic), CLIENT, None)


def delete(sheet: Sheet, *pks: Any) -> dict[str, Any]:
    return submit(sheet, Delete(uuid.uuid4().hex, [(str(pk), None) for pk in pks]), CLIENT, None)


def codes(reply: dict[str, Any]) -> list[Any]:
    """Per cell or row: `"saved"`, `"unchanged"`, `{"pk": …}` or the code of its error."""
    errors = reply["errors"]

    def code(result: Any) -> Any:
        if isinstance(result, str) or "pk" in result:
            return result
        return errors[result.get("errors", [result.get("error")])[0]]["code"]

    return [code(result) for result in reply["results"]]


def stored(pk: Any, *names: str) -> list[Any]:
    return [str(value) for value in Product.objects.values_list(*names).get(pk=pk)]


@pytest.fixture
def table() -> Product:
    return Product.objects.create(name="Table", price="12.00", stock=3)


# --- one cell --------------------------------------------------------------------------------


def test_a_cell_is_saved(ann: Any, table: Product) -> None:
    reply = edit(sheet_of("product", ann), (table.pk, "price", "12.50", "12.00"))
    assert (reply["ok"], reply["results"], reply["errors"]) == (True, ["saved"], [])
    assert stored(table.pk, "price", "name", "stock") == ["12.50", "Table", "3"]


def test_a_cell_that_shows_less_than_its_value_cannot_be_changed(ann: Any, declared: Any) -> None:
    """Its author would lose what is not shown. An edit of the rest of the row is possible."""
    lesson = Lesson.objects.create(name="First", words=["a", "b"])
    sheet = declared(ann, Lesson, fields=["name", "words"])
    shown = RowReader(sheet).of_instance(lesson, sheet.columns)["words"]
    reply = edit(sheet, (lesson.pk, "words", "c", shown), (lesson.pk, "name", "New", "First"))
    assert codes(reply) == ["readonly", "saved"]
    assert Lesson.objects.get().words == ["a", "b"]


def test_a_value_that_is_there_already_is_unchanged_whatever_its_base(
    ann: Any, table: Product
) -> None:
    before = Change.objects.count()
    reply = edit(sheet_of("product", ann), (table.pk, "price", "12.00", "9.00"))
    assert reply["results"] == ["unchanged"]
    assert Change.objects.count() == before


def test_whoever_comes_second_is_told_who_changed_it_to_what(
    ann: Any, bea: Any, table: Product
) -> None:
    assert edit(sheet_of("product", bea), (table.pk, "price", "13.00", "12.00"))["ok"]
    reply = edit(sheet_of("product", ann), (table.pk, "price", "14.00", "12.00"))
    assert reply["errors"] == [
        {
            "pk": str(table.pk), "column": "price", "code": "conflict", "value": "13.00",
            "by": people.me(bea),
            "message": "Bea changed this to “13.00” in the meantime.",
        }
    ]  # fmt: skip
    assert stored(table.pk, "price") == ["13.00"]


def test_a_conflict_names_choices_and_relations_by_their_labels(ann: Any, table: Product) -> None:
    table.unit, table.supplier = Product.Unit.KILOGRAM, Supplier.objects.create(name="Nordwood")
    with actors.acting_as(origin="task: import"):
        table.save()
    sheet = sheet_of("product", ann)
    reply = edit(sheet, (table.pk, "unit", "x", "piece"), (table.pk, "supplier", "99", None))
    assert [error["message"] for error in reply["errors"]] == [
        "task: import changed this to “Kilogram” in the meantime.",
        "task: import changed this to “Nordwood” in the meantime.",
    ]


def test_a_conflict_with_nobody_in_the_log(ann: Any, table: Product) -> None:
    Product.objects.update(owner="", price=0)
    Change.objects.all().delete()
    reply = edit(sheet_of("product", ann), (table.pk, "price", "1.00", "12.00"))
    assert reply["errors"][0]["by"] == {
        "id": None, "name": "", "colour": people.colour_of("")
    }  # fmt: skip
    assert reply["errors"][0]["message"] == "Somebody changed this to “0.00” in the meantime."
    table.delete()


def test_a_sheet_may_say_that_the_last_write_wins(ann: Any, table: Product, declared: Any) -> None:
    sheet = declared(ann, fields=["price"], conflict="overwrite")
    assert edit(sheet, (table.pk, "price", "14.00", "1.00"))["results"] == ["saved"]


def test_a_base_is_compared_strictly(ann: Any, declared: Any) -> None:
    sample = Sample.objects.create(small=1, boolean=True)
    sheet = sheet_of("sample", ann)
    assert codes(edit(sheet, (sample.pk, "small", 2, True))) == ["conflict"]
    assert codes(edit(sheet, (sample.pk, "boolean", False, 1))) == ["conflict"]
    assert codes(edit(sheet, (sample.pk, "small", 2, 1.0))) == ["saved"]


def test_many_to_many_compares_as_a_set(ann: Any, table: Product) -> None:
    red, blue = (Tag.objects.create(name=name) for name in ("red", "blue"))
    table.tags.set([red, blue])
    both, sheet = [str(red.pk), str(blue.pk)], sheet_of("product", ann)
    assert edit(sheet, (table.pk, "tags", both, []))["results"] == ["unchanged"]
    assert edit(sheet, (table.pk, "tags", [str(red.pk)], both))["results"] == ["saved"]
    assert list(table.tags.all()) == [red]


# --- several cells ---------------------------------------------------------------------------


def test_cells_with_errors_drop_out_and_the_others_are_saved(ann: Any, table: Product) -> None:
    chair = Product.objects.create(name="Chair")
    reply = edit(
        sheet_of("product", ann),
        (table.pk, "price", "cheap", "12.00"),
        (table.pk, "stock", 9, 3),
        (chair.pk, "price", "-1", "0.00"),
        (chair.pk, "name", "Stool", "Chair"),
        (table.pk, "name", "Desk", "Somebody's"),
    )
    assert codes(reply) == ["invalid", "saved", "invalid", "saved", "conflict"]
    first = next(error for error in reply["errors"] if error["value"] == "cheap")
    assert first["message"] == "A valid number is required."
    assert stored(table.pk, "name", "price", "stock") == ["Table", "12.00", "9"]
    assert stored(chair.pk, "name", "price") == ["Stool", "0.00"]


def test_an_atomic_edit_is_all_or_nothing(ann: Any, table: Product) -> None:
    chair = Product.objects.create(name="Chair")
    before = Change.objects.count()
    sheet = sheet_of("product", ann)
    cells = [(chair.pk, "stock", 4, 0), (table.pk, "price", "x", "12.00")]
    assert codes(edit(sheet, *cells, atomic=True)) == ["aborted", "invalid"]
    assert stored(chair.pk, "stock") == ["0"]
    assert Change.objects.count() == before
    cells[1] = (table.pk, "price", "1", "12.00")
    assert codes(edit(sheet, *cells, atomic=True)) == ["saved", "saved"]


def test_an_error_of_the_whole_row_goes_to_all_its_cells(
    ann: Any, table: Product, declared: Any
) -> None:
    class Whole(serializers.ModelSerializer[Product]):
        class Meta:
            model = Product
            fields = ["price", "stock"]

        def validate(self, data: Any) -> Any:
            if data.get("stock") == 0 and data.get("price"):
                raise serializers.ValidationError("What is out of stock has no price.")
            return data

    sheet = declared(ann, fields=["price", "stock"], serializer_class=Whole)
    reply = edit(sheet, (table.pk, "price", "1.00", "12.00"), (table.pk, "stock", 0, 3))
    assert codes(reply) == ["invalid", "invalid"]
    assert {error["message"] for error in reply["errors"]} == {"What is out of stock has no price."}
    # A field error drops out first, and what remains is looked at as a row once more.
    reply = edit(
        sheet, (table.pk, "price", "1.00", "12.00"), (table.pk, "stock", 0, 3),
    )  # fmt: skip
    assert stored(table.pk, "price", "stock") == ["12.00", "3"]


def test_what_remains_of_a_row_is_validated_once_more(
    ann: Any, table: Product, declared: Any
) -> None:
    class Whole(serializers.ModelSerializer[Product]):
        class Meta:
            model = Product
            fields = ["name", "price", "stock"]

        def validate(self, data: Any) -> Any:
            if "price" not in data:
                raise serializers.ValidationError("A price, please.")
            return data

    sheet = declared(ann, fields=["name", "price", "stock"], serializer_class=Whole)
    reply = edit(sheet, (table.pk, "price", "x", "12.00"), (table.pk, "stock", 1, 3))
    assert codes(reply) == ["invalid", "invalid"]
    assert [error["message"] for error in reply["errors"]] == [
        "A valid number is required.", "A price, please."
    ]  # fmt: skip
    assert stored(table.pk, "stock") == ["3"]


# --- who may ---------------------------------------------------------------------------------


def test_hidden_and_absent_rows_are_refused_in_the_same_words(
    ann: Any, table: Product, declared: Any
) -> None:
    class Mine:
        fields = ["name", "stock"]

        def get_queryset(self) -> Any:
            return Product.objects.filter(owner="me")

    sheet = declared(ann, **{k: v for k, v in vars(Mine).items() if not k.startswith("__")})
    hidden, absent = table.pk, table.pk + 1
    for pks in ([hidden, absent],):
        replies = [edit(sheet, (pk, "stock", 1, 3)) for pk in pks] + [delete(sheet, p) for p in pks]
    errors = [{**reply["errors"][0], "pk": None, "column": None} for reply in replies]
    assert errors == [errors[0]] * 4
    assert errors[0]["code"] == "not_found"
    assert stored(hidden, "stock") == ["3"]


@pytest.mark.parametrize("pk", ["x", "", "-1", "1.0", "٣", "9" * 30, "1 ", "01", "None", "1;"])
def test_a_key_that_is_none_is_a_row_that_is_not_there(ann: Any, table: Product, pk: str) -> None:
    reply = edit(sheet_of("product", ann), (pk, "stock", 1, 3))
    assert codes(reply) == ["not_found"]


def test_read_only_columns_are_refused(ann: Any, table: Product, declared: Any) -> None:
    sheet = declared(ann, fields=["id", "name", "price", "value"], readonly_fields=["price"])
    pk = table.pk
    cells = [(pk, "id", 7, pk), (pk, "price", "1.00", "12.00"), (pk, "value", "1", "36.00")]
    assert codes(edit(sheet, *cells)) == ["readonly"] * 3
    assert codes(add(sheet, {"name": "Chair", "price": "1"})) == ["readonly"]
    assert not Product.objects.filter(name="Chair").exists()


def test_the_key_of_a_row_stays(ann: Any) -> None:
    note = Note.objects.create(key="a")
    reply = edit(sheet_of("note", ann), (note.pk, "key", "b", "a"))
    assert codes(reply) == ["readonly"]
    assert list(Note.objects.values_list("key", flat=True)) == ["a"]


def test_who_may_only_look_changes_nothing(viewer: Any, table: Product) -> None:
    sheet = sheet_of("product", viewer)
    assert codes(edit(sheet, (table.pk, "stock", 1, 3))) == ["forbidden"]
    assert codes(add(sheet, {"name": "Chair"})) == ["forbidden"]
    assert codes(delete(sheet, table.pk)) == ["forbidden"]
    assert Product.objects.get().stock == 3


def test_rights_may_vary_by_row(ann: Any, table: Product, declared: Any) -> None:
    def has_change_permission(self: Sheet, obj: Any = None) -> bool:
        return obj is None or obj.owner == "me"

    mine = Product.objects.create(name="Mine", owner="me")
    sheet = declared(ann, fields=["stock"], has_change_permission=has_change_permission)
    assert codes(edit(sheet, (mine.pk, "stock", 1, 0), (table.pk, "stock", 1, 3))) == [
        "saved", "forbidden"
    ]  # fmt: skip


def test_an_edit_may_not_take_a_row_out_of_what_one_sees(
    ann: Any, table: Product, declared: Any
) -> None:
    def get_queryset(self: Sheet) -> Any:
        return Product.objects.filter(stock__gt=0)

    sheet = declared(ann, fields=["name", "stock"], get_queryset=get_queryset)
    assert codes(edit(sheet, (table.pk, "stock", 0, 3))) == ["outside"]
    assert codes(add(sheet, {"name": "Chair", "stock": 0})) == ["outside"]
    assert list(Product.objects.values_list("name", "stock")) == [("Table", 3)]


def test_a_relation_accepts_only_what_it_shows(ann: Any, table: Product, declared: Any) -> None:
    good, bad = (Supplier.objects.create(name=name) for name in ("Good", "Bad"))

    def get_related_queryset(self: Sheet, field: str) -> Any:
        return Supplier.objects.exclude(name="Bad")

    sheet = declared(ann, fields=["supplier"], get_related_queryset=get_related_queryset)
    assert codes(edit(sheet, (table.pk, "supplier", str(bad.pk), None))) == ["invalid"]
    assert codes(edit(sheet, (table.pk, "supplier", str(good.pk), None))) == ["saved"]


def test_an_unknown_column_is_refused_also_without_a_socket(ann: Any, table: Product) -> None:
    sheet = sheet_of("product", ann)
    assert codes(edit(sheet, (table.pk, "owner", "me", ""))) == ["unknown_column"]
    assert codes(add(sheet, {"name": "Chair", "owner": "me"})) == ["readonly"]


# --- add and delete --------------------------------------------------------------------------


def test_rows_are_added_and_the_refused_one_is_told_by_column(ann: Any) -> None:
    reply = add(
        sheet_of("product", ann),
        {"name": "Chair", "price": "3.00"},
        {"price": "x", "stock": "y"},
        {"name": "Stool"},
    )
    made = {product.name: str(product.pk) for product in Product.objects.all()}
    assert codes(reply) == [{"pk": made["Chair"]}, "invalid", {"pk": made["Stool"]}]
    assert reply["results"][1] == {"errors": [0, 1, 2]}
    assert {error["column"] for error in reply["errors"]} == {"name", "price", "stock"}


def test_an_atomic_add_is_all_or_nothing(ann: Any) -> None:
    reply = add(sheet_of("product", ann), {"name": "Chair"}, {"price": "x"}, atomic=True)
    assert codes(reply) == ["aborted", "invalid"]
    assert Product.objects.count() == 0


def test_rows_are_deleted_one_by_one(ann: Any, table: Product) -> None:
    assert codes(delete(sheet_of("product", ann), table.pk, table.pk + 1)) == ["saved", "not_found"]
    assert Product.objects.count() == 0


def test_a_row_that_others_refer_to_is_not_deleted(
    ann: Any, table: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    supplier = Supplier.objects.create(name="Nordwood")
    Product.objects.filter(pk=table.pk).update(supplier=supplier)
    relation = Product._meta.get_field("supplier").remote_field
    monkeypatch.setattr(relation, "on_delete", models.PROTECT)
    reply = delete(sheet_of("supplier", ann), supplier.pk)
    assert codes(reply) == ["invalid"]
    assert reply["errors"][0]["message"].startswith("Other rows still refer to this one")
    assert Supplier.objects.count() == 1
    monkeypatch.undo()


def test_a_row_that_only_the_database_holds_on_to_is_not_deleted(
    ann: Any, table: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    supplier = Supplier.objects.create(name="Nordwood")
    Product.objects.filter(pk=table.pk).update(supplier=supplier)
    relation = Product._meta.get_field("supplier").remote_field
    monkeypatch.setattr(relation, "on_delete", models.DO_NOTHING)
    reply = delete(sheet_of("supplier", ann), supplier.pk)
    monkeypatch.undo()
    # PostgreSQL and SQLite find it at the commit only.
    assert codes(reply) == ["invalid"]
    assert reply["errors"][0]["message"] == (
        "The database refused this, because it breaks a constraint."
    )
    assert Supplier.objects.count() == 1


# --- the project's own hooks -----------------------------------------------------------------


def test_hooks_write_and_every_saved_row_gets_a_change_with_the_ref(
    ann: Any, table: Product, declared: Any
) -> None:
    def perform_edit(self: Sheet, serializer: Any) -> None:  # past Django
        unseen.update(Product, **serializer.validated_data)

    def perform_delete(self: Sheet, instance: Any) -> None:
        instance.active = False
        instance.save()

    sheet = declared(
        ann, fields=["stock"], perform_edit=perform_edit, perform_delete=perform_delete
    )
    assert edit(sheet, (table.pk, "stock", 9, 3), ref="e1")["results"] == ["saved"]
    change = Change.objects.get(ref="e1")
    assert (change.kind, change.pks, change.actor) == ("save", f'["{table.pk}"]', str(ann.pk))
    assert delete(sheet, table.pk)["results"] == ["saved"]
    assert not Product.objects.get(pk=table.pk).active


RAISED = [
    (exceptions.ValidationError({"stock": ["Too many."]}), "invalid", "Too many."),
    (ModelValidationError("Not on a Sunday."), "invalid", "Not on a Sunday."),
    (PermissionDenied("Ask Bea."), "forbidden", "Ask Bea."),
    (PermissionDenied(), "forbidden", "You do not have permission to do this."),
    (exceptions.PermissionDenied("Ask Cem."), "forbidden", "Ask Cem."),
    (exceptions.Throttled(), "invalid", "Request was throttled."),
    (IntegrityError("unique"), "invalid", "breaks a constraint"),
]


@pytest.mark.parametrize(("raised", "code", "message"), RAISED)
def test_what_a_hook_raises_is_told_to_the_author(
    ann: Any, table: Product, declared: Any, raised: Exception, code: str, message: str
) -> None:
    def refuse(self: Sheet, *args: Any) -> None:
        Product.objects.update(name="undone")
        raise raised

    sheet = declared(
        ann, fields=["stock"], perform_edit=refuse, perform_add=refuse, perform_delete=refuse
    )
    replies = [edit(sheet, (table.pk, "stock", 9, 3)), add(sheet, {}), delete(sheet, table.pk)]
    assert [codes(reply) for reply in replies] == [[code]] * 3
    assert all(message in reply["errors"][0]["message"] for reply in replies)
    assert stored(table.pk, "name", "stock") == ["Table", "3"]


def test_a_hook_that_breaks_is_logged_and_answered(
    ann: Any, table: Product, declared: Any, caplog: pytest.LogCaptureFixture
) -> None:
    def perform_edit(self: Sheet, serializer: Any) -> None:
        raise ZeroDivisionError

    sheet = declared(ann, fields=["stock"], perform_edit=perform_edit)
    reply = edit(sheet, (table.pk, "stock", 9, 3))
    assert codes(reply) == ["invalid"]
    assert "ZeroDivisionError" in caplog.text


def test_what_the_database_cannot_store_is_refused(ann: Any, declared: Any) -> None:
    class Careless(serializers.ModelSerializer[Sample]):
        small = serializers.IntegerField()

        class Meta:
            model = Sample
            fields = ["small"]

    sample = Sample.objects.create(small=1)
    sheet = declared(ann, Sample, fields=["small"], serializer_class=Careless)
    reply = edit(sheet, (sample.pk, "small", 10**6, 1))
    if connection.vendor == "sqlite":  # has no types to speak of
        assert codes(reply) == ["saved"]
    else:
        assert codes(reply) == ["invalid"]
        assert reply["errors"][0]["message"] == "The database cannot store this value."
        assert Sample.objects.get().small == 1


def test_an_edit_beside_an_annotation_reads_only_its_own_columns(
    ann: Any, table: Product, declared: Any, caplog: pytest.LogCaptureFixture
) -> None:
    def get_queryset(self: Sheet) -> Any:
        return Product.objects.annotate(double=models.F("stock") * 2)

    sheet = declared(ann, fields=["stock", "double"], get_queryset=get_queryset)
    cells = [(table.pk, "stock", 9, 3), (table.pk, "double", 1, 6)]
    assert codes(edit(sheet, *cells)) == ["saved", "readonly"]
    assert caplog.text == ""


# --- exact values ----------------------------------------------------------------------------


def test_values_survive_the_way_in_exactly(ann: Any) -> None:
    sample = Sample.objects.create()
    # SQLite keeps decimals as floating point numbers, which have fifteen digits.
    decimal = "12345678901.7890" if connection.vendor == "sqlite" else "1234567890123456.7890"
    wanted: dict[str, Any] = {
        "big": "9223372036854775807", "decimal": decimal,
        "uuid": "1b4e28ba-2fa1-11d2-883f-0016d3cca427", "floating": 0.1, "integer": -2147483648,
        "moment": "2026-11-22T08:15:00.123456Z", "date": "2026-02-28", "time": "23:59:59.999999",
        "duration": "P3DT04H05M06S", "choice": 2, "maybe": False, "ip": "2001:db8::1",
        "char": "é 𝄞 \"'<b>", "text": "two\nlines", "data": {"a": [1, 2.5, None, "x"], "b": {}},
    }  # fmt: skip
    sheet = sheet_of("sample", ann)
    reply = edit(sheet, *((sample.pk, name, value, None if name not in ("char", "text") else "")
                          for name, value in wanted.items()))  # fmt: skip
    assert reply["errors"] == []
    row = RowReader(sheet).read([str(sample.pk)])[str(sample.pk)]
    now = dict(zip((column.name for column in sheet.columns), row[1:], strict=True))
    assert {name: now[name] for name in wanted} == wanted
    again = edit(sheet, *((sample.pk, name, value, value) for name, value in wanted.items()))
    assert set(again["results"]) == {"unchanged"}


def test_json_that_a_browser_cannot_hold_is_not_written_back(ann: Any) -> None:
    sample = Sample.objects.create(data={"id": 2**60})
    sheet = sheet_of("sample", ann)
    shown = RowReader(sheet).read([str(sample.pk)])[str(sample.pk)]
    text = shown[1 + [column.name for column in sheet.columns].index("data")]
    assert text == '{"id": 1152921504606846976}'
    assert codes(edit(sheet, (sample.pk, "data", {"id": 1}, text))) == ["readonly"]
    sample.refresh_from_db()
    assert sample.data == {"id": 2**60}


def test_keys_that_are_no_numbers(ann: Any) -> None:
    sheet = sheet_of("note", ann)
    reply = add(sheet, {"key": "A-17", "text": "one"})
    assert reply["results"] == [{"pk": "A-17"}]
    assert codes(edit(sheet, ("A-17", "text", "two", "one"))) == ["saved"]
    assert codes(edit(sheet, ("a-17", "text", "three", "two"))) == ["not_found"]
    assert codes(delete(sheet, "A-17")) == ["saved"]


# --- two at once -----------------------------------------------------------------------------


def test_two_users_edit_different_cells_of_one_row_and_lose_nothing(
    ann: Any, bea: Any, table: Product
) -> None:
    rounds, failures = 500, list[Any]()

    def work(user: Any, column: str, values: list[Any]) -> None:
        try:
            sheet, base = sheet_of("product", user), values[0]
            for value in values[1:]:
                reply = patient_edit(sheet, (table.pk, column, value, base))
                if reply["results"] != ["saved"]:
                    failures.append(reply)
                base = value
        finally:
            connections.close_all()

    stocks = list(range(3, 3 + rounds + 1))
    names = ["Table", *(f"Table {n}" for n in range(rounds))]
    both = [
        threading.Thread(target=work, args=(ann, "stock", stocks)),
        threading.Thread(target=work, args=(bea, "name", names)),
    ]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert failures == []
    assert stored(table.pk, "stock", "name") == [str(stocks[-1]), names[-1]]


def test_of_two_edits_of_one_cell_from_one_base_exactly_one_is_accepted(
    ann: Any, bea: Any, table: Product
) -> None:
    for base in range(3, 23):
        replies: dict[str, dict[str, Any]] = {}
        together = threading.Barrier(2)

        def work(
            user: Any,
            value: int,
            base: int = base,
            replies: dict[str, dict[str, Any]] = replies,
            together: threading.Barrier = together,
        ) -> None:
            try:
                together.wait()
                cell = (table.pk, "stock", value, base)
                replies[user.first_name] = patient_edit(sheet_of("product", user), cell)
            finally:
                connections.close_all()

        values = {"Ann": 1_000 + base, "Bea": 2_000 + base}
        threads = [
            threading.Thread(target=work, args=(u, values[u.first_name])) for u in (ann, bea)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        winner, loser = sorted(replies, key=lambda name: not replies[name]["ok"])
        assert replies[winner]["results"] == ["saved"]
        error = replies[loser]["errors"][0]
        assert (error["code"], error["value"]) == ("conflict", values[winner])
        assert error["by"]["name"] == winner
        assert error["message"] == f"{winner} changed this to “{values[winner]}” in the meantime."
        assert stored(table.pk, "stock") == [str(values[winner])]
        Product.objects.filter(pk=table.pk).update(stock=base + 1)


def test_a_serializer_knows_who_asks(ann: Any, declared: Any) -> None:
    class Owned(serializers.ModelSerializer[Product]):
        owner = serializers.HiddenField(default=serializers.CurrentUserDefault())
        asked = serializers.SerializerMethodField()

        class Meta:
            model = Product
            fields = ["name", "owner", "asked"]

        def validate_name(self, name: str) -> str:
            return f"{name} by {self.context['request'].user} with {self.context['request'].method}"

        def get_asked(self, obj: Product) -> str:
            request = self.context["request"]
            return f"{request.user.username} {request.build_absolute_uri('/a/')}"

        def create(self, given: dict[str, Any]) -> Product:
            return Product.objects.create(name=given["name"], owner=given["owner"].username)

    sheet = declared(ann, fields=["name", "asked"], serializer_class=Owned)
    (made,) = add(sheet, {"name": "Table"})["results"]
    product = Product.objects.get(pk=made["pk"])
    assert (product.name, product.owner) == ("Table by ann with POST", "ann")
    asked = RowReader(sheet).read([made["pk"]])[made["pk"]][2]
    assert asked == "ann /a/"
    reply = edit(sheet, (product.pk, "name", "Desk", product.name))
    assert codes(reply) == ["saved"]
    product.refresh_from_db()
    assert product.name == "Desk by ann with PATCH"
    request = sheet.get_serializer().context["request"]
    with pytest.raises(AttributeError, match="not 'session', since a socket"):
        assert request.session
