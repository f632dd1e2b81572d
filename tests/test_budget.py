from __future__ import annotations

import pytest

from livesheet import budget
from livesheet.budget import Budget


def test_four_seconds_worth_at_once_and_then_the_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1_000.0
    monkeypatch.setattr(budget.time, "monotonic", lambda: now)
    tokens = Budget(10)
    assert [tokens.spend() for _ in range(41)] == [True] * 40 + [False]
    now += 1
    assert [tokens.spend() for _ in range(11)] == [True] * 10 + [False]
    now += 3_600
    assert sum(tokens.spend() for _ in range(100)) == 40
