"""Authenticates a socket with credentials other than a session, such as a token in the handshake.

They are checked when the socket opens, at every re-check and before every edit, so a token that is
deleted or has expired ends the socket like the end of a session.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.utils.module_loading import import_string
from rest_framework import authentication as rest
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.settings import api_settings

from livesheet import conf

Scope = Mapping[str, Any]

# A session is looked at without them; a password would be hashed again at every edit.
NOT_OF_A_SOCKET = (
    rest.SessionAuthentication, rest.BasicAuthentication, rest.RemoteUserAuthentication
)  # fmt: skip


def authenticate_scope(scope: Scope) -> Any:
    """The user whom an ``Authorization`` header names, by the authentication classes of REST.

    ``LIVESHEET["AUTHENTICATE_SCOPE"]`` names a function that takes the place of this one: called
    on a database thread with the ASGI scope, it returns a user, ``AnonymousUser()`` to refuse, or
    None where the scope bears no such credentials and the session decides.
    """
    request = _request(scope)
    if "HTTP_AUTHORIZATION" not in request.META:
        return None
    kinds: Any = api_settings.DEFAULT_AUTHENTICATION_CLASSES
    for kind in kinds:
        if not issubclass(kind, NOT_OF_A_SOCKET):
            try:
                found = kind().authenticate(Request(request))
            except APIException:
                return AnonymousUser()
            if found is not None:
                return found[0]
    return None


def identify(scope: Scope) -> Any:
    """The user according to the project's function or ``authenticate_scope``; None: not decided."""
    named = conf.get("AUTHENTICATE_SCOPE")
    ask = cast(Callable[[Scope], Any], import_string(named) if named else authenticate_scope)
    user = ask(scope)
    if user is None or (user.is_authenticated and user.is_active):
        return user
    return AnonymousUser()


def _request(scope: Scope) -> HttpRequest:
    request = HttpRequest()
    request.user = AnonymousUser()
    for name, value in scope.get("headers", ()):
        key = f"HTTP_{name.decode('latin-1').upper().replace('-', '_')}"
        request.META.setdefault(key, value.decode("latin-1"))
    return request
