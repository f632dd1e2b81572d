"""What the tests of cells do at a desk beside typing."""

from __future__ import annotations

import json
from typing import Any

from tests.browser.desk import GRID, SHEET, Desk
from tests.browser.servers import Site


def paste(desk: Desk, pk: object, column: str, text: str) -> None:
    """Put a text on the clipboard as another program would, and paste it from this cell on."""
    desk.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    desk.page.evaluate("text => navigator.clipboard.writeText(text)", text)
    desk.scroll_to(pk, column)
    desk.page.evaluate(f"([pk, column]) => {GRID}.select(pk, column)", [str(pk), column])
    desk.page.keyboard.press("Control+V")


def tsv(texts: list[str]) -> str:
    """One column, as a spreadsheet puts it on the clipboard."""
    return "\n".join(f'"{text.replace(chr(34), chr(34) * 2)}"' for text in texts)


def write(desk: Desk, pk: object, column: str, text: str) -> None:
    """Type over what stands in a cell that was gone to by the keys: two clicks would open it."""
    desk.scroll_to(pk, column)
    assert desk.page.evaluate(f"([pk, column]) => {GRID}.select(pk, column)", [str(pk), column])
    desk.page.keyboard.type(text)
    desk.page.keyboard.press("Enter")


def open_editor(desk: Desk, pk: object, column: str) -> None:
    desk.scroll_to(pk, column)
    desk.page.evaluate(f"([pk, column]) => {GRID}.select(pk, column)", [str(pk), column])
    desk.page.keyboard.press("F2")
    desk.wait(f"{GRID}.isEditing")


def options(desk: Desk) -> list[str]:
    """What the open list offers, without its remarks."""
    found: list[str] = desk.page.locator(".ls-option").all_inner_texts()
    return found


def parts(desk: Desk, pk: object, column: str) -> list[str]:
    """The chips of a cell."""
    return [chip.inner_text() for chip in desk.cell(pk, column).query_selector_all(".ls-chip")]


def stored(site: Site, pk: object, expression: str, model: str = "Specimen") -> Any:
    """An expression of `row`, as JSON, from the database."""
    code = f"import json\nrow = {model}.objects.get(pk={pk})\nprint(json.dumps({expression}))"
    return json.loads(site.elsewhere.run(code))


def held(desk: Desk, column: str) -> list[Any]:
    """The column's values in the sheet's order."""
    found: list[Any] = desk.page.evaluate(
        f"name => [...{GRID}.places.keys()].map((pk) => {SHEET}.rows.value(pk, name))", column
    )
    return found


def read_again(desk: Desk, column: str) -> list[Any]:
    """What the column's shown texts mean when they are typed."""
    found: list[Any] = desk.page.evaluate(
        f"""name => {{
            const {{ store }} = {SHEET};
            const column = store.column(name);
            return [...{GRID}.places.keys()].map((pk) =>
                store.parse(column, store.text(column, store.rows.value(pk, name))));
        }}""",
        column,
    )
    return found
