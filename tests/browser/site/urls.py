"""One page per sheet, as small as a page can be."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template import RequestContext, Template
from django.urls import path, re_path
from django.views.static import serve

PAGE = """<!doctype html>
{% load i18n livesheet %}{% get_current_language as code %}{% get_current_language_bidi as rtl %}
<html lang="{{ code }}"{% if rtl %} dir="rtl"{% endif %}>
<head><meta charset="utf-8"><title>{{ name }}</title><link rel="icon" href="data:,"></head>
<body>{% livesheet name %}</body>
</html>"""


def sheet(request: HttpRequest, name: str) -> HttpResponse:
    return HttpResponse(Template(PAGE).render(RequestContext(request, {"name": name})))


urlpatterns = [
    path("sheet/<slug:name>/", sheet),
    re_path("^media/(?P<path>.*)$", serve, {"document_root": settings.MEDIA_ROOT}),
]
