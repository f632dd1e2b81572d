"""Real PostgreSQL, MariaDB, Redis and nginx for the tests, on free ports of the loopback."""

from __future__ import annotations

from .environment import database_settings, service_url, settings_of
from .processes import Service, ServiceError, free_port
from .servers import mariadb, nginx, pgbouncer, postgres, redis, start_redis

__all__ = [
    "Service",
    "ServiceError",
    "database_settings",
    "free_port",
    "mariadb",
    "nginx",
    "pgbouncer",
    "postgres",
    "redis",
    "service_url",
    "settings_of",
    "start_redis",
]
