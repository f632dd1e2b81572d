"""What is logged about a value that cannot be read: where and which exception, without its message.

The message of a field, a driver or a database often quotes the value.
"""

from __future__ import annotations

import logging
import time
import traceback
from typing import Any

logger = logging.getLogger("livesheet")

# A damaged value is met at each reading of its row, and a hundred thousand rows may have the same.
QUIET_SECONDS = 60.0
MOST_REMEMBERED = 1_000

_said: dict[tuple[str, ...], float] = {}


def complain(text: str, what: Any, error: BaseException, facts: dict[str, Any]) -> None:
    """Log ``text``, which ends with a place for the trace; the same ``facts`` once a minute.

    ``what`` fills the places before it, one or several.
    """
    now, key = time.monotonic(), (type(error).__name__, *map(str, facts.values()))
    if _said.get(key, -QUIET_SECONDS) > now - QUIET_SECONDS:
        return
    if len(_said) >= MOST_REMEMBERED:
        _said.clear()
    _said[key] = now
    logger.error(text, *(what if isinstance(what, tuple) else (what,)), trace(error), extra=facts)


def forget() -> None:
    """Say everything again when it is met."""
    _said.clear()


def trace(error: BaseException) -> str:
    """The stack and the type of ``error``, as a traceback shows them; nothing that it says."""
    kind = type(error)
    stack = "".join(traceback.format_tb(error.__traceback__))
    return f"\n{stack}{kind.__module__}.{kind.__qualname__}"
