"""What was typed without a line: shown as unsent, outlives the tab, sent once and by its owner."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenSite, SitDown
from tests.browser.desk import SHEET, Desk, sit_down
from tests.browser.editing_hands import paste, select
from tests.browser.people_hands import described, notice, signs, unsent, wait_selected
from tests.browser.servers import KINDS, Site

BACK_MS = 60_000
KEPT = "() => Object.keys(localStorage).filter((key) => key.startsWith('livesheet:unsent:'))"
SHELF = """new Promise(resolve => {
    indexedDB.open("livesheet").onsuccess = ({ target: { result: database } }) => {
        const keys = database.transaction("unsent").objectStore("unsent").getAllKeys();
        keys.onsuccess = () => { database.close(); resolve(keys.result); };
    };
})"""
FORBID = """() => {
    const refuse = () => { throw new Error("full"); };
    Storage.prototype.setItem = refuse;
    IDBDatabase.prototype.transaction = refuse;
}"""
MORE = """
Product.objects.bulk_create(Product(name=f"More {n}", owner="ann") for n in range(700))
"""


@pytest.fixture(scope="module")
def site(open_shared_site: OpenSite, version: str) -> Site:
    site = open_shared_site(KINDS, version=version)
    site.serve("uvicorn")
    return site


def stock(site: Site, pk: str) -> str:
    return site.elsewhere.run(f"print(Product.objects.get(pk={pk}).stock)")


def leave_the_net(desk: Desk) -> None:
    desk.forgiven += ["WebSocket connection to", "ERR_INTERNET_DISCONNECTED"]
    desk.page.context.set_offline(True)
    desk.wait_status("offline")


def kept(desk: Desk) -> int:
    return len(desk.page.evaluate(KEPT))


def test_edits_survive_the_tab_and_meet_what_came_meanwhile(
    site: Site, seat: SitDown, version: str
) -> None:
    ann = seat(site, "ann").open("/sheet/product/")
    quiet, taken, gone = ann.pks()[:3]
    name = ann.text(gone, "name")
    settled = signs(ann, quiet, "stock")
    leave_the_net(ann)
    for pk in (quiet, taken, gone):
        ann.type(pk, "stock", "771")
    ann.wait_class(quiet, "stock", "ls-unsent")
    expect(ann.page.locator(".ls-status")).to_contain_text("3 unsent")
    assert "Not sent yet" in described(ann, quiet, "stock")
    assert signs(ann, quiet, "stock") != settled
    assert signs(ann, quiet, "stock")["sign"] == '"↑"'
    ann.screenshot(f"unsent-{version}")
    ann.until(lambda: kept(ann), 1)

    # Closing asks; whoever closes all the same has lost nothing.
    asked: list[str] = []

    def answer(dialog: object) -> None:
        asked.append(dialog.type)  # type: ignore[attr-defined]
        dialog.accept()  # type: ignore[attr-defined]

    ann.page.on("dialog", answer)
    with ann.page.expect_event("close"):
        ann.page.close(run_before_unload=True)
    ann.page.context.set_offline(False)
    site.elsewhere.run(
        f"p = Product.objects.get(pk={taken}); p.stock = 5; p.save()\n"
        f"Product.objects.get(pk={gone}).delete()"
    )
    again = sit_down(ann.page.context, ann.address).open("/sheet/product/")
    assert asked == ["beforeunload"]
    again.wait_class(taken, "stock", "ls-conflict")
    notice(again, "1 of the waiting edits was not saved.")
    notice(again, f"“{name}” is no longer there. What you typed there was not saved:")
    notice(again, "771")
    again.wait_text(quiet, "stock", "771")
    again.wait_settled()
    assert (stock(site, quiet), stock(site, taken)) == ("771", "5")
    again.page.get_by_role("button", name="Show", exact=True).click()
    wait_selected(again, taken, "stock")
    again.wait("() => document.querySelector('.ls-note')?.innerText.includes('771')")
    again.screenshot(f"back-{version}")
    again.wait(f"() => ({KEPT})().length === 0")


def test_a_lost_answer_is_asked_for_by_the_next_tab_and_nothing_is_applied_twice(
    site: Site, seat: SitDown
) -> None:
    ann = seat(site, "ann").open("/sheet/product/")
    pk = ann.pks()[4]
    before = ann.text(pk, "stock")
    # The server's answers do not get through to this page.
    ann.page.evaluate(
        f"() => {{ const {{ socket }} = {SHEET}; socket.line.onmessage = () => {{}}; }}"
    )
    ann.type(pk, "stock", "4242")
    made = "+new row of Ann's"
    ann.page.evaluate(f"name => {SHEET}.outgoing.addRows([{{ name }}])", made)
    count = f"print(Product.objects.filter(name={made!r}).count())"
    for _ in range(200):
        if site.elsewhere.run(count) == "1" and stock(site, pk) == "4242":
            break
        ann.page.wait_for_timeout(25)
    # A colleague puts it back: sent as a new edit, ours would be saved a second time.
    site.elsewhere.run(f"p = Product.objects.get(pk={pk}); p.stock = {before}; p.save()")
    ann.page.close()
    again = sit_down(ann.page.context, ann.address).open("/sheet/product/")
    again.wait(f"() => ({KEPT})().length === 0 && {SHEET}.outbox.size === 0")
    assert [frame for frame in again.sent if frame["type"] in ("add", "edit")]
    again.wait_text(pk, "stock", before)
    assert stock(site, pk) == before
    assert site.elsewhere.run(count) == "1"
    assert again.page.locator(".ls-draft").count() == 0


def test_two_tabs_do_not_send_one_queue(site: Site, seat: SitDown) -> None:
    ann = seat(site, "ann").open("/sheet/product/")
    other = sit_down(ann.page.context, ann.address).open("/sheet/product/")
    pk = ann.pks()[6]
    leave_the_net(ann)
    other.forgiven += ann.forgiven
    other.wait_status("offline")
    ann.type(pk, "stock", "911")
    other.until(lambda: kept(other), 1)
    sent = len(other.sent)
    ann.page.evaluate(f"() => {SHEET}.socket.close()")  # this tab does not come back by itself
    ann.page.context.set_offline(False)
    other.wait_status("live", BACK_MS)
    assert not any(frame["type"] == "edit" for frame in other.sent[sent:])
    assert kept(other) == 1
    # It is closed: the other one goes on with it.
    ann.page.close()
    other.wait_text(pk, "stock", "911")
    other.wait_settled()
    assert stock(site, pk) == "911"
    assert sum(frame["type"] == "edit" for frame in other.sent[sent:]) == 1


def test_nobody_else_at_the_machine_sees_or_sends_it(site: Site, seat: SitDown) -> None:
    ann = seat(site, "ann").open("/sheet/product/")
    pk = ann.pks()[8]
    before = ann.text(pk, "stock")
    leave_the_net(ann)
    ann.type(pk, "stock", "606")
    context, address = ann.page.context, ann.address
    ann.page.close()
    context.set_offline(False)
    session = {"name": site.project.session_cookie, "url": address}
    context.add_cookies([{**session, "value": site.sessions["bea"]}])  # type: ignore[typeddict-item]
    bea = sit_down(context, address).open("/sheet/product/")
    assert bea.text(pk, "stock") == before
    assert unsent(bea) == 0
    bea.type(bea.pks()[9], "stock", "607")
    bea.wait_settled()
    assert "606" not in bea.page.content()
    assert stock(site, pk) == before
    bea.page.close()
    context.add_cookies([{**session, "value": site.sessions["ann"]}])  # type: ignore[typeddict-item]
    back = sit_down(context, address).open("/sheet/product/")
    back.wait_text(pk, "stock", "606")
    back.wait_settled()
    assert stock(site, pk) == "606"


def test_who_is_signed_out_meanwhile_finds_it_again(site: Site, seat: SitDown) -> None:
    ann = seat(site, "ann").open("/sheet/product/")
    pk = ann.pks()[10]
    leave_the_net(ann)
    ann.type(pk, "stock", "505")
    context, address = ann.page.context, ann.address
    context.clear_cookies()
    context.set_offline(False)
    ann.wait_status("forbidden", BACK_MS)
    assert "505" not in ann.page.content()
    ann.until(lambda: kept(ann), 1)
    ann.page.close()
    session = {"name": site.project.session_cookie, "url": address}
    context.add_cookies([{**session, "value": site.sessions["ann"]}])  # type: ignore[typeddict-item]
    back = sit_down(context, address).open("/sheet/product/")
    back.wait_text(pk, "stock", "505")
    back.wait_settled()


def test_a_browser_that_keeps_nothing_is_honest(site: Site, seat: SitDown) -> None:
    ann = seat(site, "ann").open("/sheet/product/")
    pk = ann.pks()[11]
    ann.page.evaluate(FORBID)
    leave_the_net(ann)
    ann.type(pk, "stock", "404")
    ann.wait("() => document.querySelector('.ls-status').innerText.includes('only in this tab')")
    ann.page.context.set_offline(False)
    ann.wait_status("live", BACK_MS)
    ann.wait_settled()
    assert stock(site, pk) == "404"


def test_six_thousand_cells_outlive_the_tab(site: Site, seat: SitDown) -> None:
    site.elsewhere.run(MORE)
    ann = seat(site, "ann").open("/sheet/product/")
    pks = ann.all_pks()[:1000]
    lines = (
        f"Kept {n}\t{n}.25\t{n + 7000}\tKilogram\tFALSE\t2024-05-01 10:00" for n in range(1000)
    )
    leave_the_net(ann)
    select(ann, (pks[0], "name"))
    paste(ann, "\n".join(lines))
    ann.wait(f"() => {SHEET}.outbox.size === 6000", 30_000)
    ann.wait("() => document.querySelector('.ls-status').innerText.includes('6,000 unsent')")
    ann.wait(f"async () => (await {SHELF}).length === 1")
    assert ann.page.evaluate("() => JSON.stringify(localStorage).length") < 10_000
    ann.page.close()
    ann.page.context.set_offline(False)
    again = sit_down(ann.page.context, ann.address).open("/sheet/product/")
    again.wait(f"() => ({KEPT})().length === 0 && {SHEET}.outbox.size === 0", BACK_MS)
    edits = [frame for frame in again.sent if frame["type"] == "edit"]
    assert sum(len(frame["cells"]) for frame in edits) == 6000
    count = (
        "Product.objects.filter(name__startswith='Kept ', stock__gte=7000, unit='kg', active=False)"
    )
    assert site.elsewhere.run(f"print({count}.exclude(counted_at=None).count())") == "1000"
    again.wait(f"async () => (await {SHELF}).length === 0")
