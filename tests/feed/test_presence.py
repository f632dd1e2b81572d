"""Who is here and on which cell: told to those who may know, forgotten when silent."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Hashable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.signals import user_logged_out

from livesheet import connection
from livesheet.consumers import LiveSheetConsumer
from livesheet.doorbell import transports
from livesheet.feed import presence, rooms
from livesheet.feed.presence import Presence
from livesheet.people import COLOURS, me
from livesheet.sheet.declaration import find_sheet, unregister
from livesheet.testing import LiveSheetCommunicator
from tests.app.models import Note, Product, Supplier


@pytest.fixture(autouse=True)
def no_ticks(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is told at the next tick is told at once, but for the tests of just that."""
    monkeypatch.setattr(rooms, "TICK_SECONDS", 0.0)
    monkeypatch.setattr(rooms, "TICK_SECONDS_EACH", 0.0)
    monkeypatch.setattr(rooms, "SLICE_SECONDS", 60.0)  # even if the machine is busy


def user(pk: int, name: str) -> Any:
    return SimpleNamespace(pk=pk, get_full_name=lambda: name, get_username=lambda: name)


class Screen:
    """A connection as presence sees it; `here` is what it shows, by key."""

    def __init__(self, room: str = "note []", sees: str = "ab", columns: str = "xy") -> None:
        self.room, self.sees, self.columns = room, sees, columns
        self.heard = time.monotonic()
        self.here: dict[str, dict[str, Any]] = {}
        self.told = self.others = 0

    def may_see(self, pk: str) -> bool:
        return pk in self.sees

    def has_column(self, name: str) -> bool:
        return name in self.columns

    def sight(self) -> Hashable:
        return self.sees, self.columns

    def tell(self, text: str) -> None:
        self.told += 1
        frame = json.loads(text)
        self.others = frame["others"]
        for person in frame["here"]:
            if person.get("left"):
                self.here.pop(person["key"], None)
            else:
                self.here[person["key"]] = person

    def names(self) -> list[str]:
        return sorted(person["name"] for person in self.here.values())

    def place_of(self, name: str) -> tuple[Any, Any, Any]:
        person = next(p for p in self.here.values() if p["name"] == name)
        return person["pk"], person["column"], person["editing"]


def two_processes() -> tuple[Presence, Presence]:
    """Each hears, as JSON, what the other says."""
    pair: list[Presence] = []
    one = Presence(lambda message: pair[1].heard(json.loads(json.dumps(message))))
    two = Presence(lambda message: pair[0].heard(json.loads(json.dumps(message))))
    pair[:] = [one, two]
    return one, two


def test_a_user_looks_the_same_on_all_screens() -> None:
    assert me(user(7, "Ann")) == me(user(7, "Ann"))
    assert me(user(7, "Ann"))["colour"] in COLOURS
    assert me(SimpleNamespace(pk=None)) == {**me(SimpleNamespace(pk=None)), "id": "", "name": ""}


async def test_those_in_one_room_see_each_other() -> None:
    here = Presence(lambda message: None)
    ann, bea, elsewhere = Screen(), Screen(), Screen(room="product []")
    ann_key = here.enter(ann, user(1, "Ann"))
    here.enter(elsewhere, user(3, "Cem"))
    bea_key = here.enter(bea, user(2, "Bea"))
    assert (ann.names(), bea.names(), elsewhere.names()) == (["Bea"], ["Ann"], [])
    here.move(ann_key, "a", "x", True)
    assert bea.place_of("Ann") == ("a", "x", True)
    here.leave(bea_key)
    here.leave(bea_key)
    here.move(bea_key, "a", "x", True)
    assert ann.names() == []


async def test_who_adds_a_row_is_on_none_that_others_know() -> None:
    here = Presence(lambda message: None)
    ann, bea = Screen(), Screen()
    key = here.enter(ann, user(1, "Ann"))
    here.enter(bea, user(2, "Bea"))
    here.move(key, None, None, False, adding=True)
    assert bea.here[key]["adding"] is True
    here.move(key, "a", "x", True)
    assert "adding" not in bea.here[key]


