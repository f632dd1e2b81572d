"""Every place in which a sheet shows a text: how one gets there, and where it is then.

A new place is one line of the table at the end, with the modules whose texts it shows;
tests/browser/test_scripts.py says which modules stand in no line.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any, NamedTuple

from tests.browser.desk import GRID, SHEET
from tests.browser.editing_hands import PASTE, open_cell_menu, paste, pick, select
from tests.browser.finding_hands import open_tool, run_command
from tests.browser.payloads import ALL, PAYLOADS
from tests.browser.watch import Watch

WHOLE = len(PAYLOADS)
COLUMNS = ["char", "text", "url", "maker", "tags", "data", "upload", "picture", "money"]

# The rows, each with one of the texts in every cell; the last one has them all. And their past.
DATA = """
from django.contrib.auth.models import User
from django.db import transaction
from tests.app.models import Article, Supplier, Tag
from tests.browser.payloads import ALL, PAYLOADS
from tests.browser.site.models import Money, Specimen
with transaction.atomic():
    for payload in [*PAYLOADS, ALL]:
        maker, tag = Supplier.objects.create(name=payload), Tag.objects.create(name=payload)
        one = Specimen.objects.create(
            char=payload, text=payload, slug="script", email=payload, url=payload, maker=maker,
            data={payload: [payload]}, upload=payload, picture=payload, money=Money(payload))
        one.tags.add(tag)
    User.objects.filter(username="bea").update(first_name=ALL)
    article = Article.objects.create(name="First")
    for number, payload in enumerate(PAYLOADS):
        article.name = payload
        article._history_user = User.objects.create(username=f"u{number}", first_name=payload)
        article._change_reason = payload
        article.save()
