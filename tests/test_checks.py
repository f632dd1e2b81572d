"""Every system check, its message compared whole."""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from django.apps import apps
from django.contrib.auth.models import Group
from django.core.checks import WARNING, CheckMessage, Error, Info, Warning, run_checks
from django.db import connections, models
from django.db.models import Case, F, Min, Value, When
from django.test import override_settings
from django.test.utils import isolate_apps
from rest_framework import serializers

from livesheet import checks, conf
from livesheet.consumers import LiveSheetConsumer, action
from livesheet.doctor import deployment
from livesheet.models import LiveSheetMixin
from livesheet.sheet.declaration import Sheet, all_sheets, duplicate_sheets, unregister
from tests.app.consumers import NoteSheet
from tests.app.models import Note, Product, Sign, Supplier

PRODUCT_FIELDS = "active, counted_at, id, name, owner, price, stock, supplier, tags, unit"
TYPED_NAMES = 'Name each column: `fields = ["name", …]`. A field that is added to the model later is then not shown by accident.'  # noqa: E501


@pytest.fixture(autouse=True)
def _sheets_end() -> Iterator[None]:
    before = all_sheets()
    yield
    for sheet in [*all_sheets(), *(other for _served, other in duplicate_sheets())]:
        if sheet not in before:
            unregister(sheet)


def found() -> list[CheckMessage]:
    return checks.check_sheets()


def _path(sheet: type[Sheet]) -> str:
    return f"{sheet.__module__}.{sheet.__qualname__}"


def test_what_keeps_rows_from_being_written_together_is_said() -> None:
    class SignSheet(LiveSheetConsumer):
        model = Sign
        fields = ("label",)

    where = f"{SignSheet.__module__}.{SignSheet.__qualname__}"
    expected = Info(
        f"Many cells pasted into {where} are saved row by row: Sign.save().",
        hint="Each row is saved by save(), because this needs it. Without that, many rows are"
        " written together, in a third of the time.",
        id="livesheet.I001",
    )
    assert expected in run_checks(tags=["livesheet"], include_deployment_checks=True)
    assert expected not in run_checks(tags=["livesheet"])


def test_the_sheets_of_the_tests_are_faultless() -> None:
    found = run_checks(tags=["livesheet"], include_deployment_checks=True)
    assert [message for message in found if message.level >= WARNING] == []


def test_the_docs_explain_every_check_and_no_other() -> None:
    root = Path(__file__).resolve().parent.parent
    package = root / "src" / "livesheet"
    files = ("checks.py", "sheet/declaration_errors.py", "doctor/deployment.py")
    code = "".join((package / name).read_text() for name in files)
    raised = set(re.findall(r"\b[EWI]0\d\d\b", code))
    page = (root / "docs" / "checks.md").read_text()
    assert set(re.findall(r"^\*\*livesheet\.([EWI]0\d\d)\*\*", page, re.MULTILINE)) == raised


# --- declarations ----------------------------------------------------------------------------


@pytest.mark.parametrize("given", [None, "__all__", "name", [], {"name"}])
def test_fields_must_be_named(given: Any) -> None:
    class Faulty(LiveSheetConsumer):
        model, sheet_name, fields = Product, "faulty", given

    assert found() == [
        Error(
            f"`fields` must be a list of column names; got {given!r}.",
            hint=TYPED_NAMES,
            obj=Faulty,
            id="livesheet.E001",
        )
    ]


def test_an_unknown_field() -> None:
    class Faulty(LiveSheetConsumer):
        model, sheet_name, fields = Product, "faulty", ["name", "prize", "value"]

    assert found() == [
        Error(
            "`fields` names 'prize', which is not a field, property, method or annotation of"
            " Product.",
            hint=f"Did you mean 'price'? The fields are: {PRODUCT_FIELDS}.",
            obj=Faulty,
            id="livesheet.E002",
        )
    ]


def test_a_field_that_is_named_twice() -> None:
    class Faulty(LiveSheetConsumer):
        model, sheet_name, fields = Product, "faulty", ["name", "price", "name", "name"]

    assert found() == [
        Error(
            "`fields` names 'name' more than once.",
            hint="A column is identified by its name, so a sheet can show it only once.",
            obj=Faulty,
            id="livesheet.E013",
        )
    ]


def test_depending_on_a_model_that_is_not_live() -> None:
    class Faulty(LiveSheetConsumer):
        model, sheet_name, fields = Product, "faulty", ["name", "value"]
        depends_on = [Note, Group]

    assert found() == [
        Error(
            "`depends_on` names auth.Group, which is not live: livesheet cannot see its saves.",
            hint="Add the mixin to the model, or call `livesheet.track(…)` with it in the"
            " `ready()` of one of your apps.",
            obj=Faulty,
            id="livesheet.E014",
        )
    ]


