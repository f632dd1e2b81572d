"""The databases that have a change log."""

from __future__ import annotations

from django.db import DEFAULT_DB_ALIAS, router

from livesheet.log import changelog
from livesheet.sheet.declaration import all_sheets


def changelog_aliases() -> list[str]:
    """The databases of sheets, and the default one, where signing out is logged."""
    found = {DEFAULT_DB_ALIAS, *(router.db_for_write(s.get_model()) for s in all_sheets())}
    return sorted(alias for alias in found if changelog.is_kept_on(alias))
