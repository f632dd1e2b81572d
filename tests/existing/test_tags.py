"""django-taggit: the names of the tags in one row, read with all rows at once."""

from __future__ import annotations

from typing import Any

import pytest

from livesheet.sheet.rows import RowReader
from tests.existing.sheets import Opened
from tests.existing.site.models.tags import Post

pytestmark = pytest.mark.django_db(transaction=True)


def test_tags_are_names(ann: Any) -> None:
    post = Post.objects.create(name="a")
    post.tags.add("red", "blue", "green")
    with Opened(ann, Post, ["name", "tags"]) as sheet:
        assert sheet.row(post) == {"name": "a", "tags": "blue, green, red"}
        assert sheet.edit(post, "name", "b") == "saved"
        assert sheet.edit(post, "tags", "red") == "Tags cannot be changed here."
        assert sorted(sheet.rest(post)["tags"]) == ["blue", "green", "red"]
        assert sorted(post.tags.names()) == ["blue", "green", "red"]


def test_a_row_is_added_without_tags(ann: Any) -> None:
    with Opened(ann, Post, ["name", "tags"]) as sheet:
        (column,) = [column for column in sheet.sheet.columns if column.name == "tags"]
        assert column.readonly
        assert not column.required
        assert sheet.add(name="new") == "saved"
    assert Post.objects.get().name == "new"


def test_tags_of_many_rows_are_read_together(ann: Any, django_assert_max_num_queries: Any) -> None:
    for n in range(20):
        Post.objects.create(name=str(n)).tags.add("red")
    with Opened(ann, Post, ["name", "tags"]) as sheet:
        assert sheet.sheet.columns
        with django_assert_max_num_queries(4):
            chunks = RowReader(sheet.sheet).chunks(sheet.sheet.ordered_rows(), 50)
            rows = [row for rows in chunks for row in rows]
        assert [row[2] for row in rows] == ["red"] * 20
