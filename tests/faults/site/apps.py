from __future__ import annotations

from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "tests.faults.site"
    label = "faults"

    def ready(self) -> None:
        from livesheet import loading
        from tests.faults.site import jitter, sabotage

        assert loading.SKIP_SECONDS
        loading.SKIP_SECONDS = 0  # the oracle asks who has seen everything, and cannot wait
        jitter.begin()
        sabotage.begin()
