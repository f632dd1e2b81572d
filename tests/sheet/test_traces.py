"""What is logged of a value that cannot be read: never what it contains, and not too often."""

from __future__ import annotations

from typing import Any

import pytest

from livesheet.sheet import traces


class Clock:
    now = 1_000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(traces, "time", clock)
    traces.forget()
    return clock


def complain(column: str, error: Exception | None = None) -> None:
    facts: dict[str, Any] = {"event": "row.unread", "column": column}
    traces.complain("%r cannot be read:%s", column, error or ValueError("secret"), facts)


def test_the_trace_names_the_exception_and_the_lines_but_not_its_message() -> None:
    def decrypt() -> None:
        raise ValueError("the secret 4711")

    with pytest.raises(ValueError, match="4711") as raised:
        decrypt()
    text = traces.trace(raised.value)
    assert "in decrypt" in text
    assert text.endswith("builtins.ValueError")
    assert "secret 4711" not in text.replace('raise ValueError("the secret 4711")', "")


def test_the_same_is_said_once_a_minute(clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    for seconds, said in ((0.0, 1), (59.0, 1), (1.0, 2)):
        clock.now += seconds
        complain("price")
        assert len(caplog.records) == said


def test_other_columns_and_other_exceptions_are_said(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    complain("price")
    complain("stock")
    complain("price", TypeError())
    assert [record.args[0] for record in caplog.records if record.args] == [
        "price", "stock", "price",
    ]  # fmt: skip


def test_it_is_remembered_in_little_memory(
    clock: Clock, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(traces, "MOST_REMEMBERED", 3)
    for n in range(4):
        complain(f"column {n}")
    assert len(traces._said) == 1
