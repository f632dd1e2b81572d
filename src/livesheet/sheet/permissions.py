"""Who may open a socket, and whether they still may keep it."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.contrib.auth import SESSION_KEY, get_user, get_user_model
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.base import SessionBase
from django.http.request import split_domain_port, validate_host
from django.utils.functional import SimpleLazyObject, empty
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from livesheet import conf, scopes
from livesheet.exceptions import NO_SHEET, LiveSheetError, Refused
from livesheet.fresh import fresh
from livesheet.people import user_key
from livesheet.sheet import authentication
from livesheet.sheet.declaration import Sheet
from livesheet.wire import protocol

logger = logging.getLogger("livesheet")

Scope = Mapping[str, Any]

_DEFAULT_PORTS = {"http": "80", "https": "443"}


def header(scope: Scope, name: str) -> str:
    """The first header of that lower-case name, or an empty text."""
    wanted = name.encode("latin-1")
    found = next((value for key, value in scope.get("headers", ()) if key.lower() == wanted), b"")
    return str(found.decode("latin-1"))


# --- origin ----------------------------------------------------------------------------------


def origin_allowed(scope: Scope) -> bool:
    """Whether the page that opens the socket is ours.

    A browser sends cookies with a socket to any site, so without this check every page in the
    world could open our sheets as our user. No Origin at all means no browser.
    """
    origin = header(scope, "origin")
    if not origin:
        return True
    if origin in settings.CSRF_TRUSTED_ORIGINS or _matches_wildcard(origin):
        return True
    try:
        parsed = urlsplit(origin)
        return bool(parsed.hostname) and _is_own_host(parsed, scope)
    except ValueError:  # a port that is no number
        return False


def _matches_wildcard(origin: str) -> bool:
    scheme, _, host = origin.partition("://")
    for trusted in settings.CSRF_TRUSTED_ORIGINS:
        wanted_scheme, _, wanted = trusted.partition("://*.")
        if wanted and scheme == wanted_scheme and host.endswith(f".{wanted}"):
            return True
    return False


def _is_own_host(origin: SplitResult, scope: Scope) -> bool:
    secure = is_secure(scope)
    host = header(scope, "host")
    if settings.USE_X_FORWARDED_HOST:
        host = header(scope, "x-forwarded-host") or host
    name, port = split_domain_port(host)
    allowed = settings.ALLOWED_HOSTS or [".localhost", "127.0.0.1", "[::1]"] * settings.DEBUG
    if not name or not validate_host(name, allowed):
        return False
    if secure is not None and origin.scheme != ("https" if secure else "http"):
        return False
    origin_name, origin_port = split_domain_port(origin.netloc)
    default = _DEFAULT_PORTS.get(origin.scheme, "")
    return origin_name == name and (origin_port or default) == (port or default)


def is_secure(scope: Scope) -> bool | None:
    """True or False if it is known, None if TLS may have ended in front of the server."""
    if scope.get("scheme") in ("wss", "https"):
        return True
    if settings.SECURE_PROXY_SSL_HEADER is not None:
        name, value = settings.SECURE_PROXY_SSL_HEADER
        sent = header(scope, name.removeprefix("HTTP_").replace("_", "-").lower())
        if sent:
            return sent.split(",")[0].strip() == value
    return None


# --- the sheet -------------------------------------------------------------------------------


def admitted(
    sheet_class: type[Sheet] | None,
    params: Mapping[str, str],
    scope: Scope,
    before: Sheet | None = None,
) -> Sheet:
    """The sheet, for the user as in the database now; ``before`` is the former sheet.

    Raises ``Refused``.
    """
    if sheet_class is None:
        raise Refused(NO_SHEET, _("There is no such sheet."))
    user = fresh_user(scope)
    if before is not None and user_key(user) != user_key(before.user):
        raise Refused(
            protocol.SIGNED_OUT, _("You have been signed out. Sign in and reload the page.")
        )
    try:
        sheet = before.for_user(user) if before else sheet_class(user, params)
    except LiveSheetError as error:
        raise Refused(NO_SHEET, error.detail) from error
    if not sheet.has_view_permission():
        if user.is_authenticated:
            raise Refused(protocol.NOT_ALLOWED, _("You do not have permission to see this sheet."))
        raise Refused(protocol.SIGNED_OUT, _("Sign in and reload the page."))
    try:
        return sheet.prepare()
    except LiveSheetError as error:  # trying again would not help
        facts = {"event": "sheet.undeclared", "sheet": sheet.get_name()}
        logger.error("%r cannot be served: %s", type(sheet), error.detail, extra=facts)
        raise Refused(NO_SHEET, error.detail) from error


# --- the user --------------------------------------------------------------------------------


def fresh_user(scope: Scope) -> Any:
    """The user of the socket as in the database now; anonymous if signed out in the meantime.

    A new session store is read each time: the one in the scope has cached what it saw at connect.
    """
    if (identified := authentication.identify(scope)) is not None:
        return identified
    if scopes.are_told():  # whom the middleware found, it found outside
        own = session_key(scope)
        return _session_user(own) if own else AnonymousUser()
    user = scope.get("user")
    is_new = getattr(user, "_wrapped", None) is empty  # nobody has looked: it is read only now
    if user is None or not user.is_authenticated:
        return AnonymousUser()
    if is_new:
        return user._wrapped
    if key := session_key(scope):
        found = _session_user(key)
        hold(scope, found)
        return found
    # Signed in by the project's own middleware: the account must still be good.
    manager = get_user_model()._default_manager
    found = fresh(manager).filter(pk=user.pk).first()
    return found if found is not None and found.is_active else AnonymousUser()


def hold(scope: Scope, found: Any) -> None:
    """Keep one user for a socket, and not also the one that it began with."""
    user = scope.get("user")
    if not found.is_authenticated:
        return
    if isinstance(user, SimpleLazyObject):
        user._wrapped = found
    elif isinstance(scope.get("session"), SignedIn):
        cast(dict[str, Any], scope)["user"] = found


class SignedIn:
    """The parts of a session that are needed while its socket is open."""

    __slots__ = ("_user", "session_key")

    def __init__(self, key: str, user: str) -> None:
        self.session_key, self._user = key, user

    def get(self, name: str) -> str | None:
        return self._user if name == SESSION_KEY else None


def kept(scope: dict[str, Any], user: Any, key: str) -> dict[str, Any]:
    """The parts of its scope that checks of an open socket need, if only its session decides.

    Headers, cookies and what the session holds would take 3 KB of each.
    """
    is_asked = scopes.are_told() or conf.get("AUTHENTICATE_SCOPE") or header(scope, "authorization")
    if not key or is_asked:
        return scope
    return {
        "asgi": scope.get("asgi", {}),
        "session": SignedIn(key, user_key(user)),
        "user": user,
    }


def session_key(scope: Scope) -> str:
    """The key of the session in which the socket's user signed in; empty without one."""
    user, session = scope.get("user"), scope.get("session")
    if scopes.are_told():
        return str((session and session.session_key) or "")
    if not user or not session or not session.session_key:
        return ""
    return str(session.session_key) if str(session.get(SESSION_KEY)) == str(user.pk) else ""


def _session_user(key: str) -> Any:
    store: type[SessionBase] = import_string(f"{settings.SESSION_ENGINE}.SessionStore")
    return user_of(store(key))


def user_of(session: Any) -> Any:
    """The user who has signed in with the session; anonymous if nobody has."""
    session = _Peek(session.items())
    return get_user(cast(Any, SimpleNamespace(session=session))) if session else AnonymousUser()


class _Peek(dict[str, Any]):
    """What a session holds. A response could tell the browser of a new session key; we cannot."""

    def cycle_key(self) -> None: ...

    def flush(self) -> None: ...
