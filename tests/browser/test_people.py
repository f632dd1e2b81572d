"""Who is here and where, and what a cell says about them, on real screens."""

from __future__ import annotations

import time

import pytest

from tests.browser.conftest import OpenSite, SitDown
from tests.browser.desk import GRID, SHEET, sit_down
from tests.browser.people_hands import (
    PulledLine,
    described,
    faces,
    go_to,
    heard,
    notice,
    selected,
    signs,
    wait_faces,
    wait_place,
    wait_selected,
)
from tests.browser.servers import KINDS, Site


@pytest.fixture(scope="module")
def site(open_shared_site: OpenSite, version: str) -> Site:
    site = open_shared_site(KINDS, version=version)
    site.serve("uvicorn")
    return site


@pytest.fixture(autouse=True)
def forget(site: Site) -> None:
    """An order is kept for its user; the next test wants the rows as they were."""
    site.elsewhere.run("from livesheet.models import SavedView; SavedView.objects.all().delete()")


def test_a_face_leads_to_its_cell_wherever_that_has_moved(
    site: Site, seat: SitDown, version: str
) -> None:
    ann = seat(site, "ann").open("/sheet/mine/")
    bea = seat(site, "bea").open("/sheet/product/")
    window = sit_down(ann.page.context, ann.address).open("/sheet/product/")
    pks = window.pks()
    # Two windows of Ann's are one face; Bea's is a button.
    wait_faces(window, 2)
    wait_faces(bea, 2)
    assert faces(bea) == ["Bea (you)", "Ann is here"]
    # Who sees other sheets is not here.
    assert faces(ann) == ["Ann (you)"]

    pk = pks[3]
    bea.click(pk, "stock")
    wait_place(window, "Bea", pk, "stock")
    window.screenshot(f"presence-{version}")
    colour = window.cell(pk, "stock").evaluate("td => td.style.getPropertyValue('--ls-who')")
    face = window.page.get_by_role("button", name="Bea: go to the cell")
    assert face.evaluate("face => face.style.getPropertyValue('--ls-who')") == colour
    # The name stands there for a moment only, then under the pointer.
    tag = f"([pk]) => getComputedStyle({GRID}.cell(pk, 'stock'), '::after').visibility"
    window.wait(f"([pk]) => ({tag})([pk]) === 'hidden'", [pk])
    window.cell(pk, "stock").hover()
    window.wait(f"([pk]) => ({tag})([pk]) === 'visible'", [pk])
    assert "Bea is here" in described(window, pk, "stock")

    # It moves with its row: sorted elsewhere, with another row above.
    window.page.locator(".ht_clone_top .ls-title", has_text="Stock").click()
    window.page.locator(".ht_clone_top .ls-title", has_text="Stock").click()
    window.wait(f"pk => {GRID}.places.get(pk) > 200", pk)
    go_to(window, "Bea")
    wait_selected(window, pk, "stock")
    wait_place(window, "Bea", pk, "stock")
    site.elsewhere.run("Product.objects.create(name='Above', stock=999999)")
    wait_place(window, "Bea", pk, "stock")

    # And by keyboard.
    window.click(window.pks()[0], "name")
    face.focus()
    window.page.keyboard.press("Enter")
    wait_selected(window, pk, "stock")
    window.page.keyboard.press("ArrowLeft")
    assert selected(window) == (pk, "price")

    # A search of one's own hides the row: that is said.
    window.page.get_by_placeholder("Find").fill("Above")
    window.wait(f"() => {GRID}.places.size === 1")
    go_to(window, "Bea")
    notice(window, "Bea is on “Product 3”, which your filters hide.")

    window.page.get_by_placeholder("Find").fill("")
    bea.page.close()
    wait_faces(window, 1, 3_000)


