"""What stands for a user's rights changes with each right, and with nothing of another user."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser, Group, Permission, User
from django.contrib.sessions.models import Session
from django.db import connection
from django.utils import timezone

from livesheet.consumers import LiveSheetConsumer
from livesheet.sheet.standing import (
    is_plain,
    standing,
    standing_of_each,
    subject_by_the_clock,
    subject_of,
)
from tests.app.models import Product
from tests.faults.fuzz.site.world import session_of

pytestmark = pytest.mark.django_db


def codes(*names: str) -> Any:
    return Permission.objects.filter(codename__in=names)


@pytest.fixture
def clerk() -> User:
    user = User.objects.create_user("clerk")
    group = Group.objects.create(name="sales")
    group.permissions.set(codes("view_product"))
    user.groups.add(group)
    user.user_permissions.set(codes("add_note"))
    return user


def later(**when: int) -> Any:
    return timezone.now() + datetime.timedelta(**when)


CHANGES: dict[str, Callable[[User], Any]] = {
    "deactivated": lambda user: User.objects.filter(pk=user.pk).update(is_active=False),
    "password": lambda user: User.objects.filter(pk=user.pk).update(password="!"),
    "superuser": lambda user: User.objects.filter(pk=user.pk).update(is_superuser=True),
    "own permission taken": lambda user: user.user_permissions.clear(),
    "own permission given": lambda user: user.user_permissions.add(*codes("view_product")),
    "out of the group": lambda user: user.groups.clear(),
    "into a group": lambda user: user.groups.add(Group.objects.create(name="new")),
    "the group's permission taken": lambda user: user.groups.get().permissions.clear(),
    "the group's permission given": lambda user: user.groups.get().permissions.add(
        *codes("change_product")
    ),
    "the permission is gone": lambda user: codes("view_product").delete(),
    "the session is another one's": lambda user: Session.objects.update(session_data="x"),
    "signed out": lambda user: Session.objects.all().delete(),
    "the session has expired": lambda user: Session.objects.update(expire_date=later(days=-1)),
    "deleted": lambda user: user.delete(),
}


@pytest.mark.parametrize("what", CHANGES)
def test_whatever_takes_or_gives_a_right_is_seen(clerk: User, what: str) -> None:
    subject = session_of(clerk), str(clerk.pk)
    before = standing([subject])
    assert before.keys() == {subject}
    assert standing([subject]) == before
    CHANGES[what](clerk)
    assert standing([subject]) != before


def test_what_happens_to_others_is_not_theirs(clerk: User) -> None:
    subject = session_of(clerk), str(clerk.pk)
    before = standing([subject])
    other = User.objects.create_user("other")
    session_of(other)
    other.user_permissions.set(codes("view_product"))
    other.groups.add(Group.objects.create(name="others"))
    Session.objects.filter(session_key=subject[0]).update(expire_date=later(days=5))
    assert standing([subject]) == before


def test_a_hundred_are_asked_about_in_a_few_statements(django_assert_num_queries: Any) -> None:
    group = Group.objects.create(name="sales")
    group.permissions.set(codes("view_product"))
    users = User.objects.bulk_create(User(username=f"user{n}") for n in range(100))
    group.user_set.set(users)
    subjects = [(session_of(user), str(user.pk)) for user in users]
    with django_assert_num_queries(5):
        found = standing(subjects)
    assert found.keys() == set(subjects)
    assert len(set(found.values())) == 100


@pytest.mark.skipif(connection.vendor != "postgresql", reason="others ask one by one")
@pytest.mark.django_db(transaction=True)
def test_the_same_is_asked_where_the_server_puts_values_in(
    clerk: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A text of two statements has no place for values then."""
    subject = session_of(clerk), str(clerk.pk)
    asked = standing_of_each([subject])
    monkeypatch.setitem(connection.settings_dict, "OPTIONS", {"server_side_binding": True})
    connection.close()
    try:
        assert standing_of_each([subject]) == asked != {}
    finally:
        connection.close()


class Plain(LiveSheetConsumer):
    abstract = True
    model = Product
    fields = ["name"]


HOOKS: dict[str, Any] = {
    "get_queryset": lambda self: Product.objects.all(),
    "get_audience": lambda self: "all",
    "get_room": lambda self: "all",
    "knows": lambda self, user: True,
    "has_change_permission": lambda self, obj=None: True,
    "has_view_permission": lambda self: True,
}


def test_only_where_django_alone_decides(clerk: User, settings: Any) -> None:
    sheet, scope = Plain(clerk, {}), dict[str, Any](headers=[])
    assert is_plain(sheet, scope, "key")
    assert not is_plain(sheet, scope, "")
    assert not is_plain(Plain(AnonymousUser(), {}), scope, "key")
    assert not is_plain(sheet, {"headers": [(b"authorization", b"Token x")]}, "key")
    for hook, does in HOOKS.items():
        assert not is_plain(
            type("Own", (Plain,), {"abstract": True, hook: does})(clerk, {}), scope, "k"
        )
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
    assert not is_plain(sheet, scope, "key")
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.db"
    settings.LIVESHEET = {"AUTHENTICATE_SCOPE": "tests.nobody"}
    assert not is_plain(sheet, scope, "key")


def test_rows_by_the_user_are_compared_by_the_clock_but_never_for_an_edit(clerk: User) -> None:
    def asked(**body: Any) -> tuple[Any, Any]:
        sheet = type("Own", (Plain,), {"abstract": True, **body})(clerk, {})
        seat: Any = SimpleNamespace(
            sheet=sheet, scope={"headers": []}, session_key="key", user_key=str(clerk.pk)
        )
        return subject_by_the_clock(seat), subject_of(seat)

    subject, rows = ("key", str(clerk.pk)), HOOKS["get_queryset"]
    assert asked() == (subject, subject)
    assert asked(get_queryset=rows) == (subject, None)
    for hook in set(HOOKS) - {"get_queryset"}:
        assert asked(get_queryset=rows, **{hook: HOOKS[hook]}) == (None, None)
    assert asked(get_queryset=rows, get_columns=lambda self: {}) == (None, None)
