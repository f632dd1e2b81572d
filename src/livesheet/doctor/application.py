"""The ASGI application as a server imports it: in a fresh process, where Django is not set up."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

from django.conf import settings
from django.core.management import get_commands, load_command_class

from livesheet.doctor.findings import Finding, Findings, failing, fine, warning
from livesheet.sheet.declaration import all_sheets

PATIENCE = 60
ORDER = (
    "In asgi.py set DJANGO_SETTINGS_MODULE and call get_asgi_application() before anything that"
    " imports models. livesheet.routing imports none."
)


def findings() -> Findings:
    yield _runserver()
    place = _place()
    if place is None:
        return  # W004 says so
    told = _ask(place, keep_settings=False)
    if "DJANGO_SETTINGS_MODULE" in told.get("error", "") and not told["ready"]:
        told, first = _ask(place, keep_settings=True), told
        if "error" not in told:
            yield _no_settings(place, first["error"])
    yield from _said(place, told)


def _place() -> str | None:
    """``proj.asgi:application``, as a server is told it."""
    module, _, name = str(getattr(settings, "ASGI_APPLICATION", None) or "").rpartition(".")
    return f"{module}:{name}" if module else None


def _ask(place: str, *, keep_settings: bool) -> dict[str, Any]:
    """What ``asgi_probe`` says of the application, as a JSON object."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path or "." for path in sys.path)}
    if not keep_settings:
        environment.pop("DJANGO_SETTINGS_MODULE", None)
    name = next((sheet.get_name() for sheet in all_sheets()), "none")
    command = [sys.executable, "-m", "livesheet.doctor.asgi_probe", place, name]
    try:
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=PATIENCE
        )
        told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    except subprocess.TimeoutExpired:
        return {"error": f"no result within {PATIENCE} s", "ready": True}
    except (ValueError, IndexError):
        return {"error": (done.stderr or "it said nothing").strip()[-300:], "ready": False}
    return told


def _no_settings(place: str, error: str) -> Finding:
    return warning(
        "asgi.no-settings",
        f"{place} does not name its settings: {error}",
        "It works where manage.py runs it, and fails where a server is started without"
        " DJANGO_SETTINGS_MODULE in its environment.",
        'os.environ.setdefault("DJANGO_SETTINGS_MODULE", …) as the first line of asgi.py.',
    )


def _said(place: str, told: dict[str, Any]) -> Findings:
    error, here = told.get("error", ""), os.environ.get("DJANGO_SETTINGS_MODULE", "")
    if error and ("AppRegistryNotReady" in error or "not configured" in error):
        yield failing(
            "asgi.not-ready",
            f"{place} cannot be imported by a server: {error}",
            "runserver has set Django up before it imports asgi.py; daphne and uvicorn have not."
            " So it works locally and not in production.",
            ORDER,
        )
    elif error:
        yield failing(
            "asgi.broken",
            f"{place} does not work in a process of its own: {error}",
            "The server does not start, or answers no socket.",
            "Try it: `daphne " + place + "` in the environment of the server.",
        )
    elif told.get("settings") and here and told["settings"] != here:
        yield warning(
            "asgi.other-settings",
            f"{place} uses the settings {told['settings']!r}; this command runs with {here!r}.",
            "This report may not apply to the site.",
            "Run it with the site's settings: DJANGO_SETTINGS_MODULE=… manage.py livesheet_doctor.",
        )
    if not error:
        yield _route(place, told)


def _route(place: str, told: dict[str, Any]) -> Finding:
    """What the application did with a socket of nobody's at the address of a sheet."""
    if told.get("subprotocol") == "livesheet.v1":
        return fine("asgi.sheets", f"{place} opens sheets: {told['said']}")
    return failing(
        "asgi.no-sheets",
        f"{place} does not route {told['path']} to livesheet: {told['said']}",
        "The page loads, and its sheet stays empty.",
        'ProtocolTypeRouter({"http": …, "websocket": livesheet.routing.websocket_application}).',
    )


def _runserver() -> Finding:
    try:
        app = str(get_commands()["runserver"])
        module = type(load_command_class(app, "runserver")).__module__
    except Exception as error:
        app, module = "unknown", f"{type(error).__name__}: {error}"
    if module.startswith("daphne."):
        return fine("runserver.asgi", "`runserver` is daphne's and serves sockets.")
    return warning(
        "runserver.wsgi",
        f"`runserver` is that of {app!r} ({module}), which serves WSGI only.",
        "It serves the page, and answers its socket with a 404.",
        "Put 'daphne' first in INSTALLED_APPS, before 'whitenoise.runserver_nostatic' and"
        " 'django.contrib.staticfiles'. It matters for development only.",
    )