def test_labels_that_are_made_of_no_text_field_of_a_relation() -> None:
    class Faulty(LiveSheetConsumer):
        model, sheet_name, fields = Product, "faulty", ["name", "supplier"]
        search_fields = ["supplier__name", "name", "supplier__id", "supplier__nmae", "tags__name"]

    assert found() == [
        Error(
            f"`search_fields` names {name!r}, which is not a text field of a relation in `fields`.",
            hint='Name a relation and a text field of what it refers to: "supplier__name". The'
            " sheet's own texts are searched without being named.",
            obj=Faulty,
            id="livesheet.E018",
        )
        for name in Faulty.search_fields[1:]
    ]


def test_actions_that_are_not_there_or_cannot_be_offered() -> None:
    class Faulty(LiveSheetConsumer):
        model, sheet_name, fields = Product, "faulty", ["name"]
        actions = ["markpaid", "mark_paid", "rows"]

        @action(permissions=["change", "pay"], done="%(count)d%")
        def mark_paid(self, product: Any) -> None: ...

    named = "Methods are: mark_paid."
    known = "Name 'view', 'add', 'change', 'delete', or one of Django's with its app"
    assert found() == [
        Error(
            "`actions` names 'markpaid', which is not a method of Faulty.",
            hint="Write it there: `def markpaid(self, row): …`, and say with `@action(…)` how it is"
            f" offered. Did you mean 'mark_paid'? {named}",
            obj=Faulty,
            id="livesheet.E021",
        ),
        Error(
            "The action 'mark_paid' asks for the permission 'pay'.",
            hint=f"{known}: 'app.pay'.",
            obj=Faulty,
            id="livesheet.E022",
        ),
        Error(
            "`done` of the action 'mark_paid' cannot be formatted: KeyError.",
            hint="It may contain `%(n)d`, the number of rows, and no other placeholder; write `%%`"
            " for a percent sign.",
            obj=Faulty,
            id="livesheet.E023",
        ),
        Error(
            "`actions` names 'rows', which is not a method of Faulty.",
            hint="Write it there: `def rows(self, row): …`, and say with `@action(…)` how it is"
            f" offered. {named}",
            obj=Faulty,
            id="livesheet.E021",
        ),
    ]


def test_row_styles_that_are_no_colours() -> None:
    class Faulty(LiveSheetConsumer):
        queryset = Product.objects.annotate(
            urgency=Case(When(stock=0, then=Value("crimson")), default=Value("gray"))
        )
        sheet_name, fields, row_style = "faulty", ["name"], "urgency"

    class Missing(LiveSheetConsumer):
        model, sheet_name, fields, row_style = Product, "missing", ["name"], "prise"

    messages = {(error.id, error.obj): error for error in found()}
    assert {key[0] for key in messages} == {"livesheet.E024", "livesheet.E025"}
    strange, missing = messages["livesheet.E025", Faulty], messages["livesheet.E024", Missing]
    assert (
        strange.msg
        == "`row_style` can have the value 'gray', which is not a colour of the palette."
    )
    assert str(strange.hint).startswith("Did you mean 'grey'? The colours are: red, orange")
    assert missing.msg.startswith("`row_style` names 'prise', which is neither an annotation")
    assert "Did you mean 'price'?" in str(missing.hint)


class Windowed(LiveSheetConsumer):
    abstract = True
    model = Product
    fields = ["name"]


def test_what_windows_need() -> None:
    class Random(Windowed):
        abstract = True
        window = True
        ordering = ["?"]

    class Faulty(Windowed):
        abstract = True
        window: Any = "yes"
        window_above: Any = "many"

    assert list(checks.windows(Windowed)) == []
    assert [m.id for m in checks.windows(Random)] == ["livesheet.E026"]
    assert [(m.id, m.hint) for m in checks.windows(Faulty)] == [
        ("livesheet.E019", "Use True, False or None."),
        ("livesheet.E019", "Use a number of rows."),
    ]


class LogOnDefaultOnly:
    def allow_migrate(self, db: str, app_label: str, **_hints: Any) -> bool:
        return db == "default" or app_label == "app"


def test_a_database_without_the_log_where_live_models_may_be_written(settings: Any) -> None:
    settings.DATABASE_ROUTERS = [LogOnDefaultOnly()]
    (warning,) = checks.check_log_on_every_database()
    assert (warning.id, warning.level) == ("livesheet.W012", 30)
    assert "app.Note, " in warning.msg
    assert "'archive'" in warning.msg
    assert "'livesheet'" in str(warning.hint)


def test_an_annotation_is_a_field() -> None:
    class Annotated(LiveSheetConsumer):
        queryset = Product.objects.annotate(shelf=Value("A"))
        sheet_name = "annotated"
        fields = ["name", "shelf"]

    assert found() == []


