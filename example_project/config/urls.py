"""The example's pages. In demo mode the front page shows two people at work at once."""

from __future__ import annotations

from django.conf import settings
from django.contrib import admin
from django.contrib.auth import views as auth
from django.shortcuts import redirect
from django.templatetags.static import static
from django.urls import include, path
from shop import demo, views

urlpatterns = [
    path("", demo.front if settings.DEMO else views.home, name="home"),
    path("desk/<slug:tab>/", views.desk, name="desk"),
    path("login/", views.Login.as_view(), name="login"),
    path("logout/", auth.LogoutView.as_view(), name="logout"),
    path("sheets/", include("livesheet.urls")),
    path("admin/", admin.site.urls),
    path("favicon.ico", lambda request: redirect(static("shop/mark.svg"))),
]

if settings.DEMO:
    urlpatterns += [
        path("demo/enter/<slug:username>/", demo.enter, name="demo-enter"),
        path("demo/till/", demo.till, name="demo-till"),
    ]
