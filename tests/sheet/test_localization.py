"""Which language and zone a socket has, and that it is those of its page."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest
from asgiref.sync import sync_to_async
from django.conf.urls.i18n import i18n_patterns
from django.http import HttpRequest, JsonResponse
from django.urls import include, path
from django.utils import timezone, translation

from livesheet.sheet.localization import language_of, zone_of
from livesheet.templatetags.livesheet import sheet_config
from livesheet.testing import LiveSheetCommunicator
from tests.app.models import Product

LOCALE = "django.middleware.locale.LocaleMiddleware"


def page(request: HttpRequest) -> JsonResponse:
    return JsonResponse(sheet_config("product"))


urlpatterns = i18n_patterns(path("page/", page), path("sheets/", include("livesheet.urls")))


def scope(accepts: str = "", **said: str) -> dict[str, Any]:
    """A socket of a browser that would like ``accepts``; ``said`` is what its page knows."""
    query = urlencode({f"page-{name}": value for name, value in said.items()})
    headers = [(b"accept-language", accepts.encode())]
    return {"headers": headers, "query_string": query.encode(), "cookies": {}}


def test_without_a_word_of_the_page_it_is_that_of_a_request(settings: Any) -> None:
    assert language_of(scope("de")) == settings.LANGUAGE_CODE  # nobody chooses by browser
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, LOCALE]
    assert language_of(scope("de")) == "de"
    assert language_of({**scope("de"), "cookies": {"django_language": "fr"}}) == "fr"
    assert language_of({"headers": []}) == "en"
    settings.USE_I18N = False
    assert language_of(scope("de", language="fr")) == settings.LANGUAGE_CODE


@pytest.mark.parametrize("middleware", [[], [LOCALE]])
def test_the_page_knows_best(settings: Any, middleware: list[str]) -> None:
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, *middleware]
    assert language_of(scope("en", language="de")) == "de"
    assert language_of(scope("en", language="de-at")) == "de"
    assert language_of(scope("de", language=settings.LANGUAGE_CODE)) == settings.LANGUAGE_CODE


@pytest.mark.parametrize("said", ["", "xx", "../de", "de\0", "d" * 2_000, "fr"])
def test_only_a_language_of_the_project_is_taken(settings: Any, said: str) -> None:
    settings.LANGUAGES = [("en", "English"), ("de", "German")]
    settings.LANGUAGE_CODE = "de"
    assert language_of(scope("en", language=said)) == "de"


@pytest.mark.parametrize(
    ("said", "taken"),
    [
        ("Asia/Tokyo", "Asia/Tokyo"),
        *[(s, "Europe/Berlin") for s in ("", "x", "Asia", "../UTC", "\0")],
    ],
)
def test_only_a_zone_that_there_is_is_taken(said: str, taken: str) -> None:
    assert zone_of(scope(zone=said)) == taken


@pytest.mark.django_db(transaction=True)
async def test_a_page_below_its_language_and_a_browser_of_another(
    settings: Any, ann: Any, client: Any
) -> None:
    settings.ROOT_URLCONF = __name__
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, LOCALE]
    english = {"accept-language": "en"}
    await sync_to_async(client.force_login)(ann)
    get = sync_to_async(client.get)
    config = (await get("/de/page/", headers=english)).json()
    table = await Product.objects.acreate(name="Table", price=3)
    words = {"page-language": config["language"], "page-zone": config["zone"]}
    headers = [(b"accept-language", b"en")]
    async with LiveSheetCommunicator("product", ann, params=words, headers=headers) as sheet:
        hello = next(frame for frame in sheet.frames if frame["type"] == "hello")
        assert hello["numbers"] == {"decimal": ",", "group": "."}
        assert hello["dates"]["sign"] == "."
        reply = await sheet.edit(table.pk, "price", "viel", base="3.00")
    assert reply["errors"][0]["message"] == "Eine gültige Zahl ist erforderlich."
    assert config["rest"] == "/de/sheets/product/"
    response = await sync_to_async(client.patch)(
        f"{config['rest']}{table.pk}/", {"price": "viel"}, "application/json", headers=english
    )
    assert response.json() == {"price": ["Eine gültige Zahl ist erforderlich."]}


@pytest.mark.django_db(transaction=True)
async def test_what_is_kept_with_the_user(ann: Any) -> None:
    with translation.override("fr"), timezone.override("Asia/Tokyo"):
        config = sheet_config("product")
    words = {"page-language": config["language"], "page-zone": config["zone"]}
    async with LiveSheetCommunicator("product", ann, params=words) as sheet:
        hello = next(frame for frame in sheet.frames if frame["type"] == "hello")
    assert (hello["numbers"]["decimal"], hello["zone"]) == (",", "Asia/Tokyo")
