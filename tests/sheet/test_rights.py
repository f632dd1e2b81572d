"""Whose rights may have changed: written into the change log, where every process reads it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.contrib.auth.signals import user_logged_out
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone
from rest_framework.authtoken.models import Token

from livesheet.log import capture, changelog
from livesheet.models import Change
from livesheet.sheet import rights
from tests.staff.models import Customer, Employee, Role

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def vic() -> User:
    """Of the group of viewers, which may see notes."""
    user = User.objects.create_user("vic", password="x")
    group = Group.objects.create(name="viewers")
    group.permissions.add(see_notes())
    user.groups.add(group)
    user.user_permissions.add(see_notes())
    Token.objects.create(user=user)
    Employee(user_ptr=user).save_base(raw=True)
    User.objects.create_user("other")
    Change.objects.all().delete()
    return user


def see_notes() -> Permission:
    return Permission.objects.get(codename="view_note")


def any_other() -> Permission:
    return Permission.objects.exclude(codename="view_note")[0]


def viewers() -> Group:
    return Group.objects.get()


def told() -> list[list[str]]:
    """The user keys of each entry; an empty list is everybody."""
    changelog.stamp("default")
    return [list(e.pks) for e in changelog.entries("default", 0) if e.kind == "access"]


def deactivate(user: User) -> None:
    user.is_active = False
    user.save()


def save_one_field(user: User) -> None:
    user.is_superuser = False
    user.save(update_fields=["is_superuser", "last_login"])


def saved_as(model: Any, user: User) -> None:
    found = model.objects.get(pk=user.pk)
    found.is_active = False
    found.save()


def links(user: User) -> Any:
    through: Any = User.groups.through
    return through.objects.filter(user=user)


HIS: dict[str, Callable[[User], Any]] = {
    "deactivated": deactivate,
    "deactivated in bulk": lambda user: User.objects.filter(pk=user.pk).update(is_active=False),
    "updated in bulk": lambda user: User.objects.bulk_update([user], ["email"]),
    "one field saved": save_one_field,
    "signed out": lambda user: user_logged_out.send(type(user), request=None, user=user),
    "token deleted": lambda user: Token.objects.all().delete(),
    "deleted": lambda user: user.delete(),
    "given a group": lambda user: user.groups.add(Group.objects.create(name="new")),
    "group taken": lambda user: user.groups.remove(viewers()),
    "groups cleared": lambda user: user.groups.clear(),
    "taken from the group": lambda user: viewers().user_set.remove(user),
    "group emptied": lambda user: viewers().user_set.clear(),
    "permission taken": lambda user: user.user_permissions.remove(see_notes()),
    "taken from the permission": lambda user: see_notes().user_set.remove(user),
    "permission's users cleared": lambda user: see_notes().user_set.clear(),
    "group loses a permission": lambda user: viewers().permissions.clear(),
    "group deleted": lambda user: viewers().delete(),
    "groups deleted": lambda user: Group.objects.all().delete(),
    "groups set": lambda user: user.groups.set([]),
    "group set to others": lambda user: viewers().user_set.set([]),
    "staff no more": lambda user: User.objects.filter(pk=user.pk).update(is_staff=False),
    "permission given": lambda user: viewers().permissions.add(see_notes(), any_other()),
    "permission given from its end": lambda user: any_other().group_set.add(viewers()),
    "permission taken from its groups": lambda user: see_notes().group_set.clear(),
    "links deleted": lambda user: links(user).delete(),
    "links deleted one by one": lambda user: [link.delete() for link in links(user)],
    "links moved": lambda user: links(user).update(group=Group.objects.create(name="new")),
    "saved as a proxy": lambda user: saved_as(Customer, user),
    "saved as a child": lambda user: saved_as(Employee, user),
    "updated as a child": lambda user: Employee.objects.update(is_active=False),
    "deleted as a proxy": lambda user: Customer.objects.filter(pk=user.pk).delete(),
    "group deleted as a proxy": lambda user: Role.objects.all().delete(),
}
EVERYBODYS: dict[str, Callable[[User], Any]] = {
    "permission deleted": lambda user: see_notes().delete(),
}
NOBODYS: dict[str, Callable[[User], Any]] = {
    "created": lambda user: User.objects.create_user("new"),
    "signed in": lambda user: Client().login(username="vic", password="x"),
    "last seen": lambda user: User.objects.update(last_login=timezone.now()),
    "none updated": lambda user: User.objects.filter(pk=0).update(is_active=False),
    "group made": lambda user: Group.objects.create(name="new"),
    "nothing given": lambda user: user.groups.add(viewers()),
    "signed out without a user": lambda user: user_logged_out.send(User, request=None, user=None),
}


@pytest.mark.parametrize("what", HIS)
def test_what_happens_to_a_users_rights_is_told(vic: User, what: str) -> None:
    key = str(vic.pk)
    HIS[what](vic)
    assert told()
    assert {name for names in told() for name in names} == {key}
    assert [] not in told()


@pytest.mark.parametrize("what", EVERYBODYS)
def test_what_may_concern_anybody_is_told_to_all(vic: User, what: str) -> None:
    EVERYBODYS[what](vic)
    assert [] in told()


@pytest.mark.parametrize("what", NOBODYS)
def test_what_takes_nothing_away_is_not_told(vic: User, what: str) -> None:
    NOBODYS[what](vic)
    assert told() == []


def test_a_large_group_is_not_named_one_by_one(vic: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rights, "PKS_PER_CHANGE", 3)
    viewers().user_set.set([vic, *(User.objects.create_user(f"u{n}") for n in range(3))])
    Change.objects.all().delete()
    viewers().permissions.clear()
    assert told() == [[]]


def test_a_change_that_is_rolled_back_is_not_told(vic: User) -> None:
    with transaction.atomic():
        viewers().permissions.clear()
        transaction.set_rollback(True)
    assert told() == []


def test_users_can_be_saved_before_the_log_has_its_tables(
    vic: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(capture, "_kept", {})
    with connection.schema_editor() as editor:
        editor.delete_model(Change)
    try:
        deactivate(vic)
    finally:
        with connection.schema_editor() as editor:
            editor.create_model(Change)
    capture.look_again()
    deactivate(vic)
    assert told() == [[str(vic.pk)]]