async def test_a_row_or_column_that_one_may_not_see_is_not_told() -> None:
    here = Presence(lambda message: None)
    ann, bea = Screen(sees="abc", columns="xyz"), Screen(sees="ab", columns="x")
    key = here.enter(ann, user(1, "Ann"))
    here.enter(bea, user(2, "Bea"))
    here.move(key, "c", "x", True)
    assert bea.place_of("Ann") == (None, None, False)
    here.move(key, "a", "z", False)
    assert bea.place_of("Ann") == ("a", None, False)
    here.move(key, "hidden from Ann", "x", True)
    assert bea.place_of("Ann") == (None, None, False)


async def test_processes_hear_of_each_other() -> None:
    one, two = two_processes()
    ann, bea = Screen(), Screen()
    ann_key = one.enter(ann, user(1, "Ann"))
    bea_key = two.enter(bea, user(2, "Bea"))
    assert (ann.names(), bea.names()) == (["Bea"], ["Ann"])
    two.move(bea_key, "b", "y", True)
    assert ann.place_of("Bea") == ("b", "y", True)
    one.leave(ann_key)
    assert bea.names() == []


async def test_who_comes_later_is_told_who_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presence, "ANSWER_SECONDS", 0.01)
    heard: list[dict[str, Any]] = []
    one = Presence(heard.append)
    one.enter(Screen(), user(1, "Ann"))
    running = asyncio.create_task(one.run())
    await asyncio.sleep(0)
    heard.clear()
    one.heard({"room": "note []", "people": [], "ask": True})
    async with asyncio.timeout(10):
        while not heard:
            await asyncio.sleep(0.01)
    assert [person["name"] for person in heard[0]["people"]] == ["Ann"]
    running.cancel()


async def test_processes_that_ask_shortly_after_each_other_get_one_answer() -> None:
    heard: list[dict[str, Any]] = []
    one = Presence(heard.append)
    one.enter(Screen(), user(1, "Ann"))
    heard.clear()
    running = asyncio.create_task(one.run())
    async with asyncio.timeout(10):
        while not heard:  # it tells who is here when it begins
            await asyncio.sleep(0.01)
    heard.clear()
    for _process in range(3):
        one.heard({"room": "note []", "people": [], "ask": True})
        for _turn in range(20):
            await asyncio.sleep(0)
    async with asyncio.timeout(10):
        while not heard:
            await asyncio.sleep(0.01)
    running.cancel()
    assert len(heard) == 1
    assert not one._asked, "one more answer is due"


async def test_a_crowd_is_told_in_messages_that_every_line_carries(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(presence, "ANSWER_SECONDS", 0.01)
    heard: list[dict[str, Any]] = []
    one = Presence(heard.append)
    crowd = [f"User {n}" for n in range(100)]
    for n, name in enumerate(crowd):
        one.enter(Screen(), user(n, name))
    running = asyncio.create_task(one.run())
    await asyncio.sleep(0)
    heard.clear()
    one.heard({"room": "note []", "people": [], "ask": True})
    async with asyncio.timeout(10):
        while sum(len(message["people"]) for message in heard) < len(crowd):
            await asyncio.sleep(0.01)
    running.cancel()
    told = [person["name"] for message in heard for person in message["people"]]
    assert sorted(told) == sorted(crowd)
    # PostgreSQL's NOTIFY carries 8,000 bytes.
    assert max(len(json.dumps(message)) for message in heard) < transports.MAX_PAYLOAD
    assert len(heard) > 1


async def test_who_is_silent_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presence, "REPEAT_SECONDS", 0.01)
    monkeypatch.setattr(presence, "FORGET_SECONDS", 0.05)
    one, two = two_processes()
    ann = Screen()
    one.enter(ann, user(1, "Ann"))
    two.enter(Screen(), user(2, "Bea"))
    assert ann.names() == ["Bea"]
    running = asyncio.create_task(one.run())  # the other process is dead: it repeats nothing
    async with asyncio.timeout(10):
        while ann.names():
            await asyncio.sleep(0.01)
    running.cancel()


