"""What the log may say of an exception: its type and its way, without the words.

The words of a field, a driver or a database often quote the value that they are about.
"""

from __future__ import annotations

import traceback


def trace(error: BaseException) -> str:
    """The stack and the type of ``error``, as a traceback shows them; nothing that it says."""
    kind = type(error)
    stack = "".join(traceback.format_tb(error.__traceback__))
    return f"\n{stack}{kind.__module__}.{kind.__qualname__}"
