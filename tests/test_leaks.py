"""Whether a leak is found, whichever door it goes through; and none where there is none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from rest_framework.serializers import ValidationError

from livesheet import actors, edits, history
from livesheet.consumers import LiveSheetConsumer
from livesheet.sheets import unregister
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
    return {user: [f"{user.get_username()}-{kind}-canary" for kind in kinds] for user in users}


async def leaks(users: list[Any]) -> str:
    with pytest.raises(AssertionError) as found:
        await assert_no_leak("books", users, canaries(users))
    return str(found.value)


async def test_what_keeps_to_its_bounds_passes(declare: Any, users: list[Any]) -> None:
    await assert_no_leak(declare(), users, canaries(users))
    rows = Article.objects.order_by("pk").values_list("name", flat=True)
    assert [name async for name in rows] == ["ann-row-canary", "bea-row-canary", "bea-again"]


async def test_rows(declare: Any, users: list[Any]) -> None:
    declare(get_queryset=lambda self: Article.objects.all())
    found = await leaks(users)
    assert "'bea-row-canary' of bea by the frame rows" in found
    assert "by the frame change" in found
    assert "by REST, GET" in found
    assert "ann was told" in found


async def test_labels(declare: Any, users: list[Any]) -> None:
    declare(get_related_queryset=lambda self, field: Supplier.objects.all())
    found = await leaks(users)
    assert "'bea-supplier-canary' of bea by the frame labels" in found
    assert "by the answer about options" in found
    assert "'bea-supplier-canary' of bea by REST, GET of what a relation may hold" in found


async def test_presence(declare: Any, users: list[Any]) -> None:
    declare(get_room=lambda self: "all")
    found = await leaks(users)
    assert "'bea-first-canary' of bea by the frame presence" in found
    assert "row-canary" not in found


async def test_history(declare: Any, users: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "_of_this_life", lambda records: records)
    declare()
    found = await leaks(users)
    assert "bea was told 'ann-first-canary' of ann by the answer about history" in found
    assert "frame" not in found


async def test_rest(declare: Any, users: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SheetViewSet, "get_queryset", lambda self: Article.objects.order_by("pk"))
    declare()
    found = await leaks(users)
    assert "'bea-row-canary' of bea by REST, GET" in found
    assert "frame" not in found


async def test_conflicts(declare: Any, users: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edits.Work, "_visible", lambda self, keys: keys)
    declare()
    found = await leaks(users)
    assert "ann was told 'bea-first-canary' of bea by the frame reply" in found
    assert "frame rows" not in found


async def test_messages_of_refusals(declare: Any, users: list[Any]) -> None:
    def talkative(self: Any, serializer: Any) -> None:
        raise ValidationError("Taken by bea-row-canary.")

    declare(perform_edit=talkative)
    assert "'bea-row-canary' of bea by the frame reply" in await leaks(users)


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
