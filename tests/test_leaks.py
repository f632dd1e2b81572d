"""Whether a leak is found, whichever door it goes through; and none where there is none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from rest_framework import serializers

from livesheet import threads
from livesheet.consumers import LiveSheetConsumer
from livesheet.edits import edits
from livesheet.feed.following import Following
from livesheet.log import actors
from livesheet.models import NamedView, SavedView
from livesheet.orders.viewquery import ViewQuery
from livesheet.pagination import Sliced
from livesheet.questions import history, named_views, questions, saved_views
from livesheet.sheet import lookups
from livesheet.sheet.declaration import Sheet, unregister
from livesheet.sheet.rows import RowReader
from livesheet.testing import assert_no_leak
from livesheet.views import SheetViewSet
from tests.app.models import Article, Supplier

pytestmark = pytest.mark.django_db(transaction=True)


class Books(LiveSheetConsumer):
    """Of each user's own articles, and their own suppliers."""

    abstract = True
    model = Article
    sheet_name = "books"
    fields = ["name", "price", "supplier", "owner"]
    readonly_fields = ["owner"]

    def get_queryset(self) -> Any:
        return Article.objects.filter(owner=self.user.get_username())

    def get_related_queryset(self, field: str) -> Any:
        return Supplier.objects.filter(name__startswith=self.user.get_username())


@pytest.fixture
def declare() -> Iterator[Callable[..., type[LiveSheetConsumer]]]:
    made: list[Any] = []

    def declared(**body: Any) -> type[LiveSheetConsumer]:
        made.append(type("Sheet", (Books,), {"sheet_name": "books", **body}))
        return made[-1]  # type: ignore[no-any-return]

    yield declared
    for sheet in made:
        unregister(sheet)


@pytest.fixture
def users(ann: Any, bea: Any) -> list[Any]:
    """Each with an article and a supplier; a key of Bea's was one of Ann's before."""
    for user in (ann, bea):
        name = user.get_username()
        user.first_name = f"{name}-first-canary"
        user.save()
        supplier = Supplier.objects.create(name=f"{name}-supplier-canary")
        with actors.acting_as(user):
            Article.objects.create(name=f"{name}-row-canary", supplier=supplier, owner=name)
    with actors.acting_as(ann):
        former = Article.objects.create(name="ann-history-canary", owner="ann")
        pk = former.pk
        former.delete()
    with actors.acting_as(bea):
        Article.objects.create(pk=pk, name="bea-again", owner="bea")
    return [ann, bea]


def canaries(users: list[Any]) -> dict[Any, list[str]]:
    kinds = ("first", "supplier", "row", "history")
    by_user = {user: [f"{user.get_username()}-{kind}-canary" for kind in kinds] for user in users}
    return {**by_user, AnonymousUser(): ["nobody-canary"]}


async def test_what_keeps_to_its_bounds_passes(declare: Any, users: list[Any]) -> None:
    await assert_no_leak(declare(), users, canaries(users))
    rows = Article.objects.order_by("pk").values_list("name", flat=True)
    assert [name async for name in rows] == ["ann-row-canary", "bea-row-canary", "bea-again"]
    for kept in (SavedView, NamedView):  # what was kept to be looked for
        assert not await kept.objects.aexists()


# --- planted: what a project may get wrong ---------------------------------------------------


class Related(serializers.ModelSerializer[Article]):
    """What the supplier is called, whoever's it is."""

    supplier_name = serializers.CharField(source="supplier.name", read_only=True)
    name = serializers.CharField()

    class Meta:
        model = Article
        fields = ["name", "supplier_name", "owner"]


class Neighbourly(serializers.ModelSerializer[Article]):
    """Computed from somebody else's row."""

    next = serializers.SerializerMethodField()

    class Meta:
        model = Article
        fields = ["name", "next"]

    def get_next(self, article: Article) -> str:
        others = Article.objects.exclude(owner=article.owner)
        return f"before {others.order_by('name').last()}"


class Choosing(serializers.ModelSerializer[Article]):
    """All suppliers as choices, when it is made."""

    def get_fields(self) -> Any:
        names = Supplier.objects.order_by("pk").values_list("name", flat=True)
        return {
            "name": serializers.CharField(),
            "state": serializers.ChoiceField(choices=["new", *names]),
        }

    class Meta:
        model = Article
        fields = ["name", "state"]


