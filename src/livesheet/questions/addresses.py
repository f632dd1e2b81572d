"""Other addresses of a row: its own page on the site, and its form in the admin.

They are told only to users who see the row, and the admin's only if the admin lets them in.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.apps import apps
from django.conf import settings
from django.db import models
from django.http import HttpRequest
from django.urls import NoReverseMatch, get_script_prefix, reverse, set_script_prefix

from livesheet.questions.subject import visible_row
from livesheet.sheet.declaration import Sheet

if TYPE_CHECKING:
    from django.contrib.admin import AdminSite

logger = logging.getLogger("livesheet")


def answer(sheet: Sheet, query: Mapping[str, Any]) -> dict[str, str | None]:
    """``{"pk": pk}`` → ``{page, admin}``: addresses, or null. Raises ``LiveSheetError``."""
    row = visible_row(sheet, query.get("pk"))
    with _mounted():
        return {"page": _tried(_page, sheet, row), "admin": _tried(_admin, sheet, row)}


@contextmanager
def _mounted() -> Iterator[None]:
    """A socket's thread is not told where the site is mounted, as that of a request is."""
    before = get_script_prefix()
    set_script_prefix(settings.FORCE_SCRIPT_NAME or before)
    try:
        yield
    finally:
        set_script_prefix(before)


def _tried(find: Callable[[Sheet, Any], str | None], sheet: Sheet, row: models.Model) -> str | None:
    """A project's own code may fail for one row; then there is no such link."""
    try:
        found = find(sheet, row)
    except NoReverseMatch:  # as of an article that is not published yet
        return None
    except Exception:
        facts = {"event": "address.broke", "sheet": sheet.get_name()}
        logger.exception("The address of a row could not be told.", extra=facts)
        return None
    return found if found and urlsplit(found).scheme in ("", "http", "https") else None


def _page(sheet: Sheet, row: Any) -> str | None:
    get = getattr(row, "get_absolute_url", None)
    return str(get() or "") if callable(get) else None


def _admin(sheet: Sheet, row: models.Model) -> str | None:
    return next(filter(None, (_change_page(site, sheet.user, row) for site in _sites())), None)


def _sites() -> list[AdminSite]:
    """Django's own first, then a project's others."""
    if not apps.is_installed("django.contrib.admin"):
        return []
    # An optional dependency, which needs its models.
    from django.contrib.admin.sites import all_sites

    return sorted(all_sites, key=lambda site: (site.name != "admin", site.name))


def _change_page(site: AdminSite, user: Any, row: models.Model) -> str | None:
    """None where the site, the model's admin or its rows are closed to this user."""
    for model in dict.fromkeys([type(row), row._meta.concrete_model]):
        if model is None or not site.is_registered(model):
            continue
        form, request = site.get_model_admin(model), HttpRequest()
        request.method, request.user = "GET", user
        seen = form.get_object(request, str(row.pk)) if site.has_permission(request) else None
        if seen is None or not form.has_view_or_change_permission(request, seen):
            continue
        # Lazy for the same reason.
        from django.contrib.admin.utils import quote

        meta = model._meta
        name = f"{site.name}:{meta.app_label}_{meta.model_name}_change"
        return reverse(name, args=[quote(str(row.pk))])
    return None
