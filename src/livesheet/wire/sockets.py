"""The outgoing side of one socket: frames in order, without waiting for another socket.

The feed calls each socket's ``send`` coroutine directly, and puts only those that suspend into a
task: a task for each send would halve the rate, and with awaiting in turn, one stalled reader would
stop everyone. Some servers never suspend and buffer without limit, so the server relies on what the
client's ``ping`` acknowledges. A socket with too much on the way is *behind*: it gets nothing more
until it has caught up, and then what has changed since.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from math import inf
from typing import Any

from django.utils.translation import gettext_lazy as _

from livesheet import conf, metrics
from livesheet.exceptions import Refused
from livesheet.log.changelog import Position
from livesheet.wire import protocol, sending, values
from livesheet.wire.direct import direct

MAX_WAITING_BYTES = 4_000_000
FULL_SECONDS = 0.05
BEHIND_SECONDS = 30.0

Send = Callable[[dict[str, Any]], Awaitable[None]]
# Where the log stood, how many proofs had been given (None: it is of the log), bytes.
Unacked = tuple[int, int | None, int]


class Socket:
    """``on_drained`` is called when a socket that was behind may be told what it missed,
    ``refuse`` (``on_refused``) when the connection cannot go on.
    """

    # As those of Connection.
    __slots__ = (
        "_direct", "_name", "_on_drained", "_parked", "_proofs", "_send", "_unacked",
        "_unacked_bytes", "_waiting", "_waiting_bytes", "behind_since", "closed", "position",
        "refuse",
    )  # fmt: skip

    def __init__(
        self,
        send: Send,
        on_drained: Callable[[], None],
        on_refused: Callable[[Refused], None] = lambda refusal: None,
    ) -> None:
        self._send = send
        self._direct = direct(send)
        self.refuse = on_refused
        self._on_drained = on_drained
        self._parked: asyncio.Task[None] | None = None
        self._waiting: deque[str] | None = None  # while something waits: an empty one is 0.7 KB
        self._waiting_bytes = 0
        self._unacked: deque[Unacked] | None = None
        self._name, self._proofs = "", 0
        self._unacked_bytes = 0
        self.position: Position | None = None
        self.behind_since: float | None = None
        self.closed = False

    def accepted(self) -> None:
        """The handshake is over."""
        if self._direct is not None:
            self._direct.let_go()

    # --- changes -----------------------------------------------------------------------------

    def deliver(self, texts: Iterable[str], position: Position) -> None:
        """Send the frames that bring the client to ``position``, which never goes back.

        What waits goes out in order, so that whatever is said of the position comes after it.
        """
        size = 0
        for text in texts:
            self.write(text)
            size += len(text)
        self.position = position
        self._count(size, position.seq)

    def _count(self, size: int, seq: int, proofs: int | None = None) -> None:
        if size:
            if self._unacked is None:
                self._unacked = deque()
            self._unacked.append(_shared((seq, proofs, size)))
            self._unacked_bytes += size
        if self.behind_since is None and self._unacked_bytes > conf.get("MAX_UNREAD_BYTES"):
            self.behind_since = time.monotonic()

    def start_from(self, position: Position) -> None:
        """The client has a whole snapshot; count from here."""
        self.position = position
        self.behind_since = None
        self._unacked = None
        self._unacked_bytes = 0

    def acknowledge(self, upto: Position | None, proof: str = "") -> None:
        """The client has taken in everything up to there; None and another log say nothing.

        An answer has no place in the log. It was taken in by who has something that came later: a
        change, or a proof. Any cursor that he had before would do else, and he need read nothing.
        """
        if upto is None or self.position is None or upto.epoch != self.position.epoch:
            return
        is_mine = self._name and proof.startswith(self._name)
        proven = int(proof.removeprefix(self._name)) if is_mine else 0
        while self._unacked and _is_taken_in(self._unacked[0], upto.seq, proven):
            self._unacked_bytes -= self._unacked.popleft()[-1]
        self._unacked = self._unacked or None
        self._look_whether_drained()

    def proof(self) -> str:
        """For the cursor of the next beat: who sends it back has taken in what came before."""
        if all(proofs is None for _seq, proofs, _size in self._unacked or ()):
            return ""
        self._name = self._name or secrets.token_hex(4)
        self._proofs += 1
        return f"{self._name}{self._proofs:09}"

    def caught_up(self) -> None:
        self.behind_since = None

    @property
    def too_slow_at(self) -> float:
        """When a socket that is behind is given up, by the monotonic clock."""
        return inf if self.behind_since is None else self.behind_since + BEHIND_SECONDS

    def _look_whether_drained(self) -> None:
        if self.behind_since is None or self._parked is not None or self.closed:
            return
        if self._unacked_bytes < conf.get("MAX_UNREAD_BYTES") // 2:
            self._on_drained()

    # --- any frame ---------------------------------------------------------------------------

    def say(self, frame: dict[str, Any]) -> None:
        """Send a frame that is this socket's own."""
        self.write(values.dumps(frame))

    def answer(self, reply: dict[str, Any]) -> None:
        """``say`` what was asked for: counted as changes are, until the client has proved it.

        Else a client that reads nothing could have any number of answers pile up for it.
        """
        text = values.dumps(reply)
        self.write(text)
        if self.position is not None:
            self._count(len(text), self.position.seq, self._proofs)

    def write(self, text: str) -> None:
        if self.closed:
            return
        if self._parked is not None:
            self._wait(text)
            return
        if self._direct is not None and self._direct.write(text):
            return
        metrics.out.sent(text)
        rest = sending.start(self._send({"type": "websocket.send", "text": text}))
        if rest is not None:
            self._parked = asyncio.get_running_loop().create_task(self._finish(rest))

    def _wait(self, text: str) -> None:
        if self._waiting is None:
            self._waiting = deque()
        self._waiting.append(text)
        self._waiting_bytes += len(text)
        if self._waiting_bytes > MAX_WAITING_BYTES:
            self.closed = True
            self._waiting = None
            self.refuse(too_slow())

    async def _finish(self, rest: Awaitable[None]) -> None:
        try:
            await rest
        except Exception:  # the peer is gone; the receiving side will hear of it
            self.closed = True
        self._parked = None
        while self._waiting and self._parked is None and not self.closed:
            text = self._waiting.popleft()
            self._waiting_bytes -= len(text)
            self.write(text)
        self._waiting = self._waiting or None
        self._look_whether_drained()

    @property
    def is_full(self) -> bool:
        """A client that has gone receives nothing, so it is sent nothing."""
        return self.behind_since is not None and not self.closed

    async def room(self) -> None:
        """Wait until the client has taken in enough of what came before for another answer."""
        while self.is_full:
            await asyncio.sleep(FULL_SECONDS)

    async def drained(self) -> None:
        """Wait until the server has taken everything that was written."""
        while self._parked is not None and not self.closed:
            await asyncio.wait([self._parked])


def too_slow() -> Refused:
    return Refused(protocol.TOO_SLOW, _("This connection is too slow."), 5)


_last: Unacked = (0, None, 0)


def _shared(frame: Unacked) -> Unacked:
    """The same object for all sockets that are sent the same frame, one after the other.

    Thousands may keep it for a while, which makes the garbage collector look at them.
    """
    global _last
    if frame != _last:
        _last = frame
    return _last


def _is_taken_in(frame: Unacked, seq: int, proven: int) -> bool:
    at, proofs, _size = frame
    return at <= seq if proofs is None else at < seq or proofs < proven
