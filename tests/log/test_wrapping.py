"""A wrapped method is what it was, for all that inherit it."""

from __future__ import annotations

from typing import Any

from livesheet.log.wrapping import wrap


class Plain:
    def greet(self, name: str, *, loud: bool = False) -> str:
        """Says hello."""
        return f"Hello {name}{'!' if loud else ''}"

    greet.alters_data = True  # type: ignore[attr-defined]


class Child(Plain):
    pass


def twice(original: Any, *args: Any, **kwargs: Any) -> str:
    return f"{original(*args, **kwargs)} {original(*args, **kwargs)}"


def reply(original: Any, *args: Any, **kwargs: Any) -> str:
    return f"{original(*args, **kwargs)} Hi"


def test_repeating_it_changes_nothing_and_another_goes_around() -> None:
    wrap(Plain, "greet", twice)
    once: Any = Plain.greet
    wrap(Plain, "greet", twice)
    assert Plain.greet is once
    assert Child().greet("Ann", loud=True) == "Hello Ann! Hello Ann!"
    assert (once.__name__, once.__doc__, once.alters_data) == ("greet", "Says hello.", True)
    wrap(Plain, "greet", reply)
    assert Child().greet("Bea") == "Hello Bea Hello Bea Hi"