def test_who_types_where_a_colleague_types_is_told_and_may_go_on(
    site: Site, seat: SitDown, version: str
) -> None:
    ann = seat(site, "ann").open("/sheet/product/")
    bea = seat(site, "bea").open("/sheet/product/")
    pk = ann.pks()[6]
    bea.start_typing(pk, "name", "By Bea")
    ann.wait_class(pk, "name", "ls-typing")
    assert "Bea is typing here" in described(ann, pk, "name")
    assert ann.cell(pk, "name").get_attribute("data-ls-who") == "Bea is typing"
    assert signs(ann, pk, "name")["pattern"] == "repeating-linear-gradient"
    ann.wait("() => document.querySelector('button.ls-face.ls-typing')")

    ann.start_typing(pk, "name", "By Ann")
    ann.wait(
        "() => document.querySelector('.ls-hint')?.innerText.includes('Bea is typing here, too')"
    )
    heard(ann, "Bea is typing here, too")
    ann.screenshot(f"typing-too-{version}")
    assert ann.editor()["text"] == "By Ann"
    ann.page.keyboard.press("Enter")
    ann.wait("() => !document.querySelector('.ls-hint')")
    bea.wait_text(pk, "name", "By Ann")
    bea.page.keyboard.press("Enter")
    bea.wait_class(pk, "name", "ls-conflict")


def test_a_conflict_is_resolved_by_keyboard_alone(site: Site, seat: SitDown, version: str) -> None:
    ann = seat(site, "ann").open("/sheet/product/")
    bea = seat(site, "bea").open("/sheet/product/")
    pks = ann.pks()
    for keep, theirs in (("mine", False), ("theirs", True)):
        pk = pks[8 + theirs]
        bea.start_typing(pk, "stock", "22")
        ann.type(pk, "stock", "11")
        ann.wait_settled()
        bea.page.keyboard.press("Enter")
        bea.wait_class(pk, "stock", "ls-conflict")
        heard(bea, "F6")
        bea.page.keyboard.press("ArrowUp")
        bea.wait("() => document.querySelector('.ls-note')")
        card = bea.page.locator(".ls-note")
        assert "11" in card.inner_text()
        assert "22" in card.inner_text()
        face = card.locator(".ls-face")
        assert face.inner_text() == "A"
        assert face.evaluate("face => face.style.getPropertyValue('--ls-who')") == (
            bea.page.locator("button.ls-face:not(.ls-me, .ls-more)").first.evaluate(
                "face => face.style.getPropertyValue('--ls-who')"
            )
        )
        if not theirs:
            bea.screenshot(f"conflict-{version}")
            bea.page.emulate_media(color_scheme="dark")
            bea.screenshot(f"conflict-dark-{version}")
            bea.page.emulate_media(color_scheme="light")
        bea.page.keyboard.press("F6")
        bea.wait("() => document.activeElement.closest('.ls-note')")
        bea.page.keyboard.press("Escape")
        wait_selected(bea, pk, "stock")
        bea.wait("() => !document.activeElement.closest('.ls-note')")
        bea.page.keyboard.press("Alt+Enter")
        bea.wait("() => document.activeElement.closest('.ls-note')")
        if theirs:
            bea.page.keyboard.press("Tab")
        bea.page.keyboard.press("Enter")
        bea.wait_class(pk, "stock", "ls-conflict", there=False)
        bea.wait_settled()
        bea.wait_text(pk, "stock", "11" if theirs else "22")
        ann.wait_text(pk, "stock", "11" if theirs else "22")
        # The next key goes to the cell again.
        wait_selected(bea, pk, "stock")
        bea.page.keyboard.type("33")
        assert bea.editor()["text"] == "33", keep
        bea.page.keyboard.press("Escape")


