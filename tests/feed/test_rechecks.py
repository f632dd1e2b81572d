"""Sockets look at their rights again: those concerned, soon, and not all in one instant."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection
from typing import Any, cast

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.functional import SimpleLazyObject

from livesheet.consumers import LiveSheetConsumer
from livesheet.feed import rechecks
from livesheet.feed.rechecks import Rechecks, ended_sessions
from livesheet.log.changelog import Entry
from livesheet.sheet.standing import standing
from tests.app.models import Note
from tests.faults.fuzz.site.world import session_of


class Line:
    def __init__(self, user_key: str = "1", session_key: str = "", dependent: str = "") -> None:
        self.user_key, self.session_key, self.dependent = user_key, session_key, dependent
        self.asked: list[float] = []

    def recheck_soon(self) -> None:
        self.asked.append(time.monotonic())

    def depends_on(self, labels: Collection[str]) -> bool:
        return self.dependent in labels


def access(*keys: str) -> Entry:
    return Entry(1, "", "access", keys, "", "", "", "", None, "t")


def of(lines: Collection[Line]) -> Rechecks:
    return Rechecks(asyncio.get_running_loop(), lines)


async def until_asked(lines: Collection[Line], seconds: float) -> None:
    async with asyncio.timeout(seconds):
        while not all(line.asked for line in lines):
            await asyncio.sleep(0.01)


async def test_only_those_who_are_named_look_again() -> None:
    hers, his = Line("1"), Line("2")
    of([hers, his]).access_changed(access("1"))
    assert (len(hers.asked), len(his.asked)) == (1, 0)


async def test_an_entry_that_names_nobody_means_everybody() -> None:
    lines = [Line("1"), Line("2")]
    of(lines).access_changed(access())
    assert all(line.asked for line in lines)


async def test_a_thousand_look_one_after_the_other_and_all_within_five_seconds() -> None:
    lines = [Line("1") for _n in range(1_000)]
    of(lines).access_changed(access("1", "2"))
    assert sum(bool(line.asked) for line in lines) <= rechecks.AT_ONCE
    await until_asked(lines, 5)
    asked = sorted(line.asked[0] for line in lines)
    in_one_tenth = max(sum(at <= a < at + 0.1 for a in asked) for at in asked[::10])
    assert in_one_tenth < 500  # of a slow machine: 40 by design


async def test_who_comes_in_just_after_looks_too(monkeypatch: Any) -> None:
    lines: list[Line] = []
    here = of(lines)
    here.access_changed(access("1"))
    early, other = Line("1"), Line("2")
    here.entered(early)
    here.entered(other)
    assert (len(early.asked), len(other.asked)) == (1, 0)
    here.access_changed(access())
    here.entered(other)
    assert len(other.asked) == 1
    monkeypatch.setattr(rechecks, "LATELY_SECONDS", -1)
    here.entered(Line("1"))


async def test_what_is_written_all_the_time_does_not_have_all_look_all_the_time(
    monkeypatch: Any,
) -> None:
    monkeypatch.setattr(rechecks, "DEPENDENT_EACH_SECONDS", 0.01)
    lines = [Line(dependent="app.membership") for _n in range(10)]
    other = Line(dependent="app.other")
    here, began = of([*lines, other]), time.monotonic()
    here.written({"app.membership"})
    assert lines[0].asked  # at once
    for _n in range(200):
        here.written({"app.membership"})
        await asyncio.sleep(0)
    await until_asked(lines, 5)
    took = time.monotonic() - began
    assert sum(len(line.asked) for line in lines) <= took / 0.01 + 2
    assert not other.asked


def test_sessions_that_are_deleted_or_over_are_found(ann: Any, settings: Any) -> None:
    keys = []
    for _n in range(3):
        browser = Client()
        browser.force_login(ann)
        keys.append(str(browser.session.session_key))
    Session.objects.filter(session_key=keys[0]).delete()
    Session.objects.filter(session_key=keys[1]).update(expire_date="2020-01-01T00:00Z")
    assert ended_sessions(keys) == set(keys[:2])
    assert ended_sessions([]) == set()
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
    assert ended_sessions(keys) == set()  # nothing is kept that could be deleted


def test_sessions_that_are_all_good_are_only_counted(ann: Any) -> None:
    """Nearly always they are, and thousands of parameters and rows cost much."""
    keys = []
    for _n in range(3):
        browser = Client()
        browser.force_login(ann)
        keys.append(str(browser.session.session_key))
    with CaptureQueriesContext(connection) as queries:
        assert ended_sessions(keys) == set()
    assert ["count(" in query["sql"].lower() for query in queries] == [True]
    assert ended_sessions([*keys, "o'brien"]) == {"o'brien"}  # no such key, and not put in
    assert ended_sessions([*keys, "x" * 32]) == {"x" * 32}


async def test_a_session_that_only_a_cache_has_is_asked_for_once(
    transactional_db: None, monkeypatch: Any
) -> None:
    monkeypatch.setattr(rechecks, "SESSIONS_SECONDS", 0.02)
    kept, without = Line(session_key="x" * 32), Line()
    watching = asyncio.create_task(of([kept, without]).watch_sessions())
    await until_asked([kept], 5)
    await asyncio.sleep(0.2)  # ten looks more
    watching.cancel()
    assert (len(kept.asked), len(without.asked)) == (1, 0)


class Seat(Line):
    """A line whose rights are Django's alone."""

    def __init__(self, user: User, sheet: type[LiveSheetConsumer]) -> None:
        super().__init__(str(user.pk), session_of(user))
        self.scope: dict[str, Any] = {"headers": []}
        self.sheet = sheet(user, {})
        self.told: list[str] = []

    def check_soon(self) -> None:
        self.told.append("check")

    def recheck_soon(self) -> None:
        self.told.append("recheck")


