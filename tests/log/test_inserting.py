"""The INSERT of a change stores what was given, and is the same for all that need no quoting."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from livesheet.log import inserting
from livesheet.log.actors import NOBODY, Actor, acting
from livesheet.models import Change

FACTS = ("model", "kind", "fields", "actor", "origin", "client", "ref", "ref_index")


def stored() -> list[tuple[Any, ...]]:
    rows = Change.objects.order_by("id").values_list("pks", *FACTS)
    return [(json.loads(row[0]), *row[1:]) for row in rows]


def assert_tags_differ(count: int) -> None:
    tags = set(Change.objects.values_list("tag", flat=True))
    assert [len(tag) for tag in tags] == [8] * count


def author(**more: Any) -> Actor:
    return Actor(user="u" * 300, origin="o" * 300, client="c", ref="r", **more)


AUTHOR = ("u" * 255, "o" * 200, "c", "r")


@pytest.mark.django_db
def test_a_change_without_an_author_has_no_more_than_its_rows() -> None:
    before = timezone.now()
    inserting.insert("default", "app.note", "save", ["1"], None, NOBODY)
    inserting.insert("default", "app.note", "add", ["2", "3"], (), NOBODY)
    assert stored() == [
        (["1"], "app.note", "save", "", "", "", "", "", None),
        (["2", "3"], "app.note", "add", "", "", "", "", "", None),
    ]
    for change in Change.objects.all():
        assert before <= change.at <= timezone.now()
        assert change.seq is None
    assert_tags_differ(2)


@pytest.mark.django_db
def test_the_author_and_the_names_of_fields_are_stored_and_cut() -> None:
    inserting.insert("default", "app.note", "save", ["1"], {"text", "key"}, author(index=3))
    inserting.insert("default", "app.note", "save", ["1"], None, author())
    assert stored() == [
        (["1"], "app.note", "save", '["key", "text"]', *AUTHOR, 3),
        (["1"], "app.note", "save", "", *AUTHOR, None),
    ]


KEYS = [["it's"], ['a"b'], ["\\"], ["ünlü"], ["%s"], ["{}"], ["a;--"], ["٣"], ["a", "it's"], ["\n"]]


@pytest.mark.django_db
@pytest.mark.parametrize("keys", KEYS, ids=[" ".join(keys) for keys in KEYS])
def test_keys_of_any_letters_are_stored_as_they_are(keys: list[str]) -> None:
    inserting.insert("default", "app.note", "save", keys, None, NOBODY)
    assert stored()[0][0] == keys


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "postgresql", reason="others quote fast enough")
def test_only_what_needs_no_quoting_gets_none(monkeypatch: pytest.MonkeyPatch) -> None:
    literal: list[str] = []
    known = inserting._literal_sql("default")
    monkeypatch.setattr(inserting, "_literal_sql", lambda using: literal.append(using) or known)
    for keys, fields, actor in (
        (["a-b:1"], None, NOBODY),
        (["it's"], None, NOBODY),
        (["1"], ["text"], NOBODY),
        (["1"], None, Actor(origin="task")),
    ):
        inserting.insert("default", "app.note", "save", keys, fields, actor)
    assert literal == ["default"]
    assert Change.objects.count() == 4


@pytest.mark.parametrize("sign", ["'", "\\", "%", "{", "}", ";", "\n", "\x00", "ü", "٣", "(", "$"])
def test_signs_that_mean_something_in_sql_are_quoted(sign: str) -> None:
    assert inserting._needs_no_quoting("app.note 2026-11-30 08:00:00+00:00")
    assert inserting._needs_no_quoting('["a_1", "B"]')
    assert not inserting._needs_no_quoting(f"a{sign}b")


@pytest.mark.django_db
def test_each_row_that_was_added_is_a_change_with_its_place() -> None:
    captured: set[tuple[str, str]] = set()
    with acting(author(captured=captured)):
        inserting.insert_added("app.note", {0: "a", 2: "b"}, using="default")
    assert stored() == [
        (["a"], "app.note", "add", "", *AUTHOR, 0),
        (["b"], "app.note", "add", "", *AUTHOR, 2),
    ]
    assert captured == {("app.note", "a"), ("app.note", "b")}
    with acting(author()):  # who collects nothing
        inserting.insert_added("app.note", {0: "c"}, using="default")
    assert_tags_differ(3)


@pytest.mark.django_db
def test_what_was_saved_for_several_authors_is_one_statement() -> None:
    authors = [(author(index=1), ["a", "b"]), (NOBODY, ["c"]), (author(), ["d"])]
    with CaptureQueriesContext(connection) as queries:
        inserting.insert_saved("app.note", authors, using="default")
    assert len(queries) == 1
    assert stored() == [
        (["a", "b"], "app.note", "save", "", *AUTHOR, 1),
        (["c"], "app.note", "save", "", "", "", "", "", None),
        (["d"], "app.note", "save", "", *AUTHOR, None),
    ]
    assert_tags_differ(3)
