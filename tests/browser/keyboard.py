"""Keys and the mouse as the browser's process has them waiting while the page is busy.

Playwright waits for each event to be handled before it sends the next; people, scanners and
loaded machines do not.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

from playwright.sync_api import CDPSession

Event = tuple[str, dict[str, Any]]

NAMED = {"Enter": (13, "\r"), "Tab": (9, ""), "Escape": (27, ""), "ArrowDown": (40, "")}


def press(name: str) -> list[Event]:
    """A character, or one of the named keys, down and up."""
    code, text = NAMED.get(name) or (ord(name.upper()) if name.isalnum() else 0, name)
    code = 32 if name == " " else code
    key = {"key": name, "windowsVirtualKeyCode": code}
    down = {"type": "keyDown" if text else "rawKeyDown", **key}
    if text:
        down |= {"text": text, "unmodifiedText": text}
    return [
        ("Input.dispatchKeyEvent", down),
        ("Input.dispatchKeyEvent", {"type": "keyUp", **key}),
    ]


def keys(*words: str) -> list[Event]:
    """Each word is a named key or a text."""
    parts = [[word] if word in NAMED else list(word) for word in words]
    return [event for part in parts for name in part for event in press(name)]


def click(point: tuple[float, float]) -> list[Event]:
    at = {"x": point[0], "y": point[1], "button": "left", "clickCount": 1}
    return [("Input.dispatchMouseEvent", {"type": f"mouse{what}", **at})
            for what in ("Pressed", "Released")]  # fmt: skip


def at_once(line: CDPSession, events: Iterable[Event]) -> None:
    """All of them wait in the page's queue together; returns when the last has been handled."""

    async def send() -> None:
        sending = [line._impl_obj.send(method, params, None) for method, params in events]
        await asyncio.gather(*sending)

    line._sync(send())  # type: ignore[no-untyped-call]


def throttled(line: CDPSession, rate: int = 6) -> CDPSession:
    """As on a machine that is so many times slower."""
    line.send("Emulation.setCPUThrottlingRate", {"rate": rate})
    return line