def test_a_queryset_by_user_and_param_is_asked_for_its_annotations() -> None:
    class Asked(LiveSheetConsumer):
        model, sheet_name, fields = Product, "asked", ["name", "shelf", "shelv"]
        params = {"year": int}

        def get_queryset(self) -> Any:
            assert not self.user.is_authenticated
            return Product.objects.filter(stock=self.params["year"]).annotate(shelf=Value("A"))

    assert found() == [
        Error(
            "`fields` names 'shelv', which is not a field, property, method or annotation of"
            " Product.",
            hint="Did you mean 'shelf'? The fields are: active, counted_at, id, name, owner, price,"
            " shelf, stock, supplier, tags, unit.",
            obj=Asked,
            id="livesheet.E002",
        )
    ]


def test_what_only_a_real_user_can_tell_is_not_judged() -> None:
    class Private(LiveSheetConsumer):
        model, sheet_name, fields = Product, "private", ["name", "whatever"]

        def get_queryset(self) -> Any:
            return Product.objects.filter(owner=self.user.team.name)

    class ByHook(LiveSheetConsumer):
        model, sheet_name, readonly_fields = Product, "by_hook", ["whatever"]

        def get_fields(self) -> Any:
            return ["name", *self.user.columns]

    assert found() == []


def test_two_sheets_of_one_name() -> None:
    class Again(LiveSheetConsumer):
        model, fields = Note, ["text"]

    assert found() == [
        Error(
            "Two sheets are named 'note': tests.app.consumers.NoteSheet and"
            " tests.test_checks.test_two_sheets_of_one_name.<locals>.Again."
            " Only the first is served.",
            hint="Give one of them a `sheet_name` of its own.",
            obj=Again,
            id="livesheet.E003",
        )
    ]
    assert NoteSheet in all_sheets()


def test_a_model_that_is_not_live() -> None:
    class Faulty(LiveSheetConsumer):
        model, fields = Group, ["name"]

    assert found() == [
        Error(
            "auth.Group is not live: livesheet cannot see its saves.",
            hint="Add the mixin: `class Group(LiveSheetMixin, models.Model)`, from"
            " livesheet.models, which makes no migration; or, for a model that is not yours, call"
            " `livesheet.track(Group)` in the `ready()` of one of your apps.",
            obj=Faulty,
            id="livesheet.E004",
        )
    ]


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        (lambda: Note.objects.all()[:5], "is a slice, which cannot be filtered"),
        (
            lambda: Note.objects.all().union(Note.objects.all()),
            "is made by union(), which cannot be filtered",
        ),
    ],
)
def test_rows_that_cannot_be_filtered(rows: Any, fault: str) -> None:
    class Faulty(LiveSheetConsumer):
        model, fields, sheet_name = Note, ["text"], "faulty"

        def get_queryset(self) -> Any:
            return rows()

    assert found() == [
        Error(
            f"The sheet's queryset {fault}.",
            hint="Each changed row is looked up in it. Select the rows by a condition: use a slice"
            " or a union as a subquery in `filter(pk__in=…)`, or write a union as `Q(…) | Q(…)`.",
            obj=Faulty,
            id="livesheet.E015",
        )
    ]


def test_a_serializer_that_hides_where_no_sheet_asks() -> None:
    class NoteSerializer(serializers.ModelSerializer[Note]):
        class Meta:
            model = Note
            fields = ["text"]

        @property
        def data(self) -> Any:
            return {}

    class Faulty(LiveSheetConsumer):
        model, fields, serializer_class = Note, ["text"], NoteSerializer
        sheet_name = "faulty"

    assert found() == [
        Error(
            "NoteSerializer decides in its `data`, or in a `list_serializer_class`, what is shown."
            " A sheet reads each row separately and would not call it.",
            hint="Use `to_representation()`, which every sheet honours.",
            obj=Faulty,
            id="livesheet.E017",
        )
    ]


def test_a_serializer_that_takes_a_field_out_for_some() -> None:
    class NoteSerializer(serializers.ModelSerializer[Note]):
        class Meta:
            model = Note
            fields = ["key", "text"]

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            if "user" not in self.context:
                self.fields.pop("text")

    class Fine(LiveSheetConsumer):
        model, fields, serializer_class = Note, ["key", "text"], NoteSerializer
        sheet_name = "fine"

    assert Fine and found() == []


def test_a_serializer_that_lacks_a_field() -> None:
    class NoteSerializer(serializers.ModelSerializer[Note]):
        class Meta:
            model = Note
            fields = ["key", "text"]

    class Faulty(LiveSheetConsumer):
        model, sheet_name, fields = Note, "faulty", ["key", "txt"]
        serializer_class = NoteSerializer

    assert found() == [
        Error(
            "`fields` names 'txt', which NoteSerializer does not have.",
            hint="Did you mean 'text'? It has: key, text.",
            obj=Faulty,
            id="livesheet.E005",
        )
    ]


