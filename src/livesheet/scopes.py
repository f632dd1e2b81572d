"""Whose database a socket sees, where a project has several behind one alias: tenants.

A request is put into its tenant by middleware. A socket, and what reads for it, passes none, so a
project says in ``LIVESHEET["SCOPE_CONTEXT"]`` how: a function of the ASGI scope that returns a key
and what makes a context manager. The context is entered around each piece of work on a database
thread; sockets of one key share a feed, and those of different keys share nothing. Who writes is
somewhere already, and ``LIVESHEET["WRITER_CONTEXT"]`` says of a thread where.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from contextvars import Context, ContextVar
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from livesheet import conf
from livesheet.exceptions import NO_SHEET, Refused

logger = logging.getLogger("livesheet")


@dataclass(frozen=True, slots=True)
class Place:
    """``enter()`` makes a new context manager each time, on any thread."""

    key: str
    enter: Callable[[], AbstractContextManager[Any]]


NOWHERE = Place("", nullcontext)
_current: ContextVar[Place] = ContextVar("livesheet.place", default=NOWHERE)


def are_told() -> bool:
    """Whether the project says where a socket belongs."""
    return bool(conf.get("SCOPE_CONTEXT"))


def find(scope: dict[str, Any]) -> Place:
    """Where the socket belongs. Synchronous, since it may ask the database. Raises ``Refused``."""
    if not are_told():
        return NOWHERE
    place_of = import_string(conf.get("SCOPE_CONTEXT"))
    try:
        key, enter = place_of(scope)
    except (LookupError, ObjectDoesNotExist) as error:
        raise Refused(NO_SHEET, _("There is no such sheet.")) from error
    return Place(str(key), enter)


def of_the_writer() -> Place | None:
    """Where the calling thread writes; None where there are tenants and it cannot be told.

    Called behind each commit, whose writer it must not trouble.
    """
    if not are_told():
        return NOWHERE
    if not (told := conf.get("WRITER_CONTEXT")):
        return None
    try:
        key, enter = import_string(told)()
    except Exception:
        logger.exception("%s() cannot say where it is.", told, extra={"event": "place.unknown"})
        return None
    return Place(str(key), enter)


def current() -> Place:
    return _current.get()


def settle(place: Place) -> None:
    """What this task does from now on, and the tasks that it makes, belongs there."""
    _current.set(place)


def entered() -> AbstractContextManager[Any]:
    return current().enter()


def empty_context(place: Place) -> Context:
    """For a task that inherits nothing else: no user's language, say."""
    context = Context()
    context.run(_current.set, place)
    return context
