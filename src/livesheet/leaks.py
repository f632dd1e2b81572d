"""Finds what a sheet tells users who may not know it, in every way that it has.

It opens the sheet as each user at the same time and uses it: it writes rows, edits own rows and
those of others, provokes conflicts, asks questions, reconnects, and calls REST. A text that belongs
to only one user, a *canary*, must not be in anything that another user receives, nor in the log.
Two things reveal something without containing such a text: keys of rows that the user does not see,
and a count that is larger than the number of rows that the user sees.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import product
from typing import Any
from urllib.parse import urlencode

from django.db import models
from rest_framework.test import APIRequestFactory, force_authenticate

from livesheet import threads
from livesheet.leak import Leak, Lines, keys_named, keys_sent
from livesheet.log.actors import acting_as
from livesheet.log.transactions import atomic
from livesheet.people import user_key
from livesheet.questions.named_views import MAX_NAME
from livesheet.sheet.declaration import Sheet
from livesheet.sheet.meeting import room_of
from livesheet.tracking import record
from livesheet.urls import urlpatterns

ROWS_OF_EACH = 5
NEVER_THE_BASE = "\u2400 never the base"
TEXTS = ("text", "longtext")
THE_LOG = "the log"
VIEWS: dict[str, Any] = {str(pattern.name): pattern.callback for pattern in urlpatterns}


class Search:
    """``communicator`` is ``LiveSheetCommunicator``; ``canaries`` are texts by user."""

    def __init__(
        self,
        communicator: Callable[..., Any],
        sheet: type[Sheet],
        users: Sequence[Any],
        canaries: Mapping[Any, Iterable[str]],
        params: Mapping[str, Any],
    ) -> None:
        self.sheet, self.users, self.params = sheet, users, dict(params)
        self.canaries = {user_key(user): list(texts) for user, texts in canaries.items()}
        self.names = {user_key(user): str(user) for user in (*users, *canaries)}
        name = sheet.get_name()
        self.lines = [communicator(name, user, params=self.params) for user in users]
        # Each user looks at windows of the rows, too.
        self.windows = [
            communicator(name, user, params=self.params, windowed=True) for user in users
        ]
        self.open: list[Any] = []
        self.doors: dict[tuple[int, str], str] = {}  # of answers, by socket and ref
        self.claimed: dict[int, int] = {}  # by socket: from which frame on it had claimed rows
        self.found: dict[Leak, None] = {}

    async def run(self) -> list[Leak]:
        for line in self.lines:
            await line.connect()
            try:
                await line.open()
            except AssertionError:  # refused: what was said meanwhile counts
                continue
            self.open.append(line)
        with self._reading_the_log():
            try:
                await self._drive()
                await self._look_through_windows()
            finally:
                for line in self.open:
                    await line.disconnect()
        for user, line in zip((*self.users, *self.users), self._every_line, strict=True):
            for frame in line.frames:
                self._look(user, self._door(line, frame), json.dumps(frame, ensure_ascii=False))
            self._look_for_keys(user, line)
        return list(self.found)

    @property
    def _every_line(self) -> list[Any]:
        return [*self.lines, *self.windows]

    @property
    def nothing_came(self) -> bool:
        return not any(line.rows for line in self.lines)

    # --- driving -----------------------------------------------------------------------------

    async def _drive(self) -> None:
        own = {id(line): list(line.rows)[:ROWS_OF_EACH] for line in self.open}
        every = list(dict.fromkeys(pk for pks in own.values() for pk in pks))
        for line in self.open:
            user = self._user(line)
            await self._move(line, own[id(line)])
            await threads.run_edit(self._write_anew, user, own[id(line)])
            await self._write_texts(line, own[id(line)])
            await self._miss_the_base(line, every)
            await self._act_on_others(line, every)
            await self._ask(line, every)
        await self._ask_for_own_views()
        await self._ask_for_views()
        for user, pk in product(self.users, ["", *every]):
            for door, text in await threads.run(self._rest, user, pk):
                self._look(user, door, text)
        for line in self.open:
            user = self._user(line)
            await threads.run(self._count, user, line)
            await threads.run(self._search, user)
            for name in (c["name"] for c in _columns(line) if c.get("related")):
                for text in await threads.run(self._related, user, name):
                    self._look(user, "REST, GET of what a relation may hold", text)
            await self._come_again(line, every)
        for line in self.open:
            await self._settle(line)

    async def _settle(self, line: Any) -> None:
        """A beat comes after everything that was on its way."""
        await line.send(type="ping", cursor=line.cursor)
        await line.receive_until(lambda frame: frame["type"] == "beat", "a beat")

    async def _move(self, line: Any, pks: list[str]) -> None:
        for pk in pks[:1]:
            await line.send(type="at", pk=pk, column=line.columns[0], editing=True)

    def _write_anew(self, user: Any, pks: list[str]) -> None:
        """The rows are told of as written by that user, and stay as they are."""
        model = self.sheet.get_model()
        sheet = self.sheet(user, {name: str(value) for name, value in self.params.items()})
        with atomic(sheet.alias), acting_as(user):
            rows: models.QuerySet[Any] = model._base_manager.using(sheet.alias)
            record(rows.filter(pk__in=pks), using=sheet.alias)

    async def _write_texts(self, line: Any, pks: list[str]) -> None:
        """Written, and written back: as far as the sheet lets this user."""
        for column in _columns(line):
            if column["type"] not in TEXTS or column["readonly"]:
                continue
            for pk in pks[:1]:
                was = line.value(pk, column["name"])
                if not isinstance(was, str) or pk not in line.rows:
                    continue
                reply = await line.edit(pk, column["name"], f"{was}~", base=was)
                if reply.get("ok"):
                    await line.edit(pk, column["name"], was, base=f"{was}~")

    async def _miss_the_base(self, line: Any, pks: list[str]) -> None:
        """Of one's own row it is a conflict; of others' it must be as if there were none."""
        if self.sheet.conflict == "overwrite":
            return  # where this would not be refused
        for pk, column in product(pks, _columns(line)):
            await line.edit(pk, column["name"], "~ never written", base=NEVER_THE_BASE)

    async def _act_on_others(self, line: Any, pks: list[str]) -> None:
        """The sheet's own actions, on rows that it must answer for as if there were none."""
        others = [pk for pk in pks if pk not in line.rows]
        for action in self.sheet.actions if others else ():
            await line.request("act", action=action, pks=others)

    async def _ask(self, line: Any, pks: list[str]) -> None:
        for pk in pks:
            await self._asked(line, "history", pk=pk)
            await self._asked(line, "addresses", pk=pk)
        await self._asked(line, "recent", seconds=3_600)
        for about in ("sums", "rows"):
            await self._asked(line, about)
        for column in _columns(line):
            await self._asked(line, "values", column=column["name"])
            await self._asked(line, "groups", by=[column["name"]])
        texts = [text for texts in self.canaries.values() for text in texts]
        for column in _columns(line):
            if column.get("related"):
                for text in ("", *texts):
                    await self._asked(line, "options", column=column["name"], text=text)

    async def _ask_for_own_views(self) -> None:
        """Each keeps one with a canary, all ask for their own, and each has the former again."""
        former = {}
        for line in self.open:
            user = self._user(line)
            answer = await line.ask("layout")
            if mine := self.canaries.get(user_key(user)) if "result" in answer else None:
                former[id(line)] = answer["result"]["layout"]
                await line.ask("keep_layout", layout={"hidden": mine[:1]})
        for line in self.open:
            await self._asked(line, "layout")
        for line in self.open:
            if id(line) in former:
                await line.ask("keep_layout", layout=former[id(line)])

    async def _ask_for_views(self) -> None:
        """Each saves one with a canary, and all ask for it: one's own, and one that is shared with
        a room in which they are not.
        """
        rooms = {id(line): await threads.run(self._room, line) for line in self.open}
        for line, is_shared in product(self.open, (False, True)):
            mine = self.canaries.get(user_key(self._user(line)))
            if not mine:
                continue
            kept = {"name": mine[0][:MAX_NAME], "layout": {"hidden": mine[:1]}}
            answer = await line.ask("save_view", shared=is_shared, **kept)
            if "error" in answer:  # who may not share, has not
                continue
            view = answer["result"]["view"]["id"]
            for other in self.open:
                if not is_shared or rooms[id(other)] != rooms[id(line)]:
                    await self._asked(other, "views")
                    await self._asked(other, "view", id=view)
            await line.ask("delete_view", id=view)

    def _user(self, line: Any) -> Any:
        return self.users[self._every_line.index(line) % len(self.users)]

    # --- windows -----------------------------------------------------------------------------

    async def _look_through_windows(self) -> None:
        """As if the sheet were large: what is found, counted and placed is one's own."""
        former = vars(self.sheet).get("window")
        self.sheet.window = True
        try:
            for line in self.open:
                looking = self.windows[self.lines.index(line)]
                await looking.connect()
                await looking.open()
                await self._look_around(looking, line)
                await looking.disconnect()
        finally:
            if former is None:
                del self.sheet.window
            else:
                self.sheet.window = former

    async def _look_around(self, looking: Any, line: Any) -> None:
        user, seen = self._user(line), set(line.rows)
        for column in _columns(looking):
            await looking.arrange({"sorts": [{"column": column["name"]}]})
        await looking.arrange()
        for frame in looking.frames:
            if frame["type"] == "order" and frame["count"] > len(seen):
                told = f"{frame['count']} rows, of which {len(seen)} are shown"
                self._note(user, "others", f"count {frame['count']}", "the frame order", told)
        for other in self.open:
            for pk in [pk for pk in other.rows if pk not in seen][:ROWS_OF_EACH]:
                page = await looking.enter(near=pk)
                if page.get("place"):
                    told = json.dumps(page)
                    self._note(user, "others", f"place of {pk}", "the frame page", told)
        mine = self.canaries.get(user_key(user), [])
        for owner, texts in self.canaries.items():
            for text in texts if owner != user_key(user) else ():
                page = await looking.arrange(search=text)
                if text not in mine and page.get("rows"):
                    told = json.dumps(page)
                    self._note(user, self.names[owner], text, "a search of windows", told)

    def _room(self, line: Any) -> str:
        params = {name: str(value) for name, value in self.params.items()}
        return room_of(self.sheet(self._user(line), params))

    async def _asked(self, line: Any, about: str, **query: Any) -> None:
        answer = await line.ask(about, **query)
        if "error" in answer:  # which says what was asked for
            line.frames.remove(answer)
            self._look(None, about, json.dumps({**answer, "error": answer["error"]["code"]}))
        door, count = f"the answer about {about}", answer.get("result", {}).get("count")
        if isinstance(count, int) and count > len(line.rows):
            told = f"{count} rows, of which {len(line.rows)} are shown"
            self._note(self._user(line), "others", f"count {count}", door, told)
        self.doors[id(line), answer["ref"]] = door

    async def _come_again(self, line: Any, pks: list[str]) -> None:
        """As if it had been away, and claims to have had every row."""
        await line.disconnect()
        self.claimed[id(line)] = len(line.frames)
        line.rows.update((pk, [pk]) for pk in pks)
        await line.connect()
        await line.open(resume=True)

    # --- REST --------------------------------------------------------------------------------

    def _rest(self, user: Any, pk: str) -> list[tuple[str, str]]:
        """What each method says; of the list where there is no ``pk``. Nothing is written."""
        methods = ("get", "options", "patch") if pk else ("get", "options")
        return [
            (f"REST, {method.upper()}", self._response(user, method, pk).content.decode())
            for method in methods
        ]

    def _search(self, user: Any) -> None:
        """Whether rows are found by what stands in none of them that this user sees."""
        mine = self.canaries.get(user_key(user), [])
        for owner, texts in self.canaries.items():
            for text in texts if owner != user_key(user) else ():
                data = self._response(user, "get", "", search=text).data
                if text not in mine and isinstance(data, dict) and data.get("results"):
                    told = json.dumps(data["results"], default=str)[:200]
                    self._note(user, self.names[owner], text, "a search of REST", told)

    def _response(self, user: Any, method: str, pk: str, **query: str) -> Any:
        view = VIEWS["detail" if pk else "list"]
        kwargs = {"sheet_name": self.sheet.get_name(), **({"pk": pk} if pk else {})}
        body = {"data": {"~": "~"}, "format": "json"} if method == "patch" else {}
        path = f"/?{urlencode({**self.params, **query})}"
        request = getattr(APIRequestFactory(), method)(path, **body)
        force_authenticate(request, user=user)
        return view(request, **kwargs).render()

    def _count(self, user: Any, line: Any) -> None:
        """Whether the list of REST says that there is more than what its reader sees."""
        data = self._response(user, "get", "").data
        count = data.get("count") if isinstance(data, dict) else None
        if isinstance(count, int) and count > len(line.rows):
            told = f"{count} rows, of which {len(line.rows)} are shown"
            self._note(user, "others", f"count {count}", "REST, GET", told)

    def _related(self, user: Any, column: str) -> list[str]:
        """All that the relation may hold, and what is found by each canary."""
        view = VIEWS["related"]
        told = []
        for text in ("", *(text for texts in self.canaries.values() for text in texts)):
            request = APIRequestFactory().get("/", {**self.params, "q": text})
            force_authenticate(request, user=user)
            response = view(request, sheet_name=self.sheet.get_name(), column=column).render()
            told.append(_results(response))
        return told

    # --- looking -----------------------------------------------------------------------------

    @contextmanager
    def _reading_the_log(self) -> Iterator[None]:
        """Whoever reads logs is nobody to whom the values of rows are told."""
        handler, ours = Lines(), logging.getLogger("livesheet")
        ours.addHandler(handler)
        try:
            yield
        finally:
            ours.removeHandler(handler)
        for line in handler.lines:
            self._look(THE_LOG, "a line of the log", line)

    def _door(self, line: Any, frame: dict[str, Any]) -> str:
        kind = f"the frame {frame['type']}"
        return self.doors.get((id(line), str(frame.get("ref"))), kind)

    def _look(self, user: Any, door: str, told: str) -> None:
        is_log = user is THE_LOG
        me = user_key(user)
        mine = [] if is_log else self.canaries.get(me, [])
        for owner, texts in self.canaries.items():
            for text in texts:
                if (is_log or owner != me) and text not in mine and (at := told.find(text)) >= 0:
                    part = told[max(0, at - 80) : at + len(text) + 80]
                    self._note(user, self.names[owner], text, door, part)

    def _look_for_keys(self, user: Any, line: Any) -> None:
        """Keys of rows that it was never sent, in what goes without the rows themselves."""
        sent = keys_sent(line.frames)
        others = {
            pk: self.names[user_key(owner)]
            for owner, other in zip((*self.users, *self.users), self._every_line, strict=True)
            for pk in keys_sent(other.frames) - sent
        }
        for n, frame in enumerate(line.frames):
            has_claimed = n >= self.claimed.get(id(line), len(line.frames))
            for pk in keys_named(frame, has_claimed) & others.keys():
                told = json.dumps(frame, ensure_ascii=False)[:200]
                self._note(user, others[pk], f"key {pk}", self._door(line, frame), told)

    def _note(self, user: Any, of: str, what: str, door: str, told: str) -> None:
        to = user if user is THE_LOG else self.names.get(user_key(user), "nobody")
        self.found.setdefault(Leak(to, of, what, door, told))


def _results(response: Any) -> str:
    """Without the addresses of other pages, which repeat what was asked for."""
    data = response.data
    return json.dumps(data.get("results", data), ensure_ascii=False, default=str)


def _columns(line: Any) -> list[dict[str, Any]]:
    hellos = [frame for frame in line.frames if frame["type"] == "hello"]
    return list(hellos[-1]["columns"])
