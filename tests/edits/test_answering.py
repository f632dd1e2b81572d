"""The requests of one socket that were put off are known by whose they are."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.test import override_settings

from livesheet.edits import answering
from livesheet.edits.answering import Answering
from livesheet.wire.protocol import Edit

OURS, THEIRS = "1" * 32, "2" * 32


@pytest.fixture
def busy(monkeypatch: pytest.MonkeyPatch) -> Answering:
    """Of a socket each of whose requests is put off, because another transaction has its row."""

    async def held(*args: Any) -> dict[str, Any]:
        return {"results": []}

    monkeypatch.setattr(Answering, "_attempted", held)
    monkeypatch.setattr(answering, "can_join", lambda sheet, request: True)
    monkeypatch.setattr(answering.receipts, "is_put_off", lambda reply: True)
    socket: Any = SimpleNamespace(position=None)
    nothing: Any = lambda *args: None  # noqa: E731
    return Answering(socket, "en", nothing, nothing, nothing)


def edit(ref: str, client: str | None = None) -> Edit:
    return Edit(ref, [("a", "text", "new", "old")], False, client)


async def test_a_repeat_of_what_was_put_off_joins_no_others(busy: Answering) -> None:
    assert busy._can_join(edit("e1"), OURS)
    await busy._alone(edit("e1"), OURS)
    assert not busy._can_join(edit("e1"), OURS)
    assert busy._can_join(edit("e2"), OURS)


async def test_a_request_of_a_closed_copy_is_another_than_our_own_of_that_ref(
    busy: Answering,
) -> None:
    await busy._alone(edit("e1", THEIRS), OURS)
    assert not busy._can_join(edit("e1", THEIRS), OURS)
    assert busy._can_join(edit("e1"), OURS)
    assert not busy._can_join(edit("e1"), THEIRS)


@override_settings(LIVESHEET={"MAX_REQUESTS": 2})
async def test_only_as_many_are_remembered_as_may_be_under_way(busy: Answering) -> None:
    for ref in ("e1", "e2", "e3"):
        await busy._alone(edit(ref), OURS)
    assert [busy._can_join(edit(ref), OURS) for ref in ("e1", "e2", "e3")] == [True, False, False]
