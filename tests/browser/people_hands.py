"""What the tests of people see and do at a desk."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import Any

from tests.browser.desk import GRID, SHEET, Desk
from tests.browser.line import CHUNK, Line

MS = 8_000
FACES = "[...document.querySelectorAll('button.ls-face:not(.ls-more)')]"


def faces(desk: Desk) -> list[str]:
    found: list[str] = desk.page.evaluate(f"{FACES}.map((face) => face.title)")
    return found


def wait_faces(desk: Desk, count: int, ms: int = MS) -> None:
    """Wait until so many people, oneself among them, are here."""
    desk.wait(f"n => {FACES}.length === n", count, ms)


def wait_place(desk: Desk, name: str, pk: object, column: str) -> None:
    """Wait until the colleague's cursor is painted on that cell."""
    desk.wait(
        f"([pk, column, name]) => {GRID}.cell(pk, column)"
        "?.dataset.lsWho?.startsWith(name) === true",
        [str(pk), column, name],
    )


def go_to(desk: Desk, name: str) -> None:
    desk.page.get_by_role("button", name=name).first.click()


def selected(desk: Desk) -> tuple[str, str]:
    state = desk.editor()
    return state["pk"], state["column"]


def wait_selected(desk: Desk, pk: object, column: str) -> None:
    desk.wait(
        f"""([pk, column]) => {{
            const grid = {GRID};
            const [row, col] = grid.hot.getSelectedLast() ?? [];
            return grid.records[row]?.$pk === pk && grid.columns[col]?.name === column;
        }}""",
        [str(pk), column],
    )


def notice(desk: Desk, text: str) -> None:
    """Wait until a card at the foot says this."""
    desk.wait("text => document.querySelector('.ls-notices')?.innerText.includes(text)", text)


def heard(desk: Desk, text: str) -> None:
    """Wait until a screen reader has been told this."""
    desk.wait("text => document.querySelector('.ls-hidden')?.textContent.includes(text)", text)


def described(desk: Desk, pk: object, column: str) -> str:
    return desk.cell(pk, column).get_attribute("aria-description") or ""


def signs(desk: Desk, pk: object, column: str) -> dict[str, Any]:
    """What tells a state apart without its colours."""
    shown: dict[str, Any] = desk.page.evaluate(
        f"""([pk, column]) => {{
            const td = {GRID}.cell(pk, column);
            const before = getComputedStyle(td, "::before");
            const after = getComputedStyle(td, "::after");
            const own = getComputedStyle(td);
            return {{
                sign: before.content, edge: before.borderTopStyle, corner: before.borderRadius,
                tag: after.content, pattern: own.backgroundImage.replace(/\\(.*/s, ""),
                inside: own.boxShadow === "none" ? 0 : own.boxShadow.split("inset").length - 1,
            }};
        }}""",
        [str(pk), column],
    )
    return shown


def unsent(desk: Desk) -> int:
    count: int = desk.page.evaluate(f"{SHEET}.outbox.size")
    return count


class PulledLine(Line):
    """`pull()` it: nothing goes through any more, and neither end is told."""

    pulled = False

    def pull(self) -> None:
        self.pulled = True

    def _pump(
        self, source: socket.socket, sink: socket.socket, _ended: list[socket.socket]
    ) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(CHUNK):
                if self.pulled:
                    threading.Event().wait(120)
                    return
                sink.sendall(data)
        if not self.pulled:
            source.close()
            sink.close()
