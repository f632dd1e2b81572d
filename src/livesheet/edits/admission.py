"""Who of several users may still write, asked of the database in few statements."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Protocol

from livesheet.sheet.declaration import Sheet
from livesheet.sheet.standing import Subject, standing

# From so many users on, it takes fewer statements to ask for all together.
TOGETHER = 3

Runner = Callable[..., Any]


class Desk(Protocol):
    """Of one socket. ``known`` is what ``admit`` remembers of it."""

    known: Known | None

    def sheet(self) -> Sheet: ...
    def admitted(self, sheet: Sheet) -> Sheet: ...
    def subject(self) -> Subject | None: ...


# What a digest of the rights was, of the socket's sheet as it was then, and the admitted one.
Known = tuple[bytes, Sheet, Sheet]


def admit(desks: Mapping[Desk, Runner]) -> dict[Desk, Sheet]:
    """The sheets as their users may write them now; those who must be refused are missing.

    Each has a function that calls another in the context of the socket.
    """
    subjects = {desk: subject for desk in desks if (subject := desk.subject()) is not None}
    asked = set(subjects.values())
    digests = standing(asked) if len(asked) >= TOGETHER else {}
    found: dict[Desk, Sheet] = {}
    read: dict[Desk, Known] = {}
    for desk, run in desks.items():
        digest = digests.get(subjects[desk]) if desk in subjects else None
        sheet = desk.sheet()
        if digest is None or desk.known is None or desk.known[:2] != (digest, sheet):
            desk.known = admitted = None
            with suppress(Exception):  # it is raised again where the edit is carried out by itself
                admitted = run(desk.admitted, sheet)
            if admitted is None:
                continue
            if digest is not None:
                read[desk] = digest, sheet, admitted
            found[desk] = admitted
        else:
            found[desk] = desk.known[2]
    _remember(read, subjects)
    return found


def _remember(read: Mapping[Desk, Known], subjects: Mapping[Desk, Subject]) -> None:
    """If nothing has changed meanwhile. A right that was given after the digest was taken, and is
    taken away again later, would be remembered under the digest of those who do not have it.
    """
    again = standing({subjects[desk] for desk in read}) if read else {}
    for desk, known in read.items():
        if again.get(subjects[desk]) == known[0]:
            desk.known = known
