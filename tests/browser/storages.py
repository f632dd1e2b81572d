"""Careful projects' storages, which also rename what a module imports."""

from __future__ import annotations

from django.contrib.staticfiles.storage import ManifestStaticFilesStorage
from whitenoise.storage import CompressedManifestStaticFilesStorage


class AggregatingStorage(ManifestStaticFilesStorage):
    support_js_module_import_aggregation = True


class AggregatingCompressedStorage(CompressedManifestStaticFilesStorage):
    support_js_module_import_aggregation = True
