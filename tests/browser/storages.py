"""A careful project's storage, which also renames what a module imports."""

from __future__ import annotations

from django.contrib.staticfiles.storage import ManifestStaticFilesStorage


class AggregatingStorage(ManifestStaticFilesStorage):
    support_js_module_import_aggregation = True
