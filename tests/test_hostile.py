"""What a user of one tenant tries, who reads the protocol and wants to know of another."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from livesheet.consumers import LiveSheetConsumer
from livesheet.sheet.declaration import unregister
from livesheet.testing import LiveSheetCommunicator
from tests.app.models import Product, Supplier, Tag

pytestmark = pytest.mark.django_db(transaction=True)

ABSENT = "987654"
ALIKE = {"hidden": "…", ABSENT: "…"}


@pytest.fixture(autouse=True)
def shelf() -> Iterator[None]:
    class Shelf(LiveSheetConsumer):
        model = Product
        sheet_name = "shelf"
        fields = ["name", "supplier", "tags"]
        params = {"tenant": str}

        def get_queryset(self) -> Any:
            mine = Product.objects.filter(owner=self.user.last_name)
            return mine if self.params["tenant"] == self.user.last_name else mine.none()

        def get_related_queryset(self, field: str) -> Any:
            model = Tag if field == "tags" else Supplier
            return model._default_manager.filter(name__startswith=f"{self.user.last_name}-")

    yield
    unregister(Shelf)


@pytest.fixture
def oaks(ann: Any) -> Any:
    ann.last_name = "oak"
    ann.save()
    return ann


@pytest.fixture
def elms(bea: Any) -> Any:
    bea.last_name = "elm"
    bea.save()
    return bea


@pytest.fixture
def things(oaks: User, elms: User) -> dict[str, str]:
    """Keys of a row of each tenant, and of a supplier and a tag that oaks may not see."""
    made = {
        "mine": Product.objects.create(name="mine", owner="oak"),
        "theirs": Product.objects.create(name="theirs", owner="elm"),
        "supplier": Supplier.objects.create(name="elm-supplier"),
        "tag": Tag.objects.create(name="elm-tag"),
    }
    return {name: str(one.pk) for name, one in made.items()}


def line(user: User, tenant: str = "") -> LiveSheetCommunicator:
    return LiveSheetCommunicator(
        "shelf", user, params={"tenant": tenant or user.last_name}, timeout=30
    )


def without(text: Any, *keys: str) -> str:
    """What was said, but for the key that was asked for."""
    said = str(text)
    for key in keys:
        said = said.replace(repr(key), "…").replace(f'"{key}"', "…")
    return said


async def test_a_hidden_object_is_refused_in_the_words_for_one_that_is_not_there(
    oaks: User, things: dict[str, str]
) -> None:
    wishes = [
        ("supplier", things["supplier"], ABSENT),
        ("supplier", {"$text": "elm-supplier"}, {"$text": "elm-nobody!!"}),
        ("tags", [things["tag"]], [ABSENT]),
        ("tags", {"$text": "elm-tag"}, {"$text": "elm-not"}),
    ]
    async with line(oaks) as sheet:
        for column, hidden, absent in wishes:
            base = sheet.value(things["mine"], column)
            said = [
                (await sheet.edit(things["mine"], column, value, base=base))["errors"]
                for value in (hidden, absent)
            ]
            told = [
                [without({**e, "value": None}, things["supplier"], things["tag"], ABSENT,
                         "elm-supplier", "elm-nobody!!", "elm-tag", "elm-not") for e in errors]
                for errors in said
            ]  # fmt: skip
            assert [errors[0]["code"] for errors in said] == ["invalid", "invalid"]
            assert unquoted(told[0][0]) == unquoted(told[1][0])


def unquoted(text: str) -> str:
    """Without the keys and texts that were asked for, however they are quoted."""
    for word in ("elm-supplier", "elm-nobody!!", "elm-tag", "elm-not", ABSENT):
        text = text.replace(word, "…")
    return "".join(c for c in text if not c.isdigit()).replace("…", "")


async def test_the_param_of_another_tenant_opens_nothing(
    oaks: User, things: dict[str, str]
) -> None:
    async with line(oaks, "elm") as sheet:
        assert sheet.rows == {}
        for reply in (
            await sheet.edit(things["theirs"], "name", "x", base="theirs"),
            await sheet.edit(things["mine"], "name", "x", base="mine"),
            await sheet.delete(things["theirs"]),
        ):
            assert [error["code"] for error in reply["errors"]] == ["not_found"]
        added = await sheet.add(name="pushed over")
        assert [error["code"] for error in added["errors"]] == ["outside"]


async def test_receipts_cursors_and_refs_of_others_are_worth_nothing(
    oaks: User, elms: User, things: dict[str, str]
) -> None:
    async with line(elms) as theirs, line(oaks) as mine:
        cells = [[things["theirs"], "name", "renamed", "theirs"]]
        assert (await theirs.request("edit", ref="r", cells=cells))["ok"]
        again = await mine.request("edit", ref="r", cells=cells, client=theirs.client)
        assert [error["code"] for error in again["errors"]] == ["not_found"]
        await mine.disconnect()
        mine.cursor, mine.digest, mine.client = theirs.cursor, theirs.digest, theirs.client
        mine.rows = {things["theirs"]: [things["theirs"]]}
        await mine.connect()
        await mine.open(resume=True)
        assert list(mine.rows) == [things["mine"]]
        assert "renamed" not in str(mine.frames)
        # With the client of another, what they do bears no ref for us.
        cells = [[things["theirs"], "name", "once more", "renamed"]]
        assert (await theirs.request("edit", ref="s", cells=cells))["ok"]
        await mine.send(type="ping", cursor=mine.cursor)
        await mine.receive_until(lambda frame: frame["type"] == "beat")
        assert theirs.client not in str(mine.frames)


def test_no_cache_keeps_what_one_user_sees(oaks: User, things: dict[str, str]) -> None:
    browser = Client()
    for signed_in in (False, True):
        if signed_in:
            browser.force_login(oaks)
        for path in ("", f"{things['mine']}/", f"{things['theirs']}/", "related/supplier/"):
            answer = browser.get(f"/sheets/shelf/{path}?tenant=oak")
            assert "private" in answer["Cache-Control"]
            assert "no-store" in answer["Cache-Control"]
            assert {"Cookie", "Authorization"} <= set(answer["Vary"].split(", "))
            assert "Access-Control-Allow-Origin" not in answer
            assert "ETag" not in answer


ORIGINS = {
    "http://testserver": True,
    None: True,  # no browser: the token alone decides
    "null": False,
    "https://testserver": False,
    "http://testserver:8000": False,
    "http://a.testserver": False,
    "http://testserver.evil.example": False,
    "http://evil-testserver": False,
    "http://testserver@evil.example": False,
    "http://[::1]": False,
    "https://trusted.example": True,
    "https://a.partner.example": True,
    "https://evilpartner.example": False,
}


@pytest.mark.parametrize("hosts", [["testserver"], [".testserver"], ["*"]])
def test_who_may_write_by_rest_from_which_page(
    oaks: User, things: dict[str, str], settings: Any, hosts: list[str]
) -> None:
    settings.ALLOWED_HOSTS = hosts
    settings.CSRF_TRUSTED_ORIGINS = ["https://trusted.example", "https://*.partner.example"]
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(oaks)
    token = "t" * 32
    browser.cookies["csrftoken"] = token
    path = f"/sheets/shelf/{things['mine']}/?tenant=oak"

    def status(origin: str | None, **headers: str) -> int:
        headers |= {} if origin is None else {"origin": origin}
        answer = browser.patch(path, {"name": "x"}, "application/json", headers=headers)
        return int(answer.status_code)

    found = {origin: status(origin, **{"x-csrftoken": token}) for origin in ORIGINS}
    assert found == {origin: 200 if allowed else 403 for origin, allowed in ORIGINS.items()}
    assert {status(origin) for origin in ORIGINS} == {403}  # without the token
