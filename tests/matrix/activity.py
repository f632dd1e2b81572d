"""What goes on in the matrix: each door by each tenant at each sheet, then anything at random."""

from __future__ import annotations

import asyncio
import io
import json
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Collection
from typing import Any
from urllib.parse import urlencode

from asgiref.sync import sync_to_async
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import RequestFactory
from rest_framework.test import force_authenticate

from livesheet.monitoring.urls import urlpatterns as monitoring
from livesheet.templatetags.livesheet import render_sheet
from livesheet.testing import Frame
from tests.app.models import Article
from tests.matrix import doors
from tests.matrix.lines import Line, Onlooker
from tests.matrix.world import CANARIES, KEYS, NOBODYS, SHARED, SHEETS, TENANTS, World

# A key that no row ever has.
ABSENT = "99"

Cell = tuple[str, str, str]  # tenant, sheet, door


class Matrix:
    """``leaks`` holds what was told that must not be; the run ends with the first."""

    def __init__(self, world: World, seed: int) -> None:
        doors.VIEWS[1:] = []  # those of an earlier run are gone
        self.world = world
        self.dice = random.Random(seed)
        self.draw: doors.Draw = self.dice.choice
        self.frames = 0
        self.seen: Counter[Cell] = Counter()
        self.leaks: list[str] = []
        self.lines: list[Line] = []
        self.crowd: list[Line] = []
        self.moving: set[asyncio.Task[None]] = set()
        self.moved = 0

    # --- looking -----------------------------------------------------------------------------

    def look(self, line: Line, text: str) -> None:
        """At a frame, in the moment in which it is sent."""
        self.frames += 1
        if text.startswith('{"type":"'):
            kind = text[9 : text.index('"', 9)]
            self.seen[line.user.last_name, line.sheet, f"frame {kind}"] += 1
        self.search(text, line.tenants, line)

    def told(self, line: Line, door: str, text: str, tenants: set[str] | None = None) -> None:
        """At anything else that this user is told at a sheet."""
        self.frames += 1
        self.seen[line.user.last_name, line.sheet, door] += 1
        self.search(text, line.tenants if tenants is None else tenants, line, door)

    def search(self, text: str, tenants: set[str], *where: Any) -> None:
        found = {match[0] for match in CANARIES.finditer(text) if match[1] not in tenants}
        found.update(NOBODYS.findall(text))
        if found:
            at = ", ".join(f"{one.user} at {one.sheet}" if isinstance(one, Line) else str(one)
                           for one in where)  # fmt: skip
            self.leaks.append(f"{at} was told of {sorted(found)}: {text[:2000]}")

    def missing(self) -> set[Cell]:
        """Where nobody of a tenant has come by a door at a sheet."""
        every = {(t, s, d) for t in TENANTS for s in SHEETS for d in (*doors.READS, *doors.WRITES)}
        every -= {(t, s, "frame views") for t in TENANTS for s in SHEETS if s not in doors.SHARING}
        return every - self.seen.keys()

    # --- opening -----------------------------------------------------------------------------

    async def open(self, crowd: int) -> None:
        for user in self.world.users:
            for sheet in SHEETS:
                await self._enter(self.lines, self._line(Line, sheet, user))
        for people in self.world.onlookers.values():
            for n in range(crowd):
                line = self._line(Onlooker, "one_audience", people[n % len(people)])
                await self._enter(self.crowd, line)

    async def _enter(self, lines: list[Line], line: Line) -> None:
        await line.connect()
        lines.append(line)
        await line.open()
        assert not self.leaks, self.leaks[0]

    def _line(self, kind: type[Line], sheet: str, user: User) -> Line:
        params = {"tenant": user.last_name} if sheet == "by_param" else {}
        return kind(sheet, user, self.look, **params)

    async def close(self) -> None:
        for task in self.moving:
            task.cancel()
        for line in (*self.lines, *self.crowd):
            await line.disconnect()

    async def settle(self) -> None:
        for line in (*self.lines, *self.crowd):
            if not line.is_busy:
                await line.settle()

    # --- each door ---------------------------------------------------------------------------

    async def go_round(self, users: Collection[User]) -> None:
        """These users by every door of every sheet."""
        for line in (line for line in self.lines if line.user in users):
            for door in (*doors.READS, *doors.WRITES):
                await self.go_through(line, door)
                assert not self.leaks, self.leaks[0]
            await self.settle()

    async def go_through(self, line: Line, door: str) -> None:
        pk = self._key(line)
        kind, _, rest = door.partition(" ")
        if kind == "frame":
            deed = self.deeds[doors.SAID_BY[rest]]
            await deed(self, line, pk)
        elif kind == "ask":
            # What somebody has arranged is theirs, wherever they go.
            mine = line.user.last_name if line.user not in self.world.movers else "mover"
            await self.ask(line, rest, doors.QUERIES[rest](self.draw, pk, mine))
        elif kind == "rest":
            method, _, route = rest.partition(" ")
            await sync_to_async(self.rest)(line, pk, method, route)
        elif kind == "page":
            await sync_to_async(self.page)(line, rest)
        elif kind == "command":
            await sync_to_async(self.doctor)(line, pk)
        elif kind == "send":
            await self.deeds[rest](self, line, pk)

    async def step(self) -> None:
        """Something at random, by somebody who is not just moving."""
        line = self.draw([line for line in self.lines if not line.is_busy])
        pk = self._key(line)
        deed = self.draw(
            [Matrix.write] * 5 + [Matrix.at] * 3 + [Matrix.edit] * 3 + [Matrix.any_door] * 3
            + [Matrix.look_back, Matrix.rename, Matrix.arrange, Matrix.come_again, Matrix.move]
        )  # fmt: skip
        await deed(self, line, pk)
        assert not self.leaks, self.leaks[0]

    def _key(self, line: Line) -> str:
        """Of a row that the line shows, or of any."""
        every = [str(key) for key in (SHARED if line.sheet == "shared" else KEYS)]
        return str(self.draw(self.draw([list(line.rows) or every, every])))

    async def any_door(self, line: Line, pk: str) -> None:
        await self.go_through(line, self.draw([*doors.READS, *doors.WRITES]))

    # --- what happens ------------------------------------------------------------------------

    async def write(self, line: Line, pk: str) -> None:
        if line.sheet == "shared":
            await sync_to_async(self.world.write_shared)(int(pk), self.draw(list(TENANTS)))
        else:
            await sync_to_async(self.world.write_row)(int(pk), self.draw(list(TENANTS)))

    async def rename(self, line: Line, pk: str) -> None:
        await sync_to_async(self.world.rename)(self.draw(list(TENANTS)))

    async def at(self, line: Line, pk: str) -> None:
        await line.send(type="at", pk=pk, column="name", editing=True)
        self._did(line, "send at")

    async def ping(self, line: Line, pk: str) -> None:
        """With a cursor of somebody else's, too."""
        await line.send(type="ping", cursor=self.draw(self.lines).cursor)
        await line.receive_until(lambda frame: frame["type"] == "beat", "a beat")
        self._did(line, "send ping")

    async def nonsense(self, line: Line, pk: str) -> None:
        await line.send(type="edit", ref="n", cells=[[pk, "no such column", 1, 2]])
        await line.receive_until(lambda frame: frame["type"] == "error", "an error")

    async def ask_anything(self, line: Line, pk: str) -> None:
        await self.ask(line, "recent", {"seconds": 600})

    async def look_back(self, line: Line, pk: str) -> None:
        await self.ask(line, "history", {"pk": pk})

    async def ask(self, line: Line, about: str, query: dict[str, Any]) -> None:
        answer = await line.ask(about, **query)
        if "error" in answer:  # which says what was asked for
            answer = {**answer, "error": answer["error"]["code"]}
        elif about == "save_view":
            doors.VIEWS.append(answer["result"]["view"]["id"])
        self.told(line, f"ask {about}", json.dumps(answer))
        self._did(line, "send ask")

    async def arrange(self, line: Line, pk: str) -> None:
        """By a socket of its own, that shows windows, while somebody writes."""
        other = Line(line.sheet, line.user, self.look, windowed=True, **line.params)
        await other.connect()
        await other.open()
        sorted_back = {"sorts": [{"column": "name", "descending": True}]}
        view = self.draw([{}, sorted_back, doors.grouped(self.draw)])
        search = self.draw(["", "canary", "elm-label-canary", "oak-row-canary"])
        page = await other.arrange(view, search=search, near=self.draw([None, pk]))
        if page["type"] == "error":  # a masked column cannot be sorted
            await other.arrange(search=search)
        await self.write(line, pk)
        await other.window(0, 3)
        is_own = line.sheet == "shared" or self._is_own(await self._row(pk), line)
        place = (await other.enter(7, near=pk))["place"]
        self._must(is_own or place == (await other.enter(7, near=ABSENT))["place"], line, "enter")
        await other.send(type="cancel")
        await other.settle()
        await other.disconnect()
        for door in ("arrange", "window", "enter", "cancel"):
            self._did(line, f"send {door}")

    async def share(self, line: Line, pk: str) -> None:
        """Those of the room are told that there is news, also when it is taken back."""
        mine = line.user.last_name if line.user not in self.world.movers else "mover"
        await self.ask(
            line, "save_view", {"name": f"{mine}-view-canary", "layout": {}, "shared": True}
        )
        others = [one for one in self.lines if one.sheet == line.sheet and not one.is_busy]
        for other in [one for one in others if one.user.last_name != line.user.last_name][:1]:
            await self.ask(other, "views", {})
        await self.ask(line, "delete_view", {"id": doors.VIEWS[-1]})

    async def come_again(self, line: Line, pk: str) -> None:
        """With a claim to have had every row, and perhaps with another's cursor and digest."""
        await line.disconnect()
        line.rows = {str(key): [str(key)] for key in KEYS} | line.rows
        if self.dice.random() < 0.3:
            other = self.draw(self.lines)
            line.cursor, line.digest = other.cursor, self.draw([other.digest, line.digest])
        await line.connect()
        await line.open(resume=True)
        self._did(line, "send open")

    async def dismissed(self, line: Line, pk: str) -> None:
        """The account is closed for a moment, and all that was open goes; then they are back."""
        user = line.user
        mine = [one for one in (*self.lines, *self.crowd) if one.user is user]
        user.is_active = False
        await user.asave()
        for one in mine:
            while (await one.receive())["type"] != "websocket.close":
                pass
            await one.disconnect()
        user.is_active = True
        await user.asave()
        for one in mine:
            await one.connect()
            await one.open()

    async def move(self, line: Line, pk: str) -> None:
        """Somebody goes to another tenant, and everything else goes on meanwhile."""
        mover = self.draw(self.world.movers)
        mine = [line for line in self.lines if line.user is mover]
        if not any(one.is_busy for one in mine):
            for one in mine:
                one.is_busy = True
            tenant = self.draw([t for t in TENANTS if t != mover.last_name])
            task = asyncio.create_task(self._move(mover, tenant, mine))
            self.moving.add(task)
            task.add_done_callback(self._has_moved)

    async def _move(self, mover: User, tenant: str, mine: list[Line]) -> None:
        """Until it has been told, a socket may show what was on its way."""
        for one in mine:
            one.tenants |= {tenant}
        mover.last_name = tenant
        await mover.asave()
        for one in mine:
            await one.until(lambda one=one: self._has_come(one, tenant))  # type: ignore[misc]
            one.tenants = {tenant}
            one.is_busy = False
        self.moved += 1

    def _has_moved(self, task: asyncio.Task[None]) -> None:
        self.moving.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self.leaks.append(f"A move did not end: {error!r}")

    def _has_come(self, line: Line, tenant: str) -> bool:
        """By the rows that it shows; shared ones by their members."""
        if line.sheet == "shared":
            tenants = {text.partition("-")[0] for text in line.labels.get("tags", {}).values()}
            return bool(tenants) and tenant in tenants
        here = [str(row) for row in line.rows.values()]
        if line.params.get("tenant", tenant) != tenant:
            return not here
        return all(f"{tenant}-row" in row for row in here) and bool(here)

    # --- writing -----------------------------------------------------------------------------

    async def edit(self, line: Line, pk: str) -> None:
        """One's own with the right base or with none; another's as if it were not."""
        is_known = len(line.rows.get(pk, ())) > 1  # and not only claimed
        base = line.value(pk, "name") if is_known and self.dice.random() < 0.5 else "no base"
        name = f"{line.user.last_name}-row-canary-by-edit-{self.dice.random():.3f}"
        await self._write(line, pk, "edit", line.edit(pk, "name", name, base=base))

    async def delete(self, line: Line, pk: str) -> None:
        cursor = self.draw([line.cursor, self.draw(self.lines).cursor, "no cursor"])
        await self._write(line, pk, "delete", line.delete(pk, cursor))

    async def act(self, line: Line, pk: str) -> None:
        await self._write(line, pk, "act", line.request("act", action="touch", pks=[pk]))

    async def add(self, line: Line, pk: str) -> None:
        reply = await line.add(name=f"{line.user.last_name}-row-canary-added")
        self._did(line, "send add")
        for result in reply["results"]:
            if "pk" in result and line.sheet != "shared":
                await line.delete(result["pk"])

    async def _write(self, line: Line, pk: str, kind: str, sent: Awaitable[Frame]) -> None:
        before = await self._row(pk)
        reply = await sent
        self._did(line, f"send {kind}")
        if line.sheet == "shared":
            return
        codes = {error["code"] for error in reply["errors"]}
        if not self._is_own(before, line):
            self._must("not_found" in codes and await self._row(pk) == before, line, kind, reply)

    async def _row(self, pk: str) -> dict[str, Any] | None:
        return await Article.objects.filter(pk=pk).values().afirst()

    def _is_own(self, row: dict[str, Any] | None, line: Line) -> bool:
        mine = line.params.get("tenant", line.user.last_name) == line.user.last_name
        return mine and row is not None and row["owner"].startswith(f"{line.user.last_name}-")

    def _must(self, holds: bool, line: Line, *what: Any) -> None:
        if not holds:
            self.leaks.append(f"{line.user} at {line.sheet} could write: {what}")

    def _did(self, line: Line, door: str) -> None:
        self.seen[line.user.last_name, line.sheet, door] += 1

    # --- past the socket ---------------------------------------------------------------------

    def rest(self, line: Line, pk: str, method: str, route: str) -> None:
        """As JSON, or as the page that REST framework makes of it."""
        door = f"rest {method} {route}"
        as_page, method = method == "page", "get" if method == "page" else method
        pattern = next(p for r, m, p in doors.addresses() if (r, m) == (route, method))
        before = Article.objects.filter(pk=pk).values().first()

        def call(key: str) -> tuple[int, str]:
            given = {"pk": key, "column": "supplier"} | pattern.default_args
            where = {n: given[n] for n in given if f":{n}>" in route or n in pattern.default_args}
            looking = "q" if "/related/" in route else "search"
            request = self._request(line, method, as_page, {looking: "canary"})
            response = pattern.callback(request, sheet_name=line.sheet, **where).render()
            headers = {n: v for n, v in response.headers.items() if n != "Expires"}  # the time
            text = f"{headers} {response.content.decode()}"
            self.told(line, door, text, {line.user.last_name})
            return response.status_code, "" if as_page else text

        said = call(pk)
        if ":pk>" in route and not self._is_own(before, line) and line.sheet != "shared":
            same = Article.objects.filter(pk=pk).values().first() == before
            self._must(same and said == call(ABSENT), line, door, said)
        Article.objects.filter(pk__gt=max(KEYS)).delete()

    def _request(self, line: Line, method: str, as_page: bool, query: dict[str, str]) -> Any:
        body = doors.BODIES[method](f"{line.user.last_name}-row-canary-by-rest")
        path = f"/?{urlencode({**line.params, **query})}"
        accept = "text/html" if as_page else "application/json"
        more = {"data": json.dumps(body), "content_type": "application/json"} if body else {}
        request = RequestFactory().generic(method.upper(), path, headers={"accept": accept}, **more)
        request.user = line.user
        force_authenticate(request, user=line.user)
        return request

    def page(self, line: Line, name: str) -> None:
        if name == "sheet":
            text = str(render_sheet(line.sheet, line.params))
        else:
            view = next(one.callback for one in monitoring if one.name == name)
            request = RequestFactory().get("/")
            request.user = User(is_active=True, is_staff=True)
            text = view(request).content.decode()
        self.told(line, f"page {name}", text, set())

    def doctor(self, line: Line, pk: str) -> None:
        out = io.StringIO()
        about = (line.user.get_username(), line.sheet, pk, "name")
        params = [f"{name}={value}" for name, value in line.params.items()]
        call_command("livesheet_doctor", "--as", *about, param=params, stdout=out, no_color=True)
        self.told(line, "command doctor", out.getvalue(), {line.user.last_name})

    deeds: dict[str, Callable[[Matrix, Line, str], Awaitable[None]]] = {
        "opening": come_again, "writing": write, "moving about": at, "editing": edit,
        "asking": ask_anything, "sharing": share, "nonsense": nonsense, "pinging": ping,
        "being dismissed": dismissed, "open": come_again, "edit": edit, "add": add,
        "delete": delete, "at": at, "ping": ping, "ask": ask_anything,
        "act": act,
        "arranging": arrange, "arrange": arrange, "window": arrange, "enter": arrange,
        "cancel": arrange,
    }  # fmt: skip