async def test_who_has_said_nothing_for_long_is_away_until_heard_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(presence, "LOOK_SECONDS", 0.01)
    one, two = two_processes()
    ann, bea, cem = Screen(), Screen(), Screen()
    one.enter(ann, user(1, "Ann"))
    key = one.enter(bea, user(2, "Bea"))
    two.enter(cem, user(3, "Cem"))
    assert ann.names() == ["Bea", "Cem"]
    running = asyncio.create_task(one.run())
    bea.heard -= presence.AWAY_SECONDS + 1  # her cable was pulled
    async with asyncio.timeout(10):
        while ann.names() != ["Cem"] or cem.names() != ["Ann"]:
            await asyncio.sleep(0.01)
    late = Screen()
    one.enter(late, user(4, "Dan"))
    assert late.names() == ["Ann", "Cem"]

    bea.heard = time.monotonic()
    one.move(key, "a", "x", False)
    assert ann.place_of("Bea") == ("a", "x", False)
    assert "Bea" in cem.names()
    running.cancel()


def test_nobody_is_shown_for_half_a_minute_after_leaving_without_a_word() -> None:
    assert presence.AWAY_SECONDS + presence.LOOK_SECONDS < 30
    assert presence.FORGET_SECONDS + presence.LOOK_SECONDS + presence.ANSWER_SECONDS < 30
    assert presence.AWAY_SECONDS > connection.BEAT_SECONDS + 5


async def test_repeating_oneself_tells_nobody_anything_new() -> None:
    one, two = two_processes()
    ann = Screen()
    one.enter(ann, user(1, "Ann"))
    two.enter(Screen(), user(2, "Bea"))
    told = ann.told
    for _listener, room, person in two._local.values():
        two._tell_others(room.name, [person])
    assert ann.told == told


class Processes:
    """Some that hear each other, and how many messages and people were sent."""

    def __init__(self, count: int) -> None:
        self.messages = self.people = 0
        self.all = [Presence(self._send_of(n)) for n in range(count)]
        self.lost = False

    def _send_of(self, sender: int) -> Callable[[dict[str, Any]], None]:
        def send(message: dict[str, Any]) -> None:
            self.messages += 1
            self.people += len(message["people"])
            text = json.dumps(message)
            for each in [] if self.lost else self.all:  # a layer brings back what one sent
                each.heard(json.loads(text))

        return send


