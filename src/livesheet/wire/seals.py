"""An encrypted text that a client keeps for the server: it can send it back, but not read it."""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from functools import lru_cache

from django.conf import settings
from django.utils.crypto import salted_hmac

SEAL_BYTES = 16


class Seals:
    """Of one purpose, and for those who have ``whose`` in common.

    A synthetic initialisation vector: the seal of the text is also where its key stream begins. So
    equal texts are sealed equally, and a forged one cannot be opened.
    """

    def __init__(self, purpose: str, whose: str) -> None:
        secrets = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
        self._keys = [_key(purpose, whose, str(secret)) for secret in secrets]

    def seal(self, text: str) -> str:
        plain = text.encode()
        seal = _sealed(key := self._keys[0], plain)
        return urlsafe_b64encode(seal + _crossed(key, seal, plain)).decode().rstrip("=")

    def opened(self, text: str) -> str | None:
        """What was sealed; None if it was not by these."""
        try:
            raw = urlsafe_b64decode(text + "==")
        except ValueError:
            return None
        seal, crossed = raw[:SEAL_BYTES], raw[SEAL_BYTES:]
        for key in self._keys:
            plain = _crossed(key, seal, crossed)
            if crossed and hmac.compare_digest(seal, _sealed(key, plain)):
                return plain.decode()
        return None


@lru_cache(maxsize=1_000)
def _key(purpose: str, whose: str, secret: str) -> bytes:
    return salted_hmac(purpose, whose, secret, algorithm="sha256").digest()


def _sealed(key: bytes, plain: bytes) -> bytes:
    return hmac.digest(key, b"seal" + plain, "sha256")[:SEAL_BYTES]


def _crossed(key: bytes, seal: bytes, text: bytes) -> bytes:
    """``text`` with the key stream that begins at ``seal``: there, and back again."""
    mask = int.from_bytes(hashlib.shake_256(key + seal).digest(len(text)), "big")
    return (int.from_bytes(text, "big") ^ mask).to_bytes(len(text), "big")
