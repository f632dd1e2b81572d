"""A socket that stays open and says nothing, by the handshake of the doctor itself."""

from __future__ import annotations

import socket
from contextlib import suppress

PATIENCE = 60


class Line:
    def __init__(self, port: int, path: str) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), PATIENCE)
        self.socket.sendall(
            f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\n"
            "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Protocol: livesheet.v1\r\n"
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n".encode()
        )
        head = self.socket.recv(4096)
        if b" 101 " not in head.splitlines()[0]:
            self.socket.close()
            raise OSError(head)

    def wait_for_the_end(self) -> None:
        """Until the server closes; raises TimeoutError if it does not."""
        with suppress(ConnectionResetError):
            while self.socket.recv(4096):
                pass

    def __enter__(self) -> Line:
        return self

    def __exit__(self, *_error: object) -> None:
        self.socket.close()
