"""The broken projects with a page in them, which holds a sheet."""

from __future__ import annotations

import textwrap

from tests.doctor.conftest import Project

URLS = """
from django.contrib.auth.decorators import login_required
from django.urls import include, path
from django.views.generic import TemplateView

page = TemplateView.as_view(template_name="products.html")
urlpatterns = [
    path("", include("tests.urls")),
    path("products/", page),
    path("mine/", login_required(page, login_url="/products/")),
]
"""
WITH_A_PAGE = """
ROOT_URLCONF = "urls"
STATIC_URL = "static/"
MIDDLEWARE = ["django.middleware.common.CommonMiddleware", *MIDDLEWARE]
TEMPLATES[0]["DIRS"] = [HERE / "templates"]
"""


def with_a_page(project: Project, settings: str = "") -> None:
    project.write(WITH_A_PAGE + textwrap.dedent(settings))
    (project.folder / "urls.py").write_text(URLS)
    (project.folder / "templates").mkdir(exist_ok=True)
    text = '{% load livesheet %}<!doctype html>{% livesheet "product" %}'
    (project.folder / "templates" / "products.html").write_text(text)
