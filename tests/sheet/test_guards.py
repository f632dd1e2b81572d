"""A value that cannot be converted costs its own cell, and no other."""

from __future__ import annotations

import pytest

from livesheet.sheet import traces
from livesheet.sheet.guards import UNREADABLE, guarded
from tests.app.models import Article

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def articles() -> None:
    traces.forget()
    Article.objects.create(name="open", seal="new")
    Article.objects.bulk_create([Article(name=name, seal="sealed") for name in ("one", "two")])


def test_without_guards_no_row_can_be_read() -> None:
    with pytest.raises(ValueError, match="the key was rotated"):
        list(Article.objects.values_list("name", "seal"))


def test_all_other_values_are_read() -> None:
    rows = guarded(Article.objects.order_by("pk").values_list("name", "seal"))
    assert list(rows) == [("open", "new"), ("one", UNREADABLE), ("two", UNREADABLE)]


def test_an_instance_has_not_loaded_such_a_value_so_it_cannot_overwrite_it() -> None:
    one = guarded(Article.objects.filter(name="one")).get()
    assert one.get_deferred_fields() == {"seal"}


def test_it_is_logged_once_without_the_value(caplog: pytest.LogCaptureFixture) -> None:
    list(guarded(Article.objects.values_list("seal")))
    (record,) = caplog.records
    assert record.__dict__["event"] == "value.unread"
    assert "app.Article.seal" in record.getMessage()
    assert "'sealed'" not in record.getMessage()


def test_the_queryset_itself_is_not_changed() -> None:
    rows = Article.objects.values_list("seal")
    list(guarded(rows))
    with pytest.raises(ValueError, match="the key was rotated"):
        list(rows)
