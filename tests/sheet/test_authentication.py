"""Who opens a socket with a token: the same classes as REST, and a function of the project's."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser, User
from rest_framework.authentication import TokenAuthentication
from rest_framework.authtoken.models import Token

from livesheet.sheet.authentication import authenticate_scope
from livesheet.sheet.permissions import fresh_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def vic() -> User:
    return User.objects.create_user("vic", password="x")


@pytest.fixture
def by_token(settings: Any) -> None:
    names = ["SessionAuthentication", "BasicAuthentication", "TokenAuthentication"]
    settings.REST_FRAMEWORK = {
        "DEFAULT_AUTHENTICATION_CLASSES": [f"rest_framework.authentication.{n}" for n in names]
    }


def scope(credentials: str, **more: Any) -> dict[str, Any]:
    return {"headers": [(b"host", b"x"), (b"authorization", credentials.encode())], **more}


def test_a_token_is_who_it_is_in_rest(vic: User, by_token: None) -> None:
    token = Token.objects.create(user=vic)
    assert fresh_user(scope(f"Token {token.key}")) == vic
    assert fresh_user(scope("Token wrong")).is_anonymous
    vic.is_active = False
    vic.save()
    assert fresh_user(scope(f"Token {token.key}")).is_anonymous
    vic.is_active = True
    vic.save()
    token.delete()
    assert fresh_user(scope(f"Token {token.key}")).is_anonymous


def test_a_token_is_nobody_where_rest_takes_none(vic: User) -> None:
    token = Token.objects.create(user=vic)
    assert authenticate_scope(scope(f"Token {token.key}")) is None


def test_other_credentials_leave_it_to_the_session(vic: User, by_token: None) -> None:
    """A password would be hashed at every edit."""
    for credentials in ("Basic dmljOng=", "Negotiate abc"):
        assert authenticate_scope(scope(credentials)) is None
        assert fresh_user(scope(credentials, user=vic)) == vic
    assert authenticate_scope({"headers": []}) is None


def ours(scope: Any) -> Any:
    """As a project's own: of a short-lived token in the subprotocols."""
    name = next((p for p in scope.get("subprotocols", ()) if p.startswith("jwt.")), "")
    if not name:
        return None
    return User.objects.filter(username=name.removeprefix("jwt.")).first() or AnonymousUser()


def test_a_function_of_the_projects_own_decides(vic: User, settings: Any) -> None:
    settings.LIVESHEET = {"AUTHENTICATE_SCOPE": f"{__name__}.ours"}
    assert fresh_user({"subprotocols": ["livesheet.v1", "jwt.vic"]}) == vic
    assert fresh_user({"subprotocols": ["jwt.eve"], "user": vic}).is_anonymous
    assert fresh_user({"user": vic}) == vic
    vic.is_active = False
    vic.save()
    assert fresh_user({"subprotocols": ["jwt.vic"]}).is_anonymous
    assert TokenAuthentication  # which is not asked then
