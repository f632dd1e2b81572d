"""A position in the change log as a client has it: it can be sent back, and tells nothing.

The log counts the writes of everybody. A cursor that showed the place would tell each user how
much is going on elsewhere, so it is sealed with a key of its sheet and audience: all who share a
frame have the same cursor, and nobody can compare theirs with another's.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from functools import lru_cache

from django.conf import settings
from django.utils.crypto import salted_hmac

from livesheet.log.changelog import Position
from livesheet.sheet.declaration import Sheet

SEAL_BYTES = 16


class Cursors:
    """Seals and opens the cursors of one sheet and audience.

    A synthetic initialisation vector: the seal of the text is also where its key stream begins. So
    equal positions have equal cursors, as shared frames need it, and a forged one cannot be opened.
    """

    def __init__(self, sheet: Sheet) -> None:
        params = sorted((name, str(value)) for name, value in sheet.params.items())
        whose = repr((sheet.get_name(), params, sheet.audience))
        secrets = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
        self._keys = [_key(whose, str(secret)) for secret in secrets]

    def seal(self, position: Position, proof: str = "") -> str:
        """``proof`` comes along with the cursor, for one client alone."""
        # Of one length, whatever the place: the digits must not be countable.
        text = f"{position.epoch}.{position.seq:018}.{position.tag}"
        plain = (f"{text}.{proof}" if proof else text).encode()
        seal = _seal(self._keys[0], plain)
        return urlsafe_b64encode(seal + _crossed(self._keys[0], seal, plain)).decode().rstrip("=")

    def open(self, text: str | None) -> Position | None:
        """The position that a client sent back; None if it is none of this sheet's."""
        return self.opened(text)[0]

    def opened(self, text: str | None) -> tuple[Position | None, str]:
        """The position, and the proof that came along with it, or an empty text."""
        try:
            raw = urlsafe_b64decode((text or "") + "==")
        except ValueError:
            return None, ""
        seal, crossed = raw[:SEAL_BYTES], raw[SEAL_BYTES:]
        for key in self._keys:
            plain = _crossed(key, seal, crossed)
            if crossed and hmac.compare_digest(seal, _seal(key, plain)):
                epoch, seq, tag, *proof = plain.decode().split(".")
                return Position.parse(f"{epoch}.{seq}.{tag}"), "".join(proof)
        return None, ""


@lru_cache(maxsize=1_000)
def _key(whose: str, secret: str) -> bytes:
    return salted_hmac("livesheet.cursor", whose, secret, algorithm="sha256").digest()


def _seal(key: bytes, plain: bytes) -> bytes:
    return hmac.digest(key, b"seal" + plain, "sha256")[:SEAL_BYTES]


def _crossed(key: bytes, seal: bytes, text: bytes) -> bytes:
    """``text`` with the key stream that begins at ``seal``: there, and back again."""
    stream = hashlib.shake_256(key + seal).digest(len(text))
    return bytes(one ^ other for one, other in zip(text, stream, strict=True))
