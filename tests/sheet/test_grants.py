"""Permissions read in one statement are those that Django reads in two."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import Group, Permission, User

from livesheet.sheet.grants import read_together

pytestmark = pytest.mark.django_db


class Generous(ModelBackend):
    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        return True


@pytest.fixture
def clerk() -> User:
    user = User.objects.create_user("clerk")
    for name, codes in (("sales", ["view_product"]), ("stock", ["view_product", "add_note"])):
        group = Group.objects.create(name=name)
        group.permissions.set(Permission.objects.filter(codename__in=codes))
        user.groups.add(group)
    user.user_permissions.set(Permission.objects.filter(codename="change_note"))
    return user


def test_they_are_what_django_reads(clerk: User, django_assert_num_queries: Any) -> None:
    theirs = User.objects.get(pk=clerk.pk)
    by_user, by_groups = theirs.get_user_permissions(), theirs.get_group_permissions()
    assert (by_user, by_groups) == ({"app.change_note"}, {"app.view_product", "app.add_note"})
    ours = User.objects.get(pk=clerk.pk)
    with django_assert_num_queries(1):
        read_together(ours)
        read_together(ours)
        assert ours.get_user_permissions() == by_user
        assert ours.get_group_permissions() == by_groups
        assert ours.get_all_permissions() == theirs.get_all_permissions()
        assert ours.has_perm("app.add_note")
        assert not ours.has_perm("app.delete_note")


@pytest.mark.parametrize("backends", [
    ["tests.sheet.test_grants.Generous"],
    ["django.contrib.auth.backends.ModelBackend", "tests.sheet.test_grants.Generous"],
])  # fmt: skip
def test_other_backends_are_asked_as_they_are(
    clerk: User, settings: Any, backends: list[str], django_assert_num_queries: Any
) -> None:
    settings.AUTHENTICATION_BACKENDS = backends
    with django_assert_num_queries(0):
        read_together(clerk)
    assert clerk.has_perm("app.delete_note")


@pytest.mark.parametrize("what", ["is_superuser", "is_active"])
def test_superusers_and_who_is_not_active_are_django_s(
    clerk: User, what: str, django_assert_num_queries: Any
) -> None:
    setattr(clerk, what, what == "is_superuser")
    with django_assert_num_queries(0):
        read_together(clerk)
    assert clerk.has_perm("app.view_product") is (what == "is_superuser")
