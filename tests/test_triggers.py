"""Triggers log what Django does not see, and nothing twice."""

from __future__ import annotations

import io
import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import connection, models, router, transaction
from django.db.migrations.state import ProjectState
from django.db.models import signals
from django.test.utils import CaptureQueriesContext, isolate_apps

import livesheet
from livesheet.edits.receipts import submit
from livesheet.models import Change, LiveSheetMixin
from livesheet.sheet.declaration import find_sheet
from livesheet.testing import LiveSheetCommunicator
from livesheet.triggers import AddTriggers, RemoveTriggers, installation
from livesheet.triggers.definitions import define
from livesheet.wire.protocol import Add, Edit
from tests.app.models import Letter, LoudLetter, Note, Part, Product, Supplier
from tests.ledger.models import Booking

pytestmark = pytest.mark.django_db(transaction=True)

MODELS = (Product, Note, Part, Letter, LoudLetter)


@pytest.fixture(scope="module", autouse=True)
def _no_triggers_afterwards(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    yield
    with django_db_blocker.unblock():
        each_model("database_backwards")
        Change.objects.all().delete()
        assert installation.installed("default") == {}


@pytest.fixture(autouse=True)
def _triggers(transactional_db: None) -> None:
    """Made once, because MariaDB takes its time, and again after a `migrate`, which tidies up."""
    if len(installation.installed("default")) < len(MODELS):
        each_model("database_forwards")
    Change.objects.all().delete()  # what the triggers logged while the last test was cleared away


def each_model(direction: str) -> None:
    state = ProjectState.from_apps(apps)
    for model in MODELS:
        with connection.schema_editor() as editor:
            getattr(AddTriggers(model.__name__), direction)("app", editor, state, state)


def logged(**filters: Any) -> list[tuple[str, str, list[str], str]]:
    """``(model, kind, keys, origin)``; keys in order, since a database may not keep it."""
    rows = Change.objects.filter(**filters).order_by("id")
    values = rows.values_list("model", "kind", "pks", "origin")
    return [(model, kind, sorted(json.loads(pks)), origin) for model, kind, pks, origin in values]


def run(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


# --- what only triggers see ------------------------------------------------------------------


def test_raw_sql_is_logged() -> None:
    run("INSERT INTO app_note (" + columns("key, text") + ") VALUES ('ä\"1', 'x'), ('b', 'y')")
    run("UPDATE app_note SET text = 'z'")
    run("UPDATE app_note SET text = 'z' WHERE 1 = 0")
    run(f"UPDATE app_note SET {columns('key')} = 'c' WHERE {columns('key')} = 'b'")
    run("DELETE FROM app_note")
    rows = [(kind, key) for _model, kind, keys, _origin in logged() for key in keys]
    assert sorted(rows) == [
        ("add", "b"), ("add", 'ä"1'),
        ("delete", "b"), ("delete", "c"), ("delete", 'ä"1'),
        ("save", "b"), ("save", "c"), ("save", 'ä"1'),
    ]  # fmt: skip
    assert set(Change.objects.values_list("origin", "actor", "fields")) == {("database", "", "")}
    tags = list(Change.objects.values_list("tag", flat=True))
    assert len(set(tags)) == len(tags)
    assert {len(tag) for tag in tags} == {8}


def columns(names: str) -> str:
    return ", ".join(connection.ops.quote_name(name.strip()) for name in names.split(","))


def test_rows_that_one_edit_writes_together_are_logged_once(ann: Any) -> None:
    sheet: Any = find_sheet("note")
    request = Add("a1", [{"key": name} for name in "abc"], atomic=False)
    submit(sheet(ann), request, "c" * 32, None)
    cells = [(name, "text", "x", "") for name in "abc"]
    submit(sheet(ann), Edit("e1", cells, atomic=False), "c" * 32, None)
    added = [("app.note", "add", [name], "") for name in "abc"]
    assert logged() == [*added, ("app.note", "save", ["a", "b", "c"], "")]
    assert set(Change.objects.values_list("actor", flat=True)) == {str(ann.pk)}


def test_the_moment_is_as_django_writes_it() -> None:
    Note.objects.create(key="a")
    run("UPDATE app_note SET text = 'z'")
    ours, theirs = Change.objects.order_by("id").values_list("at", flat=True)
    assert abs((theirs - ours).total_seconds()) < 30


def test_a_rolled_back_write_is_not_logged() -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        run("INSERT INTO app_note (" + columns("key, text") + ") VALUES ('a', 'x')")
        raise ZeroDivisionError
    assert logged() == []


def test_a_statement_of_many_rows_on_postgresql_is_few_entries() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("the triggers of others are for each row")
    rows = "SELECT 'n' || n, '' FROM generate_series(1, {}) AS n"
    run("INSERT INTO app_note (key, text) " + rows.format(2_500))
    assert [len(keys) for _model, _kind, keys, _origin in logged()] == [1_000, 1_000, 500]
    run("TRUNCATE app_note")
    run("INSERT INTO app_note (key, text) " + rows.format(10_001))
    assert logged()[3:] == [("app.note", "resync", [], "database")] * 2


async def test_an_open_sheet_shows_what_another_program_wrote(ann: Any) -> None:
    from asgiref.sync import sync_to_async

    await Note.objects.acreate(key="a", text="old")
    async with LiveSheetCommunicator("note", ann) as sheet:
        await sync_to_async(run)("UPDATE app_note SET text = 'new'")
        await sheet.until(lambda: sheet.value("a", "text") == "new")


# --- nothing twice ---------------------------------------------------------------------------


def test_saves_are_logged_once_and_by_whom() -> None:
    with livesheet.acting_as(origin="task: count"):
        product = Product.objects.create(name="Oak")
        key = str(product.pk)
        assert logged() == [("app.product", "add", [key], "task: count")]
        product.save()
        with transaction.atomic():
            product.save(update_fields=["stock"])
        product.delete()
    kinds = ["add", "save", "save", "delete"]
    assert logged() == [("app.product", kind, [key], "task: count") for kind in kinds]
    assert Change.objects.filter(fields='["stock"]').count() == 1


def test_bulk_writes_are_logged_once_and_by_whom() -> None:
    with livesheet.acting_as(origin="import"):
        parts = Part.objects.bulk_create(Part(name=str(n)) for n in range(20))
        keys = sorted(str(part.pk) for part in parts)
        for part in parts:
            part.stock = 7
        Part.objects.bulk_update(parts, ["stock"], batch_size=6)
        Part.objects.update(stock=3)
        Part.objects.filter(pk__in=[part.pk for part in parts]).delete()
    kinds = ["add", "save", "save", "delete"]
    expected = [("app.part", kind, keys, "import") for kind in kinds]
    if connection.vendor == "mysql" and not connection.features.can_return_rows_from_bulk_insert:
        expected[0] = ("app.part", "resync", [], "import")
    assert logged() == expected


def test_a_write_of_too_many_rows_is_one_reset(monkeypatch: pytest.MonkeyPatch) -> None:
    from livesheet.log import capture, changelog, querysets

    for module in (capture, changelog, querysets):
        monkeypatch.setattr(module, "PKS_BEFORE_RESYNC", 3)
    Part.objects.bulk_create(Part(name=str(n)) for n in range(5))
    Part.objects.update(stock=1)
    assert logged() == [("app.part", "resync", [], "")] * 2


def test_children_and_parents_are_logged_once() -> None:
    LoudLetter.objects.create(key="a", volume=3)
    assert sorted(logged()) == [
        ("app.letter", "add", ["a"], ""),
        ("app.loudletter", "add", ["a"], ""),
    ]
    Change.objects.all().delete()
    Letter.objects.get().save()
    assert sorted(logged()) == [
        ("app.letter", "save", ["a"], ""),
        ("app.loudletter", "save", ["a"], ""),
    ]
    Change.objects.all().delete()
    LoudLetter.objects.get().delete()
    assert sorted(logged()) == [
        ("app.letter", "delete", ["a"], ""),
        ("app.loudletter", "delete", ["a"], ""),
    ]


def test_a_deleted_target_is_logged_once() -> None:
    supplier = Supplier.objects.create(name="Nordwood")
    rows = [Product.objects.create(name=str(n), supplier=supplier) for n in range(3)]
    Change.objects.all().delete()
    supplier.delete()
    keys = sorted(str(row.pk) for row in rows)
    assert logged(model="app.product") == [("app.product", "save", keys, "")]


def test_raw_sql_around_a_save_stays_logged() -> None:
    """What livesheet does not name itself, it does not take out."""
    first, second = Product.objects.create(name="a"), Product.objects.create(name="b")
    Change.objects.all().delete()
    with transaction.atomic():
        run(f"UPDATE app_product SET stock = 3 WHERE id = {second.pk}")
        first.save()
        run(f"UPDATE app_product SET stock = 4 WHERE id = {second.pk}")
    rows = [(keys[0], origin) for _model, _kind, keys, origin in logged()]
    assert rows == [(str(second.pk), "database"), (str(first.pk), ""), (str(second.pk), "database")]


def test_raw_sql_inside_a_deletion_stays_logged() -> None:
    """Which is one entry, and must not take out more than it names."""
    first, second = Part.objects.create(name="a"), Part.objects.create(name="b")

    def handler(**_kwargs: Any) -> None:
        run(f"UPDATE app_part SET stock = 9 WHERE id = {second.pk}")

    signals.post_delete.connect(handler, sender=Part)
    try:
        Change.objects.all().delete()
        Part.objects.filter(pk=first.pk).delete()
    finally:
        signals.post_delete.disconnect(handler, sender=Part)
    assert sorted(logged()) == [
        ("app.part", "delete", [str(first.pk)], ""),
        ("app.part", "save", [str(second.pk)], "database"),
    ]


def test_a_relation_that_changes_later_leaves_what_was_logged_before() -> None:
    """No trigger fires for the product then, and the other writer's entry is committed."""
    product = Product.objects.create(name="a")
    run("UPDATE app_product SET stock = 3")
    tag = product.tags.create(name="heavy")
    product.tags.remove(tag)
    origins = [origin for _model, _kind, _keys, origin in logged(model="app.product")]
    assert origins == ["", "database", "", ""]


def test_a_save_is_logged_once_in_a_transaction_and_outside() -> None:
    note = Note.objects.create(key="a")
    with transaction.atomic():
        note.save()
    assert logged() == [("app.note", kind, ["a"], "") for kind in ("add", "save")]


def test_a_save_costs_no_more_statements_without_triggers() -> None:
    assert Supplier._meta.label_lower not in installation.labels_on("default")
    with transaction.atomic():
        supplier = Supplier.objects.create(name="a")
        with CaptureQueriesContext(connection) as queries:
            supplier.save()
    assert len(queries) == 2


def test_declared_with_pgtrigger(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same triggers, kept by django-pgtrigger."""
    if connection.vendor != "postgresql":
        pytest.skip("django-pgtrigger is for PostgreSQL")
    from livesheet.triggers.pgtrigger import livesheet_triggers

    declared = livesheet_triggers()
    for trigger in declared:
        trigger.install(Supplier)
    installation.forget()
    try:
        supplier = Supplier.objects.create(name="a")
        run("UPDATE app_supplier SET name = 'b'")
        run("TRUNCATE app_supplier CASCADE")
        Supplier.objects.create(name="c")
        kinds = [(kind, origin) for _model, kind, _keys, origin in logged(model="app.supplier")]
        assert kinds == [
            ("add", ""), ("save", "database"), ("resync", "database"), ("add", ""),
        ]  # fmt: skip
        assert supplier.pk
        each_model("database_forwards")  # which leaves others' triggers alone
        assert "app_supplier" in installation.installed("default")
        for trigger in declared:
            trigger.disable(Supplier)
        installation.forget()
        Supplier.objects.create(name="d")
        assert logged(model="app.supplier")[-1][1:2] == ("add",)
    finally:
        for trigger in declared:
            trigger.uninstall(Supplier)
        installation.forget()


# --- installing ------------------------------------------------------------------------------


def bookings() -> list[str]:
    """The kinds that a write of the ledger's table leaves in the log, whatever it is called."""
    Change.objects.all().delete()
    tables = connection.introspection.table_names()
    table = "ledger_booking" if "ledger_booking" in tables else "ledger_entry"
    key = uuid.uuid4()
    value = key.hex if not connection.features.has_native_uuid_field else str(key)
    run(f"INSERT INTO {table} (id, text) VALUES ('{value}', 'x')")
    found = [f"{model} {kind}" for model, kind, keys, _ in logged() if keys == [str(key)]]
    assert len(found) == Change.objects.count()
    return found


@pytest.fixture
def _ledger() -> Iterator[None]:
    yield
    migrate("0005")


def migrate(name: str) -> None:
    call_command("migrate", "ledger", name, verbosity=0)


@pytest.mark.usefixtures("_ledger")
def test_migrations_install_and_remove_triggers() -> None:
    assert bookings() == []
    migrate("0001")
    assert bookings() == []
    migrate("0002")
    assert bookings() == ["ledger.entry add"]
    migrate("0003")  # on SQLite this makes the table anew
    assert bookings() == ["ledger.entry add"]
    migrate("0004")
    assert bookings() == ["ledger.booking add"]
    migrate("0005")
    assert bookings() == []
    migrate("0004")
    assert bookings() == ["ledger.booking add"]
    migrate("0002")
    assert bookings() == ["ledger.entry add"]
    migrate("0001")
    assert bookings() == []


@pytest.mark.usefixtures("_ledger")
def test_triggers_that_got_lost_come_back_with_the_next_migrate() -> None:
    migrate("0004")
    installation.remove("ledger_booking", "default", run)
    assert bookings() == []
    call_command("migrate", "ledger", "0004", verbosity=0)
    assert bookings() == ["ledger.booking add"]


@pytest.mark.usefixtures("_ledger")
def test_uuid_keys_are_replaced_like_others() -> None:
    migrate("0004")
    Change.objects.all().delete()
    booking = Booking.objects.create(text="x")
    assert logged() == [("ledger.booking", "add", [str(booking.pk)], "")]


def test_the_statements_can_be_looked_at() -> None:
    out = io.StringIO()
    call_command("sqlmigrate", "ledger", "0002", stdout=out)
    events = 4 if connection.vendor == "postgresql" else 3
    assert out.getvalue().count("CREATE TRIGGER") == events
    assert "livesheet_change" in out.getvalue()


def test_triggers_before_the_log() -> None:
    state = ProjectState.from_apps(apps)
    run("ALTER TABLE livesheet_change RENAME TO away")
    try:
        with pytest.raises(ImproperlyConfigured) as told, connection.schema_editor() as editor:
            AddTriggers("tag").database_forwards("app", editor, state, state)
    finally:
        run("ALTER TABLE away RENAME TO livesheet_change")
    assert str(told.value) == (
        "The triggers of app.Tag write to the change log, whose table does not exist yet:"
        ' add ("livesheet", "0001_initial") to the `dependencies` of this migration.'
    )


@isolate_apps("tests.app")
def test_a_key_that_triggers_cannot_name() -> None:
    class Reading(LiveSheetMixin, models.Model):
        at = models.DateTimeField(primary_key=True)

        class Meta:
            app_label = "app"

    with pytest.raises(ImproperlyConfigured) as told:
        define(Reading)
    assert str(told.value) == (
        "Triggers cannot name the rows of app.Reading: its primary key is a DateTimeField."
        " They can if it is a number, a text or a UUID. Otherwise, call livesheet.record(…)"
        " after raw SQL."
    )


def test_no_triggers_where_the_router_keeps_no_log(monkeypatch: pytest.MonkeyPatch) -> None:
    state = ProjectState.from_apps(apps)
    with monkeypatch.context() as patch, connection.schema_editor() as editor:
        patch.setattr(router, "allow_migrate_model", lambda using, model: model is not Change)
        AddTriggers("tag").database_forwards("app", editor, state, state)
        RemoveTriggers("product").database_forwards("app", editor, state, state)
    assert "app_tag" not in installation.installed("default")
    assert "app_product" in installation.installed("default")


def test_the_operations_describe_themselves() -> None:
    add, remove = AddTriggers("shop.Product", notify=True), RemoveTriggers("product")
    assert add.describe() == "Add livesheet's triggers to shop.Product"
    assert remove.describe() == "Remove livesheet's triggers from product"
    assert add.migration_name_fragment == "triggers_product"
    assert remove.migration_name_fragment == "remove_triggers_product"
    assert add.references_model("Product", "shop")
    assert not add.references_model("Product", "other")
    assert add.deconstruct() == ("AddTriggers", ("shop.Product",), {"notify": True})
