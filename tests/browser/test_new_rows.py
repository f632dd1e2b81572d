"""New rows, filled in faster than the server answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.conftest import OpenSite, SitDown
from tests.browser.desk import SHEET, Desk
from tests.browser.editing_hands import wait_selected
from tests.browser.servers import KINDS, Site

# Nothing else can be written until there is such a file.
LOCK = """
import time
from pathlib import Path
from django.db import transaction
with transaction.atomic():
    Tag.objects.create(name="meanwhile")
    Path({held!r}).touch()
    while not Path({until!r}).exists():
        time.sleep(0.02)
"""


@pytest.fixture(scope="module")
def site(open_shared_site: OpenSite, version: str) -> Site:
    site = open_shared_site(KINDS, version=version)
    site.serve("daphne")
    return site


def new_row(desk: Desk, name: str) -> str:
    """Its draft, complete and under way."""
    desk.page.get_by_role("button", name="Add row").click()
    desk.wait(f"() => {SHEET}.store.drafts.byPk.size === 1")
    draft = str(desk.page.evaluate(f"() => [...{SHEET}.store.drafts.byPk.keys()][0]"))
    wait_selected(desk, draft, "name")
    desk.start_typing(draft, "name", name)
    desk.page.keyboard.press("Tab")
    desk.wait("draft => Boolean(" + SHEET + ".outbox.pendingRow(draft))", draft)
    return draft


def test_what_is_typed_while_the_row_is_being_added_is_no_conflict_with_its_defaults(
    site: Site, seat: SitDown, tmp_path: Path
) -> None:
    ann = seat(site, "ann").open("/sheet/product/")
    held, go = tmp_path / "held", tmp_path / "go"
    site.elsewhere.begin(LOCK.format(held=str(held), until=str(go)))
    try:
        while not held.exists():
            ann.page.wait_for_timeout(25)
        draft = new_row(ann, "Typed ahead")
        ann.start_typing(draft, "stock", "12")
    finally:
        go.touch()
        site.elsewhere.end()
    ann.wait(f"() => {SHEET}.outbox.size === 0 && {SHEET}.store.drafts.byPk.size === 0")
    assert ann.editor()["text"] == "12"
    ann.page.keyboard.press("Enter")
    ann.wait_settled()
    stock = "print(*Product.objects.filter(name='Typed ahead').values_list('stock', flat=True))"
    assert site.elsewhere.run(stock) == "12"
    assert ann.page.locator(".ls-conflict").count() == 0
    ann.page.keyboard.press("Control+z")  # back to what the server filled in, not to nothing
    ann.wait_settled()
    assert site.elsewhere.run(stock) == "0"
