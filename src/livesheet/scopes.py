"""Which tenant's data a socket sees, if a project has several schemas behind one database alias.

A middleware puts a request into its tenant. Sockets, and the threads that read for them, do not
pass it, so a project sets ``LIVESHEET["SCOPE_CONTEXT"]``: a function of the ASGI scope that returns
a key and a function that makes a context manager. The context is entered around all work on a
database thread. Sockets with the same key share a feed; those with different keys share nothing. A
writing thread is in a tenant already, and ``LIVESHEET["WRITER_CONTEXT"]`` says in which.
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
