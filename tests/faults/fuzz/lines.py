"""Mutated frames, and bytes that are no frames, on real sockets to a real server."""

from __future__ import annotations

import asyncio
import json
import re
import struct
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from random import Random

from tests.faults.fuzz.bystander import Bystander, Times
from tests.faults.fuzz.mutation import Mutation
from tests.faults.fuzz.raw import BINARY, CLOSE, PING, PONG, TEXT, Raw, frame
from tests.faults.fuzz.seeds import Client, Seeds
from tests.services import Service

LINES = 4
# Where the server closes a line for what was sent, the next begins.
FRAMES_PER_LINE = 60
OPEN_SECONDS = 20.0
# What servers themselves log, with or without a traceback, of bytes that they refuse.
BAD_BYTES = re.compile(r"Invalid UTF-8 sequence|UnicodeDecodeError")


class Attacker(Raw):
    """Takes in what the server says, as a client does that knows what it attacks."""

    def __init__(self, port: int, path: str, session: str, client: Client) -> None:
        super().__init__(port, path, session)
        self.client = client
        self.loaded, self.beaten = asyncio.Event(), asyncio.Event()

    async def heard(self, opcode: int, data: bytes) -> None:
        if opcode == TEXT and data[:9] in (b'{"type":"', b'{"type": "'):
            got = json.loads(data)
            if got["type"] in ("hello", "rows", "change", "beat"):
                self.client.take(got)
            if got["type"] in ("rows", "bye"):
                self.loaded.set()
            elif got["type"] == "beat":
                self.beaten.set()

    async def taken_up(self) -> None:
        """Wait until the server has read all that was sent."""
        self.beaten.clear()
        await self.send(frame(b'{"type":"ping"}'))
        waits = [asyncio.create_task(event.wait()) for event in (self.beaten, self.closed)]
        await asyncio.wait(waits, timeout=OPEN_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()


class Bytes:
    """What may go over a line instead of a frame."""

    def __init__(self, dice: Random) -> None:
        self.dice = dice
        self.kinds: list[Callable[[bytes], list[bytes]]] = [
            self.opcode, self.reserved, self.unmasked, self.long_control, self.split_control,
            self.fragments, self.fragments, self.continued_from_nothing, self.begun_twice,
            self.bad_utf8, self.split_utf8, self.close, self.longest, self.claims, self.claims_more,
            self.pings, self.pongs, self.binary, self.garbage, self.http,
        ]  # fmt: skip

    def of(self, payload: bytes) -> list[bytes]:
        return self.dice.choice(self.kinds)(payload)

    def opcode(self, payload: bytes) -> list[bytes]:
        return [frame(payload[:100], self.dice.choice((3, 4, 5, 6, 7, 11, 12, 13, 14, 15)))]

    def reserved(self, payload: bytes) -> list[bytes]:
        return [frame(payload, rsv=self.dice.randint(1, 7))]

    def unmasked(self, payload: bytes) -> list[bytes]:
        return [frame(payload, mask=False)]

    def long_control(self, payload: bytes) -> list[bytes]:
        return [frame(b"x" * 126, self.dice.choice((CLOSE, PING, PONG)))]

    def split_control(self, payload: bytes) -> list[bytes]:
        return [frame(b"x", self.dice.choice((CLOSE, PING, PONG)), fin=False)]

    def fragments(self, payload: bytes) -> list[bytes]:
        """Lawful: in pieces, some of them empty, with pings in between."""
        cuts = sorted(self.dice.randrange(len(payload) + 1) for _n in range(4))
        parts = [payload[a:b] for a, b in zip([0, *cuts], [*cuts, len(payload)], strict=True)]
        sent = [frame(parts[0], fin=False)]
        for part in parts[1:-1]:
            sent += [frame(b"hello", PING), frame(part, 0, fin=False)]
        return [*sent, frame(parts[-1], 0)]

    def continued_from_nothing(self, payload: bytes) -> list[bytes]:
        return [frame(payload, 0)]

    def begun_twice(self, payload: bytes) -> list[bytes]:
        return [frame(payload, fin=False), frame(payload)]

    def bad_utf8(self, payload: bytes) -> list[bytes]:
        n = self.dice.randrange(len(payload) + 1)
        bad = self.dice.choice(
            (b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2")
        )
        return [frame(payload[:n] + bad + payload[n:])]

    def split_utf8(self, payload: bytes) -> list[bytes]:
        """Lawful or not: a character in two pieces, of which the second may not come."""
        return [
            frame(payload + b"\xe2\x82", fin=False),
            frame(self.dice.choice((b"\xac", b"x")), 0),
        ]

    def close(self, payload: bytes) -> list[bytes]:
        code = self.dice.choice((0, 999, 1004, 1005, 1006, 1015, 2999, 5000, 65_535, 1000))
        why = self.dice.choice((b"", b"bye", b"\xff"))
        return [frame(self.dice.choice((struct.pack("!H", code) + why, b"\x03")), CLOSE)]

    def longest(self, payload: bytes) -> list[bytes]:
        return [frame(payload, length=len(payload))]  # in more bytes than it needs

    def claims(self, payload: bytes) -> list[bytes]:
        return [frame(payload, length=self.dice.choice((2**63, 2**64 - 1, 2**40, 2**31)))]

    def claims_more(self, payload: bytes) -> list[bytes]:
        return [frame(payload, length=len(payload) + 7)]

    def pings(self, payload: bytes) -> list[bytes]:
        return [frame(b"x" * self.dice.randrange(126), PING) * 300]

    def pongs(self, payload: bytes) -> list[bytes]:
        return [frame(b"nobody asked", PONG) * 300]

    def binary(self, payload: bytes) -> list[bytes]:
        return [frame(payload, BINARY)]

    def garbage(self, payload: bytes) -> list[bytes]:
        return [self.dice.randbytes(self.dice.randrange(1, 400))]

    def http(self, payload: bytes) -> list[bytes]:
        return [b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"]


class Attack:
    """`frames` in all, from several lines at once; ``said`` counts how they ended."""

    def __init__(self, server: Service, sessions: list[str], frames: int, seed: int) -> None:
        self.server, self.sessions = server, sessions
        self.left = frames
        self.dice = Random(seed)
        self.bytes = Bytes(self.dice)
        self.said: Counter[str] = Counter()

    async def run(self) -> None:
        async with asyncio.TaskGroup() as lines:
            for _n in range(LINES):
                lines.create_task(self._lines())

    async def _lines(self) -> None:
        mutation = Mutation(self.dice)
        while self.left > 0:
            sheet = self.dice.choice(("goods", "kinds", "papers", "notes"))
            path, client = f"/ws/sheet/{sheet}/", Client()
            line = Attacker(self.server.port, path, self.dice.choice(self.sessions), client)
            try:
                async with line:
                    await self._attack(line, mutation)
            except (OSError, asyncio.IncompleteReadError) as error:
                self.said[type(error).__name__] += 1
            else:
                self.said[f"closed {line.code}"] += 1

    async def _attack(self, line: Attacker, mutation: Mutation) -> None:
        if self.dice.random() < 0.95:
            await line.send(frame(b'{"type":"open","client":"%032x"}' % self.dice.getrandbits(128)))
            with suppress(TimeoutError):
                async with asyncio.timeout(OPEN_SECONDS):
                    await line.loaded.wait()
        seeds = Seeds(self.dice, line.client)
        for _n in range(FRAMES_PER_LINE):
            if self.left <= 0 or not await self._one(line, seeds, mutation):
                break
        await self._end(line)

    async def _one(self, line: Attacker, seeds: Seeds, mutation: Mutation) -> bool:
        self.left -= 1
        payload = mutation.text(seeds.frame()).encode("utf-8", "surrogatepass")
        raw = self.bytes.of(payload) if self.dice.random() < 0.03 else [frame(payload)]
        for data in raw:
            if not await line.send(data):
                return False
        return True

    async def _end(self, line: Attacker) -> None:
        """Some are closed by rule, some cut off, some left half open."""
        if self.dice.random() < 0.8:
            await line.taken_up()
        way = self.dice.random()
        if way < 0.3:
            line.reset()
        elif way < 0.6:
            line.half_close()
            with suppress(TimeoutError):
                async with asyncio.timeout(2):
                    await line.closed.wait()
        elif way < 0.8:
            await line.send(frame(struct.pack("!H", 1000), CLOSE))
        else:
            await line.send(frame(b'{"type":"pi')[:-3])


def memory(pid: int) -> int:
    """Bytes that a process holds."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4_096


def log_faults(server: Service) -> list[str]:
    """Errors and tracebacks, but for the server's own words on bad bytes."""
    found, lines = [], server.log.read_text(errors="replace").splitlines()
    for n, line in enumerate(lines):
        if re.match(r"Traceback|ERROR|CRITICAL", line) and not BAD_BYTES.search(
            "".join(lines[max(0, n - 1) : n + 8])
        ):
            found.append(f"{server.name} logged: " + "\n".join(lines[max(0, n - 2) : n + 40]))
    return found[:3]


async def play(
    server: Service, bystander: tuple[str, str], attack: Attack, before_seconds: float
) -> tuple[tuple[Times, Times, Times], Counter[str], float]:
    """``bystander`` is a session and a row of `goods`.

    Returns its times before, meanwhile and for as long afterwards, how the lines ended, and frames
    a second. The worst of a minute is worse than that of a few seconds, in peace too.
    """
    session, pk = bystander
    async with Bystander(server.port, "/ws/sheet/goods/", session, pk) as other:
        await other.begin()
        before = await other.edit(before_seconds)
        editing = asyncio.create_task(other.edit())
        began, frames = time.monotonic(), attack.left
        await attack.run()
        took = time.monotonic() - began
        other.is_enough = True  # the last answer is waited for: it is the base of what follows
        meanwhile = await editing
        after = await other.edit(took)
        assert not other.refused, other.refused
        assert not other.closed.is_set(), f"the bystander was closed with {other.code}"
    return (before, meanwhile, after), attack.said, frames / took
