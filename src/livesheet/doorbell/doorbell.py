"""The doorbell: "there is something new in this database", after commit. It may get lost.

Ringing never blocks, slows or fails the writer. In its own process, it wakes the feeds directly.
For other processes, it passes the alias to one daemon thread, which has a connection to the channel
layer or to PostgreSQL. If a ring gets lost, the feeds find the changes by polling. The same thread
also sends presence for the feeds.
"""

from __future__ import annotations

import atexit
import logging
import os
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from django.db import connections

from livesheet.doorbell import transports
from livesheet.doorbell.transports import Message, Sender

logger = logging.getLogger("livesheet")

# How often a process that listens says so, and how long one that was heard is taken to be there.
HERE_SECONDS, THERE_SECONDS = 5.0, 16.0
# After so long, a process that listens has heard from all others that are there.
FIRST_SECONDS = HERE_SECONDS + 1.0
GAP_SECONDS = 0.02
REST_SECONDS = 1.0
FLUSH_SECONDS = 0.2
MAX_OUTGOING = 1_000

_listeners: set[Callable[[str], None]] = set()
# Names this process in its rings, which the layer hands back to it, too.
_process = secrets.token_hex(8)
# Who hears other processes on behalf of this one, and since when; when something was heard last, of
# this process itself (True) and of another.
_ears: dict[object, float] = {}
_heard: dict[bool, float] = {}


def listen(callback: Callable[[str], None]) -> None:
    """Call ``callback(alias)`` on every ring in this process, from whatever thread rings."""
    _listeners.add(callback)


def unlisten(callback: Callable[[str], None]) -> None:
    _listeners.discard(callback)


def ring_on_commit(using: str) -> None:
    """Ring once when the transaction that is open on ``using`` commits; never if it rolls back."""
    connection = connections[using]
    waiting: Any = connection.run_on_commit  # of (savepoints, callback, robust)
    for entry in waiting:
        if getattr(entry[1], "rings", None) == using:
            return

    def bell() -> None:
        ring(using)

    bell.rings = using  # type: ignore[attr-defined]
    connection.on_commit(bell, robust=True)
    if connection.in_atomic_block:
        # Before all others: if one of the project's hooks raises, those after it do not run.
        waiting.insert(0, waiting.pop())


def ring(using: str) -> None:
    """Wake the feeds of this process now, and those of others soon."""
    for callback in tuple(_listeners):
        callback(using)
    if transports.reaches_others() and may_have_others():
        _ringer().push(using)


# --- who else is there -----------------------------------------------------------------------


def may_have_others() -> bool:
    """Whether another process may wait for a ring. Not if this one listens and hears nobody.

    Ringing for nobody costs this process more than half of what it takes to save a row. If it is
    wrong, the others find the changes by polling, until they say again that they are there.
    """
    now = time.monotonic()
    long_ago = now - THERE_SECONDS
    listens = any(since < now - FIRST_SECONDS for since in tuple(_ears.values()))
    hears_itself, hears_others = (_heard.get(own, long_ago) > long_ago for own in (True, False))
    return not (listens and hears_itself) or hears_others


def say_here() -> None:
    """Tell other processes that this one wants to be rung for."""
    tell({"type": "livesheet.here", "process": _process})


def hears(ear: object, *, whether: bool) -> None:
    """``ear`` hears what other processes say, from now on or no longer."""
    if whether:
        _ears[ear] = time.monotonic()
    else:
        _ears.pop(ear, None)


def note(message: Message) -> bool:
    """Whether this comes from another process; a process hears its own messages, too."""
    is_own = message.get("process") == _process
    _heard[is_own] = time.monotonic()
    return not is_own


# --- speaking to them ------------------------------------------------------------------------


def tell(message: Message) -> None:
    """Say something to the feeds of other processes, soon; lost where nobody can be reached."""
    if transports.reaches_others():
        _ringer().say(message)


class _Ringer:
    """The thread that speaks to other processes on behalf of everybody in this one."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self.waiting: set[str] = set()
        self.messages: deque[Message] = deque(maxlen=MAX_OUTGOING)
        self.ended = False
        self.sender: Sender | None = None
        self.news = threading.Event()
        self.idle = threading.Event()
        self.idle.set()
        self.thread = threading.Thread(target=self._run, name="livesheet-doorbell", daemon=True)
        self.thread.start()

    def push(self, using: str) -> None:
        self.idle.clear()
        self.waiting.add(using)
        self.news.set()

    def say(self, message: Message) -> None:
        self.messages.append(message)
        self.news.set()

    def end(self) -> None:
        """Say what is left, close the connection, and wait for that."""
        self.ended = True
        self.news.set()
        self.thread.join()

    def _run(self) -> None:
        while not self.ended:
            self.news.wait()
            self.news.clear()
            while messages := self._taken():
                # A message costs this process as much as a save does, so rings gather for a
                # moment, and for longer where nobody answers.
                time.sleep(GAP_SECONDS if self._send(messages) else REST_SECONDS)
            self.idle.set()
        if self.sender is not None:
            self.sender.close()

    def _send(self, messages: list[Message]) -> bool:
        try:
            self.sender = self.sender or transports.new_sender()
            self.sender.send(messages)
        except Exception as error:
            facts = {"event": "doorbell.silent"}
            logger.warning("The doorbell could not ring (%r); others poll.", error, extra=facts)
            if self.sender is not None:
                self.sender.reset()
            return False
        return True

    def _taken(self) -> list[Message]:
        found: list[Message] = []
        while self.waiting:
            alias = self.waiting.pop()
            found.append({"type": "livesheet.bell", "alias": alias, "process": _process})
        while self.messages:
            found.append(self.messages.popleft())
        return found


_ringing: _Ringer | None = None
_making = threading.Lock()


def _ringer() -> _Ringer:
    global _ringing
    with _making:
        if _ringing is None or _ringing.pid != os.getpid():  # a fork takes no threads along
            _ringing = _Ringer()
        return _ringing


def _forked() -> None:
    # The thread that held the lock, or rang, does not exist in this process.
    global _making, _process, _ringing
    _making, _process, _ringing = threading.Lock(), secrets.token_hex(8), None
    _ears.clear()
    _heard.clear()


os.register_at_fork(after_in_child=_forked)


@atexit.register
def _flush() -> None:
    if _ringing is not None and _ringing.pid == os.getpid():
        _ringing.idle.wait(FLUSH_SECONDS)
