"""Which fields are Django's own, so that their values may be read past serializer and instance."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import models
from django.test.utils import isolate_apps
from rest_framework import serializers

from livesheet.sheet import provenance
from tests.app.fields import GradeField, SealedField
from tests.app.models import Article, Product


def field_of(model: type[models.Model], name: str) -> Any:
    return model._meta.get_field(name)


def test_a_plain_field_of_a_plain_model_is_read_straight() -> None:
    assert provenance.reads_straight(Product, field_of(Product, "name"), serializers.CharField())


def test_a_field_that_changes_its_values_is_not() -> None:
    seal = field_of(Article, "seal")
    assert isinstance(seal, SealedField)
    assert not provenance.is_read_by_django(seal)
    assert not provenance.reads_straight(Article, seal, serializers.CharField())


def test_a_serializer_field_of_the_project_is_not() -> None:
    class Shouting(serializers.CharField):
        def to_representation(self, value: Any) -> str:
            return str(value).upper()

    name = field_of(Product, "name")
    assert not provenance.reads_straight(Product, name, Shouting())
    assert not provenance.reads_straight(Product, name, serializers.ListField(child=Shouting()))
    patched = serializers.CharField()
    vars(patched)["to_representation"] = str.upper
    assert not provenance.reads_straight(Product, name, patched)


@isolate_apps("tests.app")
def test_a_model_that_makes_its_instances_itself_is_not() -> None:
    class Plain(models.Model):
        name = models.TextField()

        class Meta:
            app_label = "app"

    class Made(models.Model):
        name = models.TextField()

        class Meta:
            app_label = "app"

        def refresh_from_db(self, *args: Any, **kwargs: Any) -> None:
            super().refresh_from_db(*args, **kwargs)

    text = serializers.CharField()
    assert provenance.reads_straight(Plain, field_of(Plain, "name"), text)
    assert not provenance.reads_straight(Made, field_of(Made, "name"), text)


@pytest.mark.parametrize(
    ("name", "attname"), [("name", "name"), ("supplier", "supplier_id"), ("tags", None)]
)
def test_where_instances_hold_a_value(name: str, attname: str | None) -> None:
    assert provenance.stored_as(Product, field_of(Product, name)) == attname


def test_a_field_that_reads_input_in_its_own_way_is_not_taken_by_django() -> None:
    assert provenance.is_taken_by_django(models.CharField())
    assert provenance.is_taken_by_django(SealedField())  # that is a matter of reading
    assert not provenance.is_taken_by_django(GradeField())


def test_a_relation_is_by_key_only_if_the_serializer_says_no_more() -> None:
    supplier, tags = field_of(Product, "supplier"), field_of(Product, "tags")
    one = serializers.PrimaryKeyRelatedField(read_only=True)
    many = serializers.PrimaryKeyRelatedField(read_only=True, many=True)
    by_text = serializers.PrimaryKeyRelatedField(read_only=True, pk_field=serializers.CharField())
    assert provenance.is_by_key(one, supplier)
    assert provenance.is_by_key(many, tags)
    assert not provenance.is_by_key(by_text, supplier)
    assert not provenance.is_by_key(serializers.StringRelatedField(), supplier)
    assert not provenance.is_by_key(one, field_of(Product, "name"))


def test_a_representation_of_the_projects_own_masks_the_row() -> None:
    class Plain(serializers.Serializer[Any]):
        pass

    class Masking(serializers.Serializer[Any]):
        def to_representation(self, instance: Any) -> Any:
            return {}

    assert not provenance.masks(Plain())
    assert provenance.masks(Masking())


def test_what_a_field_shows_may_not_be_all_of_the_value() -> None:
    cents = Product(price=3, stock=7, name="Bolt")
    whole = serializers.IntegerField(source="price")
    lossy = serializers.BooleanField(source="stock")
    for one in (whole, lossy):
        one.bind("shown", serializers.Serializer())
    assert provenance.says_everything(whole, cents)
    assert not provenance.says_everything(lossy, cents)
