"""A project whose users have no names, an e-mail address instead, and UUIDs as keys."""

from __future__ import annotations

from tests.settings import *  # noqa: F403
from tests.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.existing.people"]
AUTH_USER_MODEL = "people.Person"
