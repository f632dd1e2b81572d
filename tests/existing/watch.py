"""The client of docs/existing-projects.md."""

import asyncio
import json
import secrets
import sys

from websockets.asyncio.client import connect


async def watch(address, authorization, told):
    """Calls `told` with each frame: `hello`, then `rows`, then a `change` for each change."""
    opening = {"type": "open", "client": secrets.token_hex(16), "cursor": None, "have": None}
    async with connect(
        address,
        subprotocols=["livesheet.v1"],
        additional_headers={"Authorization": authorization},
        max_size=None,
    ) as socket:
        await socket.send(json.dumps(opening))
        async for text in socket:
            frame = json.loads(text)
            told(frame)
            if "cursor" in frame:
                await socket.send(json.dumps({"type": "ping", "cursor": frame["cursor"]}))


if __name__ == "__main__":
    asyncio.run(watch(sys.argv[1], sys.argv[2], print))