class Masking(serializers.ModelSerializer[Article]):
    """Nobody is to see whose an article is."""

    class Meta:
        model = Article
        fields = ["name", "owner"]

    def to_representation(self, instance: Any) -> Any:
        return {**super().to_representation(instance), "owner": "***"}


def all_articles(self: Any) -> Any:
    return Article.objects.all()


def all_suppliers(self: Any, field: str) -> Any:
    return Supplier.objects.all()


def said_by_a_refusal(self: Any, serializer: Any) -> None:
    raise serializers.ValidationError("Taken by bea-row-canary.")


def said_by_an_exception(self: Any, serializer: Any) -> None:
    raise RuntimeError("bea-row-canary stands in the way")


def made_with(kind: Any) -> dict[str, Any]:
    return {"serializer_class": kind, "fields": list(kind.Meta.fields)}


DECLARED: dict[str, tuple[dict[str, Any], list[str]]] = {
    "all rows": (
        {"get_queryset": all_articles},
        [
            "ann was told 'bea-row-canary' of bea by the frame rows",
            "'bea-row-canary' of bea by the frame change",
            "'bea-row-canary' of bea by REST, GET",
        ],
    ),
    "all labels": (
        {"get_related_queryset": all_suppliers},
        [
            "'bea-supplier-canary' of bea by the frame labels",
            "'bea-supplier-canary' of bea by the answer about options",
            "'bea-supplier-canary' of bea by REST, GET of what a relation may hold",
        ],
    ),
    "a field of a related object": (
        made_with(Related),
        ["ann was told 'bea-supplier-canary' of bea by the frame rows"],
    ),
    "computed from a foreign row": (
        made_with(Neighbourly),
        [
            "ann was told 'bea-row-canary' of bea by the frame rows",
            "ann was told 'bea-row-canary' of bea by REST, GET",
        ],
    ),
    "choices of everybody": (
        made_with(Choosing),
        [
            "ann was told 'bea-supplier-canary' of bea by the frame hello",
            "ann was told 'bea-supplier-canary' of bea by REST, OPTIONS",
        ],
    ),
    "one room for all": (
        {"get_room": lambda self: "all"},
        ["'bea-first-canary' of bea by the frame presence"],
    ),
    "a title": (
        {"get_title": lambda self: "Articles of bea-supplier-canary and others"},
        ["ann was told 'bea-supplier-canary' of bea by the frame hello"],
    ),
    "the words of a refusal": (
        {"perform_edit": said_by_a_refusal},
        ["ann was told 'bea-row-canary' of bea by the frame reply"],
    ),
    "the words of an exception": (
        {"perform_edit": said_by_an_exception},
        ["the log was told 'bea-row-canary' of bea by a line of the log"],
    ),
}


@pytest.mark.parametrize("planted", DECLARED)
async def test_what_a_sheet_lets_through(planted: str, declare: Any, users: list[Any]) -> None:
    body, expected = DECLARED[planted]
    declare(**body)
    if planted == "a field of a related object":  # a row of one's own may refer to what is not
        beas = await Supplier.objects.aget(name="bea-supplier-canary")
        await Article.objects.filter(owner="ann").aupdate(supplier=beas)
    await fails_with(users, expected)


# --- planted: what the package may get wrong -------------------------------------------------


def counted(self: Any) -> int:
    return Article.objects.count()


def found_by_anything(self: Any, view: Any) -> Any:
    """One's own rows, where a row of anybody holds the text."""
    is_somewhere = Article.objects.filter(name__contains=view.search).exists()
    return self.sheet.ordered_rows() if is_somewhere else Article.objects.none()


async def everybodys(self: Any, pks: Any) -> Any:
    def read() -> list[Any]:
        rows = Article.objects.order_by("pk")
        return [row for part in RowReader(self.audience.sheet).chunks(rows, 100) for row in part]

    return await threads.run(read), {}


def everything_recent(sheet: Any, query: Any) -> dict[str, Any]:
    return {"pks": [str(article.pk) for article in Article.objects.all()], "all": False}


