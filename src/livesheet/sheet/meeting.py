"""The room of a sheet: what presence and shared views belong to."""

from __future__ import annotations

import hashlib

from livesheet import scopes
from livesheet.people import user_key
from livesheet.sheet.declaration import Sheet


def room_of(sheet: Sheet) -> str:
    """Where those meet who have the same sheet open with the same params, and may know of it.

    A digest: what a room is called goes past other processes, and a key may be of any length.
    """
    params = sorted((name, str(value)) for name, value in sheet.params.items())
    whole = repr((scopes.current().key, sheet.get_name(), params, sheet.room))
    return hashlib.sha256(whole.encode()).hexdigest()[:32]


def is_alone(sheet: Sheet) -> bool:
    """Whether nobody but this user can be in the room, because hooks depend on the user and no hook
    says who belongs together.
    """
    return bool(sheet.room == ("user", user_key(sheet.user)))
