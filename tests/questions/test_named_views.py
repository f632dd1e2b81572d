"""Named views: one's own are nobody else's; shared ones belong to the room, and to no other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser, Permission

from livesheet.consumers import LiveSheetConsumer
from livesheet.exceptions import LiveSheetError
from livesheet.models import NamedView
from livesheet.questions.named_views import delete_view, open_view, save_view, views
from livesheet.sheet.declaration import unregister
from livesheet.testing import LiveSheetCommunicator
from tests.app.models import Article

pytestmark = pytest.mark.django_db(transaction=True)

OWN = {"hidden": ["price"], "sorts": [{"column": "name", "descending": True}]}
COSTLY = {
    "filters": [
        {"column": "price", "kind": "range", "from": "100"},
        {"column": "name", "kind": "contains", "text": "oak"},
    ]
}


class Shelf(LiveSheetConsumer):
    """People share it by their last name; whoever is called Clerk sees no prices."""

    abstract = True
    model = Article
    params = {"number": int}

    def get_fields(self) -> list[str]:
        names = ["name", "price", "owner"]
        return [n for n in names if n != "price" or self.user.first_name != "Clerk"]

    def get_room(self) -> Any:
        return self.user.last_name

    def has_view_permission(self) -> bool:
        return True


@pytest.fixture
def shelf() -> Iterator[Callable[..., Any]]:
    kind = type("Named", (Shelf,), {"sheet_name": "shelf"})
    yield lambda user, number=1: kind(user, {"number": str(number)})
    unregister(kind)


@pytest.fixture
def people(ann: Any, bea: Any, django_user_model: Any) -> dict[str, Any]:
    """Ann, Bea and a clerk are of one house, Eve is of another; the clerk may share, too."""
    make = django_user_model.objects.create_user
    clerk = make("cem", first_name="Clerk")
    eve = django_user_model.objects.create_superuser("eve", first_name="Eve")
    clerk.user_permissions.add(Permission.objects.get(codename="share_view"))
    found = {"ann": ann, "bea": bea, "clerk": clerk, "eve": eve}
    for name, user in found.items():
        user.last_name = "Elm" if name == "eve" else "Oak"
        user.save()
    return {name: django_user_model.objects.get(pk=user.pk) for name, user in found.items()}


def saved(sheet: Any, **query: Any) -> dict[str, Any]:
    return dict(save_view(sheet, {"name": "Stock", "layout": OWN, **query})["view"])


def changed(sheet: Any, entry: dict[str, Any], **query: Any) -> dict[str, Any]:
    return dict(save_view(sheet, {"id": entry["id"], **query})["view"])


def names(sheet: Any) -> list[str]:
    return [entry["name"] for entry in views(sheet, {})["views"]]


def refusal(question: Callable[..., Any], sheet: Any, **query: Any) -> str:
    with pytest.raises(LiveSheetError) as caught:
        question(sheet, query)
    return caught.value.code


def test_ones_own_are_told_to_nobody_else(shelf: Any, people: Any) -> None:
    ann, bea = shelf(people["ann"]), shelf(people["bea"])
    mine = saved(ann)
    assert names(ann) == ["Stock"]
    assert open_view(ann, {"id": mine["id"]})["layout"] == OWN
    assert names(shelf(people["ann"], 2)) == []  # kept by sheet and params
    assert names(bea) == []
    absent = str(int(mine["id"]) + 1)
    for question in (open_view, delete_view, save_view):
        assert refusal(question, bea, id=mine["id"]) == refusal(question, bea, id=absent)
    for wrong in (None, 1, "", "-1", "1.0", "9" * 30, "²"):
        assert refusal(open_view, ann, id=wrong) == "not_found"


def test_a_shared_one_is_the_rooms(shelf: Any, people: Any) -> None:
    shared = saved(shelf(people["ann"]), shared=True)
    assert shared["shared"] and shared["mine"] and shared["owner"]["name"] == "Ann Oak"
    [told] = views(shelf(people["bea"]), {})["views"]
    assert (told["name"], told["mine"], told["owner"]["name"]) == ("Stock", False, "Ann Oak")
    assert names(shelf(people["eve"])) == names(shelf(people["bea"], 2)) == []
    assert refusal(open_view, shelf(people["eve"]), id=shared["id"]) == "not_found"


def test_who_leaves_the_room_takes_nothing_along(shelf: Any, people: Any) -> None:
    """Not even what they had shared themselves, since others have changed it by now."""
    ann = people["ann"]
    shared = saved(shelf(ann), shared=True)
    ann.last_name = "Elm"
    ann.save()
    assert names(shelf(ann)) == names(shelf(people["eve"])) == []
    assert refusal(save_view, shelf(ann), id=shared["id"], shared=False) == "not_found"
    [told] = views(shelf(people["bea"]), {})["views"]
    assert told["owner"] is told["by"] is None  # whom one may not know, one is not told of


def test_who_may_share(shelf: Any, people: Any, django_user_model: Any) -> None:
    ann, plain = people["ann"], django_user_model.objects.create_user("dan", last_name="Oak")
    shared = saved(shelf(ann), shared=True)
    assert views(shelf(ann), {})["can_share"] and not views(shelf(plain), {})["can_share"]
    assert names(shelf(plain)) == ["Stock"]
    for change in ({"layout": {}}, {"name": "X"}, {"shared": False}, {"default": True}):
        assert refusal(save_view, shelf(plain), id=shared["id"], **change) == "forbidden"
    assert refusal(delete_view, shelf(plain), id=shared["id"]) == "forbidden"
    assert refusal(save_view, shelf(plain), name="X", layout={}, shared=True) == "forbidden"
    own = saved(shelf(plain), name="X")
    assert refusal(save_view, shelf(plain), id=own["id"], shared=True) == "forbidden"
    assert refusal(save_view, shelf(people["bea"]), id=shared["id"], shared=False) == "forbidden"
    assert not changed(shelf(ann), shared, shared=False)["shared"]
    assert names(shelf(people["bea"])) == []


def test_the_hook_decides_where_there_is_one(shelf: Any, people: Any) -> None:
    kind = type(shelf(people["ann"]))
    kind.can_share_views = lambda self: self.user.username == "ann"
    assert refusal(save_view, shelf(people["bea"]), name="X", layout={}, shared=True) == "forbidden"
    assert saved(shelf(people["ann"]), shared=True)["shared"]


def test_where_nobody_shares_a_room_nothing_is_shared(shelf: Any, people: Any) -> None:
    ann = shelf(people["ann"])
    type(ann).get_room = LiveSheetConsumer.get_room
    assert not views(ann, {})["can_share"]
    assert refusal(save_view, ann, name="X", layout={}, shared=True) == "forbidden"


def test_what_one_does_not_see_is_neither_told_nor_lost(shelf: Any, people: Any) -> None:
    ann, clerk = shelf(people["ann"]), shelf(people["clerk"])
    shared = saved(ann, layout={**COSTLY, "hidden": ["price"]}, shared=True)
    told = open_view(clerk, {"id": shared["id"]})
    assert told["left_out"] == 1
    assert "price" not in str(told) and "100" not in str(told["layout"])
    assert told["layout"]["filters"] == COSTLY["filters"][1:]
    assert open_view(ann, {"id": shared["id"]})["left_out"] == 0
    query = {"id": shared["id"], "layout": {}}
    assert refusal(save_view, clerk, **query) == "unseen_conditions"
    changed(ann, shared, layout={"hidden": ["price", "owner"], "widths": {"price": 99}})
    changed(clerk, shared, layout={"hidden": ["name"]})
    layout = open_view(ann, {"id": shared["id"]})["layout"]
    assert layout == {"hidden": ["name", "price"], "widths": {"price": 99}}


def test_a_change_is_refused_where_another_came_before(shelf: Any, people: Any) -> None:
    ann, bea = shelf(people["ann"]), shelf(people["bea"])
    shared = saved(ann, shared=True)
    assert shared["version"] == 1
    assert changed(bea, shared, layout={}, version=1)["version"] == 2
    query = {"id": shared["id"], "layout": COSTLY, "version": 1}
    assert refusal(save_view, ann, **query) == "view_changed"
    told = open_view(ann, {"id": shared["id"]})
    assert told["layout"] == {} and told["view"]["by"]["name"] == "Bea Oak"
    assert told["view"]["owner"]["name"] == "Ann Oak"
    assert changed(bea, shared, name="Cellar")["version"] == 2  # it looks as before


def test_a_room_has_one_default(shelf: Any, people: Any) -> None:
    ann = shelf(people["ann"])
    one, other = (saved(ann, name=name, shared=True) for name in ("One", "Other"))
    elsewhere = saved(shelf(people["eve"]), shared=True, default=True)
    changed(ann, one, default=True)
    assert changed(ann, other, default=True)["default"]
    marked = {e["name"]: e["default"] for e in views(shelf(people["clerk"]), {})["views"]}
    assert marked == {"One": False, "Other": True}
    assert open_view(shelf(people["eve"]), {"id": elsewhere["id"]})["view"]["default"]
    assert not changed(ann, other, shared=False)["default"]
    assert not changed(ann, other, default=True)["default"]  # one's own is nobody's default


def test_names(shelf: Any, people: Any) -> None:
    ann, bea = shelf(people["ann"]), shelf(people["bea"])
    one = saved(ann, name="  Stock \n of  all ")
    assert one["name"] == "Stock of all"
    for wrong in ("", "  ", "x" * 101, "a\x00b", "a\u202eb"):
        assert refusal(save_view, ann, name=wrong, layout={}) == "bad_name"
    assert refusal(save_view, ann, name="stock OF all", layout={}) == "name_taken"
    assert changed(ann, one, name="STOCK of all")["name"] == "STOCK of all"
    assert saved(bea, name="stock of all")  # she is not told that there is such a one
    changed(ann, one, shared=True)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({}, "bad_view"),
        ({"name": "X"}, "bad_view"),
        ({"layout": {}}, "bad_view"),
        ({"name": 1, "layout": {}}, "bad_view"),
        ({"name": "X", "layout": []}, "bad_view"),
        ({"name": "X", "layout": {}, "shared": 1}, "bad_view"),
        ({"name": "X", "layout": {}, "version": True}, "bad_view"),
        ({"name": "X", "layout": {"whatever": 1}}, "bad_layout"),
        ({"name": "X", "layout": {"hidden": ["x" * 40_000]}}, "too_big"),
    ],
)
def test_what_is_no_view_is_refused(shelf: Any, people: Any, query: Any, code: str) -> None:
    assert refusal(save_view, shelf(people["ann"]), **query) == code
    assert not NamedView.objects.exists()


def test_there_are_not_any_number(shelf: Any, people: Any, settings: Any) -> None:
    limits = {"MAX_VIEWS": 2, "MAX_VIEWS_PER_USER": 5}
    settings.LIVESHEET = {**settings.LIVESHEET, **limits}
    ann, bea = shelf(people["ann"]), shelf(people["bea"])
    mine = [saved(ann, name=name) for name in "ab"]
    assert refusal(save_view, ann, name="c", layout={}) == "too_many"
    for n, sheet in enumerate((ann, bea)):
        saved(sheet, name=f"shared {n}", shared=True)
    assert refusal(save_view, bea, name="c", layout={}, shared=True) == "too_many"
    assert refusal(save_view, ann, id=mine[0]["id"], shared=True) == "too_many"
    changed(ann, mine[0], layout=COSTLY)
    other = shelf(people["ann"], 2)
    saved(other, name="a")
    saved(other, name="b")
    assert refusal(save_view, shelf(people["ann"], 3), name="a", layout={}) == "too_many"
    delete_view(ann, {"id": mine[0]["id"]})
    assert saved(shelf(people["ann"], 3), name="a")


def test_with_its_user_a_private_one_goes_and_a_shared_one_stays(shelf: Any, people: Any) -> None:
    ann = people["ann"]
    saved(shelf(ann), name="Own")
    saved(shelf(ann), name="Shared", shared=True)
    key = ann.pk
    ann.delete()
    heir = people["bea"].__class__.objects.create(pk=key, username="heir", last_name="Oak")
    [told] = views(shelf(heir), {})["views"]
    assert (told["name"], told["mine"], told["owner"], told["by"]) == ("Shared", False, None, None)
    delete_view(shelf(people["bea"]), {"id": told["id"]})
    assert not NamedView.objects.exists()


def test_who_is_not_signed_in_sees_what_is_shared_and_keeps_nothing(shelf: Any) -> None:
    nobody = shelf(AnonymousUser())
    type(nobody).get_room = lambda self: "all"
    assert views(nobody, {}) == {"views": [], "can_share": False}
    assert refusal(save_view, nobody, name="X", layout={}) == "signed_out"


async def test_who_shares_the_room_is_told_that_it_is_another(shelf: Any, people: Any) -> None:
    """That there is news, and nothing of it; a private one is no news."""

    def sheet_of(name: str) -> LiveSheetCommunicator:
        return LiveSheetCommunicator("shelf", people[name], params={"number": 1})

    async with sheet_of("ann") as ann, sheet_of("bea") as bea, sheet_of("eve") as eve:
        answer = await ann.ask("save_view", name="Own", layout=OWN)
        own = answer["result"]["view"]["id"]
        await ann.ask("save_view", name="Stock", layout=OWN, shared=True)
        await bea.receive_until(lambda frame: frame["type"] == "views", "news of views")
        await ann.ask("delete_view", id=own)
        [told] = (await bea.ask("views"))["result"]["views"]
        await bea.ask("save_view", id=told["id"], layout={}, version=told["version"])
        await ann.receive_until(lambda f: f["type"] == "views", "news of views")
        for line in (ann, bea, eve):
            await line.send(type="ping", cursor=line.cursor)
            await line.receive_until(lambda frame: frame["type"] == "beat", "a beat")
        told_bea = [frame for frame in bea.frames if frame["type"] == "views"]
        assert told_bea[0] == {"type": "views"}
        assert len(told_bea) <= 2
        assert not [frame for frame in eve.frames if frame["type"] == "views"]