"""
ROWS = "() => [...document.querySelector('live-sheet').sheet.rows.pks()]"


def rows(watch: Watch) -> list[str]:
    found: list[str] = watch.ann.page.evaluate(ROWS)
    return found


# --- cells and heads -------------------------------------------------------------------------


def cells(watch: Watch) -> None:
    """Of every kind, on all the rows; each kind alone shows all of them."""
    watch.open("scripts")
    for column in COLUMNS:
        watch.found.clear()
        watch.ann.scroll_to(rows(watch)[0], column)
        watch.wait_to_see(f".ht_master .ls-type-{TYPES[column]}", WHOLE)


TYPES = {
    "char": "text", "text": "longtext", "url": "url", "maker": "related", "tags": "related_many",
    "data": "json", "upload": "file", "picture": "file", "money": "other",
}  # fmt: skip


def heads(watch: Watch) -> None:
    """Titles and help, as a tooltip; and the title that is dragged."""
    watch.open("titles")
    for number in range(0, WHOLE, 8):
        watch.ann.scroll_to(rows(watch)[0], f"t{number}")
        watch.see("th.ls-head")
    watch.ann.scroll_to(rows(watch)[0], f"t{WHOLE - 1}")
    watch.see("th.ls-head")
    title = watch.ann.page.locator(".ht_clone_top th.ls-head .colHeader:visible").last
    box = title.bounding_box()
    assert box is not None
    watch.ann.page.mouse.move(box["x"] + 5, box["y"] + 5)
    watch.ann.page.mouse.down()
    watch.ann.page.mouse.move(box["x"] - 60, box["y"] + 5, steps=4)
    watch.ann.page.locator(".ls-ghost").wait_for()
    watch.ann.page.keyboard.press("Escape")
    watch.ann.page.mouse.up()


def head_menus(watch: Watch) -> None:
    """As a press on the head opens it, of each column in turn."""
    watch.open("titles", again=False)
    for number in range(WHOLE):
        watch.ann.page.evaluate(
            f"name => {GRID}.host.finder().onColumnMenu(name, {GRID}.element)", f"t{number}"
        )
        watch.see(".ls-column-menu:popover-open")


def columns_panel(watch: Watch) -> None:
    watch.open("titles", again=False)
    open_tool(watch.ann, "columns")
    watch.wait_to_see(".ls-tool-panel:popover-open")
    watch.ann.page.keyboard.press("Escape")


def panels(watch: Watch) -> None:
    """Conditions, sorting and groups, where each column can be chosen by its title."""
    watch.open("titles", again=False)
    first = {"sort": "Sort by one more", "group": "Group by a column"}
    for name in ("filter", "colour", "sort", "group"):
        watch.found.clear()
        panel = open_tool(watch.ann, name)
        if name in first:
            panel.get_by_role("button", name=first[name]).click()
        watch.wait_to_see(".ls-tool-panel:popover-open")
        watch.ann.page.keyboard.press("Escape")
    run_command(watch.ann, "resetView")  # headings are no rows


# --- finding ---------------------------------------------------------------------------------


def value_lists(watch: Watch) -> None:
    """Of every kind of column; each alone shows all of them."""
    watch.open("scripts", again=False)
    for column in ("maker", "tags", "char"):
        watch.found.clear()
        watch.ann.page.evaluate(
            f"name => {GRID}.host.finder().onColumnMenu(name, {GRID}.element)", column
        )
        kind = watch.ann.page.locator(".ls-column-menu select")
        if kind.is_visible():
            kind.select_option("in")
        watch.wait_to_see(".ls-column-menu .ls-values")


def groups(watch: Watch) -> None:
    """What a group is called, at its heading and as the place where a row belongs."""
    watch.open("scripts")
    for column in ("maker", "tags", "char"):
        watch.found.clear()
        watch.ann.page.evaluate(
            f"""column => {{
                const {{ current }} = {SHEET}.features.find(({{ finder }}) => finder);
                current.change({{ groups: [{{ column, descending: false }}] }});
            }}""",
            column,
        )
        run_command(watch.ann, "closeGroups")
        watch.wait_to_see(".ls-group-label")
    run_command(watch.ann, "resetView")


def filter_forms(watch: Watch) -> None:
    """A text to look for, and the chip that tells of it; forgotten again, for it would be kept."""
    watch.open("past")
    watch.ann.page.evaluate(f"() => {GRID}.host.finder().onColumnMenu('name', {GRID}.element)")
    watch.ann.page.locator(".ls-column-menu select").select_option("contains")
    watch.ann.page.locator(".ls-filter-fields input").fill(ALL)
    watch.wait_to_see(".ls-chips")
    watch.see(".ls-filter-fields")
    watch.ann.page.keyboard.press("Escape")
    watch.ann.page.get_by_role("button", name="Clear all filters").click()
    watch.ann.wait(f"{GRID}.records.length > 0")


def shared_link(watch: Watch) -> None:
    """A stranger's letter: filters whose texts are scripts, columns and sorts that are none."""
    filters = [
        {"column": f"t{number}", "kind": "contains", "text": payload}
        for number, payload in enumerate(PAYLOADS)
    ]
    strange = [{"column": payload, "descending": payload} for payload in PAYLOADS]
    layout = {
        "order": PAYLOADS, "hidden": PAYLOADS, "widths": dict.fromkeys(PAYLOADS, ALL),
        "frozen": ALL, "sorts": strange, "filters": [*filters, *strange],
    }  # fmt: skip
    text = base64.urlsafe_b64encode(json.dumps(layout).encode()).decode().rstrip("=")
    watch.ann.page.goto("about:blank")
    watch.ann.page.goto(
        f"{watch.ann.address}/sheet/titles/?policy={watch.policy}#livesheet=titles:{text}"
    )
    watch.at = ""
    watch.wait_to_see(".ls-chips")
    run_command(watch.ann, "copyLink")


def named_views(watch: Watch) -> None:
    """Their menu, the button that says which is open, and what is asked before one goes."""
    watch.open("scripts")
    watch.ann.page.evaluate(
        f"""async (names) => {{
            for (const name of names) await {SHEET}.ask("save_view", {{ name, layout: {{}} }});
        }}""",
        PAYLOADS,
    )
    watch.ann.page.locator(".ls-views-button").click()
    watch.wait_to_see(".ls-views-menu")
    watch.ann.page.get_by_role("menuitemradio").last.click()
    watch.ann.wait("document.querySelector('.ls-view-name').textContent !== 'My view'")
    watch.see(".ls-views-button")
    watch.ann.page.locator(".ls-views-button").click()
    watch.ann.page.get_by_role("menuitem", name="Rename").click()
    watch.see(".ls-view-question")
    watch.ann.page.keyboard.press("Escape")
    watch.run("from livesheet.models import NamedView; NamedView.objects.all().delete()")


def search(watch: Watch) -> None:
    """What is looked for, and what is found, with its marks."""
    watch.open("scripts")
    for number in (0, 13, 26):
        watch.ann.page.locator(".ls-search").fill(PAYLOADS[number])
        watch.ann.wait(f"{GRID}.records.length > 0 && {GRID}.records.length < 30")
        watch.see(".ls-search, .ls-found, .ht_master td")


def replacing(watch: Watch) -> None:
    watch.open("scripts")
    select(watch.ann, (rows(watch)[0], "char"))
    watch.ann.page.keyboard.press("Control+h")
    panel = watch.ann.page.locator(".ls-replace input")
    panel.nth(0).fill(PAYLOADS[13])
    panel.nth(1).fill(ALL)
    watch.wait_to_see(".ls-replace")


