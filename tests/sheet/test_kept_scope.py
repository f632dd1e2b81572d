"""An open socket keeps of its scope only what decides: its session, unless more may."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore

from livesheet.sheet.permissions import fresh_user, kept, session_key


@pytest.fixture
def scope(django_user_model: type[User], client: Any) -> dict[str, Any]:
    user = django_user_model.objects.create_user("ann", password="old")
    client.force_login(user)
    session = SessionStore(client.cookies["sessionid"].value)
    return {"user": user, "session": session, "headers": [(b"cookie", b"x" * 900)], "asgi": {}}


@pytest.mark.django_db
def test_a_session_is_kept_by_its_key_and_still_decides(scope: dict[str, Any], client: Any) -> None:
    user, key = scope["user"], session_key(scope)
    left = kept(scope, user, key)
    assert key
    assert "headers" not in left
    assert session_key(left) == key
    assert fresh_user(left) == user
    user.set_password("new")
    user.save()
    assert not fresh_user(left).is_authenticated


@pytest.mark.django_db
def test_a_user_who_has_signed_out_is_nobody(scope: dict[str, Any], client: Any) -> None:
    left = kept(scope, scope["user"], session_key(scope))
    client.logout()
    assert not fresh_user(left).is_authenticated


@pytest.mark.django_db
def test_all_is_kept_where_something_else_decides(scope: dict[str, Any], settings: Any) -> None:
    user, key = scope["user"], session_key(scope)
    assert kept(scope, user, "") is scope  # signed in by the project's own middleware
    token = {**scope, "headers": [(b"authorization", b"Token 1")]}
    assert kept(token, user, key) is token
    settings.LIVESHEET = {**settings.LIVESHEET, "AUTHENTICATE_SCOPE": "tests.nowhere.known"}
    assert kept(scope, user, key) is scope
