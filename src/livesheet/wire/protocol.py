"""The frames of ``livesheet.v1`` that a client may send, and the limits and codes of the protocol.

tests/frames/ has one example of each frame, which the tests of both sides read; docs/protocol.md
describes them all. A refusal says what was expected and what was sent.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from livesheet import conf
from livesheet.exceptions import FrameError
from livesheet.wire import strict_json
from livesheet.wire.fields import MAX_KEY, Fields, is_ref, short
from livesheet.wire.strict_json import Unusable, is_encodable, is_too_deep, usable

VERSION = "livesheet.v1"

MAX_HAVE = 10_000
MAX_DEPTH = 12
# Of a page that a windowed client enters, rows; and those of it that one frame brings.
MAX_PAGE, MAX_WINDOW = 10_000, 500
# Rows that it goes on to follow on another page.
MAX_KEPT = 100

# How many pings are remembered, and how long ones.
PING, PINGS, LONGEST_PING = '{"type":"ping"', 16, 300
MOST = 2**53  # what JavaScript counts to

# Where a client's ref stands in a text that cannot be read to its end: right behind the type.
_REF_IN_FRONT = re.compile(
    r'\s*\{\s*(?:"type"\s*:\s*"[a-z]{1,16}"\s*,\s*)?"ref"\s*:\s*"([^"\\]{1,64})"'
)
_INTEGER = re.compile(r"-?[0-9]{1,19}", re.ASCII)

# Close codes.
BAD_PROTOCOL, SIGNED_OUT, NOT_ALLOWED = 4400, 4401, 4403
TOO_SLOW, TOO_MANY_ROWS, TOO_MUCH = 4408, 4413, 4429
TRY_AGAIN = 4500  # the server's trouble, not the client's


@dataclass(frozen=True, slots=True)
class Open:
    client: str
    cursor: str | None
    digest: str | None
    have: list[str] | None
    windowed: bool = False


@dataclass(frozen=True, slots=True)
class Edit:
    ref: str
    cells: list[tuple[str, str, Any, Any]]
    atomic: bool
    client: str | None = None


@dataclass(frozen=True, slots=True)
class Add:
    ref: str
    rows: list[dict[str, Any]]
    atomic: bool
    client: str | None = None


@dataclass(frozen=True, slots=True)
class Delete:
    ref: str
    pks: list[tuple[str, str | None]]
    client: str | None = None


@dataclass(frozen=True, slots=True)
class Act:
    ref: str
    action: str
    pks: list[str]
    client: str | None = None


@dataclass(frozen=True, slots=True)
class At:
    pk: str | None
    column: str | None
    editing: bool
    adding: bool = False


@dataclass(frozen=True, slots=True)
class Ping:
    cursor: str | None


@dataclass(frozen=True, slots=True)
class Ask:
    ref: str
    about: str
    query: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Arrange:
    """``near`` is the key of a row at which to begin, or else ``place``; ``rows`` how many to send
    at once."""

    ref: str
    view: dict[str, Any]
    search: str
    near: str | None
    rows: int
    place: int = 0


@dataclass(frozen=True, slots=True)
class Enter:
    """``keep`` are keys of rows that it follows, and goes on following on the other page."""

    ref: str
    order: int
    place: int
    near: str | None
    rows: int
    keep: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Window:
    """``start`` and ``end`` count the rows of the page."""

    ref: str
    order: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Cancel:
    ref: str | None = None  # of a question; else it is about the order


Frame = Open | Edit | Add | Delete | Act | At | Ping | Ask | Arrange | Enter | Window | Cancel
Request = Edit | Add | Delete | Act
Looking = Arrange | Enter | Window


def size_of(message: dict[str, Any]) -> int:
    """Of what an ASGI ``websocket.receive`` holds: bytes, or characters, which are no more."""
    return len(message.get("text") or message.get("bytes") or "")


def decode(message: dict[str, Any], limit: int) -> Frame:
    """The frame in an ASGI ``websocket.receive``; ``limit`` in bytes. Raises ``FrameError``."""
    text = message.get("text")
    if text is None:
        raise FrameError("binary", "Expected a text frame with JSON; got a binary frame.")
    size = len(text) if len(text) > limit else len(text.encode("utf-8", "replace"))
    if size > limit:
        expected = f"Expected at most {limit} bytes; got {size}."
        raise FrameError("too_large", expected, _ref_in_front(text))
    return _ping_of(text) if size < LONGEST_PING and text.startswith(PING) else parse(text)


@lru_cache(PINGS)
def _ping_of(text: str) -> Frame:
    """All sockets of a quiet sheet send the same one, again and again."""
    return parse(text)


def _ref_in_front(text: str) -> str | None:
    found = _REF_IN_FRONT.match(text, 0, 256)
    return found[1] if found and is_encodable(found[1]) else None


def parse(text: str) -> Frame:
    """The frame in ``text``. Raises ``FrameError`` for everything that is not one."""
    try:
        raw = strict_json.loads(text)
    except (ValueError, RecursionError) as error:
        message = f"Expected a JSON object; got {short(text)} ({error})."
        raise FrameError("bad_json", message, _ref_in_front(text)) from None
    if not isinstance(raw, dict):
        raise FrameError("bad_frame", f"Expected a JSON object; got {short(raw)}.")
    ref = raw.get("ref")
    fields = Fields(raw, ref if is_ref(ref) else None, _BUILDERS)
    build = _BUILDERS.get(raw["type"]) if isinstance(raw.get("type"), str) else None
    if build is None:
        names = ", ".join(_BUILDERS)
        raise fields.error(
            f"type must be one of {names}; got {short(raw.get('type'))}", "unknown_type"
        )
    _check_values(fields, text)
    return build(fields)


def _check_values(fields: Fields, text: str) -> None:
    """Of all but the values of cells, which are refused one by one."""
    for name, value in fields.raw.items():
        if name in ("cells", "rows") and fields.raw["type"] in ("edit", "add"):
            continue
        if is_too_deep(value, MAX_DEPTH - 1):
            raise fields.error(f"values may be nested {MAX_DEPTH} deep at most")
        if type(fault := usable(value)) is Unusable:
            raise FrameError(
                "bad_json", f"Expected a JSON object; got {short(text)} ({fault}).", fields.ref
            )


def _open(f: Fields) -> Open:
    copy = f.optional_text("cursor"), f.optional_text("digest"), _have(f)
    return Open(_client(f), *copy, windowed=f.flag("windowed"))


def _client(f: Fields) -> str:
    client = f.text("client", 32)
    if len(client) != 32 or any(c not in "0123456789abcdef" for c in client):
        raise f.error(f"client must be 32 hexadecimal digits; got {short(client)}")
    return client


def _former_client(f: Fields) -> str | None:
    """A request may have been sent before, by a copy of the sheet that is closed now."""
    return None if f.raw.get("client") is None else _client(f)


def _have(f: Fields) -> list[str] | None:
    value = f.raw.get("have")
    if value is None:
        return None
    if not isinstance(value, list):
        raise f.error(f"have must be a list or null; got {short(value)}")
    pks: list[str] = []
    for item in value:
        if isinstance(item, str):
            pks.append(f.key("have: a text", item))
        elif _is_run(item) and len(pks) + item[1] <= MAX_HAVE:
            first = int(item[0])
            pks.extend(str(pk) for pk in range(first, first + item[1]))
        else:
            raise f.error(
                f"have: expected a text or [first, count], {MAX_HAVE} at most; got {short(item)}"
            )
        if len(pks) > MAX_HAVE:
            raise f.error(f"have may name {MAX_HAVE} rows at most; leave have and cursor out")
    return pks


def _is_run(item: Any) -> Any:
    if not isinstance(item, list) or len(item) != 2 or type(item[1]) is not int or item[1] < 0:
        return False
    first = item[0]
    return type(first) in (int, str) and _INTEGER.fullmatch(str(first)) is not None


def _edit(f: Fields) -> Edit:
    ref, cells = f.text("ref"), []
    for n, cell in enumerate(f.items("cells", conf.get("MAX_CELLS"))):
        if not isinstance(cell, list) or len(cell) != 4:
            raise f.error(f"cells[{n}] must be [pk, column, value, base]; got {short(cell)}")
        pk, column = f.key(f"cells[{n}][0]", cell[0]), f.text(f"cells[{n}][1]", 128, cell[1])
        cells.append((pk, column, *_usable_pair(cell[2], cell[3])))
    _refuse_repeats(f, "cells", [cell[:2] for cell in cells])
    return Edit(ref, cells, f.flag("atomic"), _former_client(f))


def _usable_pair(value: Any, base: Any) -> tuple[Any, Any]:
    """A cell of which one cannot be used is refused; the other then does not matter."""
    fault = next((one for one in map(usable, (value, base)) if type(one) is Unusable), None)
    return (value, base) if fault is None else (fault, None)


def _refuse_repeats(f: Fields, name: str, named: Sequence[Any]) -> None:
    """Each cell or row once: of two edits of one cell, one could only be refused."""
    first: dict[Any, int] = {}
    for n, what in enumerate(named):
        if first.setdefault(what, n) != n:
            raise f.error(f"{name}[{n}] names the same as {name}[{first[what]}]; send one of them")


def _add(f: Fields) -> Add:
    ref, rows = f.text("ref"), f.items("rows", conf.get("MAX_ROWS"))
    for n, row in enumerate(rows):
        if not isinstance(row, dict):
            raise f.error(f"rows[{n}] must be an object of column and value; got {short(row)}")
    rows = [{name: usable(value) for name, value in row.items()} for row in rows]
    return Add(ref, rows, f.flag("atomic"), _former_client(f))


def _delete(f: Fields) -> Delete:
    ref, pks = f.text("ref"), []
    for n, item in enumerate(f.items("pks", conf.get("MAX_ROWS"))):
        if not isinstance(item, list) or len(item) != 2:
            raise f.error(f"pks[{n}] must be [pk, cursor or null]; got {short(item)}")
        cursor = f.optional_text(f"pks[{n}][1]", value=item[1])
        pks.append((f.key(f"pks[{n}][0]", item[0]), cursor))
    _refuse_repeats(f, "pks", [pk for pk, _cursor in pks])
    return Delete(ref, pks, _former_client(f))


def _act(f: Fields) -> Act:
    ref, action = f.text("ref"), f.text("action", 128)
    pks = [f.key(f"pks[{n}]", pk) for n, pk in enumerate(f.items("pks", conf.get("MAX_ROWS")))]
    _refuse_repeats(f, "pks", pks)
    return Act(ref, action, pks, _former_client(f))


def _at(f: Fields) -> At:
    pk = f.raw.get("pk")
    at = None if pk is None else f.key("pk", pk)
    return At(at, f.optional_text("column"), f.flag("editing"), f.flag("adding"))


def _ping(f: Fields) -> Ping:
    return Ping(f.optional_text("cursor"))


def _ask(f: Fields) -> Ask:
    query = f.object("query")
    return Ask(f.text("ref"), f.text("about"), query)


def _arrange(f: Fields) -> Arrange:
    search = "" if f.raw.get("search", "") == "" else f.text("search", MAX_KEY)
    rows = f.number("rows", MAX_WINDOW)
    place = f.number("place", MOST, 0) if "place" in f.raw else 0
    return Arrange(f.text("ref"), f.object("view"), search, _near(f), rows, place)


def _near(f: Fields) -> str | None:
    return None if f.raw.get("near") is None else f.key("near", f.raw["near"])


def _enter(f: Fields) -> Enter:
    ref, order = f.text("ref"), f.number("order", MOST)
    place, rows = f.number("place", MOST, 0), f.number("rows", MAX_WINDOW)
    return Enter(ref, order, place, _near(f), rows, _keep(f))


def _keep(f: Fields) -> Sequence[str]:
    given = f.items("keep", MAX_KEPT) if f.raw.get("keep") else ()
    return [f.key(f"keep[{n}]", pk) for n, pk in enumerate(given)]


def _window(f: Fields) -> Window:
    ref, order = f.text("ref"), f.number("order", MOST)
    start, end = f.number("from", MOST), f.number("to", MOST)
    if not 0 < end - start <= MAX_WINDOW:
        raise f.error(f"expected 1 to {MAX_WINDOW} rows; got those from {start} to {end}")
    return Window(ref, order, start, end)


def _cancel(f: Fields) -> Cancel:
    return Cancel(f.optional_text("ref"))


_BUILDERS: dict[str, Callable[[Fields], Frame]] = {
    "open": _open, "edit": _edit, "add": _add, "delete": _delete, "act": _act, "at": _at,
    "ping": _ping, "ask": _ask, "arrange": _arrange, "enter": _enter, "window": _window,
    "cancel": _cancel,
}  # fmt: skip


def check_columns(frame: Request, known: Iterable[str]) -> None:
    """Raise for a column that the sheet does not have, before anything is written."""
    names = set(known)
    if isinstance(frame, Edit):
        given: Sequence[tuple[str, str]] = [
            (f"cells[{n}][1]", cell[1]) for n, cell in enumerate(frame.cells)
        ]
    elif isinstance(frame, Add):
        given = [(f"rows[{n}]", name) for n, row in enumerate(frame.rows) for name in row]
    else:
        return
    for where, name in given:
        if name not in names:
            kind = "edit" if isinstance(frame, Edit) else "add"
            message = f"{kind}: {where} must be a column of this sheet; got {short(name)}"
            raise FrameError("unknown_column", message, frame.ref)