# --- editing ---------------------------------------------------------------------------------


def editors(watch: Watch) -> None:
    """With what they offer: each list shows all of them."""
    watch.open("scripts")
    for column in ("maker", "tags"):
        watch.found.clear()
        watch.ann.scroll_to(rows(watch)[-1], column)
        watch.ann.click(rows(watch)[-1], column, count=2)
        watch.ann.page.keyboard.type("a")
        watch.ann.page.keyboard.press("Backspace")
        watch.wait_to_see(".ls-options, [role=listbox]")
        watch.ann.page.keyboard.press("Escape")
    for column in ("char", "text", "data", "date"):
        watch.ann.scroll_to(rows(watch)[-1], column)
        watch.ann.click(rows(watch)[-1], column, count=2)
        watch.ann.wait(f"{GRID}.isEditing")
        watch.see("textarea, input")
        watch.ann.page.keyboard.press("Escape")


def choices(watch: Watch) -> None:
    watch.open("titles", again=False)
    watch.ann.scroll_to(rows(watch)[0], "choice")
    watch.ann.click(rows(watch)[0], "choice", count=2)
    watch.wait_to_see(".ls-options, [role=listbox]")
    watch.ann.page.keyboard.press("Escape")


def pasted(watch: Watch) -> None:
    """Pages, tables of other programs, and tables that say to be ours. Looked at, and not kept."""
    watch.open("scripts")
    own = json.dumps(["text", ALL, "x"]).replace('"', "&quot;").replace("'", "&#39;")
    own = own.replace("<", "&lt;")
    select(watch.ann, (rows(watch)[0], "money"))  # read-only: nothing is changed
    for before in (
        "<table><tr><td>",
        '<meta name="generator" content="LibreOffice 7"><table><tr><td sdval="1">',
        f"<table data-livesheet><tr><td data-value='{own}'>",
    ):
        tables = [f"{before}{payload}</td></tr></table>" for payload in [*PAYLOADS, ALL]]
        watch.ann.page.evaluate(
            f"tables => tables.forEach((html) => ({PASTE})(['x', html]))", tables
        )


def refusals(watch: Watch) -> None:
    """A paste of which every cell is refused, in the validator's words, which quote it."""
    watch.open("scripts")
    pks = rows(watch)
    select(watch.ann, (pks[0], "char"))
    paste(watch.ann, "\n".join(f"!{payload}" for payload in PAYLOADS))
    watch.ann.wait("document.querySelectorAll('.ht_master td.ls-refused').length >= 50")
    watch.wait_to_see("td.ls-refused", WHOLE)
    watch.see(".ls-slip")
    watch.found.clear()
    for pk, payload in zip(pks, PAYLOADS, strict=False):
        watch.ann.page.evaluate(f"pk => {SHEET}.stage.select(pk, 'char')", pk)
        says = "text => document.querySelector('.ls-note-message')?.textContent === text"
        watch.ann.wait(says, f"!{payload}")
        watch.see(".ls-note-message")


def conflicts(watch: Watch) -> None:
    """With a value and a name; then she goes on typing in a row that is taken away."""
    watch.open("scripts")
    pk = watch.run(
        "from tests.browser.site.models import Specimen\n"
        "print(Specimen.objects.create(char='x', text='before', slug='script').pk)"
    )
    watch.ann.wait_row(pk)
    watch.ann.scroll_to(pk, "text")
    watch.ann.start_typing(pk, "text", "mine")
    by_bea(watch, f"s = Specimen.objects.get(pk={pk}); s.text = ALL; s.save()")
    watch.ann.wait(f"pk => {SHEET}.rows.value(pk, 'text') !== 'before'", pk)
    watch.ann.page.keyboard.press("Enter")
    watch.ann.wait_class(pk, "text", "ls-conflict")
    watch.ann.page.evaluate(f"pk => {SHEET}.stage.select(pk, 'text')", pk)
    watch.wait_to_see(".ls-note")
    watch.see("td.ls-conflict")


def lost_rows(watch: Watch) -> None:
    """Somebody else deletes the row in which one types."""
    watch.open("scripts")
    pk = watch.run(
        "from tests.browser.payloads import ALL\n"
        "from tests.browser.site.models import Specimen\n"
        "print(Specimen.objects.create(char=ALL, text=ALL, slug='script').pk)"
    )
    watch.ann.wait_row(pk)
    watch.ann.scroll_to(pk, "text")
    watch.ann.start_typing(pk, "text", ALL[:200])
    by_bea(watch, f"Specimen.objects.get(pk={pk}).delete()")
    watch.wait_to_see(".ls-notices")


