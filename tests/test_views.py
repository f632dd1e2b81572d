"""The REST side: the same rows, rights, validator and change log as the socket."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from django.contrib.auth import get_user_model
from django.db import OperationalError, connection, transaction
from django.db.models.signals import post_save
from django.urls import resolve
from django.utils import translation
from django.utils.translation import get_language
from rest_framework.test import APIClient

from livesheet.consumers import LiveSheetConsumer
from livesheet.doorbell import doorbell
from livesheet.edits import attempts
from livesheet.log import actors
from livesheet.models import Change
from livesheet.sheet.declaration import unregister
from livesheet.sheet.lookups import labelled
from tests.app.models import Note, Product, Sample, Supplier, Tag
from tests.holding import held_elsewhere

pytestmark = pytest.mark.django_db(transaction=True)

READONLY = {"value": ["Value cannot be changed here."]}
NOT_FOUND = {"detail": "This row does not exist, or you do not have permission to see it."}


def client_of(user: Any) -> APIClient:
    client = APIClient()
    client.force_login(user)
    return client


@pytest.fixture
def api(ann: Any) -> APIClient:
    return client_of(ann)


@pytest.fixture
def table() -> Product:
    supplier = Supplier.objects.create(name="Nordwood")
    return Product.objects.create(name="Table", price="12.00", supplier=supplier)


@pytest.fixture
def mine() -> Iterator[type[LiveSheetConsumer]]:
    """Shows each user only the products that bear the user's name."""

    class MineSheet(LiveSheetConsumer):
        model = Product
        sheet_name = "mine"
        fields = ["name", "owner", "supplier"]
        params = {"unit": str}

        def get_queryset(self) -> Any:
            mine = Product.objects.filter(owner=self.user.username)
            return mine.filter(unit=self.params["unit"])

        def get_related_queryset(self, field: str) -> Any:
            return super().get_related_queryset(field).exclude(name="Secret")

        def has_change_permission(self, obj: Any = None) -> bool:
            return obj is None or obj.name != "Fixed"

        has_delete_permission = has_change_permission

    yield MineSheet
    unregister(MineSheet)


# --- reading ---------------------------------------------------------------------------------


def test_a_row_is_the_serializers_representation_and_its_key(
    api: APIClient, table: Product
) -> None:
    table.tags.add(Tag.objects.create(name="wood"))
    row = api.get(f"/sheets/product/{table.pk}/").json()
    assert row == {
        "pk": str(table.pk),
        "name": "Table",
        "price": "12.00",
        "stock": 0,
        "unit": "piece",
        "active": True,
        "counted_at": None,
        "supplier": table.supplier_id,
        "tags": [tag.pk for tag in table.tags.all()],
        "value": row["value"],
    }
    assert api.get("/sheets/product/").json() == {
        "count": 1,
        "next": None,
        "previous": None,
        "results": [row],
    }


def test_lists_are_paginated(api: APIClient) -> None:
    Note.objects.bulk_create(Note(key=f"{n:04}") for n in range(1_050))

    def page(query: str) -> dict[str, Any]:
        answer: dict[str, Any] = api.get(f"/sheets/note/{query}").json()
        return answer

    first = page("")
    assert (first["count"], len(first["results"])) == (1_050, 100)
    assert first["next"] == "http://testserver/sheets/note/?page=2"
    assert page("?page=2")["results"][0]["pk"] == "0100"
    assert len(page("?page_size=5000")["results"]) == 1_000
    assert page("?page=99") == {"detail": "Invalid page."}


def test_a_page_needs_few_queries(
    api: APIClient, table: Product, django_assert_max_num_queries: Any
) -> None:
    tag = Tag.objects.create(name="wood")
    for n in range(20):
        Product.objects.create(name=f"Chair {n}").tags.add(tag)
    with django_assert_max_num_queries(7):
        assert len(api.get("/sheets/product/").json()["results"]) == 21


def test_the_browsable_api_shows_a_row(api: APIClient, table: Product) -> None:
    for address in ("/sheets/product/", f"/sheets/product/{table.pk}/"):
        page = api.get(address, HTTP_ACCEPT="text/html")
        assert page.status_code == 200
        assert "Table" in page.content.decode()
    assert api.options("/sheets/product/").status_code == 200


# --- writing ---------------------------------------------------------------------------------


