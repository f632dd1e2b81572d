"""Orders and trims the log in every process that writes, so that this needs no open sheet.

One daemon thread does it, with a connection that lasts for one look. It is told of each ring of the
doorbell, and some seconds later calls ``trimming.tidy``, which does a little and waits for nobody.
If sheets are open, there is usually nothing to do. It has a thread of its own, so that the threads
that ring are not delayed.
"""

from __future__ import annotations

import logging
import os
import random
import threading
import time
from contextlib import suppress

from django.core import mail

from livesheet import scopes, threads
from livesheet.doorbell import doorbell
from livesheet.log import trimming
from livesheet.scopes import Place

logger = logging.getLogger("livesheet")

SOON_SECONDS = 5.0


def begin() -> None:
    """Listen to the doorbell of this process from now on."""
    doorbell.listen(written)


def written(using: str) -> None:
    """Have the log of ``using`` examined soon, for the tenant of the calling thread.

    This costs the caller almost nothing. If there are tenants and the thread's tenant is unknown,
    the log is left to the sockets of that tenant.
    """
    if is_resting() or (place := scopes.of_the_writer()) is None:
        return
    keeper = _keeper
    if keeper is None or (using, place.key) not in keeper.waiting:
        with suppress(RuntimeError):  # a process that is ending starts no thread any more
            _running().push(using, place)


def is_resting() -> bool:
    """During Django's own tests, whose end a connection of ours would block."""
    return hasattr(mail, "outbox")


class _Keeper:
    def __init__(self) -> None:
        self.waiting: dict[tuple[str, str], Place] = {}
        self.news = threading.Event()
        thread = threading.Thread(target=self._run, name="livesheet-housekeeping", daemon=True)
        thread.start()

    def push(self, using: str, place: Place) -> None:
        self.waiting[using, place.key] = place
        self.news.set()

    def _run(self) -> None:
        while True:
            self.news.wait()
            self.news.clear()
            time.sleep(SOON_SECONDS * random.uniform(0.8, 1.2))
            for log in tuple(self.waiting):
                _tidy(log[0], self.waiting.pop(log))


def _tidy(using: str, place: Place) -> None:
    try:
        while threads.run_alone(_tidied_there, using, place):
            time.sleep(trimming.REST_SECONDS)
    except Exception as error:
        facts = {"event": "log.untidy", "database": using, "place": place.key}
        logger.warning("The log of %r could not be tidied: %s", using, error, extra=facts)


def _tidied_there(using: str, place: Place) -> bool:
    with place.enter():
        return trimming.tidy(using)


_keeper: _Keeper | None = None
_making = threading.Lock()


def _running() -> _Keeper:
    global _keeper
    with _making:
        if _keeper is None:
            _keeper = _Keeper()
        return _keeper


def _forked() -> None:
    # The thread that held the lock, and the housekeeper's, do not exist in this process.
    global _making, _keeper
    _making, _keeper = threading.Lock(), None


os.register_at_fork(after_in_child=_forked)
