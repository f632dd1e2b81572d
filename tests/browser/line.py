"""A line between browser and server that a test can cut: a TCP relay with threads."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time

HOST = "127.0.0.1"
ABORT = struct.pack("ii", 1, 0)  # SO_LINGER: close by RST, as when a network goes away
CHUNK = 65_536


class Line:
    """`Line(8000).port` leads to port 8000, until `cut()` and again from `mend()` on."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.is_cut = False
        self.delay = 0.0  # seconds, for each packet
        self.lock = threading.Lock()
        self.ends: set[socket.socket] = set()
        self.listener = socket.create_server((HOST, 0))
        self.port: int = self.listener.getsockname()[1]
        threading.Thread(target=self._listen, daemon=True).start()

    def cut(self) -> None:
        """Everything that is open breaks, and nothing new gets through."""
        with self.lock:
            self.is_cut = True
            ends = list(self.ends)
        for end in ends:
            self._abort(end)

    def mend(self) -> None:
        self.is_cut = False

    def close(self) -> None:
        self.cut()
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def _listen(self) -> None:
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            try:
                far = socket.create_connection((HOST, self.target))
            except OSError:
                self._abort(near)
                continue
            with self.lock:
                self.ends |= {near, far}
                refused = self.is_cut
            if refused:
                self._abort(near)
                self._abort(far)
                continue
            ended: list[socket.socket] = []
            for source, sink in ((near, far), (far, near)):
                args = (source, sink, ended)
                threading.Thread(target=self._pump, args=args, daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket, ended: list[socket.socket]) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(CHUNK):
                time.sleep(self.delay)
                sink.sendall(data)
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_WR)
        with self.lock:
            self.ends.discard(source)
            ended.append(source)
            is_over = len(ended) == 2
        if is_over:  # in both directions
            source.close()
            sink.close()

    def _abort(self, end: socket.socket) -> None:
        with contextlib.suppress(OSError):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, ABORT)
            end.shutdown(socket.SHUT_RDWR)
        end.close()
        with self.lock:
            self.ends.discard(end)
