"""What the settings alone reveal about a deployment; ``check --deploy`` reports the same.

Each id is explained in docs/checks.md.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

from livesheet import conf
from livesheet.doctor import hosts
from livesheet.doctor.findings import FAILING, Finding, Findings, failing, warning
from livesheet.doorbell.transports import JOIN_SECONDS

LEAST_CAPACITY = 100
IDLE_LAYER = 'Set it for each host: {"hosts": [{"address": "redis://…", "socket_timeout": None}]}.'


@register("livesheet", deploy=True)
def check_deployment(**_kwargs: Any) -> list[CheckMessage]:
    """The findings as messages of Django's checks."""
    return [_message(finding) for finding in findings()]


def _message(finding: Finding) -> CheckMessage:
    kind = Error if finding.level == FAILING else Warning
    return kind(f"{finding.saw} {finding.why}", hint=finding.fix, id=finding.id)


def findings() -> Findings:
    if not isinstance(getattr(settings, "LIVESHEET", {}), dict):
        return  # E011 says so
    yield from _layer()
    yield from _connections()
    yield from _hosts()
    yield from _origins()
    yield from _grid()


# --- the channel layer -----------------------------------------------------------------------


def _layer() -> Findings:
    name = conf.get("CHANNEL_LAYER")
    layer = getattr(settings, "CHANNEL_LAYERS", {}).get(name) or {}
    if not layer.get("BACKEND", "").startswith("channels_redis."):
        return
    config = layer.get("CONFIG", {})
    capacity = config.get("capacity", LEAST_CAPACITY)
    if capacity < LEAST_CAPACITY:
        yield warning(
            "livesheet.W020",
            f"The channel layer {name!r} holds {capacity} messages for a process.",
            "Further messages are dropped silently: colleagues' cursors stop moving.",
            f"Leave `capacity` at {LEAST_CAPACITY}, or raise it to 1000 for many users.",
        )
    expiry = config.get("group_expiry", 86_400)
    if expiry < 2 * JOIN_SECONDS:
        yield warning(
            "livesheet.W021",
            f"The channel layer {name!r} forgets its listeners after {expiry} s.",
            f"Each process joins again every {JOIN_SECONDS:.0f} s, and hears nothing in between.",
            "Leave `group_expiry` at its default of a day.",
        )
    if layer["BACKEND"].endswith(".RedisChannelLayer"):
        yield from _idle_sockets(config.get("hosts"))


def _idle_sockets(given: Any) -> Findings:
    """redis-py 8 gives up on a socket that was silent as long as the layer waits in silence."""
    for host in hosts.decoded(given):
        timeout, wait = hosts.socket_timeout(host), hosts.longest_silence()
        if timeout is not None and timeout <= wait:
            yield warning(
                "livesheet.W022",
                f"redis-py {hosts.client_version()} gives up on Redis after {timeout:g} s"
                f" of silence, but the layer waits for {wait:g} s.",
                "Livesheet avoids this; every *other* consumer that is idle for that long is"
                " closed with a TimeoutError.",
                IDLE_LAYER,
            )
            return


# --- the database ----------------------------------------------------------------------------


def _connections() -> Findings:
    needed = 2 * conf.get("THREADS")
    for alias, database in settings.DATABASES.items():
        pool = (database.get("OPTIONS") or {}).get("pool")
        if pool and (size := _pool_size(pool)) <= needed:
            yield failing(
                "livesheet.E020",
                f"The pool of the database {alias!r} has {size} connections, and livesheet keeps"
                f" up to {needed} per process for itself.",
                "Edits and pages wait for a connection that never comes free, and fail.",
                f'Enlarge it: "pool": {{"max_size": {needed + 8}}}. Or lower'
                " LIVESHEET['THREADS']; there are twice as many threads.",
            )
        if database.get("CONN_MAX_AGE") and not pool:
            yield warning(
                "livesheet.W023",
                f"CONN_MAX_AGE of the database {alias!r} is {database['CONN_MAX_AGE']}.",
                "An ASGI server runs each page's queries on a short-lived thread, so persistent"
                " connections pile up. Livesheet keeps its own connections anyway.",
                'Leave it at 0 if ASGI serves pages, or use `"pool"` on PostgreSQL. Silence'
                " this check if only WSGI serves pages.",
            )


def _pool_size(pool: Any) -> int:
    options = pool if isinstance(pool, dict) else {}
    least = options.get("min_size", 4)
    return int(options.get("max_size") or least)


# --- who may come ----------------------------------------------------------------------------


def _hosts() -> Findings:
    if "*" in settings.ALLOWED_HOSTS:
        yield warning(
            "livesheet.W024",
            "ALLOWED_HOSTS accepts every host.",
            "The origin of a socket is compared with the host that the request names, so anybody"
            " who points a domain at this server can pass for your site.",
            "List the hosts of the site.",
        )


def _origins() -> Findings:
    for origin in settings.CSRF_TRUSTED_ORIGINS:
        if urlsplit(origin).path:
            yield warning(
                "livesheet.W025",
                f"CSRF_TRUSTED_ORIGINS contains {origin!r}, which has a path.",
                "No browser sends an origin with a path, a slash at its end included, so this"
                " one never matches, and sockets are refused with a 403.",
                f"Write {urlsplit(origin)._replace(path='').geturl()!r}.",
            )


# --- the grid --------------------------------------------------------------------------------


def _grid() -> Findings:
    given = conf.get("HANDSONTABLE") or {}
    if given and "js" in given and not given.get("license_key"):
        yield warning(
            "livesheet.W026",
            "LIVESHEET['HANDSONTABLE'] names your own Handsontable without a `license_key`.",
            "From version 7.0.0 on, it covers the grid with a notice until it gets a valid key.",
            "Give your key, or leave the setting out for the 6.2.2 (MIT) inside the package.",
        )
