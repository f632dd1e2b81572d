"""The settings under which origins are tried; `origins_app` serves with them."""

from __future__ import annotations

from typing import Any

NAME = "shop.example"
TRUSTED = ["https://trusted.example", "https://*.partner.example"]
SETTINGS: dict[str, dict[str, Any]] = {
    "the host": {"ALLOWED_HOSTS": [NAME]},
    "its subdomains, too": {"ALLOWED_HOSTS": [f".{NAME}"]},
    "every host": {"ALLOWED_HOSTS": ["*"]},
    "trusted origins": {"ALLOWED_HOSTS": [NAME], "CSRF_TRUSTED_ORIGINS": TRUSTED},
}
PROXIES: dict[str, dict[str, Any]] = {
    "": {},
    "proto": {"SECURE_PROXY_SSL_HEADER": ("HTTP_X_FORWARDED_PROTO", "https")},
    "host": {"USE_X_FORWARDED_HOST": True},
}
DEFAULTS: dict[str, Any] = {
    "CSRF_TRUSTED_ORIGINS": [],
    "SECURE_PROXY_SSL_HEADER": None,
    "USE_X_FORWARDED_HOST": False,
}
