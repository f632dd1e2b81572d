"""Where a socket belongs: the code of docs/existing-projects.md."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django_tenants.utils import get_tenant_domain_model, schema_context, tenant_context


def place_of(scope: dict[str, Any]) -> tuple[str, Any]:
    host = dict(scope["headers"])[b"host"].decode().partition(":")[0]
    domains = get_tenant_domain_model().objects.select_related("tenant")
    tenant = domains.get(domain=host).tenant
    return tenant.schema_name, lambda: tenant_context(tenant)


def place_of_writer() -> tuple[str, Any]:
    schema = connection.schema_name
    return schema, lambda: schema_context(schema)
