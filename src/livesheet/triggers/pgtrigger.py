"""The same triggers as declarations of django-pgtrigger, for projects that keep theirs with it.

    from livesheet.triggers.pgtrigger import livesheet_triggers

    class Product(LiveSheetMixin, models.Model):
        class Meta:
            triggers = livesheet_triggers()

Their functions run with the rights of whoever writes, who must be allowed to insert into the change
log and find it by the search path; those that ``AddTriggers`` makes have no such wants.
"""

from __future__ import annotations

from typing import Any

import pgtrigger

from livesheet.triggers.definitions import define
from livesheet.triggers.postgresql import DECLARED, EVENTS, body

_referencing: Any = pgtrigger.Referencing  # untyped
REFERENCING = {
    "insert": _referencing(new="written"),
    "update": _referencing(old="previous", new="written"),
    "delete": _referencing(old="previous"),
    "truncate": None,
}


def livesheet_triggers(notify: bool = False) -> list[pgtrigger.Trigger]:
    """For ``Meta.triggers``; ``makemigrations`` does the rest. PostgreSQL only."""
    return [_Logging(event, notify) for event in EVENTS]


class _Logging(pgtrigger.Trigger):
    when = pgtrigger.After
    level = pgtrigger.Statement
    declare = DECLARED

    def __init__(self, event: str, notify: bool) -> None:
        super().__init__(
            name=f"livesheet_{event}",
            operation=getattr(pgtrigger, event.title()),
            referencing=REFERENCING[event],
        )
        self.event, self.notify = event, notify

    def get_func(self, model: Any) -> Any:
        return body(define(model, self.notify), self.event, "livesheet_change")
