"""A client of one sheet, without a server, for the tests of projects that use livesheet.

livesheet reads and writes on its own threads. Use a database in a file and
``pytest.mark.django_db(transaction=True)`` or ``TransactionTestCase``, and call ``close_threads()``
at the end of each test.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode

from asgiref.testing import ApplicationCommunicator
from channels.routing import URLRouter

from livesheet import threads
from livesheet.leak import report
from livesheet.routing import websocket_urlpatterns
from livesheet.sheet.declaration import Sheet, find_sheet
from livesheet.wire import protocol

Frame = dict[str, Any]
Row = list[Any]

close_threads = threads.close


class LiveSheetCommunicator:
    """Opens a sheet as ``user`` and stores the rows that it receives, by pk.

    >>> async with LiveSheetCommunicator("product", user=ann) as sheet:
    ...     reply = await sheet.edit(pk, "price", "12.50", base="12.00")
    ...     await sheet.until(lambda: sheet.value(pk, "price") == "12.50")
    """

    def __init__(
        self,
        sheet: str,
        user: Any = None,
        *,
        params: dict[str, Any] | None = None,
        headers: list[tuple[bytes, bytes]] | None = None,
        timeout: float = 5.0,
        application: Callable[..., Awaitable[Any]] | None = None,
        windowed: bool = False,
    ) -> None:
        """``windowed``: ask for windows of the rows, if the sheet is large enough to have them."""
        self.scope: dict[str, Any] = {
            "type": "websocket",
            "path": f"/ws/sheet/{sheet}/",
            "query_string": urlencode(params or {}).encode(),
            "headers": headers or [],
            "subprotocols": [protocol.VERSION],
        }
        if user is not None:  # else whoever the application's own middleware finds
            self.scope["user"] = user
        self.application = application or URLRouter(websocket_urlpatterns)
        self.timeout = timeout
        self.windowed = windowed
        self.client = secrets.token_hex(16)
        self.frames: list[Frame] = []
        self.rows: dict[str, Row] = {}
        self.columns: list[str] = []
        self.labels: dict[str, dict[str, str]] = {}
        self.cursor: str | None = None
        self.digest: str | None = None
        self.order = 0
        self.keys: dict[int, str] = {}  # of a page, by place in it, as far as they have come
        self._refs = 0
        self._asgi: Any  # asgiref's, which has no types

    # --- life --------------------------------------------------------------------------------

    async def __aenter__(self) -> Self:
        await self.connect()
        await self.open()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.disconnect()

    async def connect(self) -> Frame:
        """Do the handshake. Returns its answer: ``websocket.accept`` or ``websocket.close``."""
        communicator: Any = ApplicationCommunicator
        self._asgi = communicator(self.application, dict(self.scope))
        await self._asgi.send_input({"type": "websocket.connect"})
        return await self._next_message()

    async def open(self, *, resume: bool = False) -> None:
        """Open the sheet and wait until its rows are loaded."""
        cursor = self.cursor if resume else None
        have: list[Any] | None = list(self.rows) if resume else None
        more = {"windowed": True} if self.windowed else {}
        await self.send(
            type="open", client=self.client, cursor=cursor, digest=self.digest, have=have, **more
        )
        await self.receive_until(
            lambda frame: frame["type"] == "change" or bool(frame.get("done")), "the rows"
        )

    async def disconnect(self) -> None:
        await self._asgi.send_input({"type": "websocket.disconnect", "code": 1000})
        await self._asgi.wait(self.timeout)

    # --- sending -----------------------------------------------------------------------------

    async def send(self, **frame: Any) -> None:
        await self.send_text(json.dumps(frame))

    async def send_text(self, text: str) -> None:
        await self._asgi.send_input({"type": "websocket.receive", "text": text})

    async def send_bytes(self, data: bytes) -> None:
        await self._asgi.send_input({"type": "websocket.receive", "bytes": data})

    async def edit(self, pk: Any, column: str, value: Any, base: Any, **more: Any) -> Frame:
        """Write one cell. Returns the reply."""
        return await self.request("edit", cells=[[str(pk), column, value, base]], **more)

    async def add(self, **values: Any) -> Frame:
        return await self.request("add", rows=[values])

    async def delete(self, pk: Any, cursor: str | None = None) -> Frame:
        return await self.request("delete", pks=[[str(pk), cursor]])

    async def request(self, kind: str, ref: str = "", **frame: Any) -> Frame:
        """Send a frame that has a ref, and wait for its reply."""
        return await self._asked(kind, ("reply", "answer"), ref, **frame)

    async def _asked(self, kind: str, answers: Sequence[str], ref: str = "", **frame: Any) -> Frame:
        self._refs += 1
        ref = ref or f"r{self._refs}"
        await self.send(type=kind, ref=ref, **frame)
        return await self.receive_until(
            lambda got: got["type"] in (*answers, "error") and got.get("ref") == ref, "a reply"
        )

    async def ask(self, about: str, **query: Any) -> Frame:
        """The ``answer`` to a question, with its ``result`` or its ``error``."""
        return await self.request("ask", about=about, query=query)

    # --- windows -----------------------------------------------------------------------------

    async def arrange(
        self,
        view: Mapping[str, Any] | None = None,
        *,
        search: str = "",
        near: str | None = None,
        rows: int = 50,
    ) -> Frame:
        """Ask a sheet that shows windows for an order. Returns its ``page``, or an ``error``."""
        asked: Frame = {"view": view or {}, "search": search, "near": near}
        return await self._entered("arrange", rows, asked)

    async def enter(
        self, place: int = 0, *, near: str | None = None, rows: int = 50, keep: Sequence[str] = ()
    ) -> Frame:
        """Ask for the page around a place, or around a row; ``keep``: rows to be told of still."""
        asked: Frame = {"order": self.order, "place": place, "near": near, "keep": list(keep)}
        return await self._entered("enter", rows, asked)

    async def _entered(self, kind: str, rows: int, asked: Frame) -> Frame:
        page = await self._asked(kind, ("page",), rows=rows, **asked)
        if page["type"] == "page" and page["rows"] and rows:
            await self.receive_until(lambda got: got.get("ref") == page["ref"], "rows")
        return page

    async def window(self, start: int, end: int) -> Frame:
        """Ask for rows of the page. Returns the ``part``, or an ``error``."""
        asked: Frame = {"order": self.order, "from": start, "to": end}
        return await self._asked("window", ("part",), **asked)

    # --- receiving ---------------------------------------------------------------------------

    async def receive(self) -> Frame:
        """Receive the next frame, apply it and return it. Raises ``TimeoutError``."""
        message = await self._next_message()
        if message["type"] != "websocket.send":
            return message
        frame: Frame = json.loads(message["text"])
        self.frames.append(frame)
        self._take(frame)
        return frame

    async def _next_message(self) -> Frame:
        """What the application raises is raised at once: asgiref looks after ``timeout``."""
        sheet = self._asgi
        coming = asyncio.ensure_future(sheet.output_queue.get())
        either = {coming, sheet.future}
        try:
            await asyncio.wait(either, timeout=self.timeout, return_when=asyncio.FIRST_COMPLETED)
            if coming.done():
                return dict(coming.result())
        finally:
            coming.cancel()  # or it would take the message after
        message: Frame = await sheet.receive_output(0)  # raises what there is to raise
        return message

    async def receive_until(self, wanted: Callable[[Frame], bool], what: str = "a frame") -> Frame:
        async with asyncio.timeout(self.timeout):
            while True:
                frame = await self.receive()
                if frame["type"] in ("bye", "websocket.close"):
                    raise AssertionError(f"Waited for {what}; got {frame}")
                if wanted(frame):
                    return frame

    async def until(self, condition: Callable[[], bool]) -> None:
        """Receive frames until ``condition()`` is true. Raises ``TimeoutError``."""
        async with asyncio.timeout(self.timeout):
            while not condition():
                await self.receive()

    def _take(self, frame: Frame) -> None:
        kind = frame["type"]
        if kind == "hello":
            former, self.columns = self.columns, [column["name"] for column in frame["columns"]]
            if former != self.columns:
                self.rows.clear()  # they come anew, and mean other columns by their places
            self.digest = frame["digest"]
        elif kind == "labels":
            self.labels.setdefault(frame["column"], {}).update(frame["labels"])
        elif kind in ("rows", "change"):
            if frame.get("reset"):
                self.rows.clear()
            self.rows.update((row[0], row) for row in frame["rows"])
            for pk in frame.get("gone", ()):
                self.rows.pop(pk, None)
            self.cursor = frame["cursor"] or self.cursor
        elif kind == "beat":
            self.cursor = frame["cursor"]
        elif kind in ("page", "part"):
            self._take_window(frame)

    def _take_window(self, frame: Frame) -> None:
        self.order = frame["order"]
        if frame["type"] == "page":
            self.rows.clear()
            self.keys.clear()
        else:
            self.keys.update(enumerate(frame["keys"], frame["from"]))
            self.rows.update((row[0], row) for row in frame["rows"])

    def value(self, pk: Any, column: str) -> Any:
        """The value that this client shows in a cell; None if it has no such row."""
        row = self.rows.get(str(pk))
        return None if row is None else row[1 + self.columns.index(column)]


async def assert_no_leak(
    sheet: str | type[Sheet],
    users: Sequence[Any],
    canaries: Mapping[Any, Iterable[str]],
    *,
    params: Mapping[str, Any] | None = None,
) -> None:
    """Open ``sheet`` as each of ``users``, use it, and fail if one receives another's texts.

    ``canaries`` maps each user to texts in rows, labels or names that only this user may see. List
    a text that several users may see for each of them. Everything that the users receive is read:
    frames, answers, replies and REST. Text cells are written and written back.

    >>> await assert_no_leak("order", [ann, bea], {ann: ["Oak Ltd"], bea: ["Elm & Sons"]})
    """
    sheet_class = find_sheet(sheet) if isinstance(sheet, str) else sheet
    if sheet_class is None:
        raise AssertionError(f"There is no sheet {sheet!r}.")
    from livesheet import leaks  # REST's views read the settings, which a client does not need

    search = leaks.Search(LiveSheetCommunicator, sheet_class, users, canaries, params or {})
    found = await search.run()
    if search.nothing_came:
        raise AssertionError("None of the users sees any row, so nothing was tried.")
    if found:
        raise AssertionError(report(found))
