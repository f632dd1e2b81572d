"""The tables of livesheet: the clock, the change log, the receipts and the views.

None of them has a foreign key, so they can be in any database and prevent no cascade.
"""

from __future__ import annotations

import uuid

from django.db import models

from livesheet.fresh import FreshManager

# How many rows one change names, and above how many it names none.
PKS_PER_CHANGE = 1_000
PKS_BEFORE_RESYNC = 10_000
# The longest key of a user; a unique index of MySQL takes no longer one.
USER_KEY = 255


class Clock(models.Model):
    """One row per database alias: how far the change log has been put in order."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    # Another epoch means another log: flushed, or restored from a dump.
    epoch = models.CharField(max_length=12)
    last_seq = models.BigIntegerField(default=0)
    last_tag = models.CharField(max_length=8, default="")
    trimmed_through = models.BigIntegerField(default=0)

    objects = FreshManager()

    class Meta:
        db_table = "livesheet_clock"

    def __str__(self) -> str:
        return f"{self.epoch}.{self.last_seq}"


class Change(models.Model):
    """A fact: these rows of this model were written. Holds no values: readers read the rows."""

    class Kind(models.TextChoices):
        ADD = "add"
        SAVE = "save"
        DELETE = "delete"
        RESYNC = "resync"  # too many rows to name
        ACCESS = "access"  # somebody's rights changed; pks are user keys
        VIEWS = "views"  # those that a room shares; pks are rooms

    id = models.BigAutoField(primary_key=True)
    model = models.CharField(max_length=200)
    kind = models.CharField(max_length=8, help_text="One of Change.Kind")
    pks = models.TextField(help_text="JSON list of the rows' keys as strings")
    fields = models.TextField(default="", help_text="JSON list of the fields written, if known")
    actor = models.CharField(max_length=USER_KEY, default="")
    origin = models.CharField(max_length=200, default="")
    client = models.CharField(max_length=32, default="")
    ref = models.CharField(max_length=64, default="")
    ref_index = models.IntegerField(null=True)
    tag = models.CharField(max_length=8)
    # Given after commit, in commit order; SQLite has one writer and uses the id instead.
    seq = models.BigIntegerField(null=True)
    at = models.DateTimeField()

    objects = FreshManager()

    class Meta:
        db_table = "livesheet_change"
        indexes = [models.Index(fields=["seq"], name="livesheet_change_seq")]

    def __str__(self) -> str:
        return f"{self.kind} {self.model} {self.pks}"


class EditRecord(models.Model):
    """The answer to an edit, so that a repeated request is answered and not applied again."""

    id = models.BigAutoField(primary_key=True)
    user = models.CharField(max_length=USER_KEY)
    client = models.CharField(max_length=32)
    ref = models.CharField(max_length=64)
    sheet = models.CharField(max_length=200)
    request_hash = models.CharField(max_length=64)
    reply = models.TextField(default="")
    at = models.DateTimeField()

    objects = FreshManager()

    class Meta:
        db_table = "livesheet_editrecord"
        constraints = [
            models.UniqueConstraint(fields=["user", "client", "ref"], name="livesheet_edit_once")
        ]
        indexes = [models.Index(fields=["at"], name="livesheet_edit_at")]

    def __str__(self) -> str:
        return f"{self.user} {self.client} {self.ref}"


class SavedView(models.Model):
    """How one user has arranged one sheet: order and widths of columns, sorting, filters."""

    id = models.BigAutoField(primary_key=True)
    user = models.CharField(max_length=USER_KEY)
    sheet = models.CharField(max_length=200)
    # Sheet and params as one digest, since params may be of any length.
    place = models.CharField(max_length=64)
    view = models.TextField(db_column="layout")
    at = models.DateTimeField()

    objects = FreshManager()

    class Meta:
        db_table = "livesheet_layout"
        constraints = [
            models.UniqueConstraint(fields=["user", "place"], name="livesheet_layout_once")
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.sheet}"


class NamedView(models.Model):
    """A view under a name: a user's own, or one that a room shares."""

    id = models.BigAutoField(primary_key=True)
    # Whose it is; nobody's where a shared one has outlived its user.
    user = models.CharField(max_length=USER_KEY)
    sheet = models.CharField(max_length=200)
    place = models.CharField(max_length=64)
    # Digest of who shares it: the room in which that was done. Empty where it is not shared.
    room = models.CharField(max_length=64, default="")
    name = models.CharField(max_length=100)
    view = models.TextField()
    version = models.PositiveIntegerField(default=1)
    is_default = models.BooleanField(default=False)
    changed_by = models.CharField(max_length=USER_KEY, default="")
    at = models.DateTimeField()

    objects = FreshManager()

    class Meta:
        db_table = "livesheet_view"
        default_permissions = ()
        permissions = [("share_view", "Can share views of sheets")]
        indexes = [
            models.Index(fields=["user", "place"], name="livesheet_view_user"),
            models.Index(fields=["room"], name="livesheet_view_room"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.sheet}"


def new_epoch() -> str:
    """A name for a change log, unlike any other's."""
    return uuid.uuid4().hex[:12]
