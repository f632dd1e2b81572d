"""Trees: django-mptt's and django-treebeard's nodes, tracked, through a sheet and beside it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async

import livesheet
from livesheet.consumers import LiveSheetConsumer
from livesheet.sheet.declaration import unregister
from livesheet.testing import LiveSheetCommunicator
from tests.existing.site.models.trees import Genre, Place

pytestmark = pytest.mark.django_db(transaction=True)


class GenreSheet(LiveSheetConsumer):
    model = Genre
    fields = ["name", "parent", "level"]
    readonly_fields = ["level"]

    def perform_edit(self, serializer: Any) -> None:
        branch = serializer.save()
        livesheet.record(branch.get_descendants())  # which the package numbers by SQL of its own


class PlaceSheet(LiveSheetConsumer):
    model = Place
    fields = ["name", "depth"]
    readonly_fields = ["depth"]
    ordering = ["path"]

    def perform_add(self, serializer: Any) -> None:
        serializer.instance = Place.objects.add_root(serializer.validated_data)


@pytest.fixture(scope="module", autouse=True)
def _sheets() -> Iterator[None]:
    yield
    for sheet in (GenreSheet, PlaceSheet):
        unregister(sheet)


async def test_a_branch_of_mptt_moves(ann: Any) -> None:
    @sync_to_async
    def plant() -> list[Genre]:
        rock = Genre.objects.create(name="Rock")
        blues = Genre.objects.create(name="Blues")
        return [rock, blues, Genre.objects.create(name="Hard rock", parent=rock)]

    rock, blues, hard = await plant()
    async with LiveSheetCommunicator("genre", ann) as sheet:
        assert sheet.value(hard.pk, "level") == 1
        reply = await sheet.edit(rock.pk, "parent", str(blues.pk), base=None)
        assert reply["results"] == ["saved"]
        # The package numbers the whole branch anew, and the sheet shows it.
        await sheet.until(lambda: sheet.value(hard.pk, "level") == 2)
        assert sheet.value(rock.pk, "level") == 1
    tree = await sync_to_async(lambda: [g.name for g in Genre.objects.all()])()
    assert tree == ["Blues", "Rock", "Hard rock"]


async def test_nodes_of_treebeard(ann: Any) -> None:
    europe = await sync_to_async(Place.objects.add_root)({"name": "Europe"})
    async with LiveSheetCommunicator("place", ann) as sheet:
        reply = await sheet.add(name="Asia")
        asia = reply["results"][0]["pk"]
        await sheet.until(lambda: sheet.value(asia, "name") == "Asia")
        # Written elsewhere, by the package's own methods.
        node = await sync_to_async(
            lambda: Place.objects.add_child(Place.objects.get(pk=asia), {"name": "Japan"})
        )()
        await sheet.until(lambda: sheet.value(node.pk, "depth") == 2)
        assert (await sheet.edit(europe.pk, "name", "EU", base="Europe"))["results"] == ["saved"]

        @sync_to_async
        def move() -> None:
            whole = Place.objects.in_bulk()
            Place.objects.move(whole[node.pk], whole[europe.pk], "sorted-sibling")
            livesheet.record(Place.objects.all())  # it writes SQL of its own

        await move()
        await sheet.until(lambda: sheet.value(node.pk, "depth") == 1)
    names = await sync_to_async(lambda: sorted(Place.objects.values_list("name", flat=True)))()
    assert names == ["Asia", "EU", "Japan"]
