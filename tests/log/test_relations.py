"""Writes that reach a row through its relations are writes of that row."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import transaction
from django.db.models.signals import m2m_changed, post_delete, post_save, pre_delete

from livesheet.log import relations
from tests.app.models import (
    Call,
    Crate,
    Ferry,
    Letter,
    Membership,
    Part,
    Pile,
    Port,
    Product,
    Remark,
    Supplier,
    Tag,
)

pytestmark = pytest.mark.django_db(transaction=True)


class Log:
    """What was logged since the last look, as ``(model, kind, {keys})``."""

    def __init__(self) -> None:
        self.read()

    def read(self) -> list[tuple[str, str, set[str]]]:
        from livesheet.models import Change

        rows = list(Change.objects.order_by("id").values_list("model", "kind", "pks"))
        Change.objects.all().delete()
        return [(model, kind, set(json.loads(pks))) for model, kind, pks in rows]


@pytest.fixture
def product() -> Product:
    return Product.objects.create(name="Table")


@pytest.fixture
def tags() -> list[Tag]:
    return [Tag.objects.create(name=name) for name in ("a", "b")]


def test_many_to_many_from_its_own_side(product: Product, tags: list[Tag]) -> None:
    log, mine, theirs = Log(), {str(product.pk)}, {str(tag.pk) for tag in tags}
    product.tags.add(*tags)
    assert sorted(log.read()) == [("app.product", "save", mine), ("app.tag", "save", theirs)]
    product.tags.set(tags[:1])
    assert ("app.product", "save", mine) in log.read()
    product.tags.clear()
    assert sorted(log.read()) == [
        ("app.product", "save", mine),
        ("app.tag", "save", {str(tags[0].pk)}),
    ]


def test_many_to_many_from_the_other_side(product: Product, tags: list[Tag]) -> None:
    log, mine = Log(), {str(product.pk)}
    tags[0].product_set.add(product)
    assert ("app.product", "save", mine) in log.read()
    tags[0].product_set.remove(product)
    assert ("app.product", "save", mine) in log.read()
    product.tags.add(tags[0])
    log.read()
    tags[0].product_set.clear()
    assert ("app.product", "save", mine) in log.read()


def test_a_deleted_end_changes_the_rows_at_the_other(product: Product, tags: list[Tag]) -> None:
    product.tags.set(tags)
    log, gone = Log(), str(tags[0].pk)
    tags[0].delete()
    assert sorted(log.read()) == [
        ("app.product", "save", {str(product.pk)}),
        ("app.tag", "delete", {gone}),
    ]
    key = str(product.pk)
    product.delete()
    assert sorted(log.read()) == [
        ("app.product", "delete", {key}),
        ("app.tag", "save", {str(tags[1].pk)}),
    ]


def test_adding_what_is_there_already_is_no_write(product: Product, tags: list[Tag]) -> None:
    product.tags.add(tags[0])
    log = Log()
    product.tags.add(tags[0])
    assert log.read() == []


def test_many_to_many_with_itself() -> None:
    one, two = Part.objects.create(name="one"), Part.objects.create(name="two")
    log = Log()
    one.fits.add(two)
    assert {frozenset(keys) for _model, _kind, keys in log.read()} == {
        frozenset({str(one.pk), str(two.pk)})
    }


def test_rows_of_a_through_model_are_seen_at_both_ends(tags: list[Tag]) -> None:
    pile = Pile.objects.create(name="pile")
    log, ends = (
        Log(),
        [("app.pile", "save", {str(pile.pk)}), ("app.tag", "save", {str(tags[0].pk)})],
    )
    link = Membership.objects.create(pile=pile, tag=tags[0])
    assert sorted(log.read()) == ends
    link.delete()
    assert sorted(log.read()) == ends


def test_a_deleted_target_changes_those_that_referred_to_it(product: Product) -> None:
    supplier = Supplier.objects.create(name="Nordwood")
    product.supplier = supplier
    product.save()
    log, gone = Log(), str(supplier.pk)
    supplier.delete()
    assert sorted(log.read()) == [
        ("app.product", "save", {str(product.pk)}),
        ("app.supplier", "delete", {gone}),
    ]


def test_a_target_that_is_not_live_is_seen_too() -> None:
    """The log names the rows that referred to it, though nothing says who deleted it."""
    from django.contrib.auth.models import Group

    group = Group.objects.create(name="keepers")
    pile = Pile.objects.create(name="pile", keeper=group)
    log = Log()
    Group.objects.filter(pk=group.pk).delete()
    # Django's own update of the rows may be seen besides the deletion of their target.
    assert {(m, kind, *keys) for m, kind, keys in log.read()} == {
        ("app.pile", "save", str(pile.pk))
    }


def test_what_django_leaves_alone_at_a_deletion_is_told_of() -> None:
    """With DO_NOTHING, a row goes on referring to what is gone, and shows that."""
    port, other = Port.objects.create(code="a"), Port.objects.create(code="b")
    ferry = Ferry.objects.create(number="1", rescued_by=port)
    Ferry.objects.create(number="2", rescued_by=other)
    log, gone = Log(), str(port.pk)
    Port.objects.filter(pk=port.pk).delete()
    assert sorted(log.read()) == [
        ("app.ferry", "save", {str(ferry.pk)}),
        ("app.port", "delete", {gone}),
    ]
    with transaction.atomic():
        relations.note_any_deleted(Port, "default")
    assert sorted(log.read()) == [("app.ferry", "resync", set()), ("app.port", "resync", set())]


def test_a_relation_is_observed_once_and_only_where_django_does_not_say_it() -> None:
    for _again in range(2):
        relations._connect(Ferry)
        relations._connect(Port)
    assert [(model, f.name) for model, f in relations._referrers[Port]] == [(Ferry, "rescued_by")]
    ends = relations._ends[Call]
    assert sorted(ends, key=str) == sorted([(Ferry, "ferry"), (Port, "port")], key=str)


def test_ends_of_links_are_named_by_their_keys_whatever_the_links_hold() -> None:
    """These links hold a number and a code."""
    port, ferry = Port.objects.create(code="a"), Ferry.objects.create(number="1")
    Port.objects.create(code="b")
    log = Log()
    Call.objects.create(ferry=ferry, port=port, berth=1)
    ends = [("app.ferry", "save", {str(ferry.pk)}), ("app.port", "save", {str(port.pk)})]
    assert sorted(log.read()) == ends
    Call.objects.update(berth=2)
    assert sorted(log.read()) == ends
    Call.objects.all().delete()
    assert sorted(log.read()) == ends


def test_a_cascade_is_one_change(product: Product) -> None:
    top = Part.objects.create(name="top")
    low = [Part.objects.create(name=f"low {n}", parent=top) for n in range(3)]
    log, keys = Log(), {str(row.pk) for row in (top, *low)}
    top.delete()
    assert log.read() == [("app.part", "delete", keys)]


def test_a_rolled_back_relation_leaves_nothing(product: Product, tags: list[Tag]) -> None:
    log = Log()
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        product.tags.add(tags[0])
        raise ZeroDivisionError
    assert log.read() == []


def test_generic_relations() -> None:
    crate = Crate.objects.create(name="a")
    one, two = Remark.objects.create(text="1"), Remark.objects.create(text="2")
    log, keys = Log(), {str(one.pk), str(two.pk)}
    crate.remarks.add(one, two)
    assert log.read() == [("app.remark", "save", keys)]
    crate.remarks.remove(one)
    assert log.read() == [("app.remark", "delete", {str(one.pk)})]
    three = crate.remarks.create(text="3")
    assert log.read() == [("app.remark", "add", {str(three.pk)})]
    crate_key, keys = str(crate.pk), {str(two.pk), str(three.pk)}
    crate.delete()
    assert sorted(log.read()) == [
        ("app.crate", "delete", {crate_key}),
        ("app.remark", "delete", keys),
    ]


def test_children_and_parents_are_rows_of_each_other() -> None:
    from tests.app.models import LoudLetter

    child = LoudLetter.objects.create(key="n", volume=3)
    log = Log()
    child.save()
    assert sorted(log.read()) == [("app.letter", "save", {"n"}), ("app.loudletter", "save", {"n"})]
    Letter.objects.get(pk="n").save()
    assert sorted(log.read()) == [("app.letter", "save", {"n"}), ("app.loudletter", "save", {"n"})]


def test_a_proxys_rows_are_its_models() -> None:
    from tests.app.models import QuietLetter

    QuietLetter.objects.create(key="q")
    log = Log()
    QuietLetter.objects.get(pk="q").save()
    assert ("app.letter", "save", {"q"}) in log.read()


def test_links_written_in_bulk_are_seen_at_both_ends(product: Product, tags: list[Tag]) -> None:
    through: Any = Product.tags.through
    log, one = Log(), ("app.product", "save", {str(product.pk)})
    both = ("app.tag", "save", {str(tag.pk) for tag in tags})
    made = [through(product_id=product.pk, tag_id=tag.pk) for tag in tags]
    through.objects.bulk_create(made)
    assert sorted(log.read()) == [one, both]
    through.objects.bulk_create(made, ignore_conflicts=True)
    assert log.read() == []
    through.objects.filter(product=product).delete()
    assert sorted(log.read()) == [one, both]


def test_links_of_a_model_of_their_own_written_in_bulk(tags: list[Tag]) -> None:
    pile, other = Pile.objects.create(name="a"), Pile.objects.create(name="b")
    log, tag = Log(), ("app.tag", "save", {str(tags[0].pk)})
    Membership.objects.bulk_create([Membership(pile=pile, tag=tags[0])])
    assert sorted(log.read()) == [("app.pile", "save", {str(pile.pk)}), tag]
    Membership.objects.update(pile=other)
    assert sorted(log.read()) == [("app.pile", "save", {str(pile.pk), str(other.pk)}), tag]
    link = Membership.objects.get()
    link.pile = pile
    link.save()
    assert sorted(log.read()) == [("app.pile", "save", {str(pile.pk), str(other.pk)}), tag]
    link.pile = other
    Membership.objects.bulk_update([link], ["pile"])
    assert sorted(log.read()) == [("app.pile", "save", {str(pile.pk), str(other.pk)}), tag]


def test_no_signal_is_listened_to(product: Product, tags: list[Tag]) -> None:
    """Django has faster ways where nobody listens."""
    for sender in (Product, Tag, Membership, Product.tags.through):
        for signal in (m2m_changed, post_save, post_delete, pre_delete):
            assert not signal.has_listeners(sender)