class Shelf(LiveSheetConsumer):
    abstract = True
    model = Note
    fields = ["key"]


class OwnShelf(Shelf):
    abstract = True

    def has_view_permission(self) -> bool:
        return True


@pytest.fixture
def users() -> list[User]:
    return [User.objects.create_user(f"user{n}") for n in range(20)]


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many were asked about together, each time."""
    asked: list[int] = []

    def counted(subjects: Collection[tuple[str, str]]) -> dict[tuple[str, str], bytes]:
        asked.append(len(subjects))
        return standing(subjects)

    monkeypatch.setattr(rechecks, "standing", counted)
    return asked


async def stand(found: Rechecks, seats: Collection[Any]) -> list[bool]:
    sheets = await asyncio.gather(*(found.stands(seat) for seat in seats))
    return [sheet is not None for sheet in sheets]


@pytest.mark.django_db(transaction=True)
async def test_those_whose_time_has_come_are_asked_about_together(
    users: list[User], looks: list[int]
) -> None:
    seats = await sync_to_async(lambda: [Seat(user, Shelf) for user in users])()
    found = of(seats)
    assert await stand(found, seats) == [False] * 20  # each has to look once for itself
    assert await stand(found, seats) == [True] * 20
    assert looks == [20, 20]
    await User.objects.filter(pk=users[3].pk).aupdate(is_active=False)
    assert await stand(found, seats) == [True] * 3 + [False] + [True] * 16
    assert all(await stand(found, seats))


async def told(found: Rechecks, seats: Collection[Any]) -> None:
    """Their time has come, and those who are due were looked at."""
    for seat in seats:
        found.due(seat)
    while found._looking is not None:
        await asyncio.wait([found._looking], timeout=30)


@pytest.mark.django_db(transaction=True)
async def test_who_stands_is_passed_by_and_only_the_others_are_told(
    users: list[User], looks: list[int]
) -> None:
    seats = await sync_to_async(lambda: [Seat(user, Shelf) for user in users])()
    found = of(seats)
    await told(found, seats)
    assert [seat.told for seat in seats] == [["check"]] * 20  # nothing is known of them yet
    for _ in range(2):
        await stand(found, seats)
    await told(found, seats)
    assert all(len(seat.told) == 1 for seat in seats)
    await User.objects.filter(pk=users[3].pk).aupdate(is_active=False)
    await told(found, seats)
    assert [seat.told for seat in seats if len(seat.told) > 1] == [["check", "recheck"]]
    assert seats[3].told == ["check", "recheck"]
    assert looks == [20, 20, 20, 20]


@pytest.mark.django_db(transaction=True)
async def test_who_has_another_sheet_or_was_passed_by_often_checks_by_himself(
    users: list[User], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rechecks, "LOOKS", 1)
    seats = await sync_to_async(lambda: [Seat(user, Shelf) for user in users[:2]])()
    found = of(seats)
    await stand(found, seats)
    seats[1].sheet = OwnShelf(users[1], {})
    await told(found, seats)
    assert [seat.told for seat in seats] == [[], ["check"]]
    await told(found, seats[:1])
    assert seats[0].told == ["check"]


@pytest.mark.django_db(transaction=True)
async def test_if_the_database_is_away_each_finds_out_by_himself(
    users: list[User], monkeypatch: pytest.MonkeyPatch
) -> None:
    seats = await sync_to_async(lambda: [Seat(user, Shelf) for user in users])()
    found = of(seats)
    await stand(found, seats)

    def away(_subjects: Any) -> Any:
        raise OperationalError

    monkeypatch.setattr(rechecks, "standing", away)
    await told(found, seats)
    assert [seat.told for seat in seats] == [["recheck"]] * 20


@pytest.mark.django_db(transaction=True)
async def test_another_sheet_is_looked_at_anew(users: list[User], looks: list[int]) -> None:
    """What was found of the former one, such as who is asked for, is not true of it."""
    seat = await sync_to_async(Seat)(users[0], Shelf)
    found = of([seat])
    assert [(await stand(found, [seat]))[0] for _ in range(2)] == [False, True]
    seat.sheet = OwnShelf(users[0], {})
    assert await stand(found, [seat]) == [False]
    assert looks == [1, 1]


@pytest.mark.django_db(transaction=True)
async def test_who_could_not_look_has_to_look_again(users: list[User], looks: list[int]) -> None:
    seat = await sync_to_async(Seat)(users[0], Shelf)
    found = of([seat])
    for _ in range(2):
        assert await stand(found, [seat]) == [False]
        found.forget(cast(Any, seat))
    assert await stand(found, [seat]) == [False]
    assert await stand(found, [seat]) == [True]


@pytest.mark.django_db(transaction=True)
async def test_everybody_looks_at_everything_now_and_then(
    users: list[User], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rechecks, "LOOKS", 2)
    seat = await sync_to_async(Seat)(users[0], Shelf)
    found = of([seat])
    said = [(await stand(found, [seat]))[0] for _ in range(6)]
    assert said == [False, True, True, False, True, True]


@pytest.mark.django_db(transaction=True)
async def test_who_has_hooks_looks_for_itself(users: list[User], looks: list[int]) -> None:
    seat = await sync_to_async(Seat)(users[0], OwnShelf)
    found = of([seat])
    assert not any([(await stand(found, [seat]))[0] for _ in range(3)])
    assert looks == []


class RowsOfTheirOwn(Shelf):
    abstract = True

    def get_queryset(self) -> Any:
        return Note.objects.filter(text=self.user.username)


@pytest.mark.django_db(transaction=True)
async def test_where_rows_are_found_by_the_user_all_users_are_read_anew_at_once(
    users: list[User], looks: list[int]
) -> None:
    """A user holds what was read of it, such as a profile, by which the rows may be found."""
    seats = await sync_to_async(lambda: [Seat(user, RowsOfTheirOwn) for user in users])()
    for seat in seats:
        seat.sheet.prepare()
        seat.sheet.user.profile = "old"
        await sync_to_async(seat.sheet.has_view_permission)()
    found = of(seats)
    assert not any(await stand(found, seats))
    sheets = await asyncio.gather(*(found.stands(seat) for seat in seats))
    assert looks == [20, 20]
    for seat, sheet in zip(seats, sheets, strict=True):
        assert sheet is not None and sheet is not seat.sheet
        assert sheet.user == seat.sheet.user and not hasattr(sheet.user, "profile")
        assert sheet.columns is seat.sheet.columns  # nothing is built anew
        # What the same rights give is known; Django refuses to ask the database here.
        assert sheet.has_view_permission() == seat.sheet.has_view_permission()
        seat.sheet = sheet
    await User.objects.filter(pk=users[3].pk).aupdate(is_active=False)
    assert await stand(found, seats) == [True] * 3 + [False] + [True] * 16


@pytest.mark.django_db(transaction=True)
async def test_a_user_who_is_read_anew_is_the_one_that_the_socket_holds(users: list[User]) -> None:
    seat = await sync_to_async(Seat)(users[0], RowsOfTheirOwn)
    seat.scope["user"] = SimpleLazyObject(lambda: users[0])
    assert seat.scope["user"].pk == users[0].pk
    found = of([seat])
    await stand(found, [seat])
    sheet = await found.stands(cast(Any, seat))
    assert sheet is not None and seat.scope["user"]._wrapped is sheet.user
