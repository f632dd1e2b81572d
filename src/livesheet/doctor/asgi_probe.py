"""Run as ``python -m livesheet.doctor.asgi_probe proj.asgi:application product``.

Imports an application as a server does, and opens a socket to a sheet without a user. Prints one
JSON object: ``error``, or ``settings``, ``path``, ``subprotocol`` and ``said``.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from importlib import import_module
from typing import Any

SECONDS = 15


def main(place: str, sheet: str) -> dict[str, Any]:
    sys.path.insert(0, "")
    module, _, name = place.partition(":")
    try:
        application = getattr(import_module(module), name)
    except Exception as error:
        return {"error": _text(error), "ready": False}
    told: dict[str, Any] = {"settings": os.environ.get("DJANGO_SETTINGS_MODULE", ""), "ready": True}
    path = f"/ws/sheet/{sheet}/"
    return {**told, "path": path, **asyncio.run(_open(application, path))}


async def _open(application: Any, path: str) -> dict[str, Any]:
    sent: list[dict[str, Any]] = []
    incoming = asyncio.Queue[dict[str, Any]]()
    incoming.put_nowait({"type": "websocket.connect"})

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)
        if message["type"] == "websocket.accept":  # whoever is let in gets no further
            incoming.put_nowait({"type": "websocket.disconnect", "code": 1000})

    try:
        async with asyncio.timeout(SECONDS):
            await application(_scope(path), incoming.get, send)
    except Exception as error:
        return {"subprotocol": None, "said": _text(error)}
    accept = next((m for m in sent if m["type"] == "websocket.accept"), {})
    said = next((m["text"] for m in sent if m.get("text")), "it let us in")
    return {"subprotocol": accept.get("subprotocol"), "said": said[:200]}


def _scope(path: str) -> dict[str, Any]:
    return {
        "type": "websocket", "asgi": {"version": "3.0"}, "http_version": "1.1", "scheme": "ws",
        "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "",
        "headers": [(b"host", b"localhost")], "client": ("127.0.0.1", 0),
        "server": ("localhost", 80), "subprotocols": ["livesheet.v1"],
    }  # fmt: skip


def _text(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"[:300]


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(*sys.argv[1:3])) + "\n")
