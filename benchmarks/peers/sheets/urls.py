from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import include, path

PAGE = '{% load livesheet %}<!doctype html><title>Products</title>{% livesheet "product" %}'


def page(request: HttpRequest) -> HttpResponse:
    return HttpResponse(engines["django"].from_string(PAGE).render({}, request))


urlpatterns = [path("", page), path("sheets/", include("livesheet.urls"))]
