from __future__ import annotations

import os

from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "tests.faults.site"
    label = "faults"

    def ready(self) -> None:
        from livesheet.edits import plain
        from livesheet.feed import feed, membership
        from tests.faults.site import jitter, sabotage, windows

        assert membership.SKIP_SECONDS
        membership.SKIP_SECONDS = 0  # the oracle asks who has seen everything, and cannot wait
        # Who may write decides so by the user alone: gadgets are written together, wares are not.
        plain.OF_EDITS = ("perform_edit",)
        if "KEEP_CHANGES" in os.environ:  # a short log, which is to be short at any time
            feed.FIRST_TIDY_SECONDS = feed.TIDY_SECONDS = 1.0
        windows.begin()
        jitter.begin()
        sabotage.begin()