UNBOUND: dict[str, tuple[Any, str, Any, str]] = {
    "rows of REST": (
        SheetViewSet, "get_queryset", lambda self: Article.objects.order_by("pk"),
        "ann was told 'bea-row-canary' of bea by REST, GET",
    ),
    "a search of REST": (
        ViewQuery, "rows", found_by_anything,
        "ann was told 'bea-row-canary' of bea by a search of REST",
    ),
    "a count of REST": (
        Sliced, "count", counted,
        "ann was told 'count 3' of others by REST, GET: 3 rows, of which 1 are shown",
    ),
    "an order of everybody's rows": (
        ViewQuery, "narrowed", lambda self, view: Article.objects.order_by("-pk"),
        "ann was told 'count 3' of others by the frame order: 3 rows, of which 1 are shown",
    ),
    "the place of others' rows": (
        ViewQuery, "narrowed", lambda self, view: Article.objects.order_by("-owner", "pk"),
        "of others by the frame page",
    ),
    "the sums of everybody's rows": (
        ViewQuery, "narrowed", lambda self, view: Article.objects.order_by("pk"),
        "ann was told 'bea-row-canary' of bea by the answer about values",
    ),
    "rows of others in a window": (
        Following, "rows_of", everybodys,
        "ann was told 'bea-row-canary' of bea by the frame part",
    ),
    "the history of a former row": (
        history, "_of_this_life", lambda records: records,
        "bea was told 'ann-history-canary' of ann by the answer about history",
    ),
    "a masked column in the history": (
        history, "_is_in", lambda recorded, column, sheet: True,
        "'nobody-canary' of AnonymousUser by the answer about history",
    ),
    "the base of others' rows": (
        edits.Work, "_visible", lambda self, keys: keys,
        "ann was told 'bea-row-canary' of bea by the frame reply",
    ),
    "who wrote it": (
        Sheet, "knows", lambda self, user: True,
        "ann was told 'bea-first-canary' of bea by the answer about history",
    ),
    "others' layouts": (
        saved_views, "_key", lambda sheet: {"user": "1", "place": "here"},
        "ann was told 'bea-first-canary' of bea by the answer about layout",
    ),
    "others' views": (
        named_views, "_visible", lambda sheet: NamedView.objects.all(),
        "ann was told 'bea-first-canary' of bea by the answer about view",
    ),
    "views that another room shares": (
        named_views, "room_of", lambda sheet: "everybody's",
        "ann was told 'bea-first-canary' of bea by the answer about view",
    ),
    "keys of others' rows": (
        questions, "ABOUT", {**questions.ABOUT, "recent": everything_recent},
        "of bea by the answer about recent",
    ),
    "a search past the bound": (
        lookups, "labelled", lambda related, text: list(Supplier.objects.all()),
        "ann was told 'bea-supplier-canary' of bea by the answer about options",
    ),
}  # fmt: skip


@pytest.mark.parametrize("planted", UNBOUND)
async def test_what_the_package_would_let_through(
    planted: str, declare: Any, users: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    where, name, unbound, expected = UNBOUND[planted]
    if planted == "a masked column in the history":
        declare(
            **made_with(Masking),
            get_queryset=lambda self: Article.objects.filter(price=self.user.pk),
        )
        for user in users:
            await Article.objects.acreate(name="a", price=user.pk, owner="nobody-canary")
    else:
        declare(get_room=lambda self: self.user.username)  # of whom each is alone, and may share
    if planted == "who wrote it":
        anns = await Article.objects.aget(name="ann-row-canary")
        anns.price = 2
        with actors.acting_as(users[1]):
            await anns.asave()
    monkeypatch.setattr(where, name, unbound)
    found = await fails_with(users, [expected])
    assert "by the frame rows" not in found


async def fails_with(users: list[Any], expected: list[str]) -> str:
    with pytest.raises(AssertionError) as found:
        await assert_no_leak("books", users, canaries(users))
    for words in expected:
        assert words in str(found.value)
    return str(found.value)


# --- what else may come ----------------------------------------------------------------------


async def test_a_search_that_tries_nothing_fails(declare: Any, users: list[Any]) -> None:
    declare()
    with pytest.raises(AssertionError, match="nothing was tried"):
        await Article.objects.all().adelete()
        await assert_no_leak("books", users, canaries(users))
    with pytest.raises(AssertionError, match="no sheet 'other'"):
        await assert_no_leak("other", users, {})


async def test_who_may_not_see_the_sheet_is_searched_too(
    declare: Any, users: list[Any], django_user_model: Any
) -> None:
    declare()
    stranger = await django_user_model.objects.acreate_user("eve")
    await assert_no_leak("books", [*users, stranger], canaries(users))
