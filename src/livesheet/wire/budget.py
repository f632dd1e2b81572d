"""Limits of what one socket may send and one user may have under way.

A client that is too fast is slowed down if the server can do so, and refused otherwise.
"""

from __future__ import annotations

import asyncio
import ipaddress
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, cast

from django.utils.translation import gettext_lazy as _

from livesheet import conf
from livesheet.exceptions import Refused
from livesheet.wire import protocol
from livesheet.wire.protocol import Open, Request

LARGE = 2_000  # characters
LONGEST_PAUSE_SECONDS = 5.0  # for which a client that is too fast is left unread
CLOSING_SECONDS = 2.0  # twice as long as daphne waits for the client's part of a close


# Of one socket: so many requests may be on the way at a time without counting as frames. They are
# carried out one after the other, so whoever sends them can be no faster than they are answered.
FREE_REQUESTS = 16


class Budget:
    """A token bucket: ``rate`` frames a second for long, four seconds' worth at once."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._tokens = self._most = rate * 4
        self._at = time.monotonic()

    def spend(self) -> bool:
        """Take one token; False where there is none left."""
        self._refill()
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True

    async def spend_in_time(self, scope: Mapping[str, Any]) -> None:
        """Stop reading from a too fast client for a moment; end it if that does not help."""
        while not self.spend():
            wait = self.seconds_to_wait()
            if wait > LONGEST_PAUSE_SECONDS or not can_pause(scope):
                raise Refused(protocol.TOO_MUCH, _("Too many messages."), 10)
            await asyncio.sleep(wait)

    def give_back(self) -> None:
        """What is answered only in its turn costs nothing: it waits by itself."""
        self._tokens = min(self._most, self._tokens + 1)

    def excuse(self, unanswered: int, most: int = FREE_REQUESTS) -> None:
        """Pay back a request that comes while fewer than ``most`` are unanswered."""
        if unanswered < most:
            self.give_back()

    def seconds_to_wait(self) -> float:
        """Until there is a token."""
        self._refill()
        return max(0.0, (1 - self._tokens) / self._rate)

    def _refill(self) -> None:
        now = time.monotonic()
        self._tokens = min(self._most, self._tokens + (now - self._at) * self._rate)
        self._at = now


def can_pause(scope: Mapping[str, Any]) -> bool:
    """Whether a server stops reading from a client whose messages nobody takes.

    Daphne reads on and keeps them all in memory. It is the one that says no version of ASGI's part
    on sockets; a server that is not known is taken for such a one.
    """
    return "spec_version" in scope.get("asgi", {})


async def throw_away(receive: Callable[[], Awaitable[dict[str, Any]]]) -> None:
    """What comes after the close, which daphne keeps, too, until the client has gone."""
    with suppress(TimeoutError):
        async with asyncio.timeout(CLOSING_SECONDS):
            while (await receive())["type"] != "websocket.disconnect":
                pass


class Waiting:
    """Requests of one socket that wait for their turn, at most ``most``.

    A large one waits as the text that it came as: read, it takes eight times as much.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self._frames: list[Open | Request | str] = []

    def put(self, frame: Open | Request, text: str) -> None:
        """``text`` is the same. Raises ``asyncio.QueueFull``."""
        if len(self._frames) >= self.most:
            raise asyncio.QueueFull
        self._frames.append(frame if len(text) < LARGE else text)

    def get(self) -> Open | Request:
        """The next one; there must be one."""
        found = self._frames.pop(0)
        return cast(Open | Request, protocol.parse(found)) if isinstance(found, str) else found

    def __len__(self) -> int:
        return len(self._frames)

    def take(self, most: int, wanted: Callable[[Any], bool]) -> list[Any]:
        """Those at the head that wait already and are ``wanted``, without large ones."""
        found: list[Any] = []
        while self._frames and len(found) < most:
            frame = self._frames[0]
            if isinstance(frame, str) or not wanted(frame):
                break
            found.append(self._frames.pop(0))
        return found


class LastWins:
    """Hands on at most ``rate`` calls a second; of those in between, the last one, a bit later."""

    def __init__(self, rate: float, deliver: Callable[..., None]) -> None:
        self._seconds = 1 / rate
        self._deliver = deliver
        self._at = 0.0
        self._last: tuple[Any, ...] = ()
        self._timer: asyncio.TimerHandle | None = None

    def put(self, *what: Any) -> None:
        self._last = what
        if self._timer is None:
            wait = self._at + self._seconds - time.monotonic()
            if wait <= 0:
                self._hand_on()
            else:
                self._timer = asyncio.get_running_loop().call_later(wait, self._hand_on)

    def _hand_on(self) -> None:
        self._timer, self._at = None, time.monotonic()
        self._deliver(*self._last)

    def cancel(self) -> None:
        if self._timer is not None:
            self._timer.cancel()


@dataclass(frozen=True, slots=True)
class Party:
    """Whom bounds count together: one user, or everybody behind an address who is not signed in.

    ``users`` is how many users' share they have.
    """

    key: str
    users: int = 1


def party_of(user_key: str, scope: Mapping[str, Any]) -> Party:
    """Behind a proxy the address is the proxy's, unless the server reads what the proxy says."""
    if user_key:
        return Party(user_key)
    client = scope.get("client") or ("",)
    return Party(f"address {_network(str(client[0]))}", conf.get("USERS_PER_ADDRESS"))


def _network(address: str) -> str:
    """Of IPv6 what one customer is given, 64 bits: else anybody would have any number of them."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:  # none: a socket in the file system, perhaps
        return address
    if found.version == 4 or found.ipv4_mapped:
        return str(found.ipv4_mapped or found) if found.version == 6 else str(found)
    return str(ipaddress.ip_network((int(found), 64), strict=False))


class Turns:
    """At most ``most`` at a time for each user of a party; the others wait, first come first."""

    def __init__(self, most: Callable[[], int]) -> None:
        self._most = most
        self._gates: dict[Party, asyncio.Semaphore] = {}
        self._takers: dict[Party, int] = {}  # those who have a turn or wait for one

    @asynccontextmanager
    async def turn(self, party: Party) -> AsyncIterator[None]:
        gate = self._gates.setdefault(party, asyncio.Semaphore(self._most() * party.users))
        self._takers[party] = self._takers.get(party, 0) + 1
        try:
            async with gate:
                yield
        finally:
            self._takers[party] -= 1
            if not self._takers[party]:
                del self._takers[party], self._gates[party]
