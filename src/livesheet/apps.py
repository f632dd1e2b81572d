"""The Django app: connects capture to live models and task queues, and finds the sheets."""

from __future__ import annotations

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.module_loading import autodiscover_modules


class LiveSheetConfig(AppConfig):
    name = "livesheet"
    verbose_name = "Live sheets"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Models must be loaded first.
        from livesheet import checks, queues, tracking  # noqa: F401
        from livesheet.doctor import deployment  # noqa: F401 - its checks register themselves
        from livesheet.log import housekeeping  # the same
        from livesheet.orders import texts  # the same
        from livesheet.questions import history  # the same
        from livesheet.sheet import rights  # the same
        from livesheet.triggers.mending import mend  # the same

        post_migrate.connect(mend, sender=self, dispatch_uid="livesheet.triggers")
        tracking.connect_live_models()
        rights.connect()
        autodiscover_modules("consumers")
        queues.connect()
        housekeeping.begin()
        history.connect()
        texts.connect()