async def test_a_process_that_says_it_is_alive_keeps_its_people(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(presence, "REPEAT_SECONDS", 0.01)
    monkeypatch.setattr(presence, "LOOK_SECONDS", 0.01)
    processes, ann = Processes(2), Screen()
    one, two = processes.all
    one.enter(ann, user(1, "Ann"))
    for n in range(100):
        two.enter(Screen(), user(n, "Bea"))
    async with asyncio.timeout(10):
        while len(one._elsewhere._people) < 100:
            await asyncio.sleep(0.01)
    for each in processes.all:  # what they asked each other as they came has been answered
        each._asked.clear()
    processes.messages = processes.people = 0
    since = time.monotonic()
    running = [asyncio.create_task(each.run()) for each in processes.all]
    async with asyncio.timeout(10):
        while processes.messages < 8 or one._elsewhere.silent(since):
            await asyncio.sleep(0.01)
    assert processes.people == 0
    assert len(one._elsewhere._people) == 100
    for task in running:
        task.cancel()


async def test_what_was_lost_between_processes_is_told_once_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(presence, "REPEAT_SECONDS", 0.01)
    monkeypatch.setattr(presence, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(presence, "ANSWER_SECONDS", 0.01)
    processes, ann = Processes(2), Screen()
    one, two = processes.all
    one.enter(ann, user(1, "Ann"))
    gone = two.enter(Screen(), user(2, "Bea"))
    processes.lost = True
    two.enter(Screen(), user(3, "Cem"))
    two.leave(gone)
    assert ann.names() == ["Bea"]
    processes.lost = False
    monkeypatch.setattr(presence, "FORGET_SECONDS", 1)
    running = asyncio.create_task(two.run())
    answering = asyncio.create_task(one.run())
    async with asyncio.timeout(20):
        while ann.names() != ["Cem"]:
            await asyncio.sleep(0.01)
    running.cancel()
    answering.cancel()


def test_a_message_is_no_longer_than_any_transport_takes() -> None:
    people = [{**PERSON, "key": str(n), "name": "é" * 150} for n in range(100)]
    parts = list(presence._in_parts(people))
    assert [person for part in parts for person in part] == people
    assert 3 < len(parts) < 100
    assert max(len(json.dumps(part)) for part in parts) < transports.MAX_PAYLOAD - 1_000
    assert list(presence._in_parts([])) == []


PERSON = {
    "key": "k", "id": "9", "name": "Eve", "colour": "#000000", "pk": None, "column": None,
    "editing": False,
}  # fmt: skip
NONSENSE: list[dict[str, Any]] = [
    {},
    {"room": 5, "people": [PERSON]},
    {"room": "note []", "people": PERSON},
    {"room": "note []", "people": [None, "x", {}, {**PERSON, "key": 5}, {**PERSON, "pk": 5}]},
    {"room": "note []", "people": [{**PERSON, "editing": "yes"}]},
    {"room": "note []", "people": [{k: v for k, v in PERSON.items() if k != "pk"}]},
    {"room": "note []", "people": [{k: v for k, v in PERSON.items() if k != "editing"}]},
]


@pytest.mark.parametrize("message", NONSENSE, ids=range(len(NONSENSE)))
async def test_what_has_not_the_right_shape_is_not_believed(message: dict[str, Any]) -> None:
    here, ann = Presence(lambda message: None), Screen()
    here.enter(ann, user(1, "Ann"))
    here.heard(message)
    assert ann.names() == []


async def test_nobody_elsewhere_can_speak_for_one_who_is_here() -> None:
    here, ann, bea = Presence(lambda message: None), Screen(), Screen()
    here.enter(ann, user(1, "Ann"))
    key = here.enter(bea, user(2, "Bea"))
    here.heard({"room": "note []", "people": [{**PERSON, "key": key}]})
    here.heard({"room": "note []", "people": [{**PERSON, "key": key, "left": True}]})
    assert ann.names() == ["Bea"]


@pytest.mark.django_db(transaction=True)
async def test_over_sockets(ann: Any, bea: Any) -> None:
    class OnlyB(LiveSheetConsumer):
        model = Note
        sheet_name = "only"
        fields = ["key"]

        def get_queryset(self) -> Any:
            notes = Note.objects.all()
            return notes if self.user.first_name == "Ann" else notes.filter(key="b")

        def get_room(self) -> Any:
            return "all"

    for key in ("a", "b"):
        await Note.objects.acreate(key=key)
    try:
        async with (
            LiveSheetCommunicator("only", ann) as one,
            LiveSheetCommunicator("only", bea) as two,
        ):
            for pk in ("a", "b"):
                await one.send(type="at", pk=pk, column="key", editing=True)
            got: list[Any] = []
            while got[-1:] != ["b"]:
                frame = await two.receive_until(lambda f: f["type"] == "presence")
                got += [person["pk"] for person in frame["here"]]
            assert "a" not in got
            assert '"a"' not in json.dumps(two.frames)
    finally:
        unregister(OnlyB)


class Yard(LiveSheetConsumer):
    """Of one model, each for its own owner's rows."""

    abstract = True
    model = Product
    sheet_name = "yard"
    fields = ["name", "price"]

    def get_queryset(self) -> Any:
        return Product.objects.filter(owner=self.user.last_name)


async def settled(*sheets: LiveSheetCommunicator) -> None:
    """Everything that was sent before is here: a beat comes after it."""
    for sheet in sheets:
        await sheet.send(type="ping", cursor=None)
        await sheet.receive_until(lambda frame: frame["type"] == "beat")


@pytest.fixture
def tenants(ann: Any, bea: Any, django_user_model: Any) -> Iterator[list[Any]]:
    """Ann and Cem of one tenant, Bea of another."""
    cem = django_user_model.objects.create_superuser("cem", first_name="Cem")
    for user, tenant in ((ann, "oak"), (bea, "elm"), (cem, "oak")):
        user.last_name = tenant
        user.save()
    yield [ann, bea, cem]
    if yard := find_sheet("yard"):
        unregister(yard)


HOOKS: dict[str, Callable[[Any], Any]] = {
    "get_queryset": lambda sheet: Product.objects.filter(owner=sheet.user.last_name),
    "get_fields": lambda sheet: ["name"],
    "get_readonly_fields": lambda sheet: ["name"],
    "get_related_queryset": lambda sheet, field: Supplier.objects.none(),
    "get_audience": lambda sheet: sheet.user.last_name,
}


@pytest.mark.parametrize("hook", HOOKS)
async def test_of_a_private_sheet_nobody_hears_who_else_is_there(
    tenants: list[Any], hook: str
) -> None:
    type("Yard", (LiveSheetConsumer,), {
        "model": Product, "sheet_name": "yard", "fields": ["name", "price"], hook: HOOKS[hook]
    })  # fmt: skip
    ann, bea, cem = tenants
    async with (
        LiveSheetCommunicator("yard", ann) as one,
        LiveSheetCommunicator("yard", bea) as other,
        LiveSheetCommunicator("yard", cem) as third,
    ):
        for sheet in (one, other, third):
            await sheet.send(type="at", pk=None, column=None, editing=True)
        await settled(one, other, third)
        await third.disconnect()
        await settled(one, other)
        assert "Ann" not in json.dumps(other.frames)
        assert "Cem" not in json.dumps(other.frames)
        assert f'"{ann.pk}"' not in json.dumps([f for f in other.frames if f["type"] == "presence"])
        assert "Bea" not in json.dumps(one.frames)
        # Who shares an audience sees each other.
        assert ("Cem" in json.dumps(one.frames)) is (hook == "get_audience")
        assert await third.connect()


async def test_a_sheet_may_open_its_room(tenants: list[Any]) -> None:
    class Open(Yard):
        sheet_name = "yard"

        def get_room(self) -> Any:
            return "all"

    ann, bea, _cem = tenants
    row = await Product.objects.acreate(name="Desk", owner="elm")
    async with (
        LiveSheetCommunicator("yard", ann) as one,
        LiveSheetCommunicator("yard", bea) as other,
    ):
        await other.send(type="at", pk=str(row.pk), column="name", editing=True)
        await settled(other, one)
        people = [p for f in one.frames if f["type"] == "presence" for p in f["here"]]
        assert {person["name"] for person in people} == {"Bea elm"}
        assert {(p["pk"], p["column"], p["editing"]) for p in people} == {(None, None, False)}


async def test_who_changes_the_tenant_changes_the_room(tenants: list[Any]) -> None:
    class Shared(Yard):
        sheet_name = "yard"

        def get_audience(self) -> Any:
            return self.user.last_name

    ann, bea, cem = tenants
    async with (
        LiveSheetCommunicator("yard", ann) as one,
        LiveSheetCommunicator("yard", bea) as other,
        LiveSheetCommunicator("yard", cem) as mover,
    ):
        await settled(one, other, mover)
        cem.last_name = "elm"
        await cem.asave()
        await sync_to_async(user_logged_out.send)(sender=type(cem), request=None, user=cem)
        left = await one.receive_until(lambda frame: frame["type"] == "presence")
        assert [person.get("left") for person in left["here"]] == [True]
        came = await other.receive_until(lambda frame: frame["type"] == "presence")
        assert [person["name"] for person in came["here"]] == ["Cem elm"]
        await mover.receive_until(lambda frame: bool(frame.get("done")))
        seen: dict[str, str] = {}
        for frame in mover.frames:
            for person in frame["here"] if frame["type"] == "presence" else ():
                seen[person["key"]] = person["name"]
                if person.get("left"):
                    del seen[person["key"]]
        assert sorted(seen.values()) == ["Bea elm"]