def test_a_change_is_saved_and_logged_with_its_author(
    api: APIClient, ann: Any, table: Product
) -> None:
    answer = api.patch(f"/sheets/product/{table.pk}/", {"price": "12.5"}, format="json")
    assert answer.status_code == 200
    assert answer.json()["price"] == "12.50"
    table.refresh_from_db()
    assert str(table.price) == "12.50"
    change = Change.objects.order_by("-id")[0]
    assert (change.model, change.kind, json.loads(change.pks)) == (
        "app.product", "save", [str(table.pk)],
    )  # fmt: skip
    assert (change.actor, change.client, change.ref) == (str(ann.pk), "", "")


def test_the_last_write_wins(api: APIClient, table: Product) -> None:
    Product.objects.filter(pk=table.pk).update(name="Desk")
    answer = api.patch(f"/sheets/product/{table.pk}/", {"name": "Bench"}, format="json")
    assert answer.json()["name"] == "Bench"


def test_an_empty_change_is_none(api: APIClient, table: Product) -> None:
    before = Change.objects.count()
    for given in ({}, {"name": "Table", "price": "12.00"}):
        assert api.patch(f"/sheets/product/{table.pk}/", given, format="json").status_code == 200
    assert Change.objects.count() == before
    assert api.patch("/sheets/product/999/", {}, format="json").status_code == 404


def test_a_row_is_added(api: APIClient, ann: Any, table: Product) -> None:
    tag = Tag.objects.create(name="wood")
    given = {"name": "Chair", "supplier": table.supplier_id, "tags": [tag.pk], "unit": "kg"}
    answer = api.post("/sheets/product/", given, format="json")
    assert answer.status_code == 201
    chair = Product.objects.get(name="Chair")
    assert answer.json()["pk"] == str(chair.pk)
    assert list(chair.tags.all()) == [tag]
    added = Change.objects.get(kind="add", model="app.product", pks=f'["{chair.pk}"]')
    assert added.actor == str(ann.pk)


def test_a_row_is_deleted(api: APIClient, ann: Any, table: Product) -> None:
    answer = api.delete(f"/sheets/product/{table.pk}/")
    assert (answer.status_code, answer.content) == (204, b"")
    assert not Product.objects.exists()
    assert Change.objects.get(kind="delete").actor == str(ann.pk)


def test_a_put_needs_every_required_column(api: APIClient, table: Product) -> None:
    url = f"/sheets/product/{table.pk}/"
    answer = api.put(url, {"stock": 3}, format="json")
    assert (answer.status_code, answer.json()) == (400, {"name": ["This field is required."]})
    assert api.put(url, {"name": "Desk", "stock": 3}, format="json").json()["stock"] == 3
    table.refresh_from_db()
    assert (table.name, str(table.price)) == ("Desk", "12.00")


def test_an_invalid_value_saves_nothing(api: APIClient, table: Product) -> None:
    given = {"price": "-1", "name": "Desk", "stock": "many"}
    expected = {
        "price": ["Ensure this value is greater than or equal to 0."],
        "stock": ["A valid integer is required."],
    }
    for answer in (
        api.patch(f"/sheets/product/{table.pk}/", given, format="json"),
        api.post("/sheets/product/", given, format="json"),
    ):
        assert (answer.status_code, answer.json()) == (400, expected)
    assert list(Product.objects.values_list("name", flat=True)) == ["Table"]


def test_every_refusal_is_in_the_language_of_the_request(
    api: APIClient, viewer: Any, table: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_args: Any) -> None:
        raise OperationalError("database is locked")

    theirs, url = client_of(viewer), f"/sheets/product/{table.pk}/"
    with translation.override("de"):
        assert api.get("/sheets/none/").json() == {"detail": "Dieses Blatt gibt es nicht."}
        assert theirs.get("/sheets/article/").json() == {
            "detail": "Sie dürfen dieses Blatt nicht sehen."
        }
        assert api.put(url, {}, format="json").json() == {
            "name": ["Dieses Feld ist zwingend erforderlich."]
        }
        monkeypatch.setattr(Product, "save", busy)
        assert (
            api.patch(url, {"name": "Desk"}, format="json")
            .json()["detail"]
            .startswith("Die Datenbank ist ausgelastet.")
        )


def test_a_large_integer_is_an_integer_in_what_is_said(api: APIClient) -> None:
    sample = Sample.objects.create(char="x")
    url = f"/sheets/sample/{sample.pk}/"
    said = {"en": "A valid integer is required.", "fr": "Un nombre entier valide est requis."}
    for language, expected in said.items():
        with translation.override(language):
            answer = api.patch(url, {"big": "many"}, format="json")
        assert answer.json() == {"big": [expected]}


