"""Who meets in which room."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import User

from livesheet.sheet.meeting import is_alone, room_of


def sheet(name: str = "product", room: Any = None, user: Any = None, **params: Any) -> Any:
    return SimpleNamespace(get_name=lambda: name, params=params, room=room, user=user)


def test_the_same_sheet_with_the_same_params_is_one_room() -> None:
    assert room_of(sheet(year=2026, city="Ulm")) == room_of(sheet(city="Ulm", year="2026"))


@pytest.mark.parametrize(
    "other", [sheet("order", year=2026), sheet(year=2025), sheet(), sheet(room="b", year=2026)]
)
def test_another_sheet_other_params_or_another_key_are_another_room(other: Any) -> None:
    assert room_of(other) != room_of(sheet(year=2026))


def test_a_room_has_a_name_of_one_length_that_tells_nothing() -> None:
    name = room_of(sheet(room="Ada's team" * 100))
    assert len(name) == 32
    assert "Ada" not in name


def test_a_user_whose_hooks_are_their_own_is_alone() -> None:
    ada = User(pk=7)
    assert is_alone(sheet(room=("user", "7"), user=ada))
    assert not is_alone(sheet(room=("user", "8"), user=ada))
    assert not is_alone(sheet(room="all", user=ada))
