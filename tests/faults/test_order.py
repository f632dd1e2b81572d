"""Eight writers, slow and rolled back transactions, several feeds: no change is ever passed by."""

from __future__ import annotations

import pytest

from tests.faults.conftest import Start

WRITERS = 8
COMMITS, LONG_COMMITS = 800, 2_500
KILLED = 3


@pytest.mark.timeout(400)
def test_no_reader_misses_a_commit_but_the_naive_one(
    start: Start, request: pytest.FixtureRequest
) -> None:
    """Thousands of commits, two feeds that stamp, and others that die while they do.

    With ``--long`` twenty thousand of them.
    """
    commits = LONG_COMMITS if request.config.getoption("--long") else COMMITS
    feeds, naive = [start("follow") for _ in range(2)], start("naive")
    victims = [start("stamp") for _ in range(KILLED)]
    assert {process.hear() for process in (*feeds, naive, *victims)} == {"ready"}
    writers = [start("write", f"w{n}", commits) for n in range(WRITERS)]
    for victim in victims:
        assert victim.hear() == "busy"
        victim.stop()
    committed = sorted(key for writer in writers for key in writer.end())
    assert len(committed) == WRITERS * commits

    for feed in feeds:
        seen = feed.end()
        places, keys = [place for place, _key in seen], [key for _place, key in seen]
        assert places == list(range(1, len(committed) + 1))
        assert sorted(keys) == committed

    assert set(committed) - set(naive.end()), "the writers were too tame to prove anything"
