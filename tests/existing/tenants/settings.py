"""django-tenants as its tutorial has it: a schema for each tenant, found by the host's name."""

from __future__ import annotations

from tests.services import database_settings
from tests.settings import *  # noqa: F403
from tests.settings import MIDDLEWARE

ENGINE = "django_tenants.postgresql_backend"
DATABASES = {"default": {**database_settings(kind="postgres", suffix="_tenants"), "ENGINE": ENGINE}}
DATABASE_ROUTERS = ["django_tenants.routers.TenantSyncRouter"]
TENANT_MODEL = "customers.Client"
TENANT_DOMAIN_MODEL = "customers.Domain"
OF_EACH = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "livesheet",
]
SHARED_APPS = ["django_tenants", "tests.existing.tenants.customers", *OF_EACH]
TENANT_APPS = [*OF_EACH, "tests.existing.tenants.shop"]
INSTALLED_APPS = list(dict.fromkeys([*SHARED_APPS, *TENANT_APPS, "rest_framework"]))
MIDDLEWARE = ["django_tenants.middleware.main.TenantMainMiddleware", *MIDDLEWARE]
ALLOWED_HOSTS = [".example.com"]
LIVESHEET = {
    "POLL_SECONDS": 30,
    "SCOPE_CONTEXT": "tests.existing.tenants.places.place_of",
    "WRITER_CONTEXT": "tests.existing.tenants.places.place_of_writer",
}
