"""Every door of a sheet, taken from the package itself: frames, questions, REST, pages, commands.

A new kind of frame, question or address is a new door. ``SAID_BY``, ``QUERIES`` or ``BODIES`` has
to say how it is gone through; until then the matrix fails.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import livesheet
from livesheet.monitoring.urls import urlpatterns as monitoring
from livesheet.questions import questions
from livesheet.urls import urlpatterns as rest
from livesheet.wire import protocol

FRAMES = Path(__file__).parent.parent / "frames"
PACKAGE = Path(livesheet.__file__).parent
# A literal `"type": "…"` that goes to a browser; with a dot it is ASGI's or the channel layer's.
SENT = re.compile(r'"type": ?"([a-z_]+)"')
NO_FRAMES = {"websocket", *protocol._BUILDERS}  # a scope; what clients send

Door = str
Draw = Callable[[Sequence[Any]], Any]


def frames_sent() -> set[str]:
    """The types of frames that the package's text holds."""
    texts = (path.read_text() for path in PACKAGE.glob("**/*.py"))
    return {name for text in texts for name in SENT.findall(text)} - NO_FRAMES


def frames_described() -> set[str]:
    return {path.name.split(".")[1] for path in FRAMES.glob("server.*.json")}


def addresses() -> Iterator[tuple[str, str, Any]]:
    """``(route, method, pattern)`` for each address and method of REST, OPTIONS and HEAD too."""
    for pattern in rest:
        actions: Any = pattern.callback.actions  # type: ignore[attr-defined]
        for method in sorted({*actions, "options", *({"head"} if "get" in actions else ())}):
            yield str(pattern.pattern), method, pattern


READS: dict[Door, str] = (
    {f"frame {name}": name for name in sorted(frames_sent() | frames_described())}
    | {f"ask {name}": name for name in questions.ABOUT}
    | {f"rest {method} {route}": route for route, method, _pattern in addresses()}
    | {f"rest page {route}": route for route, method, _pattern in addresses() if method == "get"}
    | {f"page {one.name}": str(one.name) for one in monitoring}
    | {"page sheet": "", "command doctor": ""}
)
WRITES: dict[Door, str] = {f"send {name}": name for name in protocol._BUILDERS}


# --- how each is gone through ----------------------------------------------------------------

# Where some share a room; elsewhere nobody is told of shared views.
SHARING = {"one_audience", "by_param"}
# Keys of views that somebody has saved, to be tried by others.
VIEWS = ["1"]

# Frames come of themselves, where somebody does this.
SAID_BY = {
    "hello": "opening", "rows": "opening", "labels": "opening", "change": "writing",
    "presence": "moving about", "reply": "editing", "answer": "asking", "error": "nonsense",
    "beat": "pinging", "bye": "being dismissed", "views": "sharing",
    "order": "arranging", "page": "arranging", "part": "arranging",
}  # fmt: skip

TEXTS = ["", "canary", "elm-label-canary"]
WORDS = ["canary", "elm-label-canary", "oak-row-canary"]


def grouped(draw: Draw) -> dict[str, Any]:
    """A view with groups, of which one may be closed."""
    column, closed = draw(["name", "supplier"]), draw([[], [["1"]], [["elm-row-canary"]]])
    return {"grouped": {"by": [{"column": column, "descending": False}], "closed": closed}}


QUERIES: dict[str, Callable[[Draw, str, str], dict[str, Any]]] = {
    "history": lambda draw, pk, mine: {"pk": pk, "skip": draw([0, 0, 1])},
    "options": lambda draw, pk, mine: {
        "column": draw(["supplier", "tags"]),
        "text": draw(["", "canary", "elm-label-canary"]),
    },
    "recent": lambda draw, pk, mine: {"seconds": 600},
    "values": lambda draw, pk, mine: {"column": draw(["name", "supplier"]), "search": draw(TEXTS)},
    "rows": lambda draw, pk, mine: {"search": draw(TEXTS), "between": [draw([None, pk]), None]},
    "sums": lambda draw, pk, mine: {"columns": {"supplier": ["filled", "distinct"]}},
    "groups": lambda draw, pk, mine: {"by": [draw(["name", "supplier"])], "search": draw(TEXTS)},
    "headings": lambda draw, pk, mine: {
        "view": grouped(draw),
        "level": 1,
        "columns": {"supplier": ["filled"]},
        "search": draw(TEXTS),
    },
    "find": lambda draw, pk, mine: {
        "view": draw([{}, grouped(draw)]),
        "text": draw(WORDS),
        "from": draw([None, pk]),
        "back": draw([True, False]),
    },
    "found": lambda draw, pk, mine: {"text": draw(WORDS), "at": draw([None, pk])},
    "addresses": lambda draw, pk, mine: {"pk": pk},
    "layout": lambda draw, pk, mine: {},
    "keep_layout": lambda draw, pk, mine: {"layout": {"hidden": [f"{mine}-layout-canary"]}},
    "views": lambda draw, pk, mine: {},
    "view": lambda draw, pk, mine: {"id": draw(VIEWS)},
    # Mostly of none, so that some stay for others to come by.
    "delete_view": lambda draw, pk, mine: {"id": draw(["0", "0", draw(VIEWS)])},
    "save_view": lambda draw, pk, mine: draw(
        [
            *[
                {
                    "name": f"{mine}-view-canary {draw(range(1_000))}",
                    "layout": {"sorts": [{"column": f"{mine}-layout-canary", "descending": True}]},
                    "shared": draw([True, False]),
                }
            ]
            * 4,  # a new one mostly, which others may then be told of
            {"id": draw(VIEWS), "name": f"{mine}-view-canary {draw(range(1_000))}"},
            {"id": draw(VIEWS), "shared": draw([True, False]), "default": True},
        ]
    ),
}

BODIES: dict[str, Callable[[str], dict[str, Any] | None]] = {
    "get": lambda name: None,
    "head": lambda name: None,
    "options": lambda name: None,
    "delete": lambda name: None,
    "post": lambda name: {"name": name},
    "put": lambda name: {"name": name, "price": "1.00"},
    "patch": lambda name: {"name": name},
}


def no_way_through() -> set[Door]:
    """The doors of which nothing here says how they are gone through."""
    return {
        *(f"frame {name}" for name in {*frames_sent(), *frames_described()} - SAID_BY.keys()),
        *(f"ask {name}" for name in questions.ABOUT.keys() - QUERIES.keys()),
        *(f"rest {method} {r}" for r, method, _p in addresses() if method not in BODIES),
    }
