"""What ``hello`` says beside columns and rights."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.utils import translation

from livesheet.feed import frames
from livesheet.feed.frames import ROWS_PER_FRAME, Said, change_frame, hello
from livesheet.sheet.declaration import find_sheet

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    ("language", "decimal", "group"), [("en", ".", ","), ("de", ",", "."), ("fr", ",", "\xa0")]
)
def test_numbers_are_signed_as_in_the_users_language(
    ann: Any, language: str, decimal: str, group: str
) -> None:
    sheet_class = find_sheet("product")
    assert sheet_class is not None
    with translation.override(language):
        frame = hello(sheet_class(ann), "digest", [])
    assert frame["numbers"] == {"decimal": decimal, "group": group}


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ("ymd", "-", "mdy")),
        ("en-gb", ("dmy", "/", "dmy")),
        ("de", ("dmy", ".", "dmy")),
        ("fr", ("dmy", "/", "dmy")),
        ("es", ("dmy", "/", "dmy")),
        ("nl", ("dmy", "-", "dmy")),
        ("hu", ("ymd", "-", "")),  # with a sign at the end, too
    ],
)
def test_dates_are_written_as_in_the_users_language(
    ann: Any, language: str, said: tuple[str, ...]
) -> None:
    sheet_class = find_sheet("product")
    assert sheet_class is not None
    with translation.override(language):
        frame = hello(sheet_class(ann), "digest", [])
    assert tuple(frame["dates"].values()) == said


def test_audiences_that_are_sent_the_same_share_all_but_the_cursor(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows = [["1", "Bolt"], ["2", "Zürich"]]
    by = {"1": "ada", "3": "ada", "9": "eve"}
    said, encoded = Said(rows, ["3"], by, [["c", "r"]]), list[Any]()
    dumps = frames.values.dumps
    monkeypatch.setattr(frames.values, "dumps", lambda it: encoded.append(it) or dumps(it))
    (first,), (second,) = said.frames(str, "aa"), said.frames(str, "bb")
    assert second == first.replace("aa", "bb")
    assert json.loads(first) == {
        "type": "change", "cursor": "aa", "rows": rows, "gone": ["3"],
        "by": {"1": "ada", "3": "ada"}, "refs": [["c", "r"]],
    }  # fmt: skip
    assert len(encoded) == 1


def test_whoever_is_sent_something_else_shares_nothing() -> None:
    """Whose rows, authors, refs or deletions are others gets a frame of these."""
    rows = [["1", "Bolt"]]
    said: list[tuple[list[Any], list[str], dict[str, Any], list[Any]]] = [
        (rows, [], {"1": "ada"}, []),
        ([["1", "Bolt"]], [], {"1": "bob"}, []),
        (rows, ["2"], {"1": "ada"}, []),
        (rows, [], {"1": "bob"}, []),
        (rows, [], {"1": "ada"}, [["c", "r"]]),
        ([*rows, ["2", "Nut"]], [], {"1": "ada"}, []),
        ([], [], {}, []),
    ]
    for shown, gone, by, refs in said * 2:
        frame = json.loads(change_frame("aa", shown, gone, by, refs))
        assert (frame["rows"], frame["gone"]) == (shown, gone)
        assert (frame["by"], frame["refs"]) == (by, refs)


def test_only_the_last_of_several_frames_moves_on() -> None:
    rows = [[str(n), "x"] for n in range(ROWS_PER_FRAME + 1)]
    frames = [json.loads(text) for text in Said(rows, ["z"], {}, []).frames(lambda: "aa", "bb")]
    assert [frame["cursor"] for frame in frames] == ["aa", "bb"]
    assert [row for frame in frames for row in frame["rows"]] == rows
    assert [frame["gone"] for frame in frames] == [[], ["z"]]
