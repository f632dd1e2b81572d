"""A WebSocket handshake made by hand, so that every answer to it can be examined.

A client library would hide what a proxy answers instead of the server.
"""

from __future__ import annotations

import base64
import http.client
import json
import os
import socket
import ssl
import struct
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, BinaryIO
from urllib.parse import urlsplit

PATIENCE = 10.0
WAIT = 3.0
MOST_BYTES = 5_000_000
LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


@dataclass(frozen=True, slots=True)
class Target:
    """Where to connect, and what the site calls itself there."""

    url: str
    secure: bool
    address: tuple[str, int] | str
    host: str

    @classmethod
    def parse(cls, url: str, host: str = "") -> Target:
        """``https://site``, ``wss://site/ws/…``, ``http://127.0.0.1:8001``, ``unix:/run/x.sock``.

        The last two stand behind a proxy, which would name the ``host`` of the site.
        """
        if url.startswith("unix:"):
            return cls(url, False, url.removeprefix("unix:"), host or "localhost")
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https", "ws", "wss") or not parts.hostname:
            raise ValueError(f"expected https://…, http://… or unix:/…, got {url!r}")
        secure = parts.scheme in ("https", "wss")
        port = parts.port or (443 if secure else 80)
        own = parts.netloc.rpartition("@")[-1]
        behind = own.partition(":")[0] in LOOPBACK
        return cls(url, secure, (parts.hostname, port), host if behind and host else own)

    @property
    def origin(self) -> str:
        return f"{'https' if self.secure else 'http'}://{self.host}"


@dataclass(slots=True)
class Answer:
    """``frame`` is the first one after a 101; None where none came. ``ended`` tells how it went.

    ``text`` is the body of a page.
    """

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    frame: dict[str, Any] | None = None
    ended: str = ""
    text: str = ""


def connect(target: Target) -> socket.socket:
    """Raises ``OSError``, of which ``ssl.SSLError`` is one."""
    if isinstance(target.address, str):
        plain = socket.socket(socket.AF_UNIX)
        plain.settimeout(PATIENCE)
        plain.connect(target.address)
        return plain
    plain = socket.create_connection(target.address, PATIENCE)
    if not target.secure:
        return plain
    context = ssl.create_default_context()
    return context.wrap_socket(plain, server_hostname=target.address[0])


def shake(
    target: Target,
    path: str,
    origin: str,
    say: dict[str, Any] | None = None,
    cookie: str = "",
    deflate: bool = False,
) -> Answer:
    """Ask for a socket, ``say`` one frame and read one. Without ``origin``, as no browser does."""
    with connect(target) as line:
        line.sendall(_request(target, path, origin, cookie, deflate))
        with line.makefile("rb") as incoming:
            answer = read_head(incoming)
            if answer.status == 101 and say is not None:
                with suppress(OSError):  # it may have gone already, and then says why
                    line.sendall(_masked(json.dumps(say).encode()))
                _read_frame(incoming, answer)
    return answer


def _request(target: Target, path: str, origin: str, cookie: str, deflate: bool = False) -> bytes:
    lines = [
        f"GET {path} HTTP/1.1", f"Host: {target.host}", "Connection: Upgrade",
        "Upgrade: websocket", "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
        "Sec-WebSocket-Protocol: livesheet.v1", *([f"Origin: {origin}"] if origin else []),
        *([f"Cookie: {cookie}"] if cookie else []),
        *(["Sec-WebSocket-Extensions: permessage-deflate"] if deflate else []),
    ]  # fmt: skip
    return "\r\n".join([*lines, "", ""]).encode()


def announce(target: Target, path: str, cookie: str, size: int) -> Answer:
    """Open the sheet, and then send the head of a frame of ``size`` bytes and no more.

    ``frame`` is None where the sheet did not open; ``ended`` is ``it waits``, or how it was closed.
    """
    opening = {"type": "open", "client": os.urandom(16).hex(), "cursor": None, "have": None}
    with connect(target) as line, line.makefile("rb") as incoming:
        line.sendall(_request(target, path, target.origin, cookie))
        answer = read_head(incoming)
        if answer.status == 101:
            line.sendall(_masked(json.dumps(opening).encode()))
            _read_frame(incoming, answer)
        if (answer.frame or {}).get("type") != "hello":
            return Answer(answer.status)
        line.settimeout(WAIT)
        with suppress(OSError):
            line.sendall(b"\x81\xff" + struct.pack("!Q", size) + os.urandom(4))
        later, deadline = Answer(answer.status), time.monotonic() + 2 * WAIT
        while not later.ended and time.monotonic() < deadline:  # rows and changes come meanwhile
            _read_frame(incoming, later)
        silent = not later.ended or later.ended.startswith("nothing came")
        answer.ended = "it waits" if silent else later.ended
    return answer


def get(target: Target, path: str, cookie: str = "") -> Answer:
    """The answer to a plain request, with the beginning of its body."""
    headers = {"Host": target.host, "Connection": "close", "Accept": "text/html,*/*"}
    with connect(target) as line:
        request = http.client.HTTPConnection(target.host)
        request.sock = line
        try:
            request.putrequest("GET", path, skip_host=True, skip_accept_encoding=True)
            for name, value in (headers | ({"Cookie": cookie} if cookie else {})).items():
                request.putheader(name, value)
            request.endheaders()
            response = request.getresponse()
            body = response.read(MOST_BYTES)
        except http.client.HTTPException as error:
            raise OSError(f"the answer was not HTTP ({type(error).__name__})") from error
    found = {name.lower(): value for name, value in response.getheaders()}
    return Answer(response.status, found, text=body.decode("utf-8", "replace"))


def read_head(incoming: BinaryIO) -> Answer:
    """Raises ``OSError`` for what is no HTTP."""
    first = incoming.readline(8192).decode("latin-1").split(None, 2)
    if len(first) < 2 or not first[0].startswith("HTTP/") or not first[1].isdigit():
        raise OSError(
            "the answer was no HTTP" if first else "the connection was closed without a message"
        )
    headers = {}
    while (text := incoming.readline(8192).decode("latin-1").strip()) != "":
        name, _, value = text.partition(":")
        headers[name.strip().lower()] = value.strip()
    return Answer(int(first[1]), headers)


def _masked(payload: bytes) -> bytes:
    mask = os.urandom(4)
    size = bytes([0x80 | len(payload)]) if len(payload) < 126 else b""
    size = size or b"\xfe" + struct.pack("!H", len(payload))
    body = bytes(byte ^ mask[n % 4] for n, byte in enumerate(payload))
    return b"\x81" + size + mask + body


def _read_frame(incoming: BinaryIO, answer: Answer) -> None:
    """The first text frame; pings before it are passed over."""
    try:
        while True:
            head = incoming.read(2)
            if len(head) < 2:
                answer.ended = "the line broke off"
                return
            kind, size = head[0] & 0x0F, head[1] & 0x7F
            if size > 125:
                width, form = (2, "!H") if size == 126 else (8, "!Q")
                (size,) = struct.unpack(form, incoming.read(width))
            payload = incoming.read(size)
            if kind == 8:
                code = struct.unpack("!H", payload[:2])[0] if len(payload) > 1 else "without a code"
                answer.ended = f"it was closed ({code})"
                return
            if kind == 1:
                frame = json.loads(payload)
                answer.frame = frame if isinstance(frame, dict) else {}
                return
    except TimeoutError:
        answer.ended = f"nothing came for {PATIENCE:.0f} s"
    except (OSError, ValueError, struct.error) as error:
        answer.ended = f"{type(error).__name__}: {error}"
