"""Monitoring: a health view for load balancers and metrics for Prometheus.

``path("livesheet/", include("livesheet.monitoring.urls"))``
"""
