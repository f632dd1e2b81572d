"""A project whose users have no names, an e-mail address instead, and UUIDs as keys."""

from __future__ import annotations

from tests.settings import *  # noqa: F403
from tests.settings import INSTALLED_APPS

# Without the app whose models are made of Django's own users.
INSTALLED_APPS = [*(app for app in INSTALLED_APPS if app != "tests.staff"), "tests.existing.people"]
AUTH_USER_MODEL = "people.Person"

# Without migrations of its own, as a small project's may be: all tables are made together then, for
# a database that looks at foreign keys at once.
MIGRATION_MODULES = dict.fromkeys(("auth", "contenttypes", "sessions"))
