"""What ``{% livesheet %}`` writes into a page."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.staticfiles import finders
from django.template import Context, Template, TemplateSyntaxError, engines
from django.test import RequestFactory, override_settings
from django.utils import translation
from django.utils.functional import SimpleLazyObject
from pytest_django import Settings

from livesheet.consumers import LiveSheetConsumer
from livesheet.exceptions import LiveSheetError
from livesheet.page import assets
from livesheet.sheet.declaration import unregister
from livesheet.templatetags.livesheet import render_sheet, sheet_config
from tests.app.models import Product


@pytest.fixture
def by_owner() -> Iterator[type[LiveSheetConsumer]]:
    """A sheet for each owner."""

    class OwnedSheet(LiveSheetConsumer):
        model = Product
        sheet_name = "owned"
        fields = ["name"]
        params = {"owner": str, "year": int}

    yield OwnedSheet
    unregister(OwnedSheet)


def render(source: str, **context: Any) -> str:
    return Template("{% load livesheet %}" + source).render(Context(context))


def configs(html: str) -> list[dict[str, Any]]:
    found = re.findall(r'<script type="application/json">(.*?)</script></live-sheet>', html)
    return [json.loads(one) for one in found]


def test_the_whole_output() -> None:
    config = json.dumps(
        {
            "sheet": "product",
            "path": "/ws/sheet/product/",
            "rest": "/sheets/product/",
            "handsontable": {
                "js": "/static/livesheet/handsontable/handsontable.full.min.js",
                "css": "/static/livesheet/handsontable/handsontable.full.min.css",
                "license_key": "",
                "options": {},
                "language": None,
            },
            "more": "/static/livesheet/livesheet.more.js",
            "language": "en-us",
            "zone": "Europe/Berlin",
            "texts": {},
        }
    )
    assert render('{% livesheet "product" %}') == (
        '<link rel="preload" as="script"'
        ' href="/static/livesheet/handsontable/handsontable.full.min.js">\n'
        '<link rel="stylesheet" data-livesheet href="/static/livesheet/livesheet.css">\n'
        '<script type="module" src="/static/livesheet/livesheet.js"></script>\n'
        '<live-sheet sheet="product">'
        f'<script type="application/json">{config}</script></live-sheet>\n'
    )


def test_under_debug_a_page_loads_the_modules(settings: Settings) -> None:
    settings.DEBUG = True
    html = render('{% livesheet "product" %}')
    assert '<link rel="modulepreload" href="/static/livesheet/sheet.js">\n' in html
    assert '<script type="module" src="/static/livesheet/main.js"></script>\n' in html
    assert 'href="/static/livesheet/main.css"' in html
    assert configs(html)[0]["more"] == "/static/livesheet/more.js"
    settings.LIVESHEET = {"BUNDLE": True}
    assert "modulepreload" not in render('{% livesheet "product" %}')


def test_a_checkout_that_was_not_installed_has_no_bundle(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(assets, "FOLDER", tmp_path)
    assets.is_built.cache_clear()
    try:
        assert assets.entry() == assets.MODULES
    finally:
        assets.is_built.cache_clear()


def test_a_page_loads_the_script_once() -> None:
    html = render('{% livesheet "product" %}{% livesheet "supplier" %}')
    assert html.count("/livesheet.js") == html.count("/livesheet.css") == 1
    assert [config["sheet"] for config in configs(html)] == ["product", "supplier"]


def test_a_page_loads_the_script_once_over_includes_and_again_when_rendered_again() -> None:
    part = Template('{% load livesheet %}{% livesheet "supplier" %}')
    page = Template(
        '{% load livesheet %}{% include part %}{% livesheet "product" %}{% include part only %}'
    )
    for _time in range(2):
        html = page.render(Context({"part": part}))
        assert (html.count("livesheet.js"), html.count("<live-sheet")) == (1, 3)


def test_the_name_may_be_a_variable() -> None:
    assert configs(render("{% livesheet name %}", name="note"))[0]["path"] == "/ws/sheet/note/"


def test_params_go_into_the_query_string(by_owner: Any) -> None:
    html = render('{% livesheet "owned" owner=owner year=2026 %}', owner='R&D "x" </script>ü')
    (config,) = configs(html)
    url = urlsplit(config["path"])
    assert url.path == "/ws/sheet/owned/"
    assert parse_qs(url.query) == {"owner": ['R&D "x" </script>ü'], "year": ["2026"]}
    assert html.count("</script>") == 2


def test_an_unknown_param_is_refused_with_the_declared_ones(by_owner: Any) -> None:
    with pytest.raises(TemplateSyntaxError) as error:
        render('{% livesheet "owned" owner="x" year=1 month=2 %}')
    assert str(error.value) == (
        "{% livesheet %}: Sheet 'owned' has no parameter 'month'. It declares: owner, year."
    )
    with pytest.raises(TemplateSyntaxError, match="It declares none"):
        render('{% livesheet "product" owner="x" %}')


def test_a_missing_or_wrong_param_is_refused(by_owner: Any) -> None:
    with pytest.raises(TemplateSyntaxError, match="needs the parameter 'year'"):
        render('{% livesheet "owned" owner="x" %}')
    with pytest.raises(TemplateSyntaxError, match="Parameter 'year': expected int, got ''"):
        render('{% livesheet "owned" owner="x" year=no.such %}')


def test_an_unknown_sheet_is_refused_with_the_known_ones() -> None:
    with pytest.raises(TemplateSyntaxError) as error:
        render('{% livesheet "prodcut" %}')
    assert str(error.value) == (
        "{% livesheet %}: No sheet is named 'prodcut'. Did you mean 'product'?"
        " The sheets are: article, note, product, sample, supplier."
    )


@override_settings(
    LIVESHEET={
        "HANDSONTABLE": {
            "js": "https://cdn.example.com/hot.js",
            "css": ["vendor/hot.css", "/theme.css"],
            "license_key": "</script><!--",
            "options": {"themeName": "ht-theme-main"},
            "languages": {"de": "vendor/de-DE.js", "pt-br": "https://cdn.example.com/pt-BR.min.js"},
        }
    }
)
def test_the_sites_own_handsontable() -> None:
    html = render('{% livesheet "product" %}')
    assert configs(html)[0]["handsontable"] == {
        "js": "https://cdn.example.com/hot.js",
        "css": ["/static/vendor/hot.css", "/theme.css"],
        "license_key": "</script><!--",
        "options": {"themeName": "ht-theme-main"},
        "language": None,
    }
    assert html.count("</script>") == 2
    assert "<!--" not in html
    with translation.override("de-at"):
        html = render('{% livesheet "product" %}')
    german = {"code": "de-DE", "js": "/static/vendor/de-DE.js"}
    assert configs(html)[0]["handsontable"]["language"] == german
    assert '<link rel="preload" as="script" href="/static/vendor/de-DE.js">' in html
    with translation.override("pt-br"):
        assert sheet_config("product")["handsontable"]["language"]["code"] == "pt-BR"


def test_the_bundled_handsontable_brings_its_words_along() -> None:
    for active, code in [("de", "de-DE"), ("fr-ca", "fr-FR"), ("es", "es-MX")]:
        with translation.override(active):
            language = sheet_config("product")["handsontable"]["language"]
        assert language["code"] == code
        assert finders.find(language["js"].removeprefix("/static/")), language
    assert sheet_config("product")["handsontable"]["language"] is None


@pytest.mark.parametrize(
    ("given", "js", "css"),
    [
        ({"js": "/hot.js"}, "/hot.js", ""),
        (None, "/static/livesheet/handsontable/handsontable.full.min.js", None),
        (
            {"options": {"width": 500}},
            "/static/livesheet/handsontable/handsontable.full.min.js",
            None,
        ),
    ],
)
def test_the_bundled_stylesheet_goes_with_the_bundled_script_only(
    given: Any, js: str, css: str | None
) -> None:
    with override_settings(LIVESHEET={"HANDSONTABLE": given}):
        config = sheet_config("product")["handsontable"]
    assert config["js"] == js
    assert config["css"] == (css if css is not None else js.replace(".js", ".css"))


@override_settings(ROOT_URLCONF="tests.page.test_templatetags")
def test_rest_is_null_where_the_urls_are_not_included() -> None:
    assert sheet_config("product")["rest"] is None


urlpatterns: list[Any] = []


def test_no_nonce_without_a_policy() -> None:
    assert "nonce" not in render('{% livesheet "product" %}', request=RequestFactory().get("/"))


@pytest.mark.parametrize("where", ["context", "csp_nonce", "_csp_nonce"])
def test_the_nonce_of_the_policy_is_on_script_and_stylesheet(where: str) -> None:
    class Unread(SimpleLazyObject):
        """As Django's and django-csp's: false until somebody has read it."""

        def __bool__(self) -> bool:
            return False

    nonce, request = Unread(lambda: 'a"b'), RequestFactory().get("/")
    context: dict[str, Any] = {"request": request}
    if where == "context":
        context["csp_nonce"] = nonce
    else:
        setattr(request, where, nonce)
    html = render('{% livesheet "product" %}', **context)
    assert html.count(' nonce="a&quot;b">') == html.count("<link") + 1


def test_a_plain_function_serves_other_template_engines() -> None:
    html = render_sheet("product", assets=False)
    assert html.startswith('<live-sheet sheet="product">')
    with pytest.raises(LiveSheetError) as error:
        render_sheet("nothing")
    assert error.value.code == "no_sheet"


def test_a_page_of_the_engine_loads_the_script_for_each_response() -> None:
    page = engines["django"].from_string('{% load livesheet %}{% livesheet "product" %}')
    assert ["livesheet.js" in page.render({}, None) for _n in range(2)] == [True, True]
