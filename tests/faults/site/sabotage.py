"""One of the mechanisms switched off, named by SABOTAGE: the oracle must notice."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from typing import Any

from django.db import models


def begin() -> None:
    if name := os.environ.get("SABOTAGE"):
        SWITCHES[name]()


def sequence_order() -> None:
    """Read `id > cursor`, as if ids were given at the commit."""
    from livesheet.log import changelog

    changelog.ordered_by_id = lambda using: True


def idempotence() -> None:
    """Take every repeat for a new wish."""
    from dataclasses import replace

    from livesheet.edits import receipts

    remember = receipts.new_record

    def forget(sheet: Any, request: Any, client: str) -> Any:
        return remember(sheet, replace(request, ref=secrets.token_hex(8)), client)

    receipts.new_record = forget


def row_bound() -> None:
    """Read and write without asking `get_queryset()`."""
    from livesheet.sheet.declaration import Sheet

    def everything(self: Sheet) -> models.QuerySet[Any]:
        return self.get_model()._base_manager.using(self.alias)

    Sheet.rows = everything


def gone_tracking() -> None:
    """Call every written row gone that may not be seen, whoever had it."""
    from livesheet.feed.pksets import PkSet

    PkSet.__contains__ = lambda self, pk: True


def joining() -> None:
    """Give nothing to who reads by himself of what is published meanwhile."""
    from livesheet.feed.audiences import Audience
    from livesheet.feed.backlogs import Backlog

    Audience.backlog = lambda self: Backlog(self.position)


def canonical_keys() -> None:
    """Log a key as whoever wrote it had it."""
    from livesheet import lineage

    lineage.key = lambda model, pk: pk


def following() -> None:
    """Send windows of a large sheet, and remember nothing of what was sent."""
    from livesheet.feed.following import Following
    from livesheet.feed.pksets import PkSet

    rows_of = Following.rows_of

    async def forget(self: Following, pks: list[str]) -> Any:
        found = await rows_of(self, pks)
        self.have = PkSet()
        return found

    Following.rows_of = forget


SWITCHES: dict[str, Callable[[], None]] = {
    switch.__name__: switch
    for switch in (
        joining, canonical_keys, sequence_order, idempotence, row_bound, gone_tracking,
        following,
    )
}  # fmt: skip