def test_a_schema_for_each_tenant(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    assert checks.check_tenants() == []
    engine = "django_tenants.postgresql_backend"
    monkeypatch.setitem(settings.DATABASES["archive"], "ENGINE", engine)
    assert checks.check_tenants() == [
        Error(
            "django_tenants chooses a schema for each HTTP request. It does not see sockets, so a"
            " sheet would show the rows of the public schema.",
            hint='Set LIVESHEET["SCOPE_CONTEXT"] to a function that returns the tenant of a socket,'
            " as in docs/existing-projects.md.",
            id="livesheet.E016",
        )
    ]
    settings.LIVESHEET = {"SCOPE_CONTEXT": "shop.places.place_of"}
    assert checks.check_tenants() == [
        Warning(
            "livesheet does not know to which tenant a process writes, so a tenant's change log"
            " grows while none of its sheets is open.",
            hint='Set LIVESHEET["WRITER_CONTEXT"] to a function that returns the tenant of a'
            " writing thread, as in docs/existing-projects.md.",
            id="livesheet.W014",
        )
    ]
    settings.LIVESHEET |= {"WRITER_CONTEXT": "shop.places.place_of_writer"}
    assert checks.check_tenants() == []


@isolate_apps("tests.app")
def test_keys_without_end() -> None:
    class Page(LiveSheetMixin, models.Model):
        address = models.TextField(primary_key=True)

        class Meta:
            app_label = "app"

    class PageSheet(LiveSheetConsumer):
        model = Page
        fields = ["address"]

    assert found() == [
        Warning(
            "A key of app.Page may be longer than 2000 characters; a row with such a key is shown"
            " but cannot be edited.",
            hint="Give 'address' a `max_length` of 2000 at most, if no key is longer.",
            obj=PageSheet,
            id="livesheet.W009",
        )
    ]


@isolate_apps("tests.app")
def test_what_a_new_row_must_have_and_nobody_can_write() -> None:
    class Paper(LiveSheetMixin, models.Model):
        name = models.CharField(max_length=80)
        scan = models.FileField()
        draft = models.FileField(blank=True)

        class Meta:
            app_label = "app"

    class PaperSheet(LiveSheetConsumer):
        model, fields = Paper, ["name", "scan", "draft"]

    class ScannedSheet(LiveSheetConsumer):
        model, sheet_name, fields = Paper, "scanned", ["name", "scan"]
        readonly_fields = ["scan"]

    assert found() == [
        Warning(
            "A new row must have 'scan', which a sheet cannot write.",
            hint="No row can be added. Give the field a default or `blank=True`, or name it in"
            " `readonly_fields` and fill it in in `perform_add()`.",
            obj=PaperSheet,
            id="livesheet.W010",
        )
    ]


class SupplierSerializer(serializers.ModelSerializer[Supplier]):
    class Meta:
        model = Supplier
        fields = ["name"]


@pytest.mark.parametrize(
    ("field", "relation"),
    [
        (serializers.CharField(source="supplier.name"), "supplier"),
        (serializers.SlugRelatedField("name", source="supplier", read_only=True), "supplier"),
        (serializers.StringRelatedField(source="supplier"), "supplier"),
        (SupplierSerializer(source="supplier", read_only=True), "supplier"),
        (serializers.SlugRelatedField("name", source="tags", many=True, read_only=True), "tags"),
        (serializers.CharField(source="supplier.name", write_only=True), ""),
        (serializers.IntegerField(source="supplier.pk"), ""),
        (serializers.PrimaryKeyRelatedField(source="supplier", read_only=True), ""),
        (serializers.PrimaryKeyRelatedField(source="tags", many=True, read_only=True), ""),
        (serializers.CharField(source="name.upper"), ""),
    ],
)
def test_a_field_that_goes_past_the_bound_of_a_relation(field: Any, relation: str) -> None:
    class GoodsSerializer(serializers.ModelSerializer[Product]):
        shown = field

        class Meta:
            model = Product
            fields = ["name", "shown"]

    class Goods(LiveSheetConsumer):
        model, sheet_name, fields = Product, "goods", ["name", "shown"]
        serializer_class = GoodsSerializer

        def get_related_queryset(self, field: str) -> Any:
            return super().get_related_queryset(field).filter(name__startswith="oak-")

    class Unbound(LiveSheetConsumer):
        model, sheet_name, fields = Product, "unbound", ["name", "shown"]
        serializer_class = GoodsSerializer

    warning = Warning(
        f"'shown' of GoodsSerializer shows what {relation!r} refers to, whatever"
        " `get_related_queryset()` hides.",
        hint=f"Show {relation!r} itself: its labels are limited by that hook. Or leave the field"
        " out in `get_fields()` for users who may not see it. If all users may see it, silence"
        " this check.",
        obj=Goods,
        id="livesheet.W015",
    )
    assert found() == ([warning] if relation else [])


class Mine(LiveSheetConsumer):
    """Hides rows, as the sheets of the test below do that inherit it."""

    def get_queryset(self) -> Any:
        return super().get_queryset().filter(name__startswith="oak-")


@pytest.mark.parametrize("kept", [True, False], ids=["bounded", "unbounded"])
def test_a_relation_that_names_the_rows_of_a_sheet_that_hides_some(kept: bool) -> None:
    class Suppliers(Mine):
        model, sheet_name, fields = Supplier, "suppliers", ["name"]

    class Goods(LiveSheetConsumer):
        model, sheet_name, fields = Product, "goods", ["name", "supplier"]

    class Unrelated(LiveSheetConsumer):
        model, sheet_name, fields = Product, "unrelated", ["name", "tags"]

    if kept:
        Goods.get_related_queryset = lambda self, field: Supplier.objects.none()  # type: ignore[method-assign]
    warning = Warning(
        f"'supplier' of {_path(Goods)} offers every app.Supplier by its label, and"
        f" `get_queryset()` of {_path(Suppliers)} may hide some of them.",
        hint="Override `get_related_queryset()` to return, for 'supplier', those that the user may"
        " know of. If everybody may know all their labels, silence this check.",
        obj=Goods,
        id="livesheet.W017",
    )
    about = [m for m in found() if m.id == "livesheet.W017" and m.obj in (Goods, Unrelated)]
    assert about == ([] if kept else [warning])


@pytest.mark.parametrize("wants_a_user", [True, False], ids=["by user", "select_related"])
def test_a_relation_may_name_the_rows_of_a_sheet_that_shows_all(wants_a_user: bool) -> None:
    class Suppliers(LiveSheetConsumer):
        model, sheet_name, fields = Supplier, "suppliers", ["name"]

        def get_queryset(self) -> Any:
            rows = super().get_queryset()
            return rows.filter(pk=self.user.branch.pk) if wants_a_user else rows.order_by("name")

    class Goods(LiveSheetConsumer):
        model, sheet_name, fields = Product, "goods", ["name", "supplier"]

    about = [m for m in found() if m.id == "livesheet.W017" and m.obj is Goods]
    assert len(about) == wants_a_user


@isolate_apps("tests.app")
def test_a_relation_to_the_same_model_names_what_the_sheet_itself_hides() -> None:
    class Part(LiveSheetMixin, models.Model):
        name = models.CharField(max_length=20)
        whole = models.ForeignKey("self", models.CASCADE)

        class Meta:
            app_label = "app"

    class Parts(Mine):
        model, fields = Part, ["name", "whole"]

    class Nameless(Mine):
        fields = ["name", "whole"]

    assert [m.obj for m in found() if m.id == "livesheet.W017"] == [Parts]


@isolate_apps("tests.app")
def test_a_composite_primary_key() -> None:
    class Line(LiveSheetMixin, models.Model):
        pk = models.CompositePrimaryKey("order", "number")
        order = models.IntegerField()
        number = models.IntegerField()

        class Meta:
            app_label = "app"

    class Faulty(LiveSheetConsumer):
        model, fields = Line, ["number"]

    assert found() == [
        Error(
            "app.Line has a composite primary key, which a sheet cannot address.",
            hint="Show a model whose primary key is one field.",
            obj=Faulty,
            id="livesheet.E006",
        )
    ]


@isolate_apps("tests.app")
def test_a_primary_key_that_is_no_text() -> None:
    class Print(LiveSheetMixin, models.Model):
        hashed = models.BinaryField(max_length=32, primary_key=True)

        class Meta:
            app_label = "app"

    class Faulty(LiveSheetConsumer):
        model, fields = Print, ["hashed"]

    [said] = [message for message in found() if message.id == "livesheet.E006"]
    assert said.msg == "app.Print has a binary primary key, which a sheet cannot address."


def test_a_conflict_rule_that_does_not_exist() -> None:
    class Faulty(LiveSheetConsumer):
        model, sheet_name, fields = Note, "faulty", ["text"]
        conflict = "merge"  # type: ignore[assignment]

    assert found() == [
        Error(
            '`conflict` must be "reject" or "overwrite"; got \'merge\'.',
            hint='With "reject", the default, the second author sees who changed the cell; with'
            ' "overwrite", the last write wins.',
            obj=Faulty,
            id="livesheet.E007",
        )
    ]


class Router:
    """Lets no app's tables onto ``archive``, where notes are written."""

    def db_for_write(self, model: Any, **hints: Any) -> str | None:
        return "archive" if model is Note else None

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool | None:
        return False if db == "archive" else None


@override_settings(DATABASE_ROUTERS=[Router()])
def test_a_database_without_the_change_log() -> None:
    assert found() == [
        Error(
            "app.Note is written to the database 'archive', where the change log is not kept.",
            hint="Let the database router's allow_migrate() answer True for the app 'livesheet' on"
            " 'archive', and run `manage.py migrate --database archive`.",
            obj=NoteSheet,
            id="livesheet.E008",
        )
    ]


def test_a_declaration_that_raises() -> None:
    class Broken(serializers.ModelSerializer[Note]):
        class Meta:
            model = Note

    class Faulty(LiveSheetConsumer):
        model, sheet_name, fields, serializer_class = Note, "faulty", ["text"], Broken

    (error,) = found()
    assert error == Error(
        f"The sheet cannot be built: AssertionError: {error.msg.partition('AssertionError: ')[2]}",
        hint="Check the declaration and its serializer.",
        obj=Faulty,
        id="livesheet.E009",
    )
    assert "Creating a ModelSerializer without" in error.msg


@pytest.mark.parametrize(
    "body",
    [
        {"params": ["year"]},
        {"column_options": {"text": 5}},
        {"readonly_fields": None},
        {"fields": [5]},
        {"get_model": None},
    ],
)
def test_checks_never_raise(body: dict[str, Any]) -> None:
    faulty: Any = type(
        "Faulty", (LiveSheetConsumer,), {"model": Note, "sheet_name": "x", "fields": ["text"]}
    )
    for name, value in body.items():
        setattr(faulty, name, value)
    assert [error.id for error in found()] == ["livesheet.E009"]


def test_options_of_no_column() -> None:
    class Stray(LiveSheetConsumer):
        model, sheet_name, fields = Note, "stray", ["key", "text"]
        readonly_fields = ["txt"]
        column_options = {"kee": {"width": 80}, "text": {}}

    assert found() == [
        Warning(
            "`readonly_fields` names 'txt', which is not a column of the sheet.",
            hint="Did you mean 'text'? The columns are: key, text.",
            obj=Stray,
            id="livesheet.W001",
        ),
        Warning(
            "`column_options` names 'kee', which is not a column of the sheet.",
            hint="Did you mean 'key'? The columns are: key, text.",
            obj=Stray,
            id="livesheet.W002",
        ),
    ]


def test_options_that_a_hook_replaces_are_not_judged() -> None:
    class ByHook(LiveSheetConsumer):
        model, sheet_name, fields = Note, "by_hook", ["text"]
        readonly_fields = ["elsewhere"]

        def get_readonly_fields(self) -> Any:
            return ["text"] if not self.user.is_staff else []

    assert found() == []
    assert issubclass(ByHook, Sheet)


# --- templates -------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Path:
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]
    return tmp_path


