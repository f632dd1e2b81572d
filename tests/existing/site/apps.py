"""What a project says of other people's models: `livesheet.track(…)` in `ready()`."""

from __future__ import annotations

from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "tests.existing.site"

    def ready(self) -> None:
        from django.contrib.auth.models import Group

        import livesheet
        from tests.existing.site.models.trees import Genre, Place

        for model in (Group, Genre, Place):
            livesheet.track(model)
