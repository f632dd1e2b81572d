"""What the server accepts before livesheet can count it: the size of frames, compression."""

from __future__ import annotations

from livesheet.doctor.findings import Findings, fine, warning
from livesheet.doctor.handshake import Answer, Target, announce, shake

# uvicorn takes 16 MB by default, daphne 1 MB; livesheet reads 64 kB.
TOO_LARGE = 2_000_000
GIVE = (
    "uvicorn: `--ws-max-size 131072 --ws-per-message-deflate false`; daphne:"
    " `--websocket-max-message-size 131072 --websocket-max-frame-size 131072`."
)


def look(target: Target, path: str, cookie: str) -> Findings:
    """A socket must have come about at ``path``."""
    answer = shake(target, path, target.origin, deflate=True)
    if "permessage-deflate" in answer.headers.get("sec-websocket-extensions", ""):
        yield warning(
            "site.compression",
            f"{target.url} compresses each socket's frames.",
            "A frame of 15 kB may then become one of 15 MB in the server's memory before anybody"
            " looks at its size, and compressing separately for each socket costs more than it"
            " saves.",
            f"{GIVE} daphne compresses nothing.",
        )
    # Who is asked to sign in is sent away before a large frame is seen.
    sheet: Answer = announce(target, path, cookie, TOO_LARGE)
    if sheet.frame and sheet.ended == "it waits":
        yield warning(
            "site.frame-size",
            f"{target.url} accepts a whole frame of {TOO_LARGE // 1_000_000} MB before it refuses"
            " it.",
            "A few hundred of them fill its memory before livesheet refuses the first.",
            GIVE,
        )
    elif sheet.frame:
        yield fine("site.frame-size", f"{target.url} refuses frames of 2 MB by their header.")