def test_columns_that_cannot_be_written_are_named(api: APIClient, table: Product) -> None:
    url = f"/sheets/product/{table.pk}/"
    given = {"name": "Desk", "value": 5}
    answer = api.patch(url, given, format="json")
    assert (answer.status_code, answer.json()) == (400, READONLY)
    answer = api.patch(url, {"name": "Desk", "nme": "x"}, format="json")
    assert (answer.status_code, answer.json()) == (400, {"nme": ["There is no column 'nme'."]})
    assert "value" in api.post("/sheets/product/", given, format="json").json()
    answer = api.post("/sheets/product/", {"name": "Desk", "nme": "x"}, format="json")
    assert (answer.status_code, list(answer.json())) == (400, ["nme"])
    assert list(Product.objects.values_list("name", flat=True)) == ["Table"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("[]", 400),
        ('"x"', 400),
        ("null", 400),
        ("{", 400),
        ("[" * 100_000, 400),
        (r'{"\ud800": 1}', 400),
    ],
)  # fmt: skip
def test_a_body_that_is_no_object_is_refused(
    api: APIClient, table: Product, body: str, status: int
) -> None:
    for method, url in (("post", "/sheets/product/"), ("patch", f"/sheets/product/{table.pk}/")):
        answer = api.generic(method.upper(), url, body, content_type="application/json")
        assert (answer.status_code, list(answer.json())) == (status, ["detail"])


def test_a_form_is_refused(api: APIClient) -> None:
    assert api.post("/sheets/product/", {"name": "Chair"}, format="multipart").status_code == 415


@pytest.mark.parametrize(
    ("column", "value", "why"),
    [
        ("char", r'"\ud800"', "half a character"),
        ("data", r'["\udc00"]', "half a character"),
        ("data", "[" * 900 + "]" * 900, "nested too deeply"),
        ("data", "[NaN]", "NaN is not a valid number"),
        ("integer", "1e999", "too large"),
        ("integer", "9" * 101, "100 digits"),
    ],
)
def test_what_cannot_be_stored_is_refused_by_column(
    api: APIClient, column: str, value: str, why: str
) -> None:
    sample = Sample.objects.create()
    body = f'{{"slug": "a", "{column}": {value}}}'
    for method, url in (("POST", "/sheets/sample/"), ("PATCH", f"/sheets/sample/{sample.pk}/")):
        answer = api.generic(method, url, body, content_type="application/json")
        assert (answer.status_code, list(answer.json())) == (400, [column])
        assert why in answer.json()[column][0]
    assert [sample.slug for sample in Sample.objects.all()] == [""]


