"""Frames in: everything that a client may send, and a refusal in words for everything else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livesheet.exceptions import FrameError
from livesheet.wire import protocol
from livesheet.wire.protocol import (
    Act,
    Add,
    Arrange,
    Ask,
    At,
    Cancel,
    Delete,
    Edit,
    Enter,
    Open,
    Ping,
    Window,
    decode,
    parse,
)

FRAMES = Path(__file__).parent.parent / "frames"
CLIENT = "6f1d2c3b4a5968778695a4b3c2d1e0ff"
CURSOR = "oVAUIudDPeSOYP5BQo5ffv70wxkPHteR"


def example(name: str) -> str:
    return (FRAMES / f"client.{name}.json").read_text(encoding="utf-8")


def test_the_examples_of_the_contract_are_understood() -> None:
    have = [str(pk) for pk in range(1, 41)] + ["55", "56", "57", "A-17"]
    cells = [("41", "price", "12.50", "12.00"), ("41", "active", False, True)]
    view = {
        "sorts": [{"column": "price", "descending": True}],
        "filters": [{"column": "unit", "kind": "in", "values": ["kg"]}],
        "grouped": {
            "by": [{"column": "supplier", "descending": False}],
            "closed": [["9"], [None]],
            "first": [["3"], ["9"]],
            "zone": "Europe/Berlin",
        },
    }
    assert {
        path.name.split(".")[1]: parse(path.read_text()) for path in FRAMES.glob("client.*")
    } == {
        "open": Open(CLIENT, CURSOR, "c1f0a2b37d94", have),
        "edit": Edit("e12", cells, False),
        "add": Add("a3", [{"name": "Oak table", "price": "349.00", "supplier": "3"}], False),
        "act": Act("x7", "mark_paid", ["41", "42"]),
        "delete": Delete("d4", [("41", CURSOR), ("42", None)]),
        "at": At("41", "price", True),
        "ping": Ping(CURSOR),
        "ask": Ask("q5", "options", {"column": "supplier", "text": "nor"}),
        "arrange": Arrange("w1", view, "flour", "42", 60),
        "enter": Enter("w3", 2, 731450, None, 60, ["512"]),
        "window": Window("w4", 2, 480, 620),
        "cancel": Cancel("q5"),
    }


def test_a_wish_may_name_the_copy_that_sent_it_first() -> None:
    for name in ("edit", "add", "delete"):
        wish = parse(change(name, client=CLIENT))
        assert isinstance(wish, Edit | Add | Delete)
        assert wish.client == CLIENT
        with pytest.raises(FrameError, match="client must be"):
            parse(change(name, client="somebody"))


def test_what_may_be_left_out() -> None:
    assert parse(json.dumps({"type": "open", "client": CLIENT})) == Open(CLIENT, None, None, None)
    assert parse('{"type": "ping"}') == Ping(None)
    assert parse('{"type": "at"}') == At(None, None, False)
    assert parse('{"type": "add", "ref": "a", "rows": [{}], "more": 1}') == Add("a", [{}], False)


@pytest.mark.parametrize(
    ("name", "fields", "why"),
    [
        ("arrange", {"rows": 501}, "rows must be a number from 0 to 500; got 501"),
        ("arrange", {"rows": True}, "rows must be a number"),
        ("arrange", {"view": []}, "view must be an object"),
        ("arrange", {"near": 7}, "near must be a text"),
        ("enter", {"place": -1}, "place must be a number from 0"),
        ("enter", {"order": None}, "order must be a number"),
        ("window", {"from": 5, "to": 5}, "expected 1 to 500 rows; got those from 5 to 5"),
        ("window", {"from": 0, "to": 501}, "expected 1 to 500 rows"),
    ],
)
def test_windows_are_bounded(name: str, fields: dict[str, Any], why: str) -> None:
    with pytest.raises(FrameError, match=why):
        parse(change(name, **fields))


def change(name: str, **fields: Any) -> str:
    return json.dumps({**json.loads(example(name)), **fields})


REFUSED = [
    ("", "bad_json", "Expected a JSON object", '""'),
    ("{", "bad_json", "Expected a JSON object", '"{"'),
    ("[" * 50_000, "bad_json", "Expected a JSON object", "[["),
    ('{"type": "ping", "cursor": NaN}', "bad_json", "NaN is not a valid number", "NaN"),
    ('{"type": "ping", "cursor": 1e999}', "bad_json", "number is too large", "1e999"),
    ('{"type": "ping", "x": "\\ud800"}', "bad_json", "half a character", "ping"),
    (
        '{"type": "ping", "x": ' + "9" * 5000 + "}",
        "bad_json",
        "Expected a JSON object",
        "100 digits",
    ),
    ("[]", "bad_frame", "Expected a JSON object", "[]"),
    ("null", "bad_frame", "Expected a JSON object", "null"),
    ("{}", "unknown_type", "type must be one of open, edit, ", "null"),
    ('{"type": "edti"}', "unknown_type", "type must be one of open, edit", '"edti"'),
    ('{"type": ["edit"]}', "unknown_type", "type must be one of open, edit", '["edit"]'),
    (change("open", client="x" * 32), "bad_frame", "client must be 32 hexadecimal digits", "xxx"),
    (change("open", client=7), "bad_frame", "client must be a text of 1 to 32 characters", "7"),
    (change("open", cursor=1841), "bad_frame", "cursor must be a text", "1841"),
    (change("open", have={}), "bad_frame", "have must be a list or null", "{}"),
    (change("open", have=[["--5", 1]]), "bad_frame", "a text or [first, count]", '["--5", 1]'),
    (change("open", have=[[True, 1]]), "bad_frame", "a text or [first, count]", "[true, 1]"),
    (change("open", have=[[1, -1]]), "bad_frame", "a text or [first, count]", "[1, -1]"),
    (change("open", have=[[1, 1.5]]), "bad_frame", "a text or [first, count]", "[1, 1.5]"),
    (change("open", have=[[10**99, 2]]), "bad_frame", "a text or [first, count]", "[1000"),
    (change("open", have=[[10**4299, 2]]), "bad_json", "Expected a JSON object", "100 digits"),
    (change("open", have=[[1, 10_001]]), "bad_frame", "10000 at most", "[1, 10001]"),
    (change("open", have=["x" * 2001]), "bad_frame", "a text must be a text of 1 to 2000", "xxx"),
    (change("open", have=["x"] * 10_001), "bad_frame", "have may name 10000 rows at most", "leave"),
    (change("edit", ref=""), "bad_frame", "ref must be a text of 1 to 64 characters", '""'),
    (change("edit", ref="r" * 65), "bad_frame", "ref must be a text of 1 to 64 characters", "rrr"),
    (change("edit", ref="\0"), "bad_frame", "ref must be a text", "u0000"),
    (change("edit", cells=[]), "bad_frame", "cells must be a list with at least one entry", "[]"),
    (change("edit", cells=[["1", "a", 1]]), "bad_frame", "[pk, column, value, base]", '["1", "a"'),
    (change("edit", cells=[["1", "a", 1, 2, 3]]), "bad_frame", "[pk, column, value, base]", "3]"),
    (change("edit", cells=[[1, "a", 1, 2]]), "bad_frame", "cells[0][0] must be a text", "1"),
    (change("edit", cells=[["1", None, 1, 2]]), "bad_frame", "cells[0][1] must be a text", "null"),
    (change("edit", cells=[["1", "a", 1, 2]] * 501), "too_many", "500 entries at most", "501"),
    (
        change("edit", cells=[["1", "a", 1, 2], ["2", "a", 1, 2], ["1", "a", 3, 2]]),
        "bad_frame",
        "cells[2] names the same as cells[0]",
        "send one of them",
    ),
    (change("delete", pks=[["1", None], ["1", None]]), "bad_frame", "pks[1] names the same", "[0]"),
    (change("edit", atomic="yes"), "bad_frame", "atomic must be true or false", '"yes"'),
    (change("add", rows=[["name"]]), "bad_frame", "rows[0] must be an object", '["name"]'),
    (change("add", rows=[{}] * 201), "too_many", "200 entries at most", "201"),
    (change("delete", pks=["41"]), "bad_frame", "pks[0] must be [pk, cursor or null]", '"41"'),
    *(
        (change("delete", pks=[pk]), "bad_frame", "pks[0] must be [pk, cursor or null]", "[")
        for pk in ([], ["41"], ["41", None, None])
    ),
    (change("delete", pks=[["41", 5]]), "bad_frame", "pks[0][1] must be a text", "5"),
    (change("at", editing=1), "bad_frame", "editing must be true or false", "1"),
    (change("at", pk=41), "bad_frame", "pk must be a text of 1 to 2000 characters", "41"),
]


@pytest.mark.parametrize(("text", "code", "expected", "got"), REFUSED)
def test_a_refusal_says_what_was_expected_and_what_came(
    text: str, code: str, expected: str, got: str
) -> None:
    with pytest.raises(FrameError) as caught:
        parse(text)
    assert caught.value.code == code
    assert expected in caught.value.detail
    assert got in caught.value.detail
    assert len(caught.value.detail) < 300


def test_a_refusal_bears_the_ref_of_the_frame() -> None:
    with pytest.raises(FrameError) as caught:
        parse(change("edit", ref="e7", cells=None))
    assert caught.value.ref == "e7"
    with pytest.raises(FrameError) as caught:
        parse(change("edit", ref=["e7"], cells=None))
    assert caught.value.ref is None


@pytest.mark.parametrize(
    "frame",
    [
        '{"type":"edit","ref":"e7","cells":[["1","data",' + "[" * 60_000,
        '{"ref": "e7", "type": "edit", "cells": ',
        '{"type":"edit","ref":"e7","cells":[["1","a","' + "x" * 70_000 + '",null]]}',
        '{"type":"edit","ref":"e7","cells":[["\\ud800","a","x",null]]}',
        '{"type":"ask","ref":"e7","about":"options","query":{"text":"\\ud800"}}',
        '{"type":"edit","ref":"e7","cells":[["1","a",1,2]],"atomic":NaN}',
        '{"type":"edti","ref":"e7"}',
    ],
)
def test_a_frame_that_cannot_be_read_is_refused_by_its_ref(frame: str) -> None:
    with pytest.raises(FrameError) as caught:
        decode({"text": frame}, 65_536)
    assert caught.value.ref == "e7"


def test_a_ref_that_only_looks_like_the_frames_is_none() -> None:
    inside, spelled = (
        '{"type":"edit","cells":[{"ref":"e7"',
        '{"type":"edit","ref":"e\\u0037","cells":[',
    )
    for text in (inside, spelled):
        with pytest.raises(FrameError) as caught:
            parse(text)
        assert caught.value.ref is None


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (json.dumps(nested(33)), "nested too deeply"),
        ('{"a":' * 33 + "1" + "}" * 33, "nested too deeply"),
        (r'"\ud83d"', "half a character"),
        (r'{"\udc00": 1}', "half a character"),
        ("NaN", "NaN is not a valid number"),
        ("-Infinity", "-Infinity is not a valid number"),
        ("[1e999]", "too large"),
        ("1" * 101, "100 digits"),
        ("[" + "1" * 5000 + "]", "100 digits"),
    ],
)
def test_what_cannot_be_stored_is_refused_at_its_own_cell(value: str, why: str) -> None:
    fine = '["2","a","\\ud83d\\ude00",null]'
    text = '{"type":"edit","ref":"e","cells":[["1","a",%s,null],["1","b","x",%s],%s]}'
    edit = parse(text % (value, value, fine))
    assert isinstance(edit, Edit)
    assert [why in str(cell[2]) for cell in edit.cells] == [True, True, False]
    assert edit.cells[2] == ("2", "a", "😀", None)
    row = '{"a":' + value + ',"b":"x"}'
    add = parse('{"type":"add","ref":"a","rows":[' + row + "]}")
    assert isinstance(add, Add)
    assert why in str(add.rows[0]["a"])
    assert add.rows[0]["b"] == "x"


def test_values_may_be_nested_but_not_without_bound() -> None:
    edit = parse(change("edit", cells=[["1", "data", nested(32), 10**99]]))
    assert isinstance(edit, Edit)
    assert edit.cells[0][2:] == (nested(32), 10**99)
    with pytest.raises(FrameError, match="nested 12 deep at most"):
        parse(change("ask", query={"a": nested(11)}))


def test_the_size_is_counted_in_bytes() -> None:
    frame = '{"type": "ping", "x": "%s"}'
    assert decode({"text": frame % ("é" * 10)}, 100) == Ping(None)
    with pytest.raises(FrameError, match="Expected at most 100 bytes; got 105"):
        decode({"text": frame % ("é" * 40)}, 100)
    with pytest.raises(FrameError, match="Expected at most 100 bytes; got 1025"):
        decode({"text": frame % ("x" * 1000)}, 100)


def test_a_binary_frame_is_refused() -> None:
    with pytest.raises(FrameError, match="Expected a text frame with JSON; got a binary frame"):
        decode({"bytes": b"{}", "text": None}, 100)


def test_columns_are_checked_before_anything_is_written() -> None:
    protocol.check_columns(parse(example("edit")), ["price", "active"])  # type: ignore[arg-type]
    protocol.check_columns(parse(example("delete")), [])  # type: ignore[arg-type]
    with pytest.raises(FrameError) as caught:
        protocol.check_columns(parse(example("edit")), ["price"])  # type: ignore[arg-type]
    assert (caught.value.code, caught.value.ref) == ("unknown_column", "e12")
    assert caught.value.detail == 'edit: cells[1][1] must be a column of this sheet; got "active"'
    with pytest.raises(FrameError, match=r'add: rows\[0\] must be a column .* got "supplier"'):
        protocol.check_columns(parse(example("add")), ["name", "price"])  # type: ignore[arg-type]


TEXTS = st.text("0a-é\0\ud800\u2028", max_size=40)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=2),
    max_leaves=8,
)
NAMES = [
    "type",
    "ref",
    "client",
    "cursor",
    "digest",
    "have",
    "cells",
    "rows",
    "pks",
    "pk",
    "atomic",
]


@settings(database=None, deadline=None)
@given(
    st.sampled_from(["open", "edit", "add", "delete", "at", "ping"]),
    st.dictionaries(st.sampled_from(NAMES), JSON, max_size=3),
)
def test_nothing_but_a_frame_or_a_refusal_comes_out(kind: str, fields: dict[str, Any]) -> None:
    try:
        frame = parse(change(kind, **fields))
    except FrameError as error:
        assert error.detail
    else:
        assert isinstance(frame, Open | Edit | Add | Delete | At | Ping)
