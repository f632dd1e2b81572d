"""Who did it: attributed to what is written inside, and to nothing else."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser

import livesheet
from livesheet import people
from livesheet.log import actors
from livesheet.models import Change
from tests.app.models import Note


def who() -> list[tuple[str, str]]:
    return list(Change.objects.order_by("id").values_list("actor", "origin"))


@pytest.mark.django_db(transaction=True)
def test_writes_inside_are_attributed(ann: Any) -> None:
    note = Note.objects.create(key="a")
    with livesheet.acting_as(ann):
        note.save()
        with livesheet.acting_as(origin="task: import_prices"):
            note.save()
        note.save()
    note.save()
    mine = (str(ann.pk), "")
    assert who() == [("", ""), mine, ("", "task: import_prices"), mine, ("", "")]


@pytest.mark.django_db(transaction=True)
def test_a_long_origin_is_cut_and_never_fails_the_writer() -> None:
    with livesheet.acting_as(origin="x" * 500):
        Note.objects.create(key="a")
    assert who() == [("", "x" * 200)]


@pytest.mark.django_db(transaction=True)
def test_a_process_that_writes_for_ever_does_not_grow() -> None:
    with livesheet.acting_as(origin="a daemon"):
        for n in range(5):
            Note.objects.create(key=str(n))
        assert not actors.current().captured
    assert not actors.current().captured


def test_the_block_ends_with_an_error_too() -> None:
    with pytest.raises(ZeroDivisionError), livesheet.acting_as(origin="broken"):
        raise ZeroDivisionError
    assert actors.current().origin == ""


def test_names_and_keys_of_users() -> None:
    assert people.user_key(AnonymousUser()) == ""
    assert people.user_key(SimpleNamespace(pk=7)) == "7"
    ann: Any = SimpleNamespace(get_full_name=lambda: "Ann Lee", get_username=lambda: "ann")
    bea: Any = SimpleNamespace(get_full_name=lambda: "", get_username=lambda: "bea")
    cem: Any = SimpleNamespace(get_username=lambda: "cem")  # a user model without full names
    assert [people.display_name(user) for user in (ann, bea, cem)] == ["Ann Lee", "bea", "cem"]


def test_names_on_the_package_resolve_lazily() -> None:
    assert livesheet.acting_as is actors.acting_as
    with pytest.raises(AttributeError, match="no attribute 'acting_ass'"):
        livesheet.acting_ass  # noqa: B018
