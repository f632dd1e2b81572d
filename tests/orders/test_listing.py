"""Lists of the REST side: filtered, sorted and searched by the query string, page after page."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from rest_framework import serializers
from rest_framework.test import APIClient

from livesheet.consumers import LiveSheetConsumer
from livesheet.sheet.declaration import unregister
from tests.app.models import Product, Supplier, Tag

pytestmark = pytest.mark.django_db(transaction=True)


class Goods(LiveSheetConsumer):
    """Sorted by a column that nobody sees; not all suppliers are seen by all."""

    abstract = True
    model = Product
    sheet_name = "goods"
    fields = ["name", "price", "stock", "unit", "active", "counted_at", "supplier", "tags", "value"]
    ordering = ["-owner"]

    def get_fields(self) -> Any:
        is_ann = self.user.get_username() == "ann"
        return [*self.fields, "owner"] if is_ann else self.fields

    def get_related_queryset(self, field: str) -> Any:
        return super().get_related_queryset(field).exclude(name__startswith="Secret")


@pytest.fixture(autouse=True)
def goods() -> Iterator[None]:
    made = type("Sheet", (Goods,), {"abstract": False, "sheet_name": "goods"})
    yield
    unregister(made)


@pytest.fixture
def rows() -> None:
    nord = Supplier.objects.create(name="Nordwood")
    secret = Supplier.objects.create(name="Secret Ltd.")
    red = Tag.objects.create(name="red")
    for name, price, stock, owner, supplier in (
        ("Table", "12.00", 5, "carl", nord),
        ("chair 9", "3.50", 0, "bea", None),
        ("Chair 10", "4.00", 7, "dora", secret),
        ("Söller", "99.90", 5, "ann", nord),
    ):
        row = Product.objects.create(
            name=name, price=price, stock=stock, owner=owner, supplier=supplier
        )
        if stock == 5:
            row.tags.add(red)


def client_of(user: Any) -> APIClient:
    client = APIClient()
    client.force_login(user)
    return client


@pytest.fixture
def api(bea: Any) -> APIClient:
    return client_of(bea)


def names(api: APIClient, query: str) -> list[str]:
    response = api.get(f"/sheets/goods/?{query}")
    assert response.status_code == 200, response.data
    return [row["name"] for row in response.data["results"]]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", "Chair 10, Table, chair 9, Söller"),
        ("ordering=name", "chair 9, Chair 10, Söller, Table"),
        ("ordering=-stock,name", "Chair 10, Söller, Table, chair 9"),
        ("ordering=supplier,-price", "Chair 10, Söller, Table, chair 9"),
        ("price__gte=4", "Chair 10, Table, Söller"),
        ("price__gt=4&price__lt=99.9", "Table"),
        ("price__range=3.5,12", "Chair 10, Table, chair 9"),
        ("stock=5&name__not=table", "Söller"),
        ("name__contains=soll", "Söller"),
        ("name=TABLE", "Table"),
        ("name__in=Table,chair 9", "Table, chair 9"),
        ("name__startswith=chair", "Chair 10, chair 9"),
        ("supplier__isempty=true", "chair 9"),
        ("supplier__equals=nordwood", "Table, Söller"),
        ("tags__contains=RED", "Table, Söller"),
        ("tags__isempty=true", "Chair 10, chair 9"),
        ("unit__equals=piece&active=true&stock__not=0", "Chair 10, Table, Söller"),
        ("stock__repeated=true", "Table, Söller"),
        ("search=nordw", "Table, Söller"),
        ("search=3.5", "chair 9"),
        ("name=&search=&ordering=", "Chair 10, Table, chair 9, Söller"),
    ],
)
def test_rows_are_found_and_sorted(api: APIClient, rows: None, query: str, found: str) -> None:
    assert ", ".join(names(api, query)) == found


def test_a_view_as_a_link_carries_it(api: APIClient, rows: None) -> None:
    view = {
        "sorts": [{"column": "price", "descending": True}],
        "filters": [
            {"any": [
                {"column": "name", "kind": "contains", "text": "chair"},
                {"column": "tags", "kind": "filled"},
            ]},
            {"column": "stock", "kind": "gt", "text": "0"},
        ],
    }  # fmt: skip
    response = api.get("/sheets/goods/", {"view": json.dumps(view), "price__lt": "50"})
    assert [row["name"] for row in response.data["results"]] == ["Table", "Chair 10"]


def test_a_key_is_one_of_a_list(api: APIClient, rows: None) -> None:
    nord, secret = Supplier.objects.order_by("name")
    assert names(api, f"supplier__in={nord.pk},{secret.pk}&supplier__not={nord.pk}") == ["Chair 10"]
    assert names(api, f"supplier={secret.pk}") == ["Chair 10"]  # a key that the row shows


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("prize=5", "'prize' is not understood. Did you mean 'price'?"),
        ("price__gtee=5", "'price__gtee' is not understood. Did you mean 'gte'?"),
        ("ordering=stok", "There is no column 'stok'. Did you mean 'stock'?"),
        ("ordering=value", "The column 'value' (other) cannot be sorted in the database."),
        ("value__contains=1", "The column 'value' (other) cannot be filtered in the database."),
        ("ordering=tags", "The column 'tags' (related_many) cannot be sorted in the database."),
        ("price__gte=much", "The column 'price' holds values of the type decimal; got 'much'."),
        ("price__gte=nan", "got 'nan'"),
        ("stock__isempty=maybe", "Expected 'stock__isempty=true'; got 'maybe'."),
        ("name__gt=a", "The column 'name' (text) cannot be filtered by 'gt' in the database."),
        ("stock__contains=1", "cannot be filtered by 'contains'"),
        ("supplier__mine=true", "It contains no users."),
        ("view=x", "Expected `view` to be JSON"),
        ("view=[]", "Expected an object"),
        ('view={"filters":[{"column":"name","kind":"odd"}]}', "Expected a kind of condition"),
        ("name__contains=%00", "Expected a text of at most 500 characters"),
        ("cursor=x", "The cursor does not belong to this sheet."),
    ],
)
def test_what_cannot_be_asked_says_why(api: APIClient, rows: None, query: str, said: str) -> None:
    response = api.get(f"/sheets/goods/?{query}")
    assert response.status_code == 400
    assert said in response.data["detail"]


@pytest.mark.parametrize("query", ["{}=bea", "{}__in=bea", "{}__contains=e", "ordering={}"])
def test_a_hidden_column_is_like_one_that_does_not_exist(
    api: APIClient, ann: Any, rows: None, query: str
) -> None:
    """Nothing is asked of the database, and what is said is the same."""
    with CaptureQueriesContext(connection) as hidden:
        refused = api.get(f"/sheets/goods/?{query.format('owner')}")
    with CaptureQueriesContext(connection) as absent:
        unknown = api.get(f"/sheets/goods/?{query.format('ownez')}")
    assert refused.status_code == unknown.status_code == 400
    assert refused.data["detail"].replace("owner", "ownez") == unknown.data["detail"]
    assert len(hidden) == len(absent)
    assert "app_product" not in str([query["sql"] for query in hidden.captured_queries])
    assert client_of(ann).get(f"/sheets/goods/?{query.format('owner')}").status_code == 200


def test_no_search_looks_into_what_is_hidden(api: APIClient, ann: Any, rows: None) -> None:
    assert names(api, "search=dora") == []
    assert names(client_of(ann), "search=dora") == ["Chair 10"]
    assert names(api, "search=Secret") == names(api, "supplier__equals=Secret Ltd.") == []


class Masking(serializers.ModelSerializer[Product]):
    """Shows four letters of a name."""

    name = serializers.SerializerMethodField()

    class Meta:
        model = Product
        fields = ["name", "owner", "stock"]
        extra_kwargs = {"owner": {"write_only": True}}

    def get_name(self, product: Product) -> str:
        return product.name[:4]


@pytest.mark.parametrize("query", ["name__contains=chair", "owner=dora", "ordering=owner"])
def test_what_a_serializer_keeps_back_is_no_condition(bea: Any, rows: None, query: str) -> None:
    body = {"model": Product, "serializer_class": Masking, "fields": ["name", "owner", "stock"]}
    made: Any = type("Masked", (LiveSheetConsumer,), {**body, "sheet_name": "masked"})
    try:
        response = client_of(bea).get(f"/sheets/masked/?{query}")
        assert response.status_code == 400
        assert "are not in the database" in response.data["detail"]
        found = client_of(bea).get("/sheets/masked/?search=chair").data
        assert found["results"] == []
    finally:
        unregister(made)


# --- page after page -------------------------------------------------------------------------


def pages(api: APIClient, query: str, between: Any = None) -> list[list[str]]:
    found, link = [], f"/sheets/goods/?{query}&cursor="
    while link:
        response = api.get(link)
        assert response.status_code == 200, response.data
        assert "count" not in response.data
        found.append([row["name"] for row in response.data["results"]])
        link = response.data["next"]
        assert len(found) < 50
        if between:
            between()
            between = None
    return found


ORDERS = [
    "", "name", "-name", "supplier", "-supplier", "price", "-price,name", "counted_at,name",
    "-counted_at,stock,-name", "unit,-stock", "active,name",
]  # fmt: skip


@pytest.mark.parametrize("ordering", ORDERS)
@pytest.mark.parametrize("size", [1, 3])
def test_pages_together_are_the_list(api: APIClient, rows: None, ordering: str, size: int) -> None:
    for n in range(6):
        moment = f"2024-05-0{n + 1}T10:00:00.123456Z" if n % 2 else None
        Product.objects.create(name=f"b{n % 3}", stock=n % 2, price=n / 7, counted_at=moment)
    found = pages(api, f"ordering={ordering}&page_size={size}")
    assert [name for page in found for name in page] == names(api, f"ordering={ordering}")
    assert {len(page) for page in found[:-1]} == {size}


def test_rows_that_come_or_go_shift_no_page(api: APIClient, rows: None) -> None:
    def meanwhile() -> None:
        Product.objects.create(name="Aaa")
        Product.objects.filter(name="chair 9").delete()

    found = pages(api, "ordering=name&page_size=2", meanwhile)
    assert found == [["chair 9", "Chair 10"], ["Söller", "Table"]]


def test_a_cursor_tells_nothing_and_is_good_for_its_order_alone(api: APIClient, rows: None) -> None:
    """What rows are sorted by is hidden from Bea, and could be compared with what she sees."""
    link = api.get("/sheets/goods/?cursor=&page_size=1").data["next"]
    assert "dora" not in link
    other = api.get(f"{link}&ordering=name")
    assert other.status_code == 400
    assert (
        other.data["detail"] == "The cursor does not belong to this sheet. Begin with an empty one."
    )
    narrowed = api.get(f"{link}&stock=5").data
    assert [row["name"] for row in narrowed["results"]] == ["Table"]


def test_a_random_order_has_no_pages_that_follow(bea: Any, rows: None) -> None:
    made: Any = type("Mixed", (Goods,), {"sheet_name": "mixed", "ordering": ["?"]})
    try:
        response = client_of(bea).get("/sheets/mixed/?cursor=")
        assert response.status_code == 400
        assert "no places" in response.data["detail"]
    finally:
        unregister(made)


def test_an_annotation_is_a_column(bea: Any, rows: None) -> None:
    def get_queryset(self: Any) -> Any:
        return Product.objects.annotate(worth=F("price") * F("stock"))

    body = {"sheet_name": "worths", "fields": ["name", "worth"], "get_queryset": get_queryset}
    made: Any = type("Worths", (LiveSheetConsumer,), {"model": Product, **body})
    try:
        found: list[str] = []
        link = "/sheets/worths/?worth__lt=100&ordering=-worth&cursor=&page_size=1"
        while link:
            page = client_of(bea).get(link).data
            found += [row["name"] for row in page["results"]]
            link = page["next"]
        assert found == ["Table", "Chair 10", "chair 9"]
    finally:
        unregister(made)
