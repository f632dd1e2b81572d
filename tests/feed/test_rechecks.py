"""Sockets look at their rights again: those concerned, soon, and not all in one instant."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection
from typing import Any

from django.contrib.sessions.models import Session
from django.test import Client

from livesheet.feed import rechecks
from livesheet.feed.rechecks import Rechecks, ended_sessions
from livesheet.log.changelog import Entry


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
