"""One person at one sheet in one browser: types as people type, sees what people see."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
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
    expect,
)

SCREENSHOTS = Path(__file__).parent / ".screenshots"
# Chromium makes the processor so many times slower, and everybody waits for longer then.
SLOW = float(os.environ.get("LIVESHEET_TEST_SLOW") or 1)
PATIENCE = 2 if SLOW > 1 else 1
MS = 20_000
expect.set_options(timeout=MS * PATIENCE)
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
# What a person does may reach the outbox a moment later: a dialog says in a task of its own that it
# was closed, the second file is loaded when something in it is wanted, the server is asked first.
SETTLED = """async () => {
    const turn = () => new Promise((done) => {
        requestAnimationFrame(() => setTimeout(done));
        if (document.hidden) setTimeout(done); // which is not painted
    });
    await turn();
    await turn();
    const { sheet } = document.querySelector("live-sheet") ?? {};
    return Boolean(sheet) && !sheet.outbox.size && !sheet.questions.waiting.size
        && !sheet.later.waiting.length && !document.querySelector(".ls-pending");
}"""
CELL = f"([pk, column]) => {GRID}?.cell(pk, column) ?? null"
# Where it stays: a grid that is just drawing puts others in the places of cells.
BOX = f"""async ([pk, column]) => {{
    const at = () => {GRID}?.cell(pk, column)?.getBoundingClientRect();
    const [first, then] = [at(), await new Promise(requestAnimationFrame).then(at)];
    const {{ x, y, width, height }} = then ?? {{}};
    return width && first?.x === x && first.y === y ? {{ x, y, width, height }} : null;
}}"""


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
        self.page.set_default_timeout(MS * PATIENCE)
        if SLOW > 1:
            devtools = self.page.context.new_cdp_session(self.page)
            devtools.send("Emulation.setCPUThrottlingRate", {"rate": SLOW})
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
        """Go to a page with a sheet and wait until it is live and shows its rows.

        And until its second file is loaded, as it is before a person has looked around: what is in
        it does not open for those who type on before it is there.
        """
        self.page.goto(self.address + path)
        self.wait_status("live")
        self.wait(f"{GRID} && {GRID}.hot.countRows() === {SHEET}.rows.size")
        self.wait(f"{SHEET}.later.parts !== null")
        return self

    def wait(self, expression: str, argument: Any = None, ms: int = MS) -> None:
        """Until the expression, or the function of the argument, is true.

        Playwright's own way of waiting evaluates in the page, which the policy forbids.
        """
        ms *= PATIENCE
        deadline = time.monotonic() + ms / 1000
        while not self.page.evaluate(expression, argument):
            if time.monotonic() > deadline:
                raise AssertionError(f"not within {ms} ms: {expression} of {argument}")
            self.page.wait_for_timeout(LOOK_AGAIN_MS)

    def until(self, ask: Callable[[], Any], wanted: Any) -> None:
        """Until that is the answer, however late the page or the server are with it."""
        deadline = time.monotonic() + MS * PATIENCE / 1000
        while (found := ask()) != wanted and time.monotonic() < deadline:
            self.page.wait_for_timeout(LOOK_AGAIN_MS)
        assert found == wanted

    def wait_status(self, status: str, ms: int = MS) -> None:
        self.wait(f"status => {LIGHT} === status", status, ms)

    def wait_painted(self) -> None:
        """Until the page has drawn what it knows now."""
        self.wait(PAINTED)

    def wait_view_kept(self) -> None:
        """Until the server has how the sheet is arranged."""
        saved = f"{SHEET}.features.find((one) => one.saved).saved"
        self.wait(f"{saved}.timer === null && {SHEET}.questions.waiting.size === 0")

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
        """Waits until it is on screen."""
        self.wait(CELL, [str(pk), column])
        found = self.page.evaluate_handle(CELL, [str(pk), column]).as_element()
        assert found is not None, f"row {pk}, column {column} has gone again"
        return found

    def box(self, pk: object, column: str) -> dict[str, float]:
        """Where the cell is, as soon as it stays there."""
        found: dict[str, float] = self._found(BOX, pk, column)
        return found

    def text(self, pk: object, column: str) -> str:
        found: str = self._of_cell("td.innerText", pk, column)
        return found

    def classes(self, pk: object, column: str) -> set[str]:
        return set(self._of_cell("td.className", pk, column).split())

    def title(self, pk: object, column: str) -> str:
        found: str = self._of_cell("td.title", pk, column)
        return found

    def is_ticked(self, pk: object, column: str) -> bool:
        found: bool = self._of_cell("td.querySelector('[aria-checked=true]') !== null", pk, column)
        return found

    def _of_cell(self, expression: str, pk: object, column: str) -> Any:
        """In one go: the grid may draw another cell into the element that was asked for."""
        given = f"([pk, column]) => {{ const td = {GRID}?.cell(pk, column);"
        return self._found(f"{given} return td ? {expression} : null; }}", pk, column)

    def _found(self, ask: str, pk: object, column: str) -> Any:
        deadline = time.monotonic() + MS * PATIENCE / 1000
        while (found := self.page.evaluate(ask, [str(pk), column])) is None:
            assert time.monotonic() < deadline, f"row {pk}, column {column} is not on screen"
            self.page.wait_for_timeout(LOOK_AGAIN_MS)
        return found

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
        """Wait until everything that was done is answered and painted as the server has it."""
        self.wait(SETTLED)

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
        box = self.box(pk, column)
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
