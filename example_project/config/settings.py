"""Settings of the example project. The README beside manage.py lists the environment variables.

Without any variable set: SQLite, no channel layer, DEBUG, loopback only. That is the default of
django-livesheet too; REDIS_URL and DATABASE_URL turn it into a site of several processes.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from config.handsontable import handsontable_from_environment

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(os.environ.get("VAR_DIR") or BASE_DIR / "var")
VAR_DIR.mkdir(parents=True, exist_ok=True)


def flag(name: str, default: bool = False) -> bool:
    value = os.environ.get(name)
    return default if value is None else value.lower() in {"1", "true", "yes", "on"}


def words(name: str) -> list[str]:
    return os.environ.get(name, "").replace(",", " ").split()


# Who has given the site no secret is running it on their own machine.
DEBUG = flag("DEBUG", default="SECRET_KEY" not in os.environ)
# Instant sign-in and two people on one page. Loopback only, whatever else is set.
DEMO = flag("SHOP_DEMO")

SECRET_KEY = os.environ.get("SECRET_KEY") or ("insecure-example-key" * 3 if DEBUG else "")
if not SECRET_KEY:
    raise ImproperlyConfigured("Set SECRET_KEY: the example runs without one only under DEBUG.")
if DEMO and not DEBUG:
    raise ImproperlyConfigured("SHOP_DEMO signs people in without a password. It needs DEBUG.")

# Empty under DEBUG means Django's own list: this machine.
ALLOWED_HOSTS = [] if DEMO else words("ALLOWED_HOSTS")
CSRF_TRUSTED_ORIGINS = words("CSRF_TRUSTED_ORIGINS")

INSTALLED_APPS = [
    "daphne",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "simple_history",
    "livesheet",
    "shop",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    *([] if DEBUG else ["whitenoise.middleware.WhiteNoiseMiddleware"]),
    "config.middleware.content_security_policy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

# The demo's front page shows the desk in two frames; nobody else's page may.
X_FRAME_OPTIONS = "SAMEORIGIN" if DEMO else "DENY"
FRAME_ANCESTORS = "'self'" if DEMO else "'none'"
CONTENT_SECURITY_POLICY = f"default-src 'self'; frame-ancestors {FRAME_ANCESTORS}"

ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]


def database() -> dict[str, Any]:
    if url := os.environ.get("DATABASE_URL"):
        import dj_database_url

        return dict(dj_database_url.parse(url))
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": VAR_DIR / "db.sqlite3",
        "OPTIONS": {
            "timeout": 20,
            # Readers do not wait for the writer, and a transaction that will write says so first.
            "init_command": "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL",
            "transaction_mode": "IMMEDIATE",
        },
    }


DATABASES = {"default": database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

if redis_url := os.environ.get("REDIS_URL"):
    CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.core.RedisChannelLayer",
            # redis-py 8 gives up after 5 s of silence, which is how long an idle layer waits.
            "CONFIG": {"hosts": [{"address": redis_url, "socket_timeout": None}]},
        }
    }

LIVESHEET: dict[str, Any] = {"BUNDLE": flag("BUNDLE", default=not DEBUG)}
if handsontable := handsontable_from_environment("/static/"):
    LIVESHEET["HANDSONTABLE"] = handsontable

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = (
    [("handsontable-site", os.environ["HANDSONTABLE_DIR"])]
    if "HANDSONTABLE_DIR" in os.environ
    else []
)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": os.environ.get("STATICFILES_STORAGE")
        or (
            "django.contrib.staticfiles.storage.StaticFilesStorage"
            if DEBUG
            else "whitenoise.storage.CompressedManifestStaticFilesStorage"
        )
    },
}

# Cookies know no ports: the names keep other projects on this machine signed in.
SESSION_COOKIE_NAME = "quayside_session"
CSRF_COOKIE_NAME = "quayside_csrf"

LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_TZ = True

# Behind a proxy that ends TLS and sets this header (and strips a client's own).
if flag("BEHIND_TLS"):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
