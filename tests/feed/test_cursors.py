"""What a client holds of the log: it can be sent back, and tells nothing."""

from __future__ import annotations

from itertools import pairwise
from operator import eq
from typing import Any

import pytest
from django.test import override_settings

from livesheet.consumers import LiveSheetConsumer
from livesheet.feed.cursors import Cursors
from livesheet.log.changelog import Position
from tests.app.models import Note


class Tenants(LiveSheetConsumer):
    abstract = True
    model = Note
    sheet_name = "tenants"
    fields = ["text"]
    params = {"project": int}

    def get_audience(self) -> Any:
        return self.user


def cursors(audience: str = "oak", project: str = "1") -> Cursors:
    return Cursors(Tenants(audience, {"project": project}))


PLACES = [Position("9b2e41c07a6f", seq, f"5d0c77{seq % 100:02}") for seq in (0, 1, 2, 99, 10**17)]


@pytest.mark.parametrize("place", PLACES, ids=str)
def test_what_was_sealed_is_opened(place: Position) -> None:
    assert cursors().open(cursors().seal(place)) == place


def test_equal_places_have_equal_cursors_in_one_audience_and_in_no_other() -> None:
    place = PLACES[1]
    others = [cursors("elm"), cursors(project="2")]
    assert cursors().seal(place) == cursors().seal(place)
    sealed = {cursors().seal(place), *(other.seal(place) for other in others)}
    assert len(sealed) == 3
    assert [other.open(cursors().seal(place)) for other in others] == [None, None]


def test_nothing_can_be_read_from_it() -> None:
    """Neither the place nor how far two are apart: one step changes half of the bits."""
    sealed = [cursors().seal(Position("9b2e41c07a6f", seq, "5d0c77aa")) for seq in range(200)]
    assert len({len(text) for text in sealed}) == 1
    assert sorted(sealed) != sealed
    assert not any("9b2e41" in text or "5d0c" in text for text in sealed)
    assert max(sum(map(eq, one, other)) for one, other in pairwise(sealed)) < 16


def test_a_forged_one_opens_nothing() -> None:
    good = cursors().seal(PLACES[3])
    for n in range(len(good) - 1):
        other = "A" if good[n] != "A" else "B"
        assert cursors().open(good[:n] + other + good[n + 1 :]) is None
    for text in (None, "", "x", "a.b.c", "9b2e41c07a6f.1841.5d0c77aa", good[:-4], "ü", "=" * 9):
        assert cursors().open(text) is None


def test_a_new_secret_key_opens_what_the_former_one_sealed(settings: Any) -> None:
    former = cursors().seal(PLACES[1])
    with override_settings(SECRET_KEY="new", SECRET_KEY_FALLBACKS=[settings.SECRET_KEY]):
        assert cursors().open(former) == PLACES[1]
        assert cursors().seal(PLACES[1]) != former
    with override_settings(SECRET_KEY="new"):
        assert cursors().open(former) is None
