"""Every process that writes keeps the log in order and short, so that no open sheet is needed.

One daemon thread, with a connection that lasts for one look. It is told of each ring of the
doorbell, looks some seconds later, and does what ``trimming.tidy`` does: a little, waiting for
nobody. Where sheets are open it mostly finds nothing to do. It is not the thread that rings: that
one must not be kept from it.
"""

from __future__ import annotations

import logging
import os
import random
import threading
import time
from contextlib import suppress

from django.core import mail

from livesheet import scopes, threads, trimming

logger = logging.getLogger("livesheet")

SOON_SECONDS = 5.0


def written(using: str) -> None:
    """Have the log of ``using`` looked at soon. Costs its caller next to nothing."""
    keeper = _keeper
    if keeper is not None and using in keeper.waiting:
        return
    if not is_resting():
        with suppress(RuntimeError):  # a process that is ending starts no thread any more
            _running().push(using)


def is_resting() -> bool:
    """In Django's own tests, whose end a connection of ours would be in the way of.

    And where there are tenants: which one's log it is, a thread without a socket cannot know.
    """
    return hasattr(mail, "outbox") or scopes.are_told()


class _Keeper:
    def __init__(self) -> None:
        self.waiting: set[str] = set()
        self.news = threading.Event()
        thread = threading.Thread(target=self._run, name="livesheet-housekeeping", daemon=True)
        thread.start()

    def push(self, using: str) -> None:
        self.waiting.add(using)
        self.news.set()

    def _run(self) -> None:
        while True:
            self.news.wait()
            self.news.clear()
            time.sleep(SOON_SECONDS * random.uniform(0.8, 1.2))
            for using in tuple(self.waiting):
                self.waiting.discard(using)
                _tidy(using)


def _tidy(using: str) -> None:
    try:
        while threads.run_alone(trimming.tidy, using):
            time.sleep(trimming.REST_SECONDS)
    except Exception as error:
        facts = {"event": "log.untidy", "database": using}
        logger.warning("The log of %r could not be tidied: %s", using, error, extra=facts)


_keeper: _Keeper | None = None
_making = threading.Lock()


def _running() -> _Keeper:
    global _keeper
    with _making:
        if _keeper is None:
            _keeper = _Keeper()
        return _keeper


def _forked() -> None:
    # Whoever held the lock, or kept house, is not in this process.
    global _making, _keeper
    _making, _keeper = threading.Lock(), None


os.register_at_fork(after_in_child=_forked)
