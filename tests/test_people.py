"""How users appear to their colleagues."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser, User

from livesheet.people import COLOURS, colour_of, display_name, me, user_key


def test_a_user_has_the_full_name_or_else_the_name_of_the_account() -> None:
    assert display_name(User(username="ada", first_name="Ada", last_name="King")) == "Ada King"
    assert display_name(User(username="ada")) == "ada"


def test_a_user_model_without_full_names_has_its_user_name() -> None:
    class Account:
        pk = 7

        def get_username(self) -> str:
            return "ada@example.org"

    assert display_name(Account()) == "ada@example.org"


@pytest.mark.parametrize(
    ("user", "key"), [(User(pk=7), "7"), (User(), ""), (AnonymousUser(), ""), (None, "")]
)
def test_nobody_has_no_key(user: Any, key: str) -> None:
    assert user_key(user) == key


def test_a_visitor_without_an_account_has_no_name() -> None:
    assert me(AnonymousUser()) == {"id": "", "name": "", "colour": colour_of("")}


def test_a_colour_is_always_the_same_and_all_of_them_are_used() -> None:
    assert colour_of("7") == colour_of("7") == me(User(pk=7, username="ada"))["colour"]
    assert {colour_of(str(pk)) for pk in range(300)} == set(COLOURS)