def by_bea(watch: Watch, code: str) -> None:
    watch.run(
        "from django.contrib.auth.models import User\n"
        "from livesheet import acting_as\n"
        "from tests.browser.payloads import ALL\n"
        "from tests.browser.site.models import Specimen\n"
        f"with acting_as(User.objects.get(username='bea')): {code}"
    )


def new_row(watch: Watch) -> None:
    """What it still needs: by title."""
    watch.open("scripts")
    watch.ann.page.get_by_role("button", name="Add row").click()
    watch.wait_to_see(".ls-slip, .ls-draft")
    watch.ann.page.locator(".ls-slip button").last.click()


def deleting(watch: Watch) -> None:
    """Asked about, and then not done."""
    watch.open("scripts", again=False)
    pks = rows(watch)
    select(watch.ann, (pks[0], "char"), (pks[-1], "char"))
    watch.ann.page.keyboard.press("Control+Alt+-")
    watch.ann.page.locator("dialog[open]").wait_for()
    watch.see("dialog[open], td")
    watch.ann.page.keyboard.press("Escape")


def cell_menu(watch: Watch) -> None:
    watch.open("scripts", again=False)
    pk = rows(watch)[-1]
    watch.ann.scroll_to(pk, "char")
    open_cell_menu(watch.ann, pk, "char")
    watch.see(".ht_master td")
    watch.ann.page.keyboard.press("Escape")


def kept_from_before(watch: Watch) -> None:
    """A queue that an earlier visit left in the browser: scripts wherever it may hold a text."""
    watch.open("scripts")
    pks = rows(watch)
    edits: list[Any] = [
        {"pk": f"90000{number}", "column": "char", "value": payload, "base": payload,
         "row": payload}
        for number, payload in enumerate(PAYLOADS)
    ]  # fmt: skip
    edits += [
        {"pk": pks[0], "column": "char", "value": f"!{PAYLOADS[0]}", "base": "no", "row": ALL},
        {"pk": ALL, "column": ALL, "value": ALL, "base": ALL, "row": ALL},
        {"pk": ALL, "column": "char", "value": {"a": ALL}, "base": ALL, "row": {"a": ALL}},
    ]
    queue = {"at": 9e15, "days": 9, "flights": [], "edits": edits, "rows": []}
    watch.ann.page.evaluate(
        f"""(queue) => {{
            const {{ config, store }} = {SHEET};
            for (const [client, held] of [["{"a" * 32}", queue], [{json.dumps(ALL)}, {{}}]]) {{
                const owner = [config.path, store.hello.me.id, client];
                localStorage.setItem(`livesheet:unsent:${{JSON.stringify(owner)}}`,
                    JSON.stringify(held));
            }}
            localStorage.setItem(`livesheet:layout:${{config.path}}`, {json.dumps(ALL)});
        }}""",
        queue,
    )
    watch.open("scripts")
    watch.wait_to_see(".ls-notices", WHOLE - 1)
    watch.ann.page.evaluate("localStorage.clear()")


# --- people ----------------------------------------------------------------------------------


def presence(watch: Watch) -> None:
    """Faces, their tooltips, a cursor's tag, what a screen reader hears, the way to a colleague."""
    watch.open("scripts", again=False)
    watch.wait_to_see(".ls-face")
    faces = watch.ann.page.locator(".ls-faces")
    faces.get_by_role("button", name=PAYLOADS[0][:20]).first.click()
    watch.wait_to_see("td[data-ls-who]")
    watch.see(".ls-notices, .ls-hidden")


def past_of_a_row(watch: Watch) -> None:
    """Who, what, why; and the way back to each value."""
    for entry in ("History of this row", "History of this cell"):
        watch.open("past")
        pk = rows(watch)[-1]
        pick(watch.ann, pk, "name", entry)
        watch.ann.page.locator(".ls-history-entry").first.wait_for()
        more = watch.ann.page.get_by_role("button", name="Older")
        if more.is_visible():
            more.click()
        watch.found.clear()
        watch.wait_to_see(".ls-history-cells")
        watch.wait_to_see(".ls-history-who")


# --- a row's card -----------------------------------------------------------------------------


def cards(watch: Watch) -> None:
    """Fields of every kind, what they offer, and what is refused."""
    watch.open("scripts", again=False)
    for pk in rows(watch):
        select(watch.ann, (pk, "char"))
        watch.ann.page.keyboard.press("Space")
        watch.ann.page.locator("dialog.ls-card[open]").wait_for()
        watch.see("dialog.ls-card")
        watch.ann.page.keyboard.press("Escape")
    watch.wait_to_see(".livesheet")


