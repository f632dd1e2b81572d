"""The models that the tests' sheets show."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib.contenttypes.fields import GenericForeignKey, GenericRelation
from django.core.validators import MinValueValidator
from django.db import models
from simple_history.models import HistoricalRecords

import livesheet
from livesheet.models import LiveSheetMixin
from tests.app.fields import LoudField, SealedField


class Supplier(LiveSheetMixin, models.Model):
    name = models.CharField(max_length=60, unique=True)

    def __str__(self) -> str:
        return self.name


class Tag(LiveSheetMixin, models.Model):
    name = models.CharField(max_length=30)

    def __str__(self) -> str:
        return self.name


class Product(LiveSheetMixin, models.Model):
    class Unit(models.TextChoices):
        PIECE = "piece", "Piece"
        KILOGRAM = "kg", "Kilogram"

    name = models.CharField(max_length=40)
    price = models.DecimalField(
        max_digits=9, decimal_places=2, default=0, validators=[MinValueValidator(0)]
    )
    stock = models.IntegerField(default=0)
    unit = models.CharField(max_length=8, choices=Unit, default=Unit.PIECE)
    active = models.BooleanField(default=True)
    counted_at = models.DateTimeField(null=True, blank=True)
    supplier = models.ForeignKey(Supplier, models.SET_NULL, null=True, blank=True)
    tags = models.ManyToManyField(Tag, blank=True)
    owner = models.CharField(max_length=30, blank=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def value(self) -> object:
        return self.price * self.stock


class Sample(LiveSheetMixin, models.Model):
    """One field of each kind that a model may have."""

    char = models.CharField(max_length=50, blank=True)
    text = models.TextField(blank=True)
    email = models.EmailField(blank=True)
    url = models.URLField(blank=True)
    slug = models.SlugField(blank=True)
    uuid = models.UUIDField(null=True, blank=True)
    ip = models.GenericIPAddressField(null=True, blank=True)
    small = models.SmallIntegerField(null=True, blank=True)
    integer = models.IntegerField(null=True, blank=True)
    big = models.BigIntegerField(null=True, blank=True)
    floating = models.FloatField(null=True, blank=True)
    decimal = models.DecimalField(max_digits=20, decimal_places=4, null=True, blank=True)
    boolean = models.BooleanField(default=False)
    maybe = models.BooleanField(null=True, blank=True)
    date = models.DateField(null=True, blank=True)
    time = models.TimeField(null=True, blank=True)
    moment = models.DateTimeField(null=True, blank=True)
    duration = models.DurationField(null=True, blank=True)
    choice = models.IntegerField(choices=[(1, "One"), (2, "Two")], null=True, blank=True)
    data = models.JSONField(null=True, blank=True)
    upload = models.FileField(blank=True)
    blob = models.BinaryField(null=True, blank=True, editable=True)

    def __str__(self) -> str:
        return str(self.pk)


class Note(LiveSheetMixin, models.Model):
    """A key that is no number, and as long as MariaDB lets one be."""

    key = models.CharField(max_length=700, primary_key=True)
    text = models.CharField(max_length=100, blank=True)

    def __str__(self) -> str:
        return self.key


class Article(LiveSheetMixin, models.Model):
    """What it was before is recorded, but for its secret."""

    name = models.CharField(max_length=40)
    price = models.DecimalField(max_digits=9, decimal_places=2, default=0)
    state = models.CharField(max_length=8, choices=[("new", "New"), ("old", "Old")], default="new")
    supplier = models.ForeignKey(Supplier, models.SET_NULL, null=True, blank=True)
    secret = models.CharField(max_length=40, blank=True)
    seal = SealedField(max_length=40, blank=True, default="")
    data = models.JSONField(null=True, blank=True)
    owner = models.CharField(max_length=30, blank=True)

    # No constraint, because this app's tables are made before those of apps with migrations.
    history = HistoricalRecords(excluded_fields=["secret"], user_db_constraint=False)

    def __str__(self) -> str:
        return self.name


class Part(LiveSheetMixin, models.Model):
    """Written in bulk."""

    name = models.CharField(max_length=40)
    stock = models.IntegerField(default=0)
    parent = models.ForeignKey("self", models.CASCADE, null=True, blank=True, related_name="parts")
    fits = models.ManyToManyField("self", blank=True)

    def __str__(self) -> str:
        return self.name


class Letter(LiveSheetMixin, models.Model):
    """Has children and a proxy."""

    key = models.CharField(max_length=20, primary_key=True)

    def __str__(self) -> str:
        return self.key


class LoudLetter(Letter):
    volume = models.IntegerField(default=1)


class QuietLetter(Letter):
    class Meta:
        proxy = True


class Pile(LiveSheetMixin, models.Model):
    """Tagged through a model of its own, kept by a group, which is not live."""

    name = models.CharField(max_length=40)
    tags = models.ManyToManyField(Tag, through="Membership")
    # No constraint, because this app's tables are made before those of apps with migrations.
    keeper = models.ForeignKey(
        "auth.Group", models.SET_NULL, null=True, blank=True, db_constraint=False
    )

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    pile = models.ForeignKey(Pile, models.CASCADE)
    tag = models.ForeignKey(Tag, models.CASCADE)

    def __str__(self) -> str:
        return f"{self.pile_id} {self.tag_id}"


class Crate(LiveSheetMixin, models.Model):
    name = models.CharField(max_length=40)
    remarks = GenericRelation("Remark")

    def __str__(self) -> str:
        return self.name


class Remark(LiveSheetMixin, models.Model):
    """About anything."""

    text = models.CharField(max_length=40)
    # No constraint, because this app's tables are made before those of apps with migrations.
    content_type = models.ForeignKey(
        "contenttypes.ContentType", models.CASCADE, null=True, db_constraint=False
    )
    object_id = models.PositiveBigIntegerField(null=True)
    about = GenericForeignKey()

    def __str__(self) -> str:
        return self.text


class Thing(models.Model):
    """What the documentation's table of writes is tried with, in three ways of being live."""

    name = models.CharField(max_length=40)
    stock = models.IntegerField(default=0)
    supplier = models.ForeignKey(Supplier, models.SET_NULL, null=True, blank=True)
    tags = models.ManyToManyField(Tag, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name


class MixinThing(LiveSheetMixin, Thing):
    pass


class TrackedThing(Thing):
    pass


livesheet.track(TrackedThing)


class TriggeredThing(LiveSheetMixin, Thing):
    """Its triggers are put on by the test."""


class Shelf(LiveSheetMixin, models.Model):
    """Protected by the boxes on it."""

    name = models.CharField(max_length=40)

    def __str__(self) -> str:
        return self.name


class Box(models.Model):
    shelf = models.ForeignKey(Shelf, models.PROTECT)

    def __str__(self) -> str:
        return str(self.shelf_id)


class Ticket(LiveSheetMixin, models.Model):
    """Makes its own key, and has another that is unique."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    number = models.IntegerField(unique=True)
    text = models.CharField(max_length=40, blank=True)

    def __str__(self) -> str:
        return str(self.number)


class Parcel(LiveSheetMixin, models.Model):
    """Knows when it was written last."""

    label = models.CharField(max_length=20, unique=True)
    weight = models.IntegerField(default=1)
    supplier = models.ForeignKey(Supplier, models.SET_NULL, null=True, blank=True)
    packed_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(weight__lt=100), name="app_parcel_light")
        ]

    def __str__(self) -> str:
        return self.label


class Sign(LiveSheetMixin, models.Model):
    """Has a `save()` of its own."""

    label = models.CharField(max_length=20)

    def __str__(self) -> str:
        return self.label

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.label = self.label.upper()
        super().save(*args, **kwargs)


class Kept(models.Manager["Page"]):
    def get_queryset(self) -> models.QuerySet[Page]:
        return super().get_queryset().filter(deleted=False)


class Page(LiveSheetMixin, models.Model):
    """Deleted softly, and hidden from then on even from Django itself."""

    text = models.CharField(max_length=40)
    deleted = models.BooleanField(default=False)

    objects = models.Manager()
    kept = Kept()

    class Meta:
        base_manager_name = "kept"

    def __str__(self) -> str:
        return self.text


class Plant(models.Model):
    """Of another package, so that it is only tracked; and so are its kin through it."""

    name = models.CharField(max_length=40)

    def __str__(self) -> str:
        return self.name


class Tree(Plant):
    height = models.IntegerField(default=1)


class Weed(Plant):
    class Meta:
        proxy = True


livesheet.track(Plant)


class Chest(LiveSheetMixin, models.Model):
    """With values that may not be readable, and what a serializer may keep to itself."""

    name = models.CharField(max_length=40)
    seal = SealedField(max_length=40, blank=True)
    label = LoudField(max_length=40, blank=True, default="")
    born = models.DateField(null=True, blank=True)
    data = models.JSONField(null=True, blank=True)
    cost = models.DecimalField(max_digits=9, decimal_places=2, default=0)
    upload = models.FileField(blank=True)
    inside = models.ForeignKey("self", models.SET_NULL, null=True, blank=True)
    tags = models.ManyToManyField(Tag, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(cost__lt=1000),
                name="app_chest_cost",
                violation_error_message="No chest costs that much.",
            ),
            models.CheckConstraint(condition=~models.Q(name="unsaid"), name="app_chest_name"),
        ]

    def __str__(self) -> str:
        if self.name == "nameless":
            raise ValueError("It has no name.")
        return self.name

    @property
    def half(self) -> object:
        return 1 / self.cost if self.cost >= 0 else self.cost


class Port(LiveSheetMixin, models.Model):
    """Referred to by its code."""

    code = models.CharField(max_length=5, unique=True)
    name = models.CharField(max_length=40, blank=True)

    def __str__(self) -> str:
        return self.name or self.code


class Pilot(LiveSheetMixin, models.Model):
    """Its key is another row's."""

    port = models.OneToOneField(Port, models.CASCADE, primary_key=True)
    name = models.CharField(max_length=40)

    def __str__(self) -> str:
        return self.name


class Ferry(LiveSheetMixin, models.Model):
    """Refers, and is referred to, by what is not the primary key."""

    number = models.CharField(max_length=5, unique=True)
    home = models.ForeignKey(
        Port, models.SET_NULL, null=True, blank=True, to_field="code", related_name="ferries"
    )
    rescued_by = models.ForeignKey(
        Port, models.DO_NOTHING, null=True, blank=True, to_field="code", related_name="+",
        db_constraint=False,
    )  # fmt: skip
    pilot = models.ForeignKey(Pilot, models.SET_NULL, null=True, blank=True)
    mast = models.ForeignKey(Tree, models.SET_NULL, null=True, blank=True)
    calls = models.ManyToManyField(Port, through="Call", through_fields=("ferry", "port"))

    def __str__(self) -> str:
        return self.number


class Call(models.Model):
    ferry = models.ForeignKey(Ferry, models.CASCADE, to_field="number")
    port = models.ForeignKey(Port, models.CASCADE, to_field="code", related_name="+")
    after = models.ForeignKey(Port, models.SET_NULL, null=True, to_field="code", related_name="+")
    berth = models.IntegerField()

    def __str__(self) -> str:
        return f"{self.ferry_id} {self.port_id}"


from tests.app.odd import Odd, OddView  # noqa: E402, F401
