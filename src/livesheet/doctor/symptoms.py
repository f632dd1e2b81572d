"""Known messages in a server's log, and their causes: ``--log daphne.log``."""

from __future__ import annotations

from pathlib import Path

from livesheet.doctor.application import ORDER
from livesheet.doctor.deployment import IDLE_LAYER
from livesheet.doctor.findings import Finding, Findings, failing, fine

TAIL_BYTES = 2_000_000

# An id; what must stand in one line, all of it; why it is there; what to do.
SYMPTOMS: tuple[tuple[str, tuple[str, ...], str, str], ...] = (
    (
        "log-file.errno-88",
        ("Errno 88",),
        "daphne was started with `-fd 0` by something that passes it no socket as its standard"
        " input, for example a shell script, and ended.",
        "Use `-u /run/daphne.sock` or `-b 127.0.0.1 -p 8001` instead. `--fd 0` needs supervisor's"
        " [fcgi-program:…] or systemd's socket unit, and `exec` if a script is in between.",
    ),
    (
        "log-file.bzpopmin",
        ("unknown command", "BZPOPMIN"),
        "Redis is older than 5, so the channel layer cannot wait for messages.",
        "Upgrade Redis, or use channels_redis.pubsub.RedisPubSubChannelLayer.",
    ),
    (
        "log-file.hello",
        ("unknown command", "HELLO"),
        "Redis is older than 6, and redis-py 8 begins every connection with HELLO.",
        'Upgrade Redis, or set {"address": "redis://…", "protocol": 2} in `hosts`.',
    ),
    (
        "log-file.not-ready",
        ("AppRegistryNotReady",),
        "asgi.py imports models before Django is set up. runserver sets it up before; daphne and"
        " uvicorn do not.",
        ORDER,
    ),
    (
        "log-file.not-configured",
        ("settings are not configured",),
        "asgi.py uses the settings before it names them.",
        ORDER,
    ),
    (
        "log-file.idle-socket",
        ("Timeout reading from",),
        "redis-py 8 gives up on Redis after 5 s of silence, which ends the consumer that"
        " waited. Livesheet avoids this; the message is about another consumer.",
        IDLE_LAYER,
    ),
    (
        "log-file.http-only",
        ("Django can only handle ASGI/HTTP connections, not websocket",),
        "asgi.py ends in Django's own application, which does not handle sockets.",
        'ProtocolTypeRouter({"http": …, "websocket": livesheet.routing.websocket_application}).',
    ),
    (
        "log-file.no-library",
        ("No supported WebSocket library",),
        "uvicorn was installed without a WebSocket library, and answers sockets with a 404.",
        "pip install django-livesheet[uvicorn].",
    ),
)


def findings(paths: list[str]) -> Findings:
    for path in paths:
        yield from _read(Path(path))


def _read(path: Path) -> Findings:
    try:
        lines = _tail(path).splitlines()
    except OSError as error:
        yield failing(
            "log-file.unreadable", f"{path}: {error}.", "Nothing was read.", "Correct --log."
        )
        return
    found = [finding for symptom in SYMPTOMS for finding in _recognised(path, lines, *symptom)]
    yield from found or [fine("log-file.clean", f"{path} contains no known message.")]


def _tail(path: Path) -> str:
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - TAIL_BYTES))
        return file.read().decode(errors="replace")


def _recognised(
    path: Path, lines: list[str], id: str, words: tuple[str, ...], why: str, fix: str
) -> list[Finding]:
    hits = [line for line in lines if all(word in line for word in words)]
    if not hits:
        return []
    return [failing(id, f"{path} says {len(hits)} time(s): {hits[-1].strip()[:160]}", why, fix)]
