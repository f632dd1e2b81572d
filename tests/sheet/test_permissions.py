"""Which pages may open a socket, and whose socket it is."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.models import Session
from django.test import Client, override_settings
from django.utils import timezone

from livesheet.sheet import permissions
from livesheet.sheet.permissions import fresh_user, is_secure, origin_allowed


def scope(origin: str = "", host: str = "shop.example", **more: Any) -> dict[str, Any]:
    headers = {"host": host, "origin": origin, **more.pop("headers", {})}
    return {
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers.items()],
        "scheme": "ws",
        **more,
    }


@pytest.fixture(autouse=True)
def hosts(settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["shop.example", ".shops.example", "[::1]"]


# (origin, Host, the server knows that it is https / is not / does not know)
ORIGINS = [
    ("https://shop.example", "shop.example", True, True, True),
    ("http://shop.example", "shop.example", False, True, True),
    ("https://shop.example:443", "shop.example", True, True, True),
    ("http://shop.example:8000", "shop.example:8000", False, True, True),
    ("https://shop.example", "shop.example:443", True, True, True),
    ("HTTPS://shop.example", "shop.example", True, True, True),
    ("http://[::1]:8000", "[::1]:8000", False, True, True),
    ("https://a.shops.example", "a.shops.example", True, True, True),
    ("https://shop.example:8443", "shop.example", False, False, False),
    ("http://shop.example", "shop.example:8000", False, False, False),
    ("https://evil.example", "shop.example", False, False, False),
    ("https://shop.example.evil.example", "shop.example", False, False, False),
    ("https://evil.example", "evil.example", False, False, False),  # a Host that is not ours
    ("https://b.shops.example", "a.shops.example", False, False, False),
    ("https://shop.example@evil.example", "shop.example", False, False, False),
    ("https://user@shop.example", "shop.example", False, False, False),
    ("https://shop.example", "", False, False, False),
    ("null", "shop.example", False, False, False),
    ("file://", "shop.example", False, False, False),
    ("https://shop.example:no", "shop.example", False, False, False),
    ("https://[shop.example", "shop.example", False, False, False),
    ("shop.example", "shop.example", False, False, False),
]


@pytest.mark.parametrize(("origin", "host", "https", "plain", "unknown"), ORIGINS)
def test_origins(
    settings: Any, origin: str, host: str, https: bool, plain: bool, unknown: bool
) -> None:
    assert origin_allowed(scope(origin, host, scheme="wss")) is https
    assert origin_allowed(scope(origin, host)) is unknown
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    proxied = {"x-forwarded-proto": "http"}
    is_plain = origin.lower().startswith("http:")
    assert origin_allowed(scope(origin, host, headers=proxied)) is (plain and is_plain)


def test_no_origin_means_no_browser() -> None:
    assert origin_allowed(scope(""))
    assert origin_allowed({"headers": []})


def test_trusted_origins(settings: Any) -> None:
    settings.CSRF_TRUSTED_ORIGINS = ["https://admin.example", "https://*.partner.example"]
    for origin, allowed in {
        "https://admin.example": True,
        "https://a.partner.example": True,
        "https://a.b.partner.example": True,
        "http://admin.example": False,
        "http://a.partner.example": False,
        "https://partner.example": False,
        "https://evilpartner.example": False,
    }.items():
        assert origin_allowed(scope(origin)) is allowed, origin


def test_a_forwarded_host_counts_where_the_project_says_so(settings: Any) -> None:
    forwarded = scope(
        "https://shop.example", "10.0.0.7", headers={"x-forwarded-host": "shop.example"}
    )
    assert not origin_allowed(forwarded)
    settings.USE_X_FORWARDED_HOST = True
    assert origin_allowed(forwarded)
    assert origin_allowed(scope("https://shop.example"))


def test_debug_without_allowed_hosts_means_this_machine(settings: Any) -> None:
    settings.ALLOWED_HOSTS = []
    assert not origin_allowed(scope("http://localhost:8000", "localhost:8000"))
    settings.DEBUG = True
    assert origin_allowed(scope("http://localhost:8000", "localhost:8000"))
    assert origin_allowed(scope("http://127.0.0.1:8000", "127.0.0.1:8000"))
    assert not origin_allowed(scope("http://evil.example", "evil.example"))


def test_whether_a_socket_is_secure(settings: Any) -> None:
    assert is_secure({"scheme": "wss"}) is True
    assert is_secure(scope()) is None  # TLS may have ended before us
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    assert is_secure(scope()) is None
    assert is_secure(scope(headers={"x-forwarded-proto": "https, http"})) is True
    assert is_secure(scope(headers={"x-forwarded-proto": "http"})) is False


# --- the user --------------------------------------------------------------------------------


class ScopeSession:
    """What Channels' session middleware leaves in the scope: read once, when the socket opened."""

    def __init__(self, key: str | None, **data: Any) -> None:
        self.session_key = key
        self.get = data.get


@pytest.fixture
def tab(ann: Any) -> Client:
    client = Client()
    client.force_login(ann)
    return client


def socket_of(tab: Client, user: Any) -> dict[str, Any]:
    key = tab.session.session_key
    return {"user": user, "session": ScopeSession(key, _auth_user_id=str(user.pk))}


def test_a_signed_in_user_is_read_afresh(ann: Any, tab: Client) -> None:
    ann.first_name = "Anna"
    ann.save()
    assert fresh_user(socket_of(tab, ann)).first_name == "Anna"


def test_who_signed_out_elsewhere_is_nobody(ann: Any, tab: Client) -> None:
    socket = socket_of(tab, ann)
    tab.logout()
    assert fresh_user(socket).is_anonymous


def test_an_expired_session_is_nobody(ann: Any, tab: Client) -> None:
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    assert fresh_user(socket_of(tab, ann)).is_anonymous


def test_a_changed_password_and_a_blocked_account_are_nobody(ann: Any, tab: Client) -> None:
    socket = socket_of(tab, ann)
    ann.is_active = False
    ann.save()
    assert fresh_user(socket).is_anonymous
    ann.is_active = True
    ann.set_password("other")
    ann.save()
    assert fresh_user(socket).is_anonymous
    assert Session.objects.count() == 1  # only looked at


def test_looking_at_a_session_never_replaces_it(ann: Any, tab: Client) -> None:
    """With an old key in use, Django gives the browser a new session; a socket cannot tell it."""
    socket, key = socket_of(tab, ann), tab.session.session_key
    with override_settings(SECRET_KEY="new", SECRET_KEY_FALLBACKS=["only for the tests"]):
        assert fresh_user(socket) == ann
    assert list(Session.objects.values_list("session_key", flat=True)) == [key]


def test_nobody_stays_nobody(db: None) -> None:
    assert fresh_user({}).is_anonymous
    assert fresh_user({"user": AnonymousUser()}).is_anonymous


def test_who_signed_in_without_a_session_must_still_be_active(ann: Any) -> None:
    assert fresh_user({"user": ann}) == ann
    other_session = ScopeSession("x", _auth_user_id="0")
    assert fresh_user({"user": ann, "session": other_session}) == ann
    type(ann).objects.update(is_active=False)
    assert fresh_user({"user": ann}).is_anonymous
    type(ann).objects.all().delete()
    assert fresh_user({"user": ann}).is_anonymous


def test_the_first_of_several_headers_counts() -> None:
    several = {"headers": [(b"X-One", b"a"), (b"x-one", b"b")]}
    assert permissions.header(several, "x-one") == "a"
    assert permissions.header(several, "x-two") == ""