def test_a_template_that_names_no_sheet(folder: Path) -> None:
    page = folder / "shop" / "page.html"
    page.parent.mkdir()
    page.write_text(
        """{% load livesheet %}{% livesheet "note" %}{% livesheet name %}
        {%livesheet 'prodcut' unit="kg" as it %}"""
    )
    assert checks.check_templates() == [
        Error(
            f"{page} names the sheet 'prodcut', which does not exist.",
            hint="Did you mean 'product'? The sheets are: article, note, product, sample,"
            " supplier.",
            id="livesheet.E010",
        )
    ]


def test_what_no_template_renders_is_not_judged(folder: Path) -> None:
    (folder / "logo.png").write_bytes(b"\xff\xfe{% livesheet 'x' %}")
    (folder / "page.html").write_text(
        """{# {% livesheet "x" %} #}{% comment "why" %}{% livesheet "x" %}
        {% endcomment %}{% verbatim %}{% livesheet "x" %}{% endverbatim %}"""
    )
    assert checks.check_templates() == []


def test_templates_of_installed_packages_are_not_read(folder: Path, settings: Any) -> None:
    installed = folder / "site-packages"
    installed.mkdir()
    (installed / "page.html").write_text("{% livesheet 'x' %}")
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [installed]}]
    assert checks.check_templates() == []


