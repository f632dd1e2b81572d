"""``{% livesheet "product" %}``: a thin skin over ``render_sheet``, which Jinja may call itself."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote, urlencode

from django import template
from django.template import Context, TemplateSyntaxError
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import NoReverseMatch, get_script_prefix, reverse
from django.utils import timezone, translation
from django.utils.html import json_script
from django.utils.safestring import SafeString

from livesheet import conf
from livesheet.exceptions import LiveSheetError
from livesheet.page import words
from livesheet.page.assets import page_assets, rest
from livesheet.sheet.declaration import Sheet, all_sheets, find_sheet
from livesheet.sheet.params import parse_params
from livesheet.sheet.suggestions import suggest

register = template.Library()

BUNDLED: dict[str, Any] = {
    "js": "livesheet/handsontable/handsontable.full.min.js",
    "css": "livesheet/handsontable/handsontable.full.min.css",
    "languages": {
        "de": "livesheet/handsontable/languages/de-DE.min.js",
        "es": "livesheet/handsontable/languages/es-MX.min.js",
        "fr": "livesheet/handsontable/languages/fr-FR.min.js",
    },
}
# In the render context, where it is forgotten with the page.
LOADED = "livesheet.assets"


@register.simple_tag(takes_context=True, name="livesheet")
def livesheet_tag(context: Context, sheet_name: str, **params: Any) -> SafeString:
    """The sheet of that name; ``params`` are those that it declares.

    >>> {% livesheet "task" project=project.pk %}
    """
    # The outermost dict: each {% include %} gets one of its own, and the page still loads once.
    page: dict[Any, Any] = context.render_context.dicts[0]
    assets = not page.get(LOADED)
    page[LOADED] = True
    try:
        return render_sheet(sheet_name, params, nonce=_nonce(context), assets=assets)
    except LiveSheetError as error:
        raise TemplateSyntaxError(f"{{% livesheet %}}: {error.detail}") from error


def render_sheet(
    sheet_name: str,
    params: Mapping[str, Any] | None = None,
    *,
    nonce: str = "",
    assets: bool = True,
) -> SafeString:
    """The HTML of a sheet. With ``assets`` it includes stylesheet and script, once for a page.

    Raises ``LiveSheetError`` (``no_sheet``, ``bad_params``).
    """
    config = sheet_config(sheet_name, params)
    return render_to_string(
        "livesheet/sheet.html",
        {
            "name": sheet_name,
            "config": json_script(config),
            "nonce": nonce,
            "assets": page_assets(config["handsontable"]) if assets else None,
        },
    )


def sheet_config(sheet_name: str, params: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What the widget has to know before it opens its socket, in the active language.

    ``rest`` is null without the URLs.
    """
    sheet = known_sheet(sheet_name)
    query = urlencode(_texts(sheet, params or {}))
    # Below the path that the site is mounted at, as its pages are.
    path = f"{get_script_prefix()}ws/sheet/{quote(sheet_name, safe='')}/"
    return {
        "sheet": sheet_name,
        "path": f"{path}?{query}" if query else path,
        "rest": _rest_url(sheet_name),
        "handsontable": handsontable_config(),
        "more": rest(),
        "language": translation.get_language() or "",
        "zone": timezone.get_current_timezone_name(),
        "texts": words.translated(),
    }


def known_sheet(name: str) -> type[Sheet]:
    """The sheet of that name. Raises ``LiveSheetError`` that names the known ones."""
    sheet = find_sheet(name)
    if sheet is None:
        known = sorted(sheet.get_name() for sheet in all_sheets())
        raise LiveSheetError(
            "no_sheet", f"No sheet is named {name!r}. {suggest(name, known, 'The sheets are')}"
        )
    return sheet


def handsontable_config() -> dict[str, Any]:
    """Where Handsontable comes from: ``LIVESHEET["HANDSONTABLE"]``, else the bundled 6.2.2."""
    given = conf.get("HANDSONTABLE") or {}
    files = given if given.get("js") else BUNDLED
    css = files.get("css") or ""
    return {
        "js": _address(files["js"]),
        "css": _address(css) if isinstance(css, str) else [_address(one) for one in css],
        "license_key": given.get("license_key", ""),
        "options": given.get("options", {}),
        "language": _language(files.get("languages") or {}),
    }


def _language(files: Mapping[str, str]) -> dict[str, str] | None:
    """The pack of Handsontable's own words in the active language, called as its file is."""
    active = translation.get_language() or ""
    path = files.get(active) or files.get(active.partition("-")[0])
    if not path:
        return None
    return {"code": PurePosixPath(path).name.partition(".")[0], "js": _address(path)}


def _address(path: str) -> str:
    """As in a form's ``Media``: a relative path is a static file."""
    if not path or path.startswith(("http://", "https://", "/")):
        return path
    return static(path)


def _texts(sheet: type[Sheet], params: Mapping[str, Any]) -> dict[str, str]:
    """``params`` as a query string has them, once the sheet has accepted them."""
    declared = list(sheet.params)
    for name in params:
        if name not in declared:
            known = f"It declares: {', '.join(declared)}." if declared else "It declares none."
            raise LiveSheetError(
                "bad_params", f"Sheet {sheet.get_name()!r} has no parameter {name!r}. {known}"
            )
    texts = {name: str(value) for name, value in params.items()}
    parse_params(sheet.params, texts)
    return texts


def _rest_url(sheet_name: str) -> str | None:
    try:
        return reverse("livesheet:list", kwargs={"sheet_name": sheet_name})
    except NoReverseMatch:
        return None


def _nonce(context: Context) -> str:
    """The nonce of Django's or of django-csp's policy; empty without one."""
    request = context.get("request")
    found = (
        context.get("csp_nonce"),
        getattr(request, "csp_nonce", None),
        getattr(request, "_csp_nonce", None),
    )
    # Asked for None, since a nonce that nobody has read yet is false.
    return next((str(nonce) for nonce in found if nonce is not None), "")
