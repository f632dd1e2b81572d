"""``health/`` for load balancers, ``metrics/`` for Prometheus."""

from __future__ import annotations

from django.urls import path

from livesheet.monitoring import views

app_name = "livesheet-monitoring"

urlpatterns = [
    path("health/", views.health, name="health"),
    path("metrics/", views.metrics, name="metrics"),
]
