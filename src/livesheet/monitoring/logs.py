"""The state of the change log, and how far the feeds of this process are behind it."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import DatabaseError, InterfaceError
from django.utils import timezone

from livesheet.feed import feed
from livesheet.log import changelog
from livesheet.tables import Change


@dataclass(frozen=True, slots=True)
class Facts:
    """``lag`` is in seconds; None where no socket is open in this process."""

    changes: int
    unplaced: int
    lag: float | None


def facts(alias: str) -> Facts | None:
    """None where the log cannot be read. Counts by places, since counting rows takes long."""
    try:
        clock, head = changelog.clock(alias), changelog.head(alias)
        unplaced = 0 if changelog.ordered_by_id(alias) else _unplaced(alias)
        return Facts(head.seq - clock.trimmed_through, unplaced, _lag(alias))
    except (DatabaseError, InterfaceError):
        return None


def _unplaced(alias: str) -> int:
    return Change.objects.using(alias).filter(seq=None).count()


def _lag(alias: str) -> float | None:
    sent = [_sent_through(one, alias) for one in feed.running()]
    known = [seq for seq in sent if seq is not None]
    if not known:
        return None
    changes, place = Change.objects.using(alias), changelog.place(alias)
    later = changes.filter(**{f"{place}__gt": min(known)}).order_by(place)
    queries = [later] if place == "id" else [later, changes.filter(seq=None).order_by("id")]
    times = [at for query in queries if (at := query.values_list("at", flat=True).first())]
    return max(0.0, (timezone.now() - min(times)).total_seconds()) if times else 0.0


def _sent_through(one: feed.Feed, alias: str) -> int | None:
    """The place up to which every audience has been sent everything."""
    places = [f.position.seq for f in one.followers() if f.using == alias and f.position]
    return min([*places, *(a.position.seq for a in one.on_alias(alias))]) if places else None
