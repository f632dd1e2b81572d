"""The Redis hosts of a channel layer, as channels_redis and redis-py understand them."""

from __future__ import annotations

import inspect
from typing import Any

Host = dict[str, Any]


def decoded(given: Any) -> list[Host]:
    """The hosts as keyword arguments; none where channels_redis is missing or refuses them."""
    try:
        from channels_redis.utils import decode_hosts  # an extra

        hosts: list[Host] = decode_hosts(given)
    except (ImportError, ValueError):
        return []
    return hosts


def client(host: Host) -> Any:
    """A ``redis.asyncio.Redis`` of our own; to be closed by ``aclose(close_connection_pool=True)``.

    Connects as the layer would, so that its trouble is ours.
    """
    from channels_redis.utils import create_pool  # an extra
    from redis.asyncio import Redis  # an extra

    return Redis(connection_pool=create_pool(host))


def name(host: Host) -> str:
    """Where it is, without a password."""
    if "master_name" in host:
        return f"{host['master_name']} by Sentinel"
    if "address" not in host:
        return f"{host.get('host', host.get('path', 'localhost'))}:{host.get('port', 6379)}"
    return str(host["address"]).split("://")[-1].split("@")[-1].split("?")[0]


def socket_timeout(host: Host) -> float | None:
    """Seconds of silence after which redis-py gives up; None for never."""
    from channels_redis.utils import create_pool  # an extra
    from redis.asyncio.connection import AbstractConnection  # an extra

    given: dict[str, Any] = create_pool(host).connection_kwargs
    default = inspect.signature(AbstractConnection.__init__).parameters["socket_timeout"].default
    found = given.get("socket_timeout", default)
    return None if found is None else float(found)


def longest_silence() -> float:
    """Seconds for which the layer's blocking pop may wait."""
    from channels_redis.core import RedisChannelLayer  # an extra

    return float(RedisChannelLayer.brpop_timeout)


def client_version() -> str:
    import redis  # an extra

    return str(redis.__version__)
