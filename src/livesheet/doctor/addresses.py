"""The pages that contain a sheet, as far as URLs and templates reveal them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from inspect import unwrap
from pathlib import Path
from typing import Any

from django.template import engines
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import LocalePrefixPattern, RoutePattern

from livesheet.page.templates import named_sheets, own_templates


def known_pages() -> list[str]:
    """Paths below the site's own, without a slash at their beginning."""
    templates = set(_templates_with_a_sheet())
    found = _addresses(get_resolver().url_patterns, "") if templates else ()
    return [address for address, view in found if templates & set(_texts_of(view))]


def _templates_with_a_sheet() -> Iterator[str]:
    folders = [Path(f) for engine in engines.all() for f in getattr(engine, "template_dirs", ())]
    for path in own_templates():
        if named_sheets(path):
            yield from (path.relative_to(f).as_posix() for f in folders if path.is_relative_to(f))


def _addresses(patterns: Iterable[Any], before: str) -> Iterator[tuple[str, Callable[..., Any]]]:
    """What can be asked for without knowing a key, a slug or the like."""
    for each in patterns:
        pattern: Any = each.pattern
        if isinstance(pattern, LocalePrefixPattern):
            address = before + pattern.language_prefix
        elif isinstance(pattern, RoutePattern) and not pattern.converters:
            address = before + str(pattern)
        else:
            continue
        if isinstance(each, URLResolver):
            yield from _addresses(each.url_patterns, address)
        elif isinstance(each, URLPattern):
            yield address, each.callback


def _texts_of(view: Callable[..., Any]) -> Iterator[str]:
    """The texts in which the name of a view's template would be."""
    inner: Any = unwrap(view)
    made: Any = getattr(inner, "view_class", None)
    if made is not None:
        given = getattr(inner, "view_initkwargs", {})
        yield str(given.get("template_name", getattr(made, "template_name", "")))
    code = getattr(inner, "__code__", None)
    yield from (text for text in getattr(code, "co_consts", ()) if isinstance(text, str))