# --- settings --------------------------------------------------------------------------------


@override_settings(LIVESHEET={"POLL_SECOND": 1, "THREADS": 2})
def test_an_unknown_setting() -> None:
    assert checks.check_settings() == [
        Warning(
            "LIVESHEET has the unknown key 'POLL_SECOND'.",
            hint=f"Did you mean 'POLL_SECONDS'? The keys are: {', '.join(sorted(conf.DEFAULTS))}.",
            id="livesheet.W003",
        )
    ]


@override_settings(LIVESHEET=["THREADS"], DEBUG=False)
def test_settings_that_are_no_dict() -> None:
    assert checks.check_settings() == [
        Error(
            "LIVESHEET must be a dict; got ['THREADS'].",
            hint="Leave the setting out for the defaults.",
            id="livesheet.E011",
        )
    ]
    assert checks.check_channel_layer() == []


@pytest.mark.parametrize(
    ("alias", "fault", "hint"),
    [
        (
            "defualt",
            "is not a database alias",
            "Did you mean 'default'? The aliases are: archive, default, lite.",
        ),
        (
            "lite",
            "is a SQLite database",
            "Only PostgreSQL has LISTEN and NOTIFY. With others use a channel layer.",
        ),
    ],
)
def test_a_database_without_notify(
    alias: str, fault: str, hint: str, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    lite = {**settings.DATABASES["default"], "ENGINE": "django.db.backends.sqlite3", "OPTIONS": {}}
    monkeypatch.setitem(settings.DATABASES, "lite", lite)
    settings.LIVESHEET = {"NOTIFY_DATABASE": alias}
    message = f'LIVESHEET["NOTIFY_DATABASE"] is {alias!r}, which {fault}.'
    expected = Error(message, hint=hint, id="livesheet.E012")
    assert checks.check_notify_database() == [expected]


def test_a_database_with_notify(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = "django.db.backends.postgresql"
    there = {**settings.DATABASES["default"], "ENGINE": engine, "OPTIONS": {}}
    monkeypatch.setitem(settings.DATABASES, "there", there)
    settings.LIVESHEET = {"NOTIFY_DATABASE": "there"}
    assert checks.check_notify_database() == []
    monkeypatch.setattr(connections["there"].Database, "__version__", "2.9.10 (dt dec pq3 ext)")
    assert checks.check_notify_database() == [
        Error(
            "LIVESHEET[\"NOTIFY_DATABASE\"] is 'there', which is reached with psycopg2.",
            hint='Install psycopg 3: `pip install "psycopg[binary]"`.',
            id="livesheet.E012",
        )
    ]
    layers = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
    with override_settings(CHANNEL_LAYERS=layers, DEBUG=False):
        assert checks.check_channel_layer() == []


@override_settings()
def test_no_asgi_application(settings: Any) -> None:
    del settings.ASGI_APPLICATION
    assert checks.check_asgi_application() == [
        Warning(
            "ASGI_APPLICATION is not set, so `runserver` answers no socket and no sheet opens.",
            hint='Set it to the application in your asgi.py: "proj.asgi.application".',
            id="livesheet.W004",
        )
    ]


@pytest.mark.parametrize("other", ["whitenoise.runserver_nostatic", "django.contrib.staticfiles"])
def test_daphne_after_another_runserver(
    other: str, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    others = [name for name in settings.INSTALLED_APPS if name not in ("daphne", other)]
    settings.INSTALLED_APPS = [other, "daphne", *others]
    assert checks.check_runserver() == [
        Warning(
            f"{other!r} comes before 'daphne' in INSTALLED_APPS, and its `runserver` answers no"
            " socket.",
            hint="Put 'daphne' first.",
            id="livesheet.W005",
        )
    ]
    settings.INSTALLED_APPS = ["daphne", other, *others]
    assert checks.check_runserver() == []
    settings.INSTALLED_APPS = [other, *others]
    assert checks.check_runserver() == []
    assert apps.is_installed(other)


@override_settings(
    CHANNEL_LAYERS={"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}, DEBUG=False
)
def test_a_layer_in_memory() -> None:
    expected = Warning(
        "The channel layer 'default' is in memory, so it reaches its own process only.",
        hint="With several processes use channels_redis. Without a shared layer each process looks"
        " into the change log every 0.2 s, and shows only its own users' presence.",
        id="livesheet.W006",
    )
    assert checks.check_channel_layer() == [expected]
    assert expected in run_checks(tags=["livesheet"], include_deployment_checks=True)
    assert expected not in run_checks(tags=["livesheet"])
    with override_settings(DEBUG=True):
        assert checks.check_channel_layer() == []
    with override_settings(LIVESHEET={"CHANNEL_LAYER": None}):
        assert checks.check_channel_layer() == []


def test_javascript_of_a_wrong_type(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mimetypes, "guess_type", lambda name: ("text/plain", None))
    assert checks.check_javascript_type() == [
        Warning(
            "JavaScript files would be served as 'text/plain', and browsers refuse such a module.",
            hint='Add `mimetypes.add_type("text/javascript", ".js", True)` to the settings file.'
            " On Windows the registry decides it.",
            id="livesheet.W007",
        )
    ]


# --- deployment ------------------------------------------------------------------------------


def deployed(**options: Any) -> list[CheckMessage]:
    """The messages with these options of a Redis channel layer."""
    hosts = options.pop("hosts", [{"address": "redis://redis", "socket_timeout": None}])
    layer = {
        "BACKEND": options.pop("backend", "channels_redis.core.RedisChannelLayer"),
        "CONFIG": {"hosts": hosts, **options},
    }
    with override_settings(CHANNEL_LAYERS={"default": layer}):
        return deployment.check_deployment()


def test_a_layer_that_holds_little_or_forgets_soon() -> None:
    assert deployed(capacity=1000) == deployed(group_expiry=120) == deployed() == []
    assert deployed(capacity=10, group_expiry=60) == [
        Warning(
            "The channel layer 'default' holds 10 messages for a process. Further messages are"
            " dropped silently: colleagues' cursors stop moving.",
            hint="Leave `capacity` at 100, or raise it to 1000 for many users.",
            id="livesheet.W020",
        ),
        Warning(
            "The channel layer 'default' forgets its listeners after 60 s. Each process joins"
            " again every 60 s, and hears nothing in between.",
            hint="Leave `group_expiry` at its default of a day.",
            id="livesheet.W021",
        ),
    ]


def test_redis_sockets_that_may_not_be_idle() -> None:
    expected = Warning(
        f"redis-py {redis.__version__} gives up on Redis after 5 s of silence, but the layer"
        " waits for 5 s. Livesheet avoids this; every *other* consumer that is idle for that long"
        " is closed with a TimeoutError.",
        hint='Set it for each host: {"hosts": [{"address": "redis://…", "socket_timeout": None}]}.',
        id="livesheet.W022",
    )
    bare = ["redis://redis"] if int(redis.__version__.split(".")[0]) >= 8 else []
    short = [{"address": "redis://redis", "socket_timeout": 5}]
    assert deployed(hosts=short) == [expected]
    assert deployed(hosts=bare) == [expected] * len(bare)
    assert deployed(hosts=["redis://redis?socket_timeout=30"]) == []
    pubsub = "channels_redis.pubsub.RedisPubSubChannelLayer"
    assert deployed(hosts=short, backend=pubsub) == []


@pytest.mark.parametrize(
    ("pool", "size"), [(True, 4), ({"max_size": 8}, 8), ({"min_size": 6}, 6)], ids=str
)
def test_a_pool_that_livesheet_empties(
    pool: Any, size: int, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(settings.DATABASES["default"], "OPTIONS", {"pool": pool})
    assert deployed() == [
        Error(
            f"The pool of the database 'default' has {size} connections, and livesheet keeps up to"
            " 8 per process for itself. Edits and pages wait for a connection that never comes"
            " free, and fail.",
            hint='Enlarge it: "pool": {"max_size": 16}. Or lower LIVESHEET[\'THREADS\']; there are'
            " twice as many threads.",
            id="livesheet.E020",
        )
    ]
    settings.LIVESHEET = {"THREADS": 1}
    assert deployed() == []


def test_connections_that_pile_up(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(settings.DATABASES["default"], "CONN_MAX_AGE", 60)
    assert deployed() == [
        Warning(
            "CONN_MAX_AGE of the database 'default' is 60. An ASGI server runs each page's queries"
            " on a short-lived thread, so persistent connections pile up. Livesheet keeps its own"
            " connections anyway.",
            hint='Leave it at 0 if ASGI serves pages, or use `"pool"` on PostgreSQL. Silence'
            " this check if only WSGI serves pages.",
            id="livesheet.W023",
        )
    ]


@override_settings(ALLOWED_HOSTS=["*"], CSRF_TRUSTED_ORIGINS=["https://a.b", "https://c.d/"])
def test_hosts_and_origins() -> None:
    assert deployed() == [
        Warning(
            "ALLOWED_HOSTS accepts every host. The origin of a socket is compared with the host"
            " that the request names, so anybody who points a domain at this server can pass for"
            " your site.",
            hint="List the hosts of the site.",
            id="livesheet.W024",
        ),
        Warning(
            "CSRF_TRUSTED_ORIGINS contains 'https://c.d/', which has a path. No browser sends an"
            " origin with a path, a slash at its end included, so this one never matches, and"
            " sockets are refused with a 403.",
            hint="Write 'https://c.d'.",
            id="livesheet.W025",
        ),
    ]


@override_settings(LIVESHEET={"HANDSONTABLE": {"js": "own.js"}})
def test_a_grid_without_a_key() -> None:
    (warning,) = deployed()
    assert warning == Warning(
        "LIVESHEET['HANDSONTABLE'] names your own Handsontable without a `license_key`. From"
        " version 7.0.0 on, it covers the grid with a notice until it gets a valid key.",
        hint="Give your key, or leave the setting out for the 6.2.2 (MIT) inside the package.",
        id="livesheet.W026",
    )
    assert warning in run_checks(tags=["livesheet"], include_deployment_checks=True)
    assert warning not in run_checks(tags=["livesheet"])


@pytest.mark.parametrize("ordering", [["tags"], ["-tags__name", "pk"], [F("tags__name").asc()]])
def test_an_order_that_names_rows_several_times_is_said(ordering: Any) -> None:
    class TaggedSheet(LiveSheetConsumer):
        model, sheet_name = Product, "tagged"
        fields = ("name",)

    TaggedSheet.ordering = ordering
    expected = Warning(
        f"{_path(TaggedSheet)} is ordered by a relation to many objects, which names a row several"
        " times. Windows and the REST list's `?cursor=` refuse such an order.",
        hint="Sort by a value that each row has once: annotate it in `get_queryset()`, for"
        ' example `annotate(first_tag=Min("tags__name"))`, and name it in `ordering`.',
        obj=TaggedSheet,
        id="livesheet.W018",
    )
    assert found() == [expected]


def test_the_order_by_the_first_of_many_is_fine() -> None:
    class FirstTagSheet(LiveSheetConsumer):
        model, sheet_name = Product, "first-tag"
        fields = ("name",)
        ordering = ("first_tag",)

        def get_queryset(self) -> Any:
            return Product.objects.annotate(first_tag=Min("tags__name"))

    assert found() == []
