from __future__ import annotations

from django.urls import include, path

urlpatterns = [path("sheets/", include("livesheet.urls"))]
