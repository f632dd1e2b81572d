"""What is said of a frame's field that has not the shape which it must have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from livesheet.exceptions import FrameError
from livesheet.wire.fields import MAX_KEY, Fields, is_ref, short


def of(**raw: Any) -> Fields:
    return Fields({"type": "edit", **raw}, "r1", {"edit"})


REFUSED: list[tuple[Callable[[], Any], str]] = [
    (lambda: of(a=7).text("a"), "edit: a must be a text of 1 to 64 characters; got 7"),
    (lambda: of().text("a"), "edit: a must be a text of 1 to 64 characters; got null"),
    (lambda: of(a="").text("a"), 'edit: a must be a text of 1 to 64 characters; got ""'),
    (lambda: of(a="xyz").text("a", 2), 'edit: a must be a text of 1 to 2 characters; got "xyz"'),
    (lambda: of(a="\0").text("a"), r'edit: a must be a text of 1 to 64 characters; got "\u0000"'),
    (lambda: of(a=1).flag("a"), "edit: a must be true or false; got 1"),
    (lambda: of(a=True).number("a", 9), "edit: a must be a number from 0 to 9; got true"),
    (lambda: of(a=10).number("a", 9), "edit: a must be a number from 0 to 9; got 10"),
    (lambda: of(a=-1).number("a", 9), "edit: a must be a number from 0 to 9; got -1"),
    (lambda: of(a=[]).object("a"), "edit: a must be an object; got []"),
    (lambda: of(a={}).items("a", 2), "edit: a must be a list with at least one entry; got {}"),
    (lambda: of(a=[]).items("a", 2), "edit: a must be a list with at least one entry; got []"),
]


@pytest.mark.parametrize(("read", "message"), REFUSED, ids=[text for _read, text in REFUSED])
def test_a_refusal_names_the_field_what_it_must_be_and_what_came(
    read: Callable[[], Any], message: str
) -> None:
    with pytest.raises(FrameError) as refused:
        read()
    assert str(refused.value) == message
    assert (refused.value.code, refused.value.ref) == ("bad_frame", "r1")


def test_too_many_entries_have_a_code_of_their_own() -> None:
    with pytest.raises(FrameError, match="may hold 2 entries at most; got 3") as refused:
        of(a=[1, 2, 3]).items("a", 2)
    assert refused.value.code == "too_many"


def test_the_type_is_named_only_if_there_is_one_of_that_name() -> None:
    assert str(Fields({"type": "elsewhere"}, None, {"edit"}).error("no")) == "no"
    assert str(Fields({"type": ["edit"]}, None, {"edit"}).error("no")) == "no"


def test_what_has_the_right_shape_is_returned() -> None:
    fields = of(text="x" * 64, flag=True, number=9, object={"a": 1}, items=[1, 2])
    assert fields.text("text") == "x" * 64
    assert fields.flag("flag") is True
    assert fields.number("number", 9) == 9
    assert fields.object("object") == {"a": 1}
    assert fields.items("items", 2) == [1, 2]


def test_what_may_be_left_out_has_a_default() -> None:
    assert of().optional_text("a") is None
    assert of().flag("a") is False
    assert of().object("a") == {}
    assert of().number("a", 9, 0) == 0


def test_a_key_may_be_empty_and_as_long_as_a_model_allows() -> None:
    assert of().key("pk", "") == ""
    assert of().key("pk", "k" * MAX_KEY) == "k" * MAX_KEY
    with pytest.raises(FrameError):
        of().key("pk", "k" * (MAX_KEY + 1))


@pytest.mark.parametrize(
    ("ref", "is_one"),
    [("r", True), ("r" * 64, True), ("r" * 65, False), ("", False), (7, False), ("\ud83d", False)],
)
def test_which_refs_can_be_answered(ref: Any, is_one: bool) -> None:
    assert is_ref(ref) is is_one


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("x" * 40, f'"{"x" * 40}"'),
        ("x" * 41, f'"{"x" * 40}…"'),
        ("Zürich", '"Zürich"'),
        ("\ud83d", '"?"'),
        (["x" * 50], f'["{"x" * 38}…'),
        ({1, 2}, '"{1, 2}"'),
    ],
)
def test_what_came_is_quoted_in_a_bounded_length(value: Any, text: str) -> None:
    assert short(value) == text
