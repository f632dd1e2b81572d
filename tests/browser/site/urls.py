"""One page per sheet, as small as a page can be."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.template import RequestContext, Template
from django.urls import path

PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>{{ name }}</title><link rel="icon" href="data:,"></head>
<body>{% load livesheet %}{% livesheet name %}</body>
</html>"""


def sheet(request: HttpRequest, name: str) -> HttpResponse:
    return HttpResponse(Template(PAGE).render(RequestContext(request, {"name": name})))


urlpatterns = [path("sheet/<slug:name>/", sheet)]
