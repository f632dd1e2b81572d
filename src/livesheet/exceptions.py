"""The errors of livesheet. All have a ``code`` for programs and a ``detail`` for people."""

from __future__ import annotations

from typing import Any

# The close code of a socket whose sheet is not there, or is not there for its user.
NO_SHEET = 4404


class LiveSheetError(Exception):
    """``code`` is stable and documented; ``detail`` says what was expected and how to fix it."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


class FrameError(LiveSheetError):
    """A frame that could not be used. The socket stays; ``ref`` is the frame's, if it had one."""

    def __init__(self, code: str, detail: str, ref: str | None = None) -> None:
        super().__init__(code, detail)
        self.ref = ref


class Refused(LiveSheetError):
    """The socket is refused. ``close_code`` is one of the documented 4xxx codes. ``detail`` may be
    a lazy translation, because the code that raises it need not know the user's language."""

    def __init__(self, close_code: int, detail: Any, retry_in: float | None = None) -> None:
        super().__init__(f"refused_{close_code}", detail)
        self.close_code = close_code
        self.retry_in = retry_in


class EditRefused(LiveSheetError):
    """One cell or row of an edit was refused.

    ``errors`` are the entries of a reply's ``errors`` list: ``{pk, column, code, message, …}``.
    """

    def __init__(self, *errors: dict[str, Any]) -> None:
        super().__init__(errors[0]["code"], errors[0]["message"])
        self.errors = list(errors)