def test_a_body_is_bounded(api: APIClient, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000
    assert api.post("/sheets/product/", {"name": "x" * 2_000}, format="json").status_code == 413
    assert api.post("/sheets/product/", {"name": "Chair"}, format="json").status_code == 201


def test_params_that_no_database_can_be_asked_for_are_refused(api: APIClient) -> None:
    class OfParam(LiveSheetConsumer):
        model, sheet_name, fields = Product, "of_param", ["name"]
        params: Any = {"stock": int, "name": str, "price": float}

        def get_queryset(self) -> Any:
            given = self.params
            return Product.objects.filter(stock=given["stock"], name=given["name"])

    good = {"stock": 3, "name": "a", "price": "1.5"}
    try:
        assert api.get("/sheets/of_param/", good).status_code == 200
        for bad in (
            {"stock": 10**30}, {"stock": "9" * 5_000}, {"stock": -(2**64)}, {"name": "\0"},
            {"name": "x" * 501}, {"price": "nan"}, {"price": "1e999"},
        ):  # fmt: skip
            answer = api.get("/sheets/of_param/", {**good, **bad})
            assert (answer.status_code, list(answer.json())) == (400, ["detail"])
    finally:
        unregister(OfParam)


def test_strange_values_are_refused_and_never_break(api: APIClient) -> None:
    sample = Sample.objects.create()
    deep: Any = 1
    for _n in range(200):
        deep = [deep]
    for value in (10**40, 1e308, "\0", [], {"a": 1}, None, deep):
        for column in api.get(f"/sheets/sample/{sample.pk}/").json():
            answer = api.patch(f"/sheets/sample/{sample.pk}/", {column: value}, format="json")
            assert answer.status_code in (200, 400), (column, value)


def test_a_row_that_somebody_holds_is_waited_for_and_not_for_ever(
    api: APIClient, table: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"/sheets/product/{table.pk}/"
    monkeypatch.setattr(attempts, "WAIT_SECONDS", 0.5)
    with held_elsewhere(table):
        answer = api.patch(url, {"name": "Desk"}, format="json")
    assert answer.status_code == 503
    assert answer.json() == {"detail": "The database is busy. Nothing was saved; try again."}
    monkeypatch.setattr(attempts, "WAIT_SECONDS", 30)
    with held_elsewhere(table, seconds=0.7):
        answer = api.patch(url, {"name": "Desk"}, format="json")
    assert answer.json()["name"] == "Desk"


@pytest.mark.parametrize("robust", [False, True])
def test_what_follows_the_commit_does_not_change_the_answer(
    api: APIClient, table: Product, caplog: pytest.LogCaptureFixture, robust: bool
) -> None:
    heard: list[tuple[Any, ...]] = []

    def broken() -> None:
        raise ZeroDivisionError

    def after() -> None:
        heard.append((str(get_language())[:2], actors.current().user, connection.in_atomic_block))
        Supplier.objects.create(name="made by a hook")

    def saved(**_facts: Any) -> None:
        transaction.on_commit(broken, robust=robust)
        transaction.on_commit(after)

    rung: list[str] = []
    post_save.connect(saved, sender=Product)
    doorbell.listen(rung.append)
    try:
        answer = api.patch(f"/sheets/product/{table.pk}/", {"name": "Desk"}, format="json")
    finally:
        post_save.disconnect(saved, sender=Product)
        doorbell.unlisten(rung.append)
    assert (answer.status_code, answer.json()["name"]) == (200, "Desk")
    user = get_user_model().objects.get(username="ann")
    assert heard == [("en", str(user.pk), False)]
    assert rung[0] == "default"
    assert [record.message for record in caplog.records if "on_commit" in record.message]
    assert Change.objects.latest("id").actor == str(user.pk)


@pytest.mark.parametrize("key", ["", "a/b", "ä" * 700])
def test_any_key_that_a_model_allows(api: APIClient, key: str) -> None:
    Note.objects.create(key=key, text="old")
    address = f"/sheets/note/{quote(key)}/"
    assert api.get(address).json() == {"pk": key, "key": key, "text": "old"}
    assert api.patch(address, {"text": "new"}, format="json").json()["text"] == "new"
    assert api.delete(address).status_code == 204


def test_a_key_is_given_once(api: APIClient) -> None:
    Note.objects.create(key="a", text="x")
    message = "A row’s key cannot be changed. Add a new row instead."
    answer = api.patch("/sheets/note/a/", {"key": "b"}, format="json")
    assert (answer.status_code, answer.json()) == (400, {"key": [message]})
    assert api.put("/sheets/note/a/", {"key": "a", "text": "y"}, format="json").status_code == 200
    assert list(Note.objects.values_list("key", "text")) == [("a", "y")]


def test_a_reverse_relation_is_shown_and_not_written(api: APIClient, table: Product) -> None:
    class WithProducts(LiveSheetConsumer):
        model, sheet_name, fields = Supplier, "with_products", ["name", "product_set"]

    url = f"/sheets/with_products/{table.supplier_id}/"
    try:
        assert api.get(url).json()["product_set"] == [table.pk]
        assert api.patch(url, {"product_set": []}, format="json").status_code == 400
    finally:
        unregister(WithProducts)


# --- who may ---------------------------------------------------------------------------------


def test_nobody_sees_a_sheet_without_signing_in(db: None) -> None:
    for url in ("/sheets/product/", "/sheets/product/1/", "/sheets/product/related/supplier/"):
        assert APIClient().get(url).status_code == 403
    assert APIClient().post("/sheets/product/", {}, format="json").status_code == 403


def test_who_may_not_see_the_model_gets_403(django_user_model: Any) -> None:
    nobody = client_of(django_user_model.objects.create_user("nob"))
    answer = nobody.get("/sheets/product/")
    assert (answer.status_code, answer.json()) == (
        403,
        {"detail": "You do not have permission to see this sheet."},
    )


def test_who_may_only_look_changes_nothing(viewer: Any, table: Product) -> None:
    api, url = client_of(viewer), f"/sheets/product/{table.pk}/"
    assert api.get(url).status_code == 200
    assert api.patch(url, {"name": "Desk"}, format="json").status_code == 403
    assert api.put(url, {"name": "Desk"}, format="json").status_code == 403
    assert api.delete(url).status_code == 403
    assert api.post("/sheets/product/", {"name": "Chair"}, format="json").status_code == 403
    assert list(Product.objects.values_list("name", flat=True)) == ["Table"]


def test_the_session_needs_the_csrf_token(ann: Any, table: Product) -> None:
    api = APIClient(enforce_csrf_checks=True)
    api.force_login(ann)
    assert api.get("/sheets/product/").status_code == 200
    answer = api.patch(f"/sheets/product/{table.pk}/", {"name": "Desk"}, format="json")
    assert answer.json() == {"detail": "CSRF Failed: CSRF cookie not set."}


def test_an_absent_row_and_a_forbidden_one_look_the_same(
    ann: Any, mine: Any, table: Product
) -> None:
    api = client_of(ann)
    for pk in (table.pk, 999, "x", "1e400", "99999999999999999999", "0" + str(table.pk)):
        url = f"/sheets/mine/{pk}/?unit=piece"
        for answer in (
            api.get(url),
            api.patch(url, {"name": "Desk"}, format="json"),
            api.put(url, {"name": "Desk", "owner": "ann"}, format="json"),
            api.delete(url),
        ):
            assert (answer.status_code, answer.json()) == (404, NOT_FOUND)
    assert Product.objects.get().name == "Table"


def test_a_write_may_not_leave_what_the_user_may_see(ann: Any, mine: Any) -> None:
    api = client_of(ann)
    row = Product.objects.create(name="Table", owner="ann")
    message = {
        "detail": "With this change you could no longer see the row, so it was not saved.",
    }
    given = {"name": "Desk", "owner": "bea"}
    for answer in (
        api.patch(f"/sheets/mine/{row.pk}/?unit=piece", given, format="json"),
        api.post("/sheets/mine/?unit=piece", given, format="json"),
        api.post("/sheets/mine/?unit=kg", {"name": "Desk", "owner": "ann"}, format="json"),
    ):
        assert (answer.status_code, answer.json()) == (403, message)
    assert list(Product.objects.values_list("name", "owner")) == [("Table", "ann")]


def test_the_hooks_decide_row_by_row(ann: Any, mine: Any) -> None:
    api = client_of(ann)
    row = Product.objects.create(name="Fixed", owner="ann")
    url = f"/sheets/mine/{row.pk}/?unit=piece"
    answer = api.patch(url, {"name": "Desk"}, format="json")
    assert (answer.status_code, answer.json()) == (
        403,
        {"detail": "You do not have permission to change this row."},
    )
    answer = api.delete(url)
    assert (answer.status_code, answer.json()) == (
        403,
        {"detail": "You do not have permission to delete this row."},
    )


def test_a_relation_accepts_only_what_it_shows(ann: Any, mine: Any) -> None:
    api = client_of(ann)
    secret = Supplier.objects.create(name="Secret")
    row = Product.objects.create(name="Table", owner="ann")
    url = f"/sheets/mine/{row.pk}/?unit=piece"
    answer = api.patch(url, {"supplier": secret.pk}, format="json")
    assert answer.json() == {"supplier": [f'Invalid pk "{secret.pk}" - object does not exist.']}


# --- addresses -------------------------------------------------------------------------------


def test_unknown_sheets_and_methods(api: APIClient) -> None:
    answer = api.get("/sheets/nothing/")
    assert (answer.status_code, answer.json()) == (404, {"detail": "There is no such sheet."})
    assert api.delete("/sheets/product/").status_code == 405
    assert api.post("/sheets/product/1/", {}, format="json").status_code == 405


def test_params_come_from_the_query_string(ann: Any, mine: Any) -> None:
    api = client_of(ann)
    Product.objects.create(name="Table", owner="ann")
    Product.objects.create(name="Sand", owner="ann", unit="kg")
    rows = api.get("/sheets/mine/?unit=kg").json()["results"]
    assert [row["name"] for row in rows] == ["Sand"]
    answer = api.get("/sheets/mine/")
    assert (answer.status_code, answer.json()) == (
        400, {"detail": "The sheet needs the parameter 'unit'."},
    )  # fmt: skip


@pytest.mark.parametrize("key", ["related", "a/b", "ü ?#", "x:y"])
def test_a_key_may_be_any_text(api: APIClient, key: str) -> None:
    assert api.post("/sheets/note/", {"key": key, "text": "old"}, format="json").status_code == 201
    url = f"/sheets/note/{quote(key, safe='')}/"
    assert api.patch(url, {"text": "new"}, format="json").json() == {
        "pk": key, "key": key, "text": "new",
    }  # fmt: skip
    assert api.delete(url).status_code == 204


def test_the_view_opens_its_own_transactions(api: APIClient, settings: Any) -> None:
    for url in ("/sheets/a/", "/sheets/a/1/", "/sheets/a/related/b/"):
        assert set(settings.DATABASES) <= resolve(url).func._non_atomic_requests


# --- what a relation may hold ----------------------------------------------------------------


def labels(api: APIClient, query: str) -> list[str]:
    return [pair["label"] for pair in api.get(query).json()["results"]]


def test_the_objects_that_a_relation_may_hold(api: APIClient, table: Product) -> None:
    answer = api.get("/sheets/product/related/supplier/").json()
    assert answer["results"] == [{"key": str(table.supplier_id), "label": "Nordwood"}]
    assert (answer["count"], answer["next"], answer["previous"]) == (1, None, None)
    Tag.objects.create(name="wood")
    assert labels(api, "/sheets/product/related/tags/") == ["wood"]


@pytest.mark.parametrize("column", ["name", "value", "nothing", "owner"])
def test_only_columns_of_the_sheet_have_related_objects(api: APIClient, column: str) -> None:
    assert api.get(f"/sheets/product/related/{column}/").status_code == 404


def test_related_objects_are_bounded(ann: Any, mine: Any) -> None:
    for name in ("Secret", "Nordwood"):
        Supplier.objects.create(name=name)
    assert labels(client_of(ann), "/sheets/mine/related/supplier/?unit=kg") == ["Nordwood"]
    assert labels(client_of(ann), "/sheets/mine/related/supplier/?unit=kg&q=secret") == []


def test_related_objects_are_searched_by_label(api: APIClient) -> None:
    for name in ("Straße AG", "Nordwood", "Südwood"):
        Supplier.objects.create(name=name)
    url = "/sheets/product/related/supplier/"
    assert labels(api, f"{url}?q=WOOD") == ["Nordwood", "Südwood"]
    assert labels(api, f"{url}?q=strasse") == ["Straße AG"]
    assert labels(api, f"{url}?q=%25") == []
    assert labels(api, f"{url}?q=wood&page_size=1&page=2") == ["Südwood"]


def test_among_many_related_objects_the_database_searches(api: APIClient) -> None:
    Supplier.objects.bulk_create(Supplier(name=f"Supplier {n}") for n in range(1_200))
    url = "/sheets/product/related/supplier/"
    assert labels(api, f"{url}?q=supplier 1199") == ["Supplier 1199"]
    assert api.get(url).json()["count"] == 1_200
    assert api.get(f"{url}?q=supplier").json()["count"] == 1_000


def test_a_search_does_not_look_into_what_no_label_shows(ann: Any, django_user_model: Any) -> None:
    django_user_model.objects.bulk_create(
        django_user_model(username=f"u{n}", password=f"hash{n}") for n in range(1_200)
    )
    people = django_user_model.objects.order_by("pk")
    assert labelled(people, "hash7") == []
    assert [str(user) for user in labelled(people, "u1199")] == ["u1199"]


# --- bounds ----------------------------------------------------------------------------------


def test_the_page_of_no_sheet_says_so(api: APIClient) -> None:
    """DRF's pages for browsers ask the view for its rights, even to say that there is none."""
    response = api.get("/sheets/nothing/", HTTP_ACCEPT="text/html")
    assert response.status_code == 404
    assert "There is no such sheet." in response.content.decode()


@pytest.mark.parametrize("text", ["x" * 501, "%00"])
def test_what_can_be_in_no_label_is_not_looked_for(api: APIClient, text: str) -> None:
    response = api.get(f"/sheets/product/related/supplier/?q={text}")
    assert response.status_code == 400
    assert "at most 500 characters" in response.json()["detail"]


def test_a_request_names_few_columns(api: APIClient) -> None:
    response = api.post("/sheets/product/", {f"c{n}": 1 for n in range(501)}, format="json")
    assert response.status_code == 400
    assert response.json()["detail"] == "Expected at most 500 columns; got 501."


def test_a_page_has_few_rows(api: APIClient, settings: Any) -> None:
    settings.LIVESHEET = {"MAX_PAGE_SIZE": 2}
    Note.objects.bulk_create(Note(key=str(n)) for n in range(3))
    assert len(api.get("/sheets/note/?page_size=100").json()["results"]) == 2
