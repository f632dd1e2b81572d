"""One person at one sheet in one browser: types as people type, sees what people see."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import (
    BrowserContext,
    ConsoleMessage,
    ElementHandle,
    Error,
    Page,
    WebSocket,
)

SCREENSHOTS = Path(__file__).parent / ".screenshots"
MS = 20_000
LOOK_AGAIN_MS = 25
KEEPING_MS = 5_000

SHEET = "document.querySelector('live-sheet')?.sheet"
GRID = f"{SHEET}?.stage?.grid"
LIGHT = "document.querySelector('live-sheet')?.dataset.status"
KEPT = """async (ms) => {
    const end = performance.now() + ms;
    for (const { sheet, dataset } of document.querySelectorAll("live-sheet")) {
        sheet?.features.find((one) => one.saved)?.saved.flush();
        while (dataset.status === "live" && sheet.questions.waiting.size && performance.now() < end)
            await new Promise((resolve) => setTimeout(resolve, 10));
    }
}"""
PAINTED = """() => new Promise((resolve) =>
    requestAnimationFrame(() => requestAnimationFrame(() => resolve(true))))"""
CELL = f"([pk, column]) => {GRID}?.cell(pk, column) ?? null"


@dataclass
class Desk:
    """A page with a sheet. Whatever the browser complains about is kept, and fails the test."""

    page: Page
    address: str
    complaints: list[str] = field(default_factory=list)
    forgiven: list[str] = field(default_factory=list)
    frames: list[dict[str, Any]] = field(default_factory=list)
    sent: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.set_default_timeout(MS)
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.complaints.append(f"{error}\n{error.stack}"))
        self.page.on("websocket", self._websocket)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(f"{message.type}: {message.text}")

    def _websocket(self, websocket: WebSocket) -> None:
        websocket.on("framereceived", lambda text: self.frames.append(json.loads(text)))
        websocket.on("framesent", lambda text: self.sent.append(json.loads(text)))

    @property
    def unforgiven(self) -> list[str]:
        return [text for text in self.complaints if not any(part in text for part in self.forgiven)]

    # Opening

    def open(self, path: str) -> Desk:
        """Go to a page with a sheet and wait until it is live and shows its rows."""
        self.page.goto(self.address + path)
        self.wait_status("live")
        self.wait(f"{GRID} && {GRID}.hot.countRows() === {SHEET}.rows.size")
        return self

    def wait(self, expression: str, argument: Any = None, ms: int = MS) -> None:
        """Until the expression, or the function of the argument, is true.

        Playwright's own way of waiting evaluates in the page, which the policy forbids.
        """
        deadline = time.monotonic() + ms / 1000
        while not self.page.evaluate(expression, argument):
            if time.monotonic() > deadline:
                raise AssertionError(f"not within {ms} ms: {expression} of {argument}")
            self.page.wait_for_timeout(LOOK_AGAIN_MS)

    def wait_status(self, status: str, ms: int = MS) -> None:
        self.wait(f"status => {LIGHT} === status", status, ms)

    def wait_painted(self) -> None:
        """Until the page has drawn what it knows now."""
        self.wait(PAINTED)

    def keep_views(self) -> None:
        """Wait until the server has what the pages would still tell it of their arrangement.

        A page says that when it is left, and the server may hear it after the next test has begun.
        """
        for page in self.page.context.pages:
            if page.url.startswith(self.address):
                with suppress(Error):  # a page that has just gone, or waits with a dialog
                    page.evaluate(KEPT, KEEPING_MS)

    def screenshot(self, name: str) -> None:
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SCREENSHOTS / f"{name}.png")

    # Seeing

    def pks(self) -> list[str]:
        """The pks of the rows that are fully on screen, in order."""
        found: list[str] = self.page.evaluate(
            f"""() => {{
                const grid = {GRID};
                const box = grid.element.getBoundingClientRect();
                const column = grid.columns[0].name;
                return [...grid.places.keys()].filter((pk) => {{
                    const cell = grid.cell(pk, column)?.getBoundingClientRect();
                    return cell && cell.top > box.top + 30 && cell.bottom < box.bottom - 20;
                }});
            }}"""
        )
        return found

    def all_pks(self) -> list[str]:
        """The pks of all the rows that the sheet holds, in the order of the grid."""
        found: list[str] = self.page.evaluate(f"() => [...{GRID}.places.keys()]")
        return found

    def cell(self, pk: object, column: str) -> ElementHandle:
        found = self.page.evaluate_handle(CELL, [str(pk), column]).as_element()
        assert found is not None, f"row {pk}, column {column} is not on screen"
        return found

    def text(self, pk: object, column: str) -> str:
        return self.cell(pk, column).inner_text()

    def classes(self, pk: object, column: str) -> set[str]:
        return set((self.cell(pk, column).get_attribute("class") or "").split())

    def title(self, pk: object, column: str) -> str:
        return self.cell(pk, column).get_attribute("title") or ""

    def is_ticked(self, pk: object, column: str) -> bool:
        return self.cell(pk, column).query_selector("[aria-checked=true]") is not None

    def wait_text(self, pk: object, column: str, text: str, ms: int = MS) -> None:
        """Wait until the cell, which must be on screen, shows this text."""
        self.wait(
            f"([pk, column, text]) => {GRID}.cell(pk, column)?.innerText === text",
            [str(pk), column, text],
            ms,
        )

    def wait_class(self, pk: object, column: str, name: str, *, there: bool = True) -> None:
        self.wait(
            f"([pk, column, name, there]) => {GRID}.cell(pk, column)"
            "?.classList.contains(name) === there",
            [str(pk), column, name, there],
        )

    def wait_ticked(self, pk: object, column: str, state: str) -> None:
        self.wait(
            f"([pk, column, state]) => {GRID}.cell(pk, column)"
            "?.querySelector('[aria-checked]')?.ariaChecked === state",
            [str(pk), column, state],
        )

    def wait_row(self, pk: object, *, there: bool = True) -> None:
        """Wait until the grid has, or has no more, the row of this pk."""
        self.wait(f"([pk, there]) => {GRID}.places.has(pk) === there", [str(pk), there])

    def wait_settled(self) -> None:
        """Wait until everything that was typed is answered and painted as the server has it."""
        self.wait(f"{SHEET}.outbox.size === 0 && !document.querySelector('.ls-pending')")

    def value(self, pk: object, column: str) -> Any:
        """What the sheet holds, on screen or not."""
        return self.page.evaluate(
            f"([pk, column]) => {SHEET}.rows.value(pk, column)", [str(pk), column]
        )

    # Doing

    def scroll_to(self, pk: object, column: str) -> None:
        self.page.evaluate(
            f"""([pk, column]) => {{
                const grid = {GRID};
                const {{ hot }} = grid;
                const at = grid.columns.findIndex(({{ name }}) => name === column);
                hot.scrollViewportTo(grid.places.get(pk), at);
                hot.render();
            }}""",
            [str(pk), column],
        )
        self.wait(f"([pk, column]) => {GRID}.cell(pk, column)", [str(pk), column])

    def click(self, pk: object, column: str, count: int = 1) -> None:
        """On the text of the cell, by the mouse."""
        box = self.cell(pk, column).bounding_box()
        assert box is not None
        middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        self.page.mouse.click(*middle, click_count=count)

    def start_typing(self, pk: object, column: str, text: str) -> None:
        """Click the cell and type over what stands there, without leaving the editor."""
        self.click(pk, column)
        self.page.keyboard.type(text)

    def type(self, pk: object, column: str, text: str) -> None:
        self.start_typing(pk, column, text)
        self.page.keyboard.press("Enter")

    def tick(self, pk: object, column: str) -> None:
        check = self.cell(pk, column).query_selector(".ls-check")
        assert check is not None
        check.click()

    def editor(self) -> dict[str, Any]:
        """Whether an editor is open and what stands in it; the selection and the scroll."""
        state: dict[str, Any] = self.page.evaluate(
            f"""() => {{
                const grid = {GRID};
                const {{ hot }} = grid;
                const editor = hot.getActiveEditor();
                const [row, col] = hot.getSelectedLast() ?? [];
                const element = editor?.TEXTAREA;
                return {{
                    open: Boolean(editor?.isOpened()),
                    text: element?.value,
                    caret: [element?.selectionStart, element?.selectionEnd],
                    focused: document.activeElement === element,
                    pk: grid.records[row]?.$pk,
                    column: grid.columns[col]?.name,
                    top: grid.element.querySelector(".ht_master .wtHolder").scrollTop,
                }};
            }}"""
        )
        return state


def sit_down(context: BrowserContext, address: str) -> Desk:
    return Desk(context.new_page(), address)
