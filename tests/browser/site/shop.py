"""The example's settings, without Twisted where daphne is not what serves: importing it takes two
fifths of a process's start."""

from __future__ import annotations

import os

from config.settings import *  # noqa: F403

if os.environ.get("SERVER") != "daphne":
    INSTALLED_APPS.remove("daphne")  # noqa: F405