def value_for_many(watch: Watch) -> None:
    """Which column, and which value."""
    watch.open("titles", again=False)
    select(watch.ann, (rows(watch)[0], "t0"))
    watch.ann.page.keyboard.press("Shift+Space")
    watch.ann.page.get_by_role("button", name="Set a value").click()
    watch.see("dialog.ls-set-value")
    watch.ann.page.keyboard.press("Escape")
    watch.ann.page.get_by_role("button", name="Untick all").click()


# --- the page --------------------------------------------------------------------------------


def paper(watch: Watch) -> None:
    """On paper, with what was searched for; and once more alone on the page."""
    watch.open("scripts", again=False)
    for before in ("", "document.querySelector('.livesheet').classList.add('ls-printed')"):
        watch.ann.page.evaluate(
            f"() => {{ {before}; window.dispatchEvent(new Event('beforeprint')); }}"
        )
        watch.see(".ls-paper")
        watch.ann.page.evaluate("window.dispatchEvent(new Event('afterprint'))")


def labels(watch: Watch) -> None:
    """The sheet's own title, and the cell that was gone to, to those who cannot see them."""
    watch.open("scripts", again=False)
    watch.see(".livesheet")
    watch.wait_to_see("[role=region]")
    select(watch.ann, (rows(watch)[-1], "char"))
    run_command(watch.ann, "shortcuts")
    watch.ann.page.locator("dialog[open]").wait_for()
    watch.ann.page.keyboard.press("Escape")


def places_of_a_large_sheet(watch: Watch) -> None:
    """What the row begins with that the thumb is at; and a key that no row has."""
    watch.open("large-scripts")
    watch.ann.page.set_viewport_size({"width": 1500, "height": 600})
    watch.ann.page.locator(".ls-scroll-thumb").hover()
    watch.ann.page.mouse.down()
    watch.see(".ls-scroll-bubble")
    watch.ann.page.mouse.up()
    watch.ann.page.set_viewport_size({"width": 1500, "height": 3000})
    run_command(watch.ann, "goToRow")
    field = watch.ann.page.locator("dialog.ls-goto input")
    field.fill("#" + ALL)
    field.press("Enter")
    watch.wait_to_see("dialog.ls-goto [role=alert]")
    watch.ann.page.keyboard.press("Escape")


class Place(NamedTuple):
    name: str
    go: Callable[[Watch], None]
    modules: str  # whose texts it shows
    least: int = WHOLE  # of the payloads that are to be seen there


PLACES = [
    Place("heads", heads, "painter heads"),
    Place("menus at heads", head_menus, "columnmenu"),
    Place("panel of columns", columns_panel, "listpanels settings fitting tools"),
    Place(
        "panels of conditions and sorting",
        panels,
        "conditionpanels listpanels grouppanel",
    ),
    Place("choices", choices, "offer"),
    Place("cells", cells, "painter contents brush gestures"),
    Place("lists of values", value_lists, "filterform valuelist"),
    Place("groups", groups, "headings"),
    Place("paper", paper, "printing"),
    Place("menu of a cell", cell_menu, "", least=1),
    Place("question before deleting", deleting, "rowactions"),
    Place("labels of the sheet", labels, "spoken roles shortcuts"),
    Place("presence", presence, "faces people notices"),
    Place("shared link", shared_link, "viewlinks chips"),
    Place("named views", named_views, "viewsbutton viewsmenu"),
    Place("search", search, "bar stage", least=3),
    Place("find and replace", replacing, "replacepanel"),
    Place("editors", editors, "editors offer manyeditor"),
    Place("pasted pages", pasted, "", least=0),
    Place("refusals", refusals, "note progress"),
    Place("conflicts", conflicts, "note"),
    Place("rows taken away", lost_rows, "lost notices"),
    Place("new row", new_row, "progress"),
    Place("kept by the browser", kept_from_before, "lost notices"),
    Place("history", past_of_a_row, "history note"),
    Place("cards", cards, "card cards controls field pickers rowlinks"),
    Place("places of a large sheet", places_of_a_large_sheet, "scrollbar going prompt"),
    Place("value for many rows", value_for_many, "ticks", least=0),
    Place("filter forms and chips", filter_forms, "filterform chips finding"),
]
# They show words of the widget's own, and numbers; or make what others fill with texts.
NO_TEXT_OF_OTHERS = {
    "calendar", "doors", "elements", "foot", "loader", "main", "pieces", "states",
}  # fmt: skip
