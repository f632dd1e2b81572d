"""The language and time zone of a socket: those of the page that opened it.

Only the page knows what its middleware has chosen, by its path (``i18n_patterns``) or by a setting
of the user, so the widget sends both in the query string. Other clients are treated like requests.
"""

from __future__ import annotations

import zoneinfo
from contextlib import suppress
from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import parse_qs

from django.conf import settings
from django.utils import timezone, translation

from livesheet.sheet.permissions import Scope, header

# No param of a sheet has such a name: a template tag takes no hyphen.
LANGUAGE, ZONE = "page-language", "page-zone"


def language_of(scope: Scope) -> str:
    """One of ``LANGUAGES``, or ``LANGUAGE_CODE``."""
    if not settings.USE_I18N:
        return settings.LANGUAGE_CODE
    said = _said(scope, LANGUAGE)
    if said == settings.LANGUAGE_CODE:
        return said
    with suppress(LookupError):
        return translation.get_supported_language_variant(said)
    return _language_of_a_request(scope)


def _language_of_a_request(scope: Scope) -> str:
    """As ``LocaleMiddleware`` would choose it for a path without a language."""
    if "django.middleware.locale.LocaleMiddleware" not in settings.MIDDLEWARE:
        return settings.LANGUAGE_CODE
    chosen = scope.get("cookies", {}).get(settings.LANGUAGE_COOKIE_NAME)
    request = SimpleNamespace(
        COOKIES={settings.LANGUAGE_COOKIE_NAME: chosen} if chosen else {},
        META={"HTTP_ACCEPT_LANGUAGE": header(scope, "accept-language")},
        path_info="",
    )
    return translation.get_language_from_request(cast(Any, request))


def zone_of(scope: Scope) -> str:
    """The IANA name of the zone in which moments are shown and typed."""
    said = _said(scope, ZONE)
    return said if is_zone(said) else timezone.get_default_timezone_name()


def is_zone(name: str) -> bool:
    """Whether this is the IANA name of a time zone that this machine knows."""
    try:
        return bool(name) and bool(zoneinfo.ZoneInfo(name))
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):  # no key, a folder's, unknown
        return False


def _said(scope: Scope, name: str) -> str:
    query = scope.get("query_string", b"").decode("latin-1")
    found: list[str] = parse_qs(query).get(name, [""])
    return found[0]
