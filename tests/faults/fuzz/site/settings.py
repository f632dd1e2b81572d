"""The tests' models of three tenants, behind sheets that are attacked."""

from __future__ import annotations

import os

from tests.faults.site.settings import *  # noqa: F403
from tests.faults.site.settings import DATABASES
from tests.faults.site.settings import INSTALLED_APPS as _APPS
from tests.faults.site.settings import LIVESHEET as _LIVESHEET

if "OPTIONS" in DATABASES["default"] and "sqlite" in DATABASES["default"]["ENGINE"]:
    # As docs/deploying.md has it: without a write-ahead log who reads holds up who writes.
    DATABASES["default"]["OPTIONS"] = {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL",
    }
INSTALLED_APPS = [*(app for app in _APPS if app != "tests.faults.site"), "tests.faults.fuzz.site"]
LIVESHEET = {
    **_LIVESHEET,
    # In one process there is no line to slow down.
    "MAX_FRAMES_PER_SECOND": int(os.environ.get("FRAMES_PER_SECOND", "50")),
}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"stderr": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
}
