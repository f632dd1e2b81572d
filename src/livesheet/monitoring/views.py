"""The two views. Both describe only the process that answers."""

from __future__ import annotations

from typing import Any

from django.db import connections, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from livesheet import conf
from livesheet.monitoring.health import health as health_of_this_process

NOT_INSTALLED = "prometheus-client is missing: pip install django-livesheet[metrics]\n"


def _plain(view: Any) -> Any:
    """Read only, never cached, and without a transaction that trouble with a database would end."""
    for alias in connections:
        view = transaction.non_atomic_requests(alias)(view)
    return never_cache(require_safe(view))


@_plain
def health(request: HttpRequest) -> HttpResponse:
    """200, or 503 where sheets cannot be served from here; JSON as ``monitoring.health`` says."""
    found = health_of_this_process()
    return JsonResponse(found, status=503 if found["status"] == "failing" else 200)


@_plain
def metrics(request: HttpRequest) -> HttpResponse:
    """For whoever has ``METRICS_TOKEN``, and for staff."""
    if not _may_read(request):
        denied = HttpResponse("Staff, or the bearer token METRICS_TOKEN.\n", status=401)
        denied["WWW-Authenticate"] = "Bearer"
        return denied
    try:
        from livesheet.monitoring import exposition  # an extra, which may be missing
    except ImportError:
        return HttpResponse(NOT_INSTALLED, status=501, content_type="text/plain")
    body, kind = exposition.render(request.headers.get("Accept", ""))
    return HttpResponse(body, content_type=kind)


def _may_read(request: HttpRequest) -> bool:
    token, given = conf.get("METRICS_TOKEN"), request.headers.get("Authorization", "")
    if token and constant_time_compare(given, f"Bearer {token}"):
        return True
    user = getattr(request, "user", None)
    return bool(user is not None and user.is_active and user.is_staff)
