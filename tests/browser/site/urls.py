"""One page per sheet, as small as a page can be."""

from __future__ import annotations

from django.conf import settings
from django.conf.urls.i18n import i18n_patterns
from django.http import HttpRequest, HttpResponse
from django.template import RequestContext, Template
from django.urls import path, re_path
from django.utils import timezone, translation
from django.views.static import serve

PAGE = """<!doctype html>
{% load i18n livesheet %}{% get_current_language as code %}{% get_current_language_bidi as rtl %}
<html lang="{{ code }}"{% if rtl %} dir="rtl"{% endif %}>
<head><meta charset="utf-8"><title>{{ name }}</title><link rel="icon" href="data:,"></head>
<body>{% livesheet name %}</body>
</html>"""


def sheet(request: HttpRequest, name: str) -> HttpResponse:
    page = HttpResponse(Template(PAGE).render(RequestContext(request, {"name": name})))
    if request.GET.get("policy") == "self":
        page["Content-Security-Policy"] = "default-src 'self'; img-src 'self' data:"
    return page


def kept(request: HttpRequest, name: str) -> HttpResponse:
    """As middleware does that keeps language and zone with the user."""
    with translation.override("fr"), timezone.override("Asia/Tokyo"):
        return sheet(request, name)


urlpatterns = [
    path("sheet/<slug:name>/", sheet),
    path("kept/sheet/<slug:name>/", kept),
    *i18n_patterns(path("sheet/<slug:name>/", sheet)),
    re_path("^media/(?P<path>.*)$", serve, {"document_root": settings.MEDIA_ROOT}),
]
