"""Who of several users may still write, asked of the database in few statements."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from typing import Any, Protocol

from livesheet.sheet.declaration import Sheet
from livesheet.sheet.standing import Subject, standing, standing_of_each

# From this many users on, it takes fewer statements to ask for all together.
TOGETHER = 3

Runner = Callable[..., Any]


class Desk(Protocol):
    """What this module needs of a socket. ``known`` is what ``admit`` remembers of it."""

    known: Known

    def sheet(self) -> Sheet: ...
    def admitted(self, sheet: Sheet) -> Sheet: ...
    def subject(self) -> Subject | None: ...


# The digest of the rights, the socket's sheet as it was then, and the admitted one; kept apart for
# users who were asked for together, because both ways give different digests.
Known = dict[bool, tuple[bytes, Sheet, Sheet]]


def admit(desks: Mapping[Desk, Runner]) -> dict[Desk, Sheet]:
    """The sheets as their users may write them now; those who must be refused are missing.

    Each desk comes with a function that calls another one in the context of its socket.
    """
    subjects = {desk: subject for desk in desks if (subject := desk.subject()) is not None}
    asked = set(subjects.values())
    many = len(asked) >= TOGETHER
    digests = _digests(asked, many)
    found: dict[Desk, Sheet] = {}
    read: dict[Desk, tuple[bytes, Sheet, Sheet]] = {}
    for desk, run in desks.items():
        digest = digests.get(subjects[desk]) if desk in subjects else None
        sheet = desk.sheet()
        known = desk.known.get(many)
        if digest is None or known is None or known[:2] != (digest, sheet):
            desk.known.pop(many, None)
            admitted = None
            with suppress(Exception):  # raised again when the edit is carried out alone
                admitted = run(desk.admitted, sheet)
            if admitted is None:
                continue
            if digest is not None:
                read[desk] = digest, sheet, admitted
            found[desk] = admitted
        else:
            found[desk] = known[2]
    _remember(read, subjects, many)
    return found


def _digests(asked: Collection[Subject], many: bool) -> dict[Subject, bytes]:
    return (standing if many else standing_of_each)(asked)


def _remember(
    read: Mapping[Desk, tuple[bytes, Sheet, Sheet]], subjects: Mapping[Desk, Subject], many: bool
) -> None:
    """If nothing has changed meanwhile. A right that was granted after the digest was taken would
    otherwise be remembered under the digest of users without it, and outlast its withdrawal.
    """
    again = _digests({subjects[desk] for desk in read}, many) if read else {}
    for desk, known in read.items():
        if again.get(subjects[desk]) == known[0]:
            desk.known[many] = known