def test_a_row_that_goes_from_under_ones_hands(site: Site, seat: SitDown, version: str) -> None:
    ann = seat(site, "ann").open("/sheet/product/")
    bea = seat(site, "bea").open("/sheet/product/")
    pk, other = ann.pks()[9:11]
    name = ann.text(pk, "name")
    ann.start_typing(pk, "name", "a long thought")
    bea.click(other, "name")
    bea.page.evaluate("pk => document.querySelector('live-sheet').sheet.outgoing.delete([pk])", pk)
    notice(ann, f"Bea removed “{name}”. What you typed there was not saved:")
    ann.page.keyboard.type(", to its end")
    ann.page.keyboard.press("Enter")
    ann.wait_row(pk, there=False)
    notice(ann, "a long thought, to its end")
    ann.screenshot(f"row-gone-{version}")
    assert ann.page.locator(".ls-notice").count() == 1
    ann.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    ann.page.get_by_role("button", name="Copy what you typed").click()
    heard(ann, "Copied")
    assert ann.page.evaluate("navigator.clipboard.readText()") == "a long thought, to its end"

    # Only looked at: said, without a question. In another column, because the row has come to where
    # the removed one was clicked, and a second click at the same place opens the editor.
    ann.click(other, "price")
    name = ann.text(other, "name")
    site.elsewhere.run(f"Product.objects.get(pk={other}).delete()")
    notice(ann, f"“{name}”, the row you were in, is no longer there.")


def test_gone_within_half_a_minute_when_the_cable_is_pulled(
    open_site: OpenSite, seat: SitDown
) -> None:
    site = open_site(KINDS)
    cable = PulledLine(site.serve("uvicorn").port)
    try:
        ann = seat(site, "ann").open("/sheet/product/")
        bea = seat(site, "bea", cable.port).open("/sheet/product/")
        bea.forgiven += ["WebSocket connection to"]
        wait_faces(ann, 2)
        cable.pull()
        since = time.monotonic()
        wait_faces(ann, 1, 31_000)
        assert time.monotonic() - since < 30
    finally:
        cable.close()


def test_every_state_has_a_sign_and_words_of_its_own(
    site: Site, seat: SitDown, version: str
) -> None:
    ann = seat(site, "ann").open("/sheet/product/")
    bea = seat(site, "bea").open("/sheet/product/")
    plain, refused, conflict, changed, here, typing, pending = ann.pks()[1:8]
    seen = {"plain": signs(ann, plain, "stock")}
    words = {}

    def look(state: str, pk: str) -> None:
        ann.wait_class(pk, "stock", f"ls-{state}")
        seen[state] = signs(ann, pk, "stock")
        words[state] = described(ann, pk, "stock")
        assert ann.title(pk, "stock").replace("\n", ". ") == words[state]

    ann.type(refused, "stock", "many")
    look("refused", refused)
    ann.start_typing(conflict, "stock", "5")
    site.elsewhere.run(f"p = Product.objects.get(pk={conflict}); p.stock = 6; p.save()")
    ann.wait(f"pk => {SHEET}.rows.value(pk, 'stock') === 6", conflict)
    ann.page.keyboard.press("Enter")
    look("conflict", conflict)
    bea.click(here, "stock")
    look("who", here)
    bea.type(changed, "stock", "777")
    look("changed", changed)
    colour = ann.cell(changed, "stock").evaluate("td => td.style.getPropertyValue('--ls-by')")
    assert colour == ann.page.locator("button.ls-face:not(.ls-me, .ls-more)").evaluate(
        "face => face.style.getPropertyValue('--ls-who')"
    )
    bea.start_typing(typing, "stock", "7")
    look("typing", typing)
    ann.page.evaluate(
        f"() => {{ const {{ socket }} = {SHEET}; socket.line.onmessage = () => {{}}; }}"
    )
    ann.type(pending, "stock", "8")
    look("pending", pending)
    ann.screenshot(f"states-{version}")
    ann.page.emulate_media(color_scheme="dark")
    ann.screenshot(f"states-dark-{version}")
    ann.page.context.set_offline(True)
    ann.wait_status("offline")
    look("unsent", pending)

    assert len({str(sign) for sign in seen.values()}) == len(seen), seen
    assert len(set(words.values())) == len(words), words
    assert all(words.values())
    assert "Read-only" in described(ann, plain, "value")
    assert ann.cell(plain, "value").get_attribute("aria-readonly") == "true"
    ann.wait("() => document.querySelector('.ht_clone_top th.ls-locked')")
    ann.page.context.set_offline(False)
    ann.wait_status("live", 60_000)
    ann.wait("() => !document.querySelector('.ls-pending')")
