from __future__ import annotations

from livesheet.log import numbering


def test_each_key_is_in_one_batch_and_none_is_too_large() -> None:
    ids = list(range(1, 2 * numbering.KEYS_AT_ONCE + 2))
    batches = list(numbering._batches(ids))
    assert [pk for batch in batches for pk in batch] == ids
    assert [len(batch) for batch in batches] == [numbering.KEYS_AT_ONCE] * 2 + [1]
