"""Which Handsontable the sheets use: the bundled 6.2.2, or one that the site brings along."""

from __future__ import annotations

import json
import os
from typing import Any

# An unpacked npm package, for which HANDSONTABLE_DIR is enough.
PACKAGE_JS = "handsontable-site/dist/handsontable.full.min.js"
PACKAGE_CSS = (
    "handsontable-site/styles/handsontable.min.css",
    "handsontable-site/styles/ht-theme-main.min.css",
)
PACKAGE_LANGUAGES = {
    code: f"handsontable-site/dist/languages/{name}.min.js"
    for code, name in {"de": "de-DE", "es": "es-MX", "fr": "fr-FR"}.items()
}
# Version 18 would otherwise write its styles into the page, which the policy forbids.
PACKAGE_OPTIONS = {"themeName": "ht-theme-main", "injectCoreCss": False}
EVALUATION_KEY = "non-commercial-and-evaluation"


def handsontable_from_environment(static_url: str) -> dict[str, Any] | None:
    """``LIVESHEET["HANDSONTABLE"]``, or None for the bundled version.

    HANDSONTABLE_DIR: folder of an unpacked ``handsontable`` npm package, served under static_url.
    HANDSONTABLE_JS, _CSS (several: spaces between), _KEY, _OPTIONS (JSON): each of them by hand.
    """
    if "HANDSONTABLE_DIR" in os.environ:
        js = static_url + PACKAGE_JS
        css = [static_url + name for name in PACKAGE_CSS]
        options: dict[str, Any] = PACKAGE_OPTIONS
        languages = {code: static_url + path for code, path in PACKAGE_LANGUAGES.items()}
    elif "HANDSONTABLE_JS" in os.environ:
        js, css, options, languages = os.environ["HANDSONTABLE_JS"], [], {}, {}
    else:
        return None
    return {
        "js": os.environ.get("HANDSONTABLE_JS", js),
        "css": os.environ["HANDSONTABLE_CSS"].split() if "HANDSONTABLE_CSS" in os.environ else css,
        "license_key": os.environ.get("HANDSONTABLE_KEY", EVALUATION_KEY),
        "options": json.loads(os.environ.get("HANDSONTABLE_OPTIONS", "null")) or options,
        "languages": languages,
    }
